"""Names from data shown as they are written, also where they hold marks of Markdown."""

import re

from upskill.data import TABLES
from upskill.privacy.names import FREE_TEXT, PERSON_COLUMNS

# What would become a link, emphasis, code, a heading or a list. Underscores within a word stay what they are.
SPECIAL = re.compile(r"[\\`*\[\]<>~|&]|(?<!\w)_|_(?!\w)|^(?:[#+-]|\d+[.)])")
MARKS = re.compile(r"""([!"#%&'()*+,./:;<=>?@\[\\\]^_`{|}~-])""")
SHORTEST, LONGEST = 3, 400  # a name of one or two signs cannot be told from a mark of ours


def names_with_marks(program):
    """Return the texts of a program's tables, persons' own left out, that Markdown would read as more than text."""
    found = {program.settings.name}
    for table, frame in program.tables.items():
        for column in TABLES[table].columns if table in TABLES else ():
            is_personal = column.name in PERSON_COLUMNS or (table, column.name) in FREE_TEXT
            if column.kind == "text" and column.name in frame and not is_personal:
                found.update(map(str, frame[column.name].dropna().unique()))
    return frozenset(name for name in found if SHORTEST <= len(name) <= LONGEST and SPECIAL.search(name))


def literal(markdown, names):
    r"""Return Markdown in which these names stand for themselves.

    >>> literal("**[x](y)** grew, x too", {"[x](y)"})
    '**\\[x\\]\\(y\\)** grew, x too'
    """
    if not names:
        return markdown
    pattern = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    return re.sub(pattern, lambda match: MARKS.sub(r"\\\1", match[0]), markdown)
