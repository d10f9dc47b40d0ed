"""GitHub Copilot: reports of use, archived answers of the closed interface, seats."""
