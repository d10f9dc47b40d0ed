"""Keep ids of persons out of everything that a report leaves behind, tracebacks included."""

import re

MASK = "[person]"
TOKEN = re.compile(r"\w+(?:[-.@+:]\w+)*")


class Redactor:
    """Masks ids. Numbers short enough to be figures are masked in tracebacks and warnings only.

    >>> Redactor(["p001", "12"]).text("p001 has 12 rows"), Redactor(["12"]).trace("row 12")
    ('[person] has 12 rows', 'row [person]')
    """

    def __init__(self, ids=()):
        self.all = frozenset(map(str, ids)) - {""}
        self.sure = frozenset(name for name in self.all if not (name.isdigit() and len(name) < 6))
        self.odd = sorted((name for name in self.sure if not TOKEN.fullmatch(name)), key=len, reverse=True)

    def text(self, text):
        """Mask ids in anything that readers may see."""
        return self._masked(text, self.sure)

    def trace(self, text):
        """Mask ids in what Python says about errors: every id, plain numbers too."""
        return self._masked(text, self.all)

    def _masked(self, text, ids):
        if not ids:
            return text
        for name in self.odd:
            text = text.replace(name, MASK)
        return TOKEN.sub(lambda match: _mask_token(match.group(), ids), text)

    def deep(self, value):
        """Mask ids in every string of a JSON-like value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return type(value)({key: self.deep(entry) for key, entry in value.items()})
        return [self.deep(entry) for entry in value] if isinstance(value, list) else value


def _mask_token(token, ids):
    if token in ids:
        return MASK
    return re.sub(r"\w+", lambda match: MASK if match.group() in ids else match.group(), token)
