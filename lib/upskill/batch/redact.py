"""Keep persons out of everything that a report leaves behind, tracebacks and printed text included.

What `upskill.show` published has passed its gate. Nothing else has, so of the
rest only what Python says about an error or a warning stays, in one line and
with every id masked.
"""

import re

from upskill.batch.pictures import form_of, is_bare_png
from upskill.privacy import Names

MASK = "[person]"
WITHHELD = "(withheld: shown without upskill.show, which keeps persons and small groups out)"
OURS = re.compile(r"application/vnd\.upskill\.\w+\+json")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
LONGEST = 500
CUT = re.compile(r"([^\W_][\w.@+-]{3,})(?:\.\.\.|…)")
WARNING = re.compile(r"^(?:\S+:\d+: )?\w*Warning: .*")
FRAME = re.compile(r"\s*(Cell |File |Input |Traceback|---|\S+\s+Traceback \(most recent call last\)$)")
NEXT = re.compile(r"\s*(During handling|The above exception)")
TRIPLE = 3


class Redactor:
    """Masks ids and free comments. Numbers short enough to be figures are masked in what Python says only.

    >>> Redactor(["p001", "12"]).text("p001 has 12 rows"), Redactor(["12"]).trace("row 12")
    ('[person] has 12 rows', 'row [person]')
    """

    def __init__(self, ids=()):
        ids = frozenset(map(str, ids)) - {""}
        self.sure = Names(name for name in ids if not (name.isdigit() and len(name) < 6))
        self.all = Names(ids | set(_triples(ids)), shortest=1)
        self.ids = ids
        self.starts = {}

    def text(self, text):
        """Mask ids in anything that readers may see."""
        return self.sure.mask(text, MASK)

    def trace(self, text):
        """Mask ids in what Python says: every id, plain numbers, beginnings of ids, pieces of comments."""
        if not self.all:
            return text
        return CUT.sub(lambda match: MASK if self._begins(match[1]) else match[0], self.all.mask(text, MASK))

    def _begins(self, start):
        length = len(start)
        if length not in self.starts:
            self.starts[length] = {name[:length].casefold() for name in self.ids}
        return start.casefold() in self.starts[length]

    def message(self, text):
        """Return the first line of what an error says, masked; more may be a table of people."""
        first, *more = ANSI.sub("", str(text)).strip().split("\n")
        short = first if len(first) <= LONGEST else first[:LONGEST] + " …"
        return self.trace(short) + (f" ({len(more)} more lines withheld)" if any(line.strip() for line in more) else "")

    def traceback(self, entries):
        """Return a traceback with code and places whole, and of each message its first line; notes are counted only.

        What follows a message is a note that somebody added to the error, until the next error of a chain begins.
        """
        kept, notes, is_said = [], 0, False
        for entry in entries:
            plain = ANSI.sub("", entry)
            if NEXT.match(plain):
                is_said = False
                kept.append(self.message(entry))
            elif is_said:
                notes += 1
            elif FRAME.match(plain):
                kept.append(self.trace(plain))  # a color before an id would hide it
            else:
                is_said = True
                kept.append(self.message(entry))
        return [*kept, f"({notes} note{'' if notes == 1 else 's'} withheld)"] if notes else kept

    def warnings(self, text):
        """Return the lines that are warnings; whatever else a report writes to its error stream is counted only."""
        lines = [line for line in ANSI.sub("", text).split("\n") if line.strip()]
        kept = [self.message(line) for line in lines if WARNING.match(line)]
        lost = sum(not WARNING.match(line) and not line.startswith("  ") for line in lines)
        return "".join(line + "\n" for line in [*kept, *([f"({lost} lines withheld)"] if lost else [])])

    def forms(self, data):
        """Return the forms of a display: masked where `show` vouches for them, else withheld."""
        vouched = any(OURS.fullmatch(name) for name in data)
        kept = {"image/svg+xml"} | ({"image/png"} if is_bare_png(form_of(data, "image/png")) else set())
        bare = {name: "" for name in data if name.startswith("image/") and not (vouched and name in kept)}
        if vouched:  # dots hold no ids to mask, and would not survive it
            return type(data)({name: form if name == "image/png" else self.deep(form) for name, form in data.items()} | bare)
        return type(data)({**bare, "text/plain": WITHHELD})

    def deep(self, value):
        """Mask ids in every string of a JSON-like value."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return type(value)({self.text(key): self.deep(entry) for key, entry in value.items()})
        return [self.deep(entry) for entry in value] if isinstance(value, list) else value


def _triples(texts):
    """Yield every three words that follow each other in a longer text, for texts that are cut short when printed."""
    for text in texts:
        words = re.findall(r"[^\W_]+", text)
        if len(words) > TRIPLE:
            yield from (" ".join(words[place:place + TRIPLE]) for place in range(len(words) - TRIPLE + 1))
