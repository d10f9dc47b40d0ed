"""`python -m upskill`: everything that the Makefile does, for machines without make."""

from upskill.cli import main

if __name__ == "__main__":
    main(prog_name="upskill")
