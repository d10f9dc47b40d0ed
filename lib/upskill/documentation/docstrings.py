"""Examples in docstrings shown as code: a filter for the pages of the interface."""

import re

from griffe import Extension

EXAMPLE = re.compile(r"(?:^[ ]*>>> .*(?:\n(?!\s*\n).*)*)", re.MULTILINE)


class Examples(Extension):
    """Puts a fence around every example, which Markdown would take for a quotation."""

    def on_instance(self, *, obj, **_):
        """Change the docstring of one object."""
        if obj.docstring:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text):
    """Return a docstring whose examples are fenced."""
    return EXAMPLE.sub(lambda match: f"```pycon\n{match[0]}\n```", text)
