"""Texts that name a person or quote one: ids, names in columns of a company's own, free comments."""

import re

import pandas as pd

from upskill.data import TABLES

PERSON_COLUMNS = ("person_id", "author_id", "rater_id", "respondent_id")
FREE_TEXT = (("feedback", "comment"),)
TELLING = re.compile(r"name|mail|login|user|phone|author|assignee|owner|reviewer|manager|birth|address|comment|note",
                     re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")
PHRASE = 3  # words from which on a text is known by its words alone
SHORT_NUMBER = 6  # digits; shorter numbers cannot be told from figures


def personal_texts(tables, faults=()):
    """Return every text of these tables that names or quotes a person, as strings; `faults` quote cells set aside.

    Ids, free comments, and text in columns that the data contract does not
    know: those whose name tells that they are about people, and those that
    differ from row to row.
    """
    found = {fault.value for fault in faults if fault.column in PERSON_COLUMNS}
    for name, frame in tables.items():
        for column in frame:
            if _is_personal(name, column, frame):
                found.update(frame[column].dropna().astype(str).unique())
    return frozenset(found) - {""}


def _is_personal(table, column, frame):
    if column in PERSON_COLUMNS or (table, column) in FREE_TEXT:
        return True
    if table in TABLES and TABLES[table].column(column) is not None:
        return False
    values = frame[column].dropna()
    if not len(values) or not (values.dtype == object or pd.api.types.is_string_dtype(values.dtype)):
        return False
    return bool(TELLING.search(str(column))) or (values.nunique() > max(5, len(values) / 2) and _has_letters(values))


def _has_letters(values):
    return values.astype(str).str.contains(r"[^\W\d_]{2}", regex=True).mean() > 0.5


def is_short_number(text):
    """Tell whether a text could as well be a figure."""
    return text.isdigit() and len(text) < SHORT_NUMBER


class Names:
    """Finds personal texts in other text, wherever they stand as whole words.

    A text of three words or more is found whatever stands between its words
    and however they are cased; a shorter one as it is written, but for case
    where it holds a digit. Texts whose longest word has fewer than `shortest`
    characters are left out.

    >>> Names(["p003", "Access came too late."]).find("See x_P003-old: access came  too LATE")
    [(6, 10), (16, 37)]
    """

    def __init__(self, texts=(), shortest=2):
        self.by_first = {}
        for text in texts:
            words = tuple(WORD.findall(text.casefold()))
            if words and (len(words) >= PHRASE or max(map(len, words)) >= shortest):
                inner = text[_first(text):_last(text)]
                self.by_first.setdefault(words[0], set()).add((words, inner))

    def __bool__(self):
        return bool(self.by_first)

    def find(self, text):
        """Return [(start, end), …] of every personal text, in order and without overlap."""
        if not self.by_first:
            return []
        words = [(match.group().casefold(), *match.span()) for match in WORD.finditer(text)]
        found, free = [], 0
        for place, (word, start, _) in enumerate(words):
            if start < free or word not in self.by_first:
                continue
            ends = [_end(known, inner, words, place, text) for known, inner in self.by_first[word]]
            if any(ends):
                free = max(filter(None, ends))
                found.append((start, free))
        return found

    def mask(self, text, mask):
        """Return the text with every personal text replaced."""
        parts, free = [], 0
        for start, end in self.find(text):
            parts += [text[free:start], mask]
            free = end
        return "".join([*parts, text[free:]]) if parts else text


def _first(text):
    return WORD.search(text).start()


def _last(text):
    return [match.end() for match in WORD.finditer(text)][-1]


def _end(known, inner, words, place, text):
    """Return where a personal text that begins at this word ends, or None where it is another."""
    if tuple(word for word, *_ in words[place:place + len(known)]) != known:
        return None
    start, end = words[place][1], words[place + len(known) - 1][2]
    if len(known) >= PHRASE and not "".join(known).isdigit():
        return end
    there = text[start:end]
    same = there.casefold() == inner.casefold() if any(map(str.isdigit, inner)) else there == inner
    return end if same and not _is_part_of_number(there, text, start, end) else None


def _is_part_of_number(there, text, start, end):
    """Digits before or after a decimal point are no id: coordinates of a drawing are full of them."""
    return there.isdigit() and bool(re.match(r"[.,]\d", text[end:end + 2]) or
                                    re.match(r"\d[.,]|.?[.]", text[max(0, start - 2):start]))
