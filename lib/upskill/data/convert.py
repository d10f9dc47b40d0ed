"""Columns of text into the types of the contract, each cell that does not fit marked."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from upskill.data.source import TEXT

TRUE = {"true": True, "yes": True, "1": True, "t": True, "y": True}
FALSE = {"false": False, "no": False, "0": False, "f": False, "n": False}
ISO_DATE = r"\d{4}-\d{2}-\d{2}"
ISO_TIME = ISO_DATE + r"([T ]\d{2}:\d{2}(:\d{2}([.,]\d{1,9})?)?( ?(Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2}))?)?"
EARLIEST, LATEST = pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01")
# By length: 2026-03-31, the same with T14:05 or T14:05:00, and these with Z.
LOCAL, UTC = pa.timestamp("ns"), pa.timestamp("ns", "UTC")
ISO_LENGTHS = {None: LOCAL, 10: LOCAL, 16: LOCAL, 19: LOCAL, 17: UTC, 20: UTC}
SEPARATED = r"\d{1,2}([./-])\d{1,2}[./-]\d{4}"


def convert(series, column, delimiter=","):
    """Return (values, bad) of a column of text.

    `values` has the dtype of the column's kind, with missing where a cell is
    empty or bad; `bad` is a boolean array: the cell is there and cannot be read.
    """
    return CONVERTERS[column.kind](series, delimiter)


def empty(kind, index):
    """Return a column of this kind in which every cell is missing."""
    dtype = DTYPES[kind]
    filler = pd.NaT if dtype.startswith("datetime") else np.nan if dtype == "float64" else None
    return pd.Series(filler, index=index, dtype=TEXT if dtype == "text" else dtype)


def _cast(series, form):
    """Return a column of text as numbers or times all at once; None where any cell does not fit."""
    try:
        return pc.cast(pa.array(series, from_pandas=True), form)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return None


def _text(series, delimiter):
    return series, np.zeros(len(series), bool)


def _number(series, delimiter):
    quick = _cast(series, pa.float64())
    if quick is not None:
        values = quick.to_numpy(zero_copy_only=False) if isinstance(quick, pa.Array) else quick.to_numpy()
        bad = ~np.isfinite(values) & series.notna().to_numpy()
        return pd.Series(np.where(bad, np.nan, values), index=series.index), bad
    given = series.notna().to_numpy()
    values = pd.to_numeric(series, errors="coerce").to_numpy("float64", na_value=np.nan)
    if delimiter == ";" and not np.isfinite(values[given]).all():
        values = _decimal_comma(series)
    bad = given & ~np.isfinite(values)
    return pd.Series(np.where(bad, np.nan, values), index=series.index), bad


def _decimal_comma(series):
    """Read decimal commas where the column proves them.

    A comma proves nothing in 1,234 (a thousand, or a little more than one);
    it does in 0,5 or 12,50. Without proof, or with decimal points beside, the
    cells with commas stay unread.
    """
    cells = series.fillna("")
    comma = cells.str.contains(",", regex=False)
    either_way = cells.str.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
    point = cells.str.fullmatch(r"[+-]?\d*\.\d+") & ~cells.str.fullmatch(r"[+-]?[1-9]\d{0,2}\.\d{3}")
    proven = bool((comma & ~either_way).any()) and not bool(point.any())
    if not proven:
        return pd.to_numeric(series, errors="coerce").to_numpy("float64", na_value=np.nan)
    fits = cells.str.fullmatch(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+|[+-]?\d+")
    plain = cells.where(fits, "").str.replace(".", "", regex=False).str.replace(",", ".", regex=False)
    return pd.to_numeric(plain, errors="coerce").to_numpy("float64", na_value=np.nan)


def _whole(series, delimiter):
    values, bad = _number(series, delimiter)
    numbers = values.to_numpy()
    broken = np.isfinite(numbers) & ((numbers % 1 != 0) | (np.abs(numbers) > 2**53))
    return pd.Series(np.where(broken, np.nan, numbers), index=series.index).astype("Int64"), bad | broken


def _flag(series, delimiter):
    codes, words = pd.factorize(series)  # few words, many cells
    known = [(TRUE | FALSE).get(word.lower()) for word in words]
    values = pd.array([*known, None], "boolean").take(codes)  # code -1, an empty cell, takes the last
    return pd.Series(values, index=series.index), (codes >= 0) & values.isna()


def _date(series, delimiter):
    values, bad = _timestamp(series, delimiter)
    return values.dt.normalize(), bad


def _timestamp(series, delimiter):
    quick = _iso(series)
    if quick is not None:
        return quick, np.zeros(len(series), bool)
    iso = series.str.fullmatch(ISO_TIME).fillna(False).astype(bool)
    other = not iso.any() and series.notna().any()
    values = _one_other_form(series) if other else _parse(series.where(iso), "ISO8601")
    bad = (series.notna() & values.isna()).to_numpy()
    return values, bad


def _iso(series):
    """Return a column whose cells are all days, or all times in UTC, in the commonest form; None for any other."""
    text = pa.array(series, from_pandas=True)
    lengths = pc.min_max(pc.utf8_length(text)).as_py()
    form = ISO_LENGTHS.get(lengths["min"]) if lengths["min"] == lengths["max"] else None
    if form is None:
        return None
    times = _cast(text, form)
    if times is None:
        return None
    values = pd.Series(times.cast(pa.timestamp("ns")).to_pandas().to_numpy("datetime64[ns]"), index=series.index)
    return None if (values < EARLIEST).any() or (values > LATEST).any() else values


def _parse(series, form):
    series = series.str.replace(r" ?UTC$", "Z", regex=True)
    parsed = pd.to_datetime(series, format=form, errors="coerce", utc=True).dt.tz_localize(None)
    # Nanoseconds cannot hold the year 9999, which some write for an open end; the check of dates names it.
    return parsed.clip(EARLIEST, LATEST).astype("datetime64[ns]")


def _one_other_form(series):
    """Read dates of a column that has no ISO date, where the whole column shows their order.

    1/2/2026 proves nothing; 31/1/2026 anywhere in the column proves day before
    month, 1/31/2026 the reverse, and both together prove that nothing can be trusted.
    """
    day = series.str.split(r"[ T]", n=1, regex=True).str[0]
    if day.str.fullmatch(r"\d{4}([./])\d{1,2}[./]\d{1,2}").fillna(False).all():
        return _parse(series.str.replace(r"[./]", "-", regex=True), "ISO8601")
    fits = day.str.fullmatch(SEPARATED).fillna(False).astype(bool)
    parts = day.where(fits).str.extract(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
    first, second = (pd.to_numeric(parts[number]) for number in (0, 1))
    day_first, month_first = bool((first > 12).any()), bool((second > 12).any())
    if day_first == month_first:
        return _parse(pd.Series(None, index=series.index, dtype=TEXT), "ISO8601")
    month, day_number = (parts[1], parts[0]) if day_first else (parts[0], parts[1])
    iso = parts[2] + "-" + month.str.zfill(2) + "-" + day_number.str.zfill(2)
    return _parse((iso + "T" + _clock(series)).fillna(iso.where(~series.str.contains(r"[ T]", na=False))), "ISO8601")


def _clock(series):
    """Return the time of day of each cell as hh:mm[:ss], missing where there is none; 12:05 AM is 00:05."""
    parts = series.str.extract(r"[ T](\d{1,2})(:\d{2}(?::\d{2})?)(?: ?([AaPp])\.?[Mm]\.?)?$")
    hour, half = pd.to_numeric(parts[0]), parts[2].str.lower()
    turned = hour.where(half.isna(), hour.where(hour.between(1, 12)) % 12 + 12 * (half == "p"))
    return turned.astype("Int64").astype("string").astype(TEXT).str.zfill(2) + parts[1]


CONVERTERS = {"text": _text, "choice": _text, "number": _number, "share": _number, "whole": _whole,
              "flag": _flag, "date": _date, "timestamp": _timestamp}
DTYPES = {"text": "text", "choice": "text", "number": "float64", "share": "float64", "whole": "Int64",
          "flag": "boolean", "date": "datetime64[ns]", "timestamp": "datetime64[ns]"}
