"""What was promised: targets of program.yml, how far off they are, and the chance of being there in time."""
