"""The AI Upskilling Workbook: skills, delivery and money, with honest uncertainty."""

__version__ = "0.1.0"
