"""Tables that screen readers can read and that show no group below the minimum size."""

import re
from html import escape

import pandas as pd

from upskill.numerals import localized
from upskill.privacy import PERSON_COLUMNS, hidden_cells, hidden_rows
from upskill.show.format import format_number
from upskill.show.literal import literal
from upskill.show.publish import publish
from upskill.show.session import PrivacyError, is_extreme, refuse_hidden_marks, refuse_people, session

HIDDEN = "too few to show"
HIDDEN_WITH = "hidden to protect a small group"
EXTREME = "not shown"
EXTREME_TEXT = re.compile(r"(0|100)([.,]0+)?[ \u00a0]?%")
# Text that reads as a number: it stands right, under the other numbers, and on one line. "no limit" is the number of seats of some.
AS_NUMBER = re.compile(r"([−-]?[^\w\s(]?\d[\d.,\u202f]*( ?%| in 100| [a-z]+)?( \([^a-z]+ to [^a-z]+\))?|–|no limit)?")
LONGEST_NUMBER = 20
# A column under one of these headings holds the number of people behind a row.
SIZE_HEADINGS = {"people", "persons", "respondents", "participants", "members", "engineers", "assessed"}


def _sizes(frame, group_size):
    """Return the number of people behind each row, or None where the table is not about people."""
    if group_size is None:
        group_size = next((name for name in frame if str(name).strip().lower() in SIZE_HEADINGS), False)
    return None if group_size is False else pd.to_numeric(frame[group_size], errors="coerce").astype("float64")


def _hide(frame, sizes):
    """Tell which rows to hide, given what this report showed before: (too small, hidden with them)."""
    keys = [(str(frame.columns[0]), str(label)) for label in frame.iloc[:, 0]]
    prefer = pd.Series([key in session.hidden for key in keys], index=frame.index, dtype=bool)
    unlisted = [total - sizes.sum() for total in session.totals if 0 < total - sizes.sum() < session.minimum_group_size]
    if len(frame) > 1 and unlisted:
        # Rows that were left out follow from a total: they are hidden rows like any other.
        sizes = pd.concat([sizes, pd.Series(unlisted, index=[f"unlisted {one}" for one in range(len(unlisted))])])
        prefer = prefer.reindex(sizes.index, fill_value=False)
    small, beside = hidden_rows(sizes, session.minimum_group_size, prefer)
    small, beside = small[frame.index], beside[frame.index]
    over = sizes[frame.index].map(lambda size: any(0 < size - one < session.minimum_group_size for one in session.sums))
    beside |= over & ~small
    _remember(keys, sizes[frame.index], small, beside)
    return small, beside


def _remember(keys, sizes, small, beside):
    shown = sizes[~(small | beside)]
    session.hidden |= {key: is_small or session.hidden.get(key, False)
                       for key, is_small, with_it in zip(keys, small, beside, strict=True) if is_small or with_it}
    session.totals |= {int(size) for size in shown}
    session.sums |= {int(shown.sum())} if len(shown) > 1 else set()
    refuse_hidden_marks()


def _suppressed(frame, sizes, labels):
    """Blank the values of rows that may not be shown: (frame of objects, words per row)."""
    small, beside = _hide(frame, sizes)
    words = pd.Series("", index=frame.index).mask(small, HIDDEN).mask(beside, HIDDEN_WITH)
    blank = frame.astype(object)
    blank.loc[small | beside, list(frame.columns[labels:])] = None
    return blank, words


def _suppressed_cells(frame, cells):
    """Put words in the place of single cells that may not be shown; `cells`: people per cell, columns as in frame."""
    small, beside = hidden_cells(cells.set_axis(frame.index), session.minimum_group_size)
    shown = frame.astype(object)
    for column in cells:
        shown.loc[small[column], column] = HIDDEN
        shown.loc[beside[column], column] = HIDDEN_WITH
    return shown


def _without_extremes(frame, sizes, formats):
    """Replace shares of 0 % and 100 % in small groups, which say of each member what holds for all."""
    def cell(value, unit, size):
        is_share = EXTREME_TEXT.match(value) if isinstance(value, str) else unit == "share"
        share = 0.0 if isinstance(value, str) else value
        return EXTREME if is_share and is_extreme(share, size) else value
    cells = {name: [cell(value, formats.get(name), size) for value, size in zip(frame[name], sizes, strict=True)]
             for name in frame}
    return pd.DataFrame(cells, index=frame.index, columns=frame.columns, dtype=object)


def _refuse_people_in_columns(frame):
    """Raise PrivacyError for a column of ids, also of ids that could be figures if they stood in prose."""
    for name in frame:
        values = set(frame[name].dropna().astype(str))
        is_label = name == frame.columns[0] or not pd.api.types.is_numeric_dtype(frame[name])
        if str(name) in PERSON_COLUMNS or (is_label and values and values <= session.ids):
            raise PrivacyError(f"Column {name!r} holds personal ids; reports show groups only.")


