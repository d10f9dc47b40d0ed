"""What the report on options says and draws."""
