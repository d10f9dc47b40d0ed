"""Numbers and intervals as a reader sees them: short, with their unit, never a wall of decimals."""

from math import floor, inf, isfinite, isnan, log10

from upskill.data.currencies import CURRENCY_SIGNS
from upskill.numerals import MINUS, is_zero, localized

# Without a figure of its own a unit is a plain noun that follows the number.
PER_CENT_UNITS = ("share", "percent change")


def is_currency(unit):
    """Tell whether a unit is a three-letter currency code."""
    return len(unit) == 3 and unit.isupper()


def _significant(value, figures=3):
    """Decimals that show `figures` significant figures, at most 3, of a value."""
    if value == 0 or not isfinite(value):
        return 0
    return min(3, max(0, figures - 1 - floor(log10(abs(value)))))


def _rounded(value, digits):
    """Text with thousands separators; a rounded zero never carries a sign."""
    text = f"{abs(value):,.{digits}f}"
    return text if is_zero(text) or value >= 0 else MINUS + text


def _scale(largest):
    """Divide large sums by millions: divisor, word, decimals; thousands are written out, rounded."""
    if largest >= 999_500_000:
        return 1e9, " billion", 2
    if largest >= 999_500:
        return 1e6, " million", 2 if largest < 9_950_000 else 1
    return 1, "", 0 if largest < 9_999.5 else -3


def _money(value, unit, digits, largest):
    divisor, word, default = _scale(largest)
    digits = default if digits is None else digits + min(default, 0) if default < 0 else digits
    if digits < 0:  # to whole thousands, or hundreds of what is less than ten thousand
        value, digits = round(value, digits if abs(value) >= 9_999.5 else max(digits, -2)), 0
    number = _rounded(value / divisor, digits)
    word = "" if is_zero(number) else word
    number = "0" if is_zero(number) else number
    sign = CURRENCY_SIGNS.get(unit)
    if sign is None:
        return f"{number}{word} {unit}"
    return f"{MINUS}{sign}{number[1:]}{word}" if number.startswith(MINUS) else f"{sign}{number}{word}"


def _duration(value, digits, largest):
    """Hours as hours up to three days, then as days."""
    if largest <= 72:
        return _rounded(value, (1 if largest < 10 else 0) if digits is None else digits) + " hours"
    return _rounded(value / 24, 1 if digits is None else digits) + " days"


def format_number(value, unit="", digits=None, largest=None):
    """Format one number with its unit.

    `largest` is the largest magnitude it stands beside, so that the two ends
    of an interval share one scale. Missing and infinite values become words.

    >>> format_number(3281000, "USD"), format_number(-0.0004, "share"), format_number(30.2, "hours")
    ('$3.28 million', '0 %', '30 hours')
    >>> format_number(304_400, "USD"), format_number(300, "USD", largest=304_400), format_number(900, "USD", largest=3e6)
    ('$304,000', '$300', '$0')
    >>> format_number(-1250, "USD"), format_number(float("nan"), "levels")
    ('−$1,250', 'not known')
    """
    if value is None or isnan(value):
        return "not known"
    value = float(value)
    return localized(_text(value, unit, digits, largest)) if isfinite(value) else "without limit"


def _text(value, unit, digits, largest):
    """Write a finite number with its unit, in the English way."""
    largest = abs(value) if largest is None else largest
    if is_currency(unit):
        return _money(value, unit, digits, largest)
    if unit in PER_CENT_UNITS:
        percent = _rounded(value * 100, (1 if 0 < largest < 0.0995 else 0) if digits is None else digits)
        percent = percent[:-2] if percent.endswith(".0") and not percent.strip("0.") else percent
        signed = unit == "percent change" and value > 0 and percent.strip("0.")
        return f"{'+' if signed else ''}{percent} %"
    if unit == "hours":
        return _duration(value, digits, largest)
    if unit == "people":
        digits = 0 if digits is None else digits
    number = _rounded(value, _significant(largest, 2) if digits is None else digits)
    return f"{number} {unit}".rstrip()


def interval_text(low, high, unit="", digits=None, largest=None):
    """Format an interval: `25 to 36 hours`, the unit said once.

    >>> interval_text(-300000, 2600000, "USD"), interval_text(-0.21, -0.04, "percent change")
    ('−$0.30 million to $2.60 million', '−21 % to −4 %')
    >>> interval_text(25.2, 36.1, "hours"), interval_text(0.12, 0.48, "levels")
    ('25 to 36 hours', '0.12 to 0.48 levels')
    """
    known = [abs(end) for end in (low, high) if end is not None and isfinite(end)]
    largest = max([*known, largest or 0], default=0)
    first, last = (format_number(end, unit, digits, largest) for end in (low, high))
    if high == inf or low == -inf:
        return "any value" if low == -high else f"{first} or more" if high == inf else f"{last} or less"
    # A noun is said once; a sign or a scale word belongs to each end.
    noun = " " + ("days" if last.endswith(" days") else unit)
    if unit not in PER_CENT_UNITS and not is_currency(unit):
        first = first.removesuffix(noun.rstrip())
    return f"{first} to {last}"
