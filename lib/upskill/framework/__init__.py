"""The competency framework: read, checked, exported as a page and a workbook, imported into a program."""

from upskill.framework.check import check_framework
from upskill.framework.read import Framework, read_framework

__all__ = ["Framework", "check_framework", "read_framework"]


def __dir__():
    """Offer public names only when somebody presses TAB."""
    return sorted(__all__)
