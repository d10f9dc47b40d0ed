"""Pages tried in a browser."""
