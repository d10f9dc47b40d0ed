"""A person's own page: written for that person alone, outside of every report."""

from upskill.own.page import own_page
from upskill.own.write import private_folder, write_private

__all__ = ["own_page", "private_folder", "write_private"]
