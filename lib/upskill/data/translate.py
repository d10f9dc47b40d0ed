"""Cells of an export put into the words, units and dates of the contract, as its mapping says."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from upskill.data.convert import ISO_TIME, convert
from upskill.data.names import tidy
from upskill.data.near import nearest
from upskill.data.pseudonyms import without_names
from upskill.data.source import TEXT, column_key

NUMBERS = ("whole", "number", "share")
# Factors to the contract's unit.
UNITS = {
    "hours": {"seconds": 1 / 3600, "minutes": 1 / 60, "days": 24, "working days": 8},
    "minutes": {"seconds": 1 / 60, "hours": 60},
    "money": {"cents": 0.01, "thousands": 1000, "millions": 1_000_000},
    "": {"percent": 0.01},
}
TOKENS = {"YYYY": "%Y", "YY": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "DD": "%d", "D": "%d",
          "hh": "%H", "h": "%H", "mm": "%M", "ss": "%S", "AM": "%p"}
SIGNS = "[\\s\u00a0\u202f'’$€£¥]"
ZONED = r"(?:[Zz]|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})$"


def units_for(column):
    """Return the units that a column may have in a file besides that of the contract."""
    return tuple(UNITS.get(column.unit, ())) if column.kind in ("number", "share") else ()


def date_format(form):
    """Return strptime's format of a form such as DD.MM.YYYY hh:mm; "" where it names no day of a year.

    >>> date_format("MM/DD/YY hh:mm AM")
    '%m/%d/%y %I:%M %p'
    """
    found = re.sub("|".join(TOKENS), lambda match: TOKENS[match[0]], form.strip())
    if not all(re.search(part, found) for part in ("%[Yy]", "%[mbB]", "%d")) or re.search("[A-Za-z]{2}", found):
        return ""
    return found.replace("%H", "%I") if "%p" in found else found


def name_as_contract(raw, table):
    """Return the RawTable with columns such as Person ID under the contract's name, person_id."""
    names = {column.name for column in table.columns} - set(raw.frame)
    found = {}
    for theirs in raw.frame:
        ours = column_key(theirs)
        if ours in names and ours not in found:
            found[ours] = theirs
    if not found:
        return raw
    frame = raw.frame.rename(columns={theirs: ours for ours, theirs in found.items()})
    return replace(raw, frame=frame, originals={**raw.originals, **found})


def translate(raw, mapping, table):
    """Return (RawTable, faults): a table with the contract's names and forms.

    `shown` of the result keeps the cells as they stand in the file and
    `originals` its names of columns, so that messages speak of the file.
    """
    frame, faults = _renamed(raw.frame, mapping)
    shown, notes = {}, {}
    for name, value in mapping.constants.items():
        frame[name] = pd.Series([tidy(value)] * len(frame), index=frame.index, dtype=TEXT)
    for name in [column.name for column in table.columns if column.name in frame and column.name not in
                 mapping.constants]:
        ours = _translated(frame[name], table.column(name), mapping, raw.delimiter)
        if not ours.equals(frame[name]):
            shown[name], frame[name] = frame[name], ours
        if name in mapping.dates and table.column(name).kind in ("date", "timestamp"):
            notes[name] = f"mapping.yml says that its dates are written {mapping.dates[name]}."
        if mapping.decimal and table.column(name).kind in NUMBERS:
            notes[name] = f"Write digits only; mapping.yml says that {mapping.decimal!r} is the decimal mark."
    if mapping.pseudonyms:
        frame, wrong = without_names(frame, mapping, table)
        faults += wrong
        shown = {name: cells for name, cells in shown.items() if name not in mapping.pseudonyms}
    return replace(raw, frame=frame, shown=shown, originals=mapping.columns, notes=notes), faults


def _renamed(frame, mapping):
    faults, columns = [], {}
    for ours, theirs in mapping.columns.items():
        theirs = tidy(theirs)
        found = theirs if theirs in frame else next((name for name in frame if column_key(name) == column_key(theirs)), None)
        if found is None:
            near = nearest(theirs, list(frame))
            cure = f"Did you mean {near!r}?" if near else "It has: " + ", ".join(map(str, frame)) + "."
            faults.append(mapping.fault(("columns", ours), theirs, "the name of a column of the file", cure))
        else:
            columns[ours] = frame[found]
    used = {column.name for column in columns.values()}
    rest = {name: frame[name] for name in frame if name not in used and name not in columns}
    return pd.DataFrame(columns | rest, index=frame.index), faults


