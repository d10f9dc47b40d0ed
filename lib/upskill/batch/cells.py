"""What a report shows, as cells of a spreadsheet: numbers stay numbers, and look as they do on the page."""

import datetime
import re

from upskill.data.currencies import CURRENCY_SIGNS
from upskill.data.names import UNSEEN

LONGEST_TEXT = 32_767
MOST = 1e300
DAY = "yyyy-mm-dd"
DATE = re.compile(r"(19|20|21)\d\d-\d\d-\d\d")
# Only nouns that follow numbers on our pages: "5 or more" is no number.
NOUNS = "hours|days|weeks|months|years|minutes|levels?|people|points?|times|per (?:hour|day|week|month|year)"
NUMBER = re.compile(r"(?P<sign>[−+-]?)(?P<before>[A-Z]{0,3}[$€£¥₹])?(?P<digits>(?:0|[1-9]\d{0,2}(?:,\d{3})*)(?:\.\d+)?)"
                    rf"(?P<scale>k| million| billion)?(?P<after>[ \u00a0]%|[ \u00a0](?:{NOUNS})\b|[ \u00a0][A-Z]{{3}})?")
INTERVAL = re.compile(r"(?P<value>[^()]+) \((?P<low>[^()]+) to (?P<high>[^()]+)\)")
# What Excel takes for a letter of its own, and what XML cannot hold.
ESCAPED = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")
ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f]")


def text_cell(text):
    """Return a text that a cell can hold: nothing unseen, no letter that XML lacks, not longer than Excel bears."""
    text = ESCAPED.sub("_x005F_", ILLEGAL.sub("", UNSEEN.sub("", str(text))))
    return text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT - 2] + " …"


def is_number(value):
    """Tell whether a value is a number that a cell can hold; true and false are none."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < MOST


def number_format(unit, numbers=()):
    """Return the number format of a unit; `numbers`: those that will stand in it, for their decimals.

    >>> number_format("USD", [188093.7]), number_format("percent change"), number_format("levels", [0.34])
    ('"$"#,##0;"−$"#,##0', '+0.0 %;"−"0.0 %;0 %', '#,##0.00" levels";"−"#,##0.00" levels"')
    """
    largest = max((abs(number) for number in numbers if number is not None), default=0)
    if unit == "share":
        return _signed("0 %" if largest >= 0.0995 else "0.0 %")
    if unit == "percent change":
        decimals = "0" if largest >= 0.0995 else "0.0"
        return f'+{decimals} %;"−"{decimals} %;0 %'
    if len(unit) == 3 and unit.isupper():
        decimals = "" if largest >= 100 or all(float(number or 0).is_integer() for number in numbers) else ".00"
        sign = CURRENCY_SIGNS.get(unit)
        return _signed(f"#,##0{decimals}", sign or "", "" if sign else f" {unit}")
    whole = unit == "people" or all(float(number).is_integer() for number in numbers if number is not None)
    decimals = "" if whole or largest >= 1000 else ".0" if largest >= 10 else ".00" if largest >= 0.1 else ".000"
    return _signed(f"#,##0{decimals}", after=f" {unit}" if unit else "")


def _signed(digits, before="", after=""):
    """Return a format with our minus sign; what stands around the digits is quoted."""
    before, after = (re.sub(r'["\\;]', "", part)[:60] for part in (before, after))
    after = f'"{after}"' if after else ""
    return f'{_quoted(before)}{digits}{after};"−{before}"{digits}{after}'


def _quoted(text):
    return f'"{text}"' if text else ""


def number_in(text):
    """Return (number, number format) of a text that is a number with its unit as our pages write it, else None.

    >>> number_in("$3.28 million"), number_in("−12 %")
    ((3280000.0, '"$"#,##0.00,," million";"−$"#,##0.00,," million"'), (-0.12, '0 %;"−"0 %'))
    >>> number_in("30 hours"), number_in("5 or more"), number_in("007"), number_in("2026")
    ((30.0, '#,##0" hours";"−"#,##0" hours"'), None, None, None)
    """
    match = NUMBER.fullmatch(text)
    if not match or (match["scale"] and not (match["before"] or match["after"])):
        return None
    before, after, scale = match["before"] or "", (match["after"] or "").replace("\u00a0", " "), match["scale"] or ""
    if (before and after) or (after == " %" and scale):
        return None
    plain = match["digits"].replace(",", "")
    # Scaled as text, so that the cell holds the nearest number to what is printed.
    shift = {"": 0, "k": 3, " million": 6, " billion": 9}[scale] - (2 if after == " %" else 0)
    number = float(f"{'' if match['sign'] in ('', '+') else '-'}{plain}e{shift}")
    decimals = len(plain.partition(".")[2])
    digits = ("0" if after == " %" else "#,##0") + ("." + "0" * decimals if decimals else "")
    if after == " %":
        plus = "+" if match["sign"] == "+" else ""
        return number, f'{plus}{digits} %;"−"{digits} %' + (f";{digits} %" if plus else "")
    form = _signed(digits + "," * (shift // 3), before, scale + after)
    return number, f"+{form}" if match["sign"] == "+" else form


def _unit_of(text):
    match = NUMBER.fullmatch(text)
    return ((match["before"] or "") + (match["after"] or "").replace("\u00a0", " ")) if match else None


def interval_in(text):
    """Return [(number, format)] of the value and both ends of its interval, as our pages write them, else None.

    The unit may be said once: "30 hours (25 to 36 hours)", "55 % (46 to 63)".

    >>> [number for number, _ in interval_in("−$364k (−$748k to $78k)")]
    [-364000.0, -748000.0, 78000.0]
    """
    match = INTERVAL.fullmatch(text)
    if not match:
        return None
    value, low, high = match["value"], match["low"], match["high"]
    unit = (NUMBER.fullmatch(value) or {"after": ""})["after"] or ""
    ends = [end if _unit_of(end) else end + unit for end in (low, high)]
    found = [number_in(part) for part in (value, *ends)]
    units = {_unit_of(part) for part in (value, *ends)}
    is_whole = all(found) and len(units) == 1 and found[1][0] <= found[2][0]
    return found if is_whole else None


def is_mixed(texts):
    """Tell whether a column holds hours beside days, weeks beside months, …, which nobody may add up unseen."""
    units = {unit.strip() for text in texts for part in re.split(r" \(| to |\)", text) for unit in [_unit_of(part)] if unit}
    return len(units & {"hours", "days", "weeks", "months", "years", "minutes"}) > 1


def day_in(text):
    """Return the date that a text is, or None."""
    try:
        return datetime.date.fromisoformat(text) if DATE.fullmatch(text) else None
    except ValueError:
        return None
