"""Tables that screen readers can read and that show no group below the minimum size."""

from html import escape

import pandas as pd

from upskill.show.format import format_number
from upskill.show.publish import publish
from upskill.show.session import refuse_people, session

HIDDEN = "too few to show"
HIDDEN_WITH = "hidden to protect a small group"


def hidden_rows(sizes, minimum):
    """Tell which rows to hide: those below the minimum, and more until they protect each other.

    A single hidden row could be had by subtraction from a total, so the next
    smallest are hidden too, until at least two rows with `minimum` people
    together are hidden. Returns two boolean Series: too small, hidden with them.

    >>> small, beside = hidden_rows(pd.Series([3, 9, 6, 20]), 5)
    >>> small.tolist(), beside.tolist()
    ([True, False, False, False], [False, False, True, False])
    """
    sizes = sizes.astype("float64").fillna(0)
    small = sizes < minimum
    hidden = small.copy()
    for index in sizes[~small].sort_values(kind="stable").index:
        if not small.any() or (hidden.sum() >= 2 and sizes[hidden].sum() >= minimum):
            break
        hidden[index] = True
    return small, hidden & ~small


def _suppressed(frame, group_size):
    """Blank the values of rows that may not be shown: (frame of objects, words per row)."""
    small, beside = hidden_rows(frame[group_size], session.minimum_group_size)
    words = pd.Series("", index=frame.index).mask(small, HIDDEN).mask(beside, HIDDEN_WITH)
    labels = [name for name in frame if not pd.api.types.is_numeric_dtype(frame[name]) and name != group_size]
    # Text columns to the right of the first number are values, not labels.
    labels = labels[:max(1, next((place for place, name in enumerate(frame) if name not in labels), 1))]
    blank = frame.astype(object)
    blank.loc[small | beside, [name for name in frame if name not in labels]] = None
    return blank, words


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
            return f"{int(value):,}"
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


def _number(is_number):
    return ' class="number"' if is_number else ""


def table(frame, caption, name, group_size=None, note="", formats=None):
    """Show a table.

    `frame`: first column names the rows; `caption` says what is shown and for
    whom; `name` is its file name; `formats`: unit by column, as in
    `format_number`; `group_size`: the column with the number of people behind
    each row, rows below the minimum are hidden, with others where one alone
    could be had by subtraction. Raises ValueError without a caption.
    """
    if not caption.strip() or not name.strip():
        raise ValueError("A table needs a caption and a name")
    frame = frame.reset_index(drop=True)
    formats = formats or {}
    numeric = {column for column in frame if pd.api.types.is_numeric_dtype(frame[column])}
    shown, words = (_suppressed(frame, group_size) if group_size else (frame.astype(object), [""] * len(frame)))
    html = refuse_people(_html(_texts(shown, formats), caption, note, numeric, words))
    content = {"name": name, "caption": caption, "columns": [str(column) for column in frame],
               "rows": shown.to_numpy().tolist(), "note": note}
    publish("table", content, text_html=html, text_plain=f"{caption}\n{_texts(shown, formats).to_string(index=False)}")
