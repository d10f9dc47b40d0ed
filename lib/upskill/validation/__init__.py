"""Published results reproduced, and intervals held against simulated truth: what `upskill validate` writes down."""
