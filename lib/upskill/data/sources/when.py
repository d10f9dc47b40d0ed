"""Dates of an export in whatever form: the order of day and month is proven by the whole column, or asked for."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from upskill.data.sources.git import SourceError

# English, German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian, Polish, Russian: each begins a month's name.
MONTHS = {
    1: "jan jän gen ene sty янв", 2: "feb fév fev febr lut фев", 3: "mar mär mrz mrt maa мар", 4: "apr avr abr kwi апр",
    5: "may mai mei maj mag май мая", 6: "jun juin giu cze июн", 7: "jul juil lug lip июл", 8: "aug aoû aou ago sie авг",
    9: "sep set wrz сен", 10: "oct okt ott out paź paz окт", 11: "nov lis ноя", 12: "dec dez déc dic dés gru дек"}
MONTH_OF = {word: month for month, words in MONTHS.items() for word in words.split()}
CLOCK = (r"(?:,?[T\s]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?"
         r"(?:\s*(?P<half>[AaPp])\.?\s?[Mm]\.?)?)?")
OFFSET = r"\s*(?P<offset>Z|z|UTC|GMT|[+-]\d{2}:?\d{2}|(?:GMT|UTC)[+-]\d{2}:?\d{2}|[+-]\d{2})?(?:\s*\([^)]*\))?"
YEAR_FIRST = re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})" + CLOCK + OFFSET)
NUMBERS = re.compile(r"(?P<first>\d{1,2})[-/.](?P<second_part>\d{1,2})[-/.](?P<year>\d{4}|\d{2})" + CLOCK + OFFSET)
NAMED = re.compile(r"(?:[^\W\d]+\.?,?\s+)?(?P<day>\d{1,2})(?:\.|st|nd|rd|th|º)?[-/\s]+(?:de\s+)?(?P<name>[^\W\d]{3,}\.?)"
                   r"(?:[-/,\s]+|\s+de\s+)(?P<year>\d{4}|\d{2})" + CLOCK + OFFSET)
NAME_FIRST = re.compile(r"(?:[^\W\d]+\.?,?\s+)?(?P<name>[^\W\d]{3,})\.?\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+"
                        r"(?P<year>\d{4})" + CLOCK + OFFSET)
EPOCH = re.compile(r"\d{10}|\d{13}")
ORDERS = ("day-first", "month-first")
EARLIEST, LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Times:
    """Columns of times in UTC (`columns`: {name: [datetime or None]}), and what was taken for granted (`said`)."""

    columns: dict
    said: Counter = field(default_factory=Counter)


def read_times(columns, order="", zone="", rows=None):
    """Return the Times of several columns of one export, which share one form.

    `order`: `day-first` or `month-first`, where the numbers alone do not prove it. `zone`: of times without offset;
    empty: they are read as UTC, and counted. Raises SourceError for an open order, and for cells that are no date.

    >>> read_times({"Created": ["1/2/2026 9:00", "1/31/2026 14:05"]}).columns["Created"][0].isoformat()
    '2026-01-02T09:00:00+00:00'
    """
    if order and order not in ORDERS:
        raise SourceError(f"--dates {order}: expected day-first or month-first")
    tz = zone_of(zone)
    cells = [cell for column in columns.values() for cell in column if cell]
    if not order:
        order = _proven(cells, ", ".join(columns))
    said, found, wrong = Counter(), {}, []
    for name, column in columns.items():
        found[name] = []
        for at, cell in enumerate(column):
            moment, naive = _parse(cell, order, tz) if cell else (None, False)
            said["times without a zone, read as UTC (name it with --timezone Europe/Berlin)"] += naive and not zone
            if cell and moment is None:
                wrong.append(f"row {rows[at] if rows else at + 2}, column {name}: {cell!r} is no date that can be read")
            found[name].append(moment)
    if wrong:
        more = f"\n- and {len(wrong) - 10} more" if len(wrong) > 10 else ""
        head = "dates that cannot be read; correct these cells, or export with the tool in English:"
        raise SourceError("\n- ".join([head, *wrong[:10]]) + more)
    return Times(found, +said)


def zone_of(name):
    """Return the ZoneInfo of a name, UTC for none; raises SourceError for an unknown one."""
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SourceError(f"--timezone {name}: is no time zone; write one such as Europe/Berlin or UTC") from error


def _proven(cells, names):
    """Return the order of day and month that all cells together prove; SourceError where they do not."""
    parts = [match for match in map(NUMBERS.fullmatch, cells) if match]
    day_first = [match[0] for match in parts if int(match["first"]) > 12]
    month_first = [match[0] for match in parts if int(match["second_part"]) > 12]
    if parts and day_first and month_first:
        raise SourceError(f"{names}: {day_first[0]!r} has the day first and {month_first[0]!r} the month; two exports in "
                          "one file? Import them one by one")
    if parts and not day_first and not month_first:
        raise SourceError(f"{names}: is {parts[0][0]!r} with the day or the month first? No date of the file proves it; "
                          "say --dates day-first or --dates month-first")
    return "month-first" if month_first else "day-first"


def _parse(cell, order, tz):
    """Return (moment in UTC or None, whether the cell had no zone)."""
    if EPOCH.fullmatch(cell):
        return datetime.fromtimestamp(int(cell) / (1000 if len(cell) == 13 else 1), UTC).replace(microsecond=0), False
    match = YEAR_FIRST.fullmatch(cell) or NUMBERS.fullmatch(cell) or NAMED.fullmatch(cell) or NAME_FIRST.fullmatch(cell)
    if not match:
        return None, False
    parts = match.groupdict()
    try:
        moment = datetime(_year(parts["year"]), *_month_and_day(parts, order), _hour(parts), int(parts["minute"] or 0),
                          int(parts["second"] or 0))
    except (ValueError, TypeError):
        return None, False
    offset = parts["offset"]
    if offset:
        return _bounded(moment.replace(tzinfo=UTC) - _offset(offset)), False
    # The hour that comes twice in autumn is read as winter time.
    return _bounded(moment.replace(tzinfo=tz, fold=1).astimezone(UTC)), bool(parts["hour"])


def _year(text):
    return int(text) if len(text) == 4 else 2000 + int(text)


def _month_and_day(parts, order):
    if parts.get("name"):
        word = parts["name"].casefold().rstrip(".")
        return next((MONTH_OF[word[:size]] for size in (4, 3) if word[:size] in MONTH_OF), None), int(parts["day"])
    if "first" in parts:
        pair = int(parts["first"]), int(parts["second_part"])
        return pair[::-1] if order == "day-first" else pair
    return int(parts["month"]), int(parts["day"])


def _hour(parts):
    hour, half = int(parts["hour"] or 0), (parts["half"] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + 12 * (half == "p") if half else hour


def _offset(text):
    digits = re.sub(r"[^\d+-]", "", text)
    if not digits:
        return timedelta()
    sign = -1 if digits[0] == "-" else 1
    return sign * timedelta(hours=int(digits[1:3]), minutes=int(digits[3:5] or 0))


def _bounded(moment):
    return moment if EARLIEST <= moment < LATEST else None


def as_timestamp(moment):
    """Return a moment as the contract writes it, "" for none."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""


def as_day(moment):
    return moment.strftime("%Y-%m-%d") if moment else ""