def _texts(frame, formats):
    """Format every cell as text; whole numbers and text as they are."""
    def cell(value, unit):
        if value is None or (not isinstance(value, str) and pd.isna(value)):
            return ""
        if isinstance(value, str):
            return value
        if isinstance(value, pd.Timestamp):
            return f"{value:%Y-%m-%d}"
        if unit is None and float(value).is_integer():
            return localized(f"{int(value):,}")
        return format_number(value, unit or "")
    return frame.apply(lambda column: column.map(lambda value: cell(value, formats.get(column.name))))


def _html(texts, caption, note, numeric, words):
    """Write the table as HTML: caption, column and row headers with scope."""
    head = "".join(f'<th scope="col"{_number(name in numeric)}>{escape(str(name))}</th>' for name in texts)
    body = ""
    for (_, row), word in zip(texts.iterrows(), words, strict=True):
        first, *others = row.items()
        cells = f'<th scope="row">{escape(first[1])}</th>'
        if word:
            shown = [(name, text) for name, text in others if text]
            cells += "".join(f"<td>{escape(text)}</td>" for _, text in shown)
            cells += f'<td class="hidden" colspan="{len(others) - len(shown)}">{escape(word)}</td>'
        else:
            cells += "".join(f"<td{_number(name in numeric)}>{escape(text)}</td>" for name, text in others)
        body += f"<tr>{cells}</tr>\n"
    after = f'<p class="note">{escape(note)}</p>' if note else ""
    return (f"<table><caption>{escape(caption)}</caption>\n<thead><tr>{head}</tr></thead>\n"
            f"<tbody>{body}</tbody></table>{after}")


def _reads_as_number(texts):
    """Tell whether a column of text holds short numbers only.

    >>> _reads_as_number(["2.9 (2.5 to 3.3)", "–"]), _reads_as_number(["12 weeks", "two weeks"])
    (True, False)
    """
    return any(text[-1:].isalnum() or text[-1:] in ")%" for text in texts) and all(
        len(text) <= LONGEST_NUMBER and AS_NUMBER.fullmatch(text) for text in texts)


def _number(is_number):
    return ' class="number"' if is_number else ""


def _day(cell):
    """Return a date as the page writes it, without a time of day that means nothing."""
    return f"{cell:%Y-%m-%d}" if isinstance(cell, pd.Timestamp) and cell == cell.normalize() else cell


def _for_spreadsheets(frame, formats, words):
    """Return what a workbook needs beside the rows: units by column, and why rows are hidden by their number."""
    units = {str(column): formats[column] for column in frame if formats.get(column)}
    hidden = {str(row): word for row, word in enumerate(words) if word}
    return ({"units": units} if units else {}) | ({"hidden": hidden} if hidden else {})


def table(frame, caption, name, group_size=None, note="", formats=None, labels=1, folded=False):
    """Show a table with its caption; what stands on too few people is hidden.

    `frame`: first column names the rows; `caption` says what is shown and for
    whom; `name` is its file name; `formats`: unit by column, as in
    `format_number`. `group_size`: the column with the number of people behind
    each row, or a frame with the number behind each cell of the columns that
    it has (nobody in two cells), or False where the table is not about people;
    without it a column headed "People" is taken. Rows and cells below the
    minimum are hidden, with others where one alone could be had by
    subtraction; all but the first `labels` columns of a hidden row are blank.
    `folded`: the page shows the caption only, and the table one click away.
    Raises ValueError without a caption, PrivacyError where a person is named.
    """
    if not caption.strip() or not name.strip():
        raise ValueError("A table needs a caption and a name")
    frame, formats, words = frame.reset_index(drop=True), formats or {}, [""] * len(frame)
    _refuse_people_in_columns(frame)
    numeric = {column for column in frame if pd.api.types.is_numeric_dtype(frame[column])}
    shown = frame.astype(object)
    if isinstance(group_size, pd.DataFrame):
        shown = _suppressed_cells(frame, group_size)
    elif (sizes := _sizes(frame, group_size)) is not None:
        shown, words = _suppressed(_without_extremes(frame, sizes, formats), sizes, labels)
    texts = _texts(shown, formats)
    numeric |= {column for column in texts.columns[1:] if column not in numeric and _reads_as_number(texts[column])}
    html = refuse_people(_html(texts, caption, note, numeric, words))
    content = {"name": name, "caption": caption, "columns": [str(column) for column in frame],
               "rows": [[_day(cell) for cell in row] for row in shown.to_numpy().tolist()],
               "note": literal(note, session.literals)} | _for_spreadsheets(frame, formats, words) | ({"folded": True} if folded else {})
    refuse_people("\n".join(str(cell) for row in [content["columns"], *content["rows"], [name]] for cell in row))
    publish("table", content, text_html=html, text_plain=f"{caption}\n{texts.to_string(index=False)}")