def _translated(cells, column, mapping, delimiter):
    if mapping.empty:
        cells = cells.mask(cells.str.casefold().isin({tidy(word).casefold() for word in mapping.empty}))
    words = {tidy(word).casefold(): tidy(ours) or None for word, ours in mapping.values.get(column.name, {}).items()}
    known = cells.str.casefold().isin(words) if words else pd.Series(False, index=cells.index)
    other = cells.mask(known)
    if column.kind in NUMBERS:
        other = _numbers(other, column, mapping, delimiter)
    if column.kind in ("date", "timestamp"):
        other = _times(other, column, mapping)
    if not words:
        return other
    return other.mask(known, cells.str.casefold().map(words).astype(TEXT))


def _numbers(cells, column, mapping, delimiter):
    """Rewrite numbers with the contract's mark and unit; what cannot be read stays as it is, for the check to name."""
    factor = UNITS.get(column.unit, {}).get(mapping.units.get(column.name), 1)
    plain = cells.str.replace(r"\s*%$", "", regex=True) if mapping.units.get(column.name) == "percent" else cells
    plain = _plain(plain, mapping.decimal) if mapping.decimal else plain
    if factor == 1:
        return plain
    values, _ = convert(plain, replace(column, kind="number"), delimiter)
    text = pd.Series([repr(round(value, 12)) for value in (values * factor).tolist()], index=cells.index, dtype=TEXT)
    return text.where(values.notna(), cells)


def _plain(cells, decimal):
    thousands = r"\." if decimal == "," else ","
    bare = cells.str.replace(SIGNS, "", regex=True)
    mark = re.escape(decimal)
    fits = bare.str.fullmatch(rf"[+-]?(\d+|\d{{1,3}}({thousands}\d{{3}})+)?({mark}\d+)?").fillna(False).astype(bool)
    read = bare.str.replace(thousands, "", regex=True).str.replace(decimal, ".", regex=False)
    # 1.5 where the comma is the mark must not pass as one and a half.
    return read.where(fits, cells.where(cells.isna(), "not a number: " + cells))


def _times(cells, column, mapping):
    form = mapping.dates.get(column.name)
    iso = cells.str.fullmatch(ISO_TIME).fillna(False).astype(bool)
    if form:
        counted = {"excel": _excel_days, "epoch": _epoch}
        days = counted[form](cells) if form in counted else _formed(cells, date_format(form))
        text = days.dt.strftime("%Y-%m-%dT%H:%M:%S").astype(TEXT)
        # Another form must not be guessed once one is named.
        unread = cells.where(cells.isna() | iso, "not " + form + ": " + cells)
        cells = text.where(days.notna(), unread)
    if mapping.timezone and column.kind == "timestamp" and form != "epoch":
        cells = _to_utc(cells, mapping.timezone)
    return cells


def _formed(cells, form):
    days = pd.to_datetime(cells, format=form, errors="coerce")
    if " " in form:  # midnight is often written without its time
        days = days.fillna(pd.to_datetime(cells, format=form.split(" ")[0], errors="coerce"))
    return days


def _excel_days(cells):
    numbers = pd.to_numeric(cells, errors="coerce").astype("float64")
    inside = numbers.where((numbers >= 1) & (numbers < 100_000))
    return (pd.Timestamp("1899-12-30") + pd.to_timedelta((inside * 86_400).round(), unit="s")).astype("datetime64[ns]")


def _epoch(cells):
    """Read seconds since 1970 (ten digits) or milliseconds (thirteen), in UTC."""
    fits = cells.str.fullmatch(r"\d{10}|\d{13}").fillna(False).astype(bool)
    numbers = pd.to_numeric(cells.where(fits), errors="coerce").astype("float64")
    seconds = numbers.where(~(numbers >= 1e11), (numbers / 1000).round())
    return (pd.Timestamp("1970-01-01") + pd.to_timedelta(seconds, unit="s")).astype("datetime64[ns]")


def _to_utc(cells, zone):
    """Give times without offset that of the zone; the hour that comes twice in autumn is read as winter time."""
    naive = (cells.str.fullmatch(ISO_TIME) & ~cells.str.contains(ZONED)).fillna(False).astype(bool)
    naive &= cells.str.contains(r"[T ]", na=False)
    local = pd.to_datetime(cells.where(naive), format="ISO8601", errors="coerce").astype("datetime64[ns]")
    utc = local.dt.tz_localize(zone, ambiguous=np.zeros(len(local), bool), nonexistent="shift_forward")
    text = utc.dt.tz_convert("UTC").dt.strftime("%Y-%m-%dT%H:%M:%SZ").astype(TEXT)
    return text.where(naive & utc.notna(), cells)
