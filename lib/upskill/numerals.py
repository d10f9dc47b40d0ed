"""How numbers are written: the marks between thousands and before decimals, of the program's locale.

Words stay English, and dates stay year-month-day, which is read alike everywhere; marks in numbers are not.
"""

import re

MINUS = "−"
COMMA, DOT, SPACE, NARROW, APOSTROPHE = ",", ".", "\N{NO-BREAK SPACE}", "\N{NARROW NO-BREAK SPACE}", "’"
# Language, or language and country where they differ: (between thousands, before decimals). Unicode's CLDR 45.
MARKS = {
    "en": (COMMA, DOT), "ja": (COMMA, DOT), "zh": (COMMA, DOT), "ko": (COMMA, DOT), "he": (COMMA, DOT), "th": (COMMA, DOT),
    "de": (DOT, COMMA), "nl": (DOT, COMMA), "it": (DOT, COMMA), "es": (DOT, COMMA), "pt": (DOT, COMMA), "da": (DOT, COMMA),
    "el": (DOT, COMMA), "tr": (DOT, COMMA), "id": (DOT, COMMA), "ro": (DOT, COMMA), "hr": (DOT, COMMA), "sl": (DOT, COMMA),
    "fr": (NARROW, COMMA), "sv": (SPACE, COMMA), "nb": (SPACE, COMMA), "no": (SPACE, COMMA), "fi": (SPACE, COMMA),
    "pl": (SPACE, COMMA), "cs": (SPACE, COMMA), "sk": (SPACE, COMMA), "hu": (SPACE, COMMA), "uk": (SPACE, COMMA),
    "ru": (SPACE, COMMA), "bg": (SPACE, COMMA), "et": (SPACE, COMMA), "lt": (SPACE, COMMA), "lv": (SPACE, COMMA),
    "de_CH": (APOSTROPHE, DOT), "de_LI": (APOSTROPHE, DOT), "it_CH": (APOSTROPHE, DOT), "en_CH": (APOSTROPHE, DOT),
    "pt_PT": (SPACE, COMMA), "fr_CA": (SPACE, COMMA), "es_MX": (COMMA, DOT), "es_US": (COMMA, DOT)}
SEPARATOR = re.compile(r"(?<=\d)[,.](?=\d)")

_marks = MARKS["en"]


def marks_of(locale):
    """Return (mark between thousands, mark before decimals) of a locale; those of English where it is not known.

    >>> marks_of("de_DE"), marks_of("de-CH.UTF-8"), marks_of("xx")
    (('.', ','), ('’', '.'), (',', '.'))
    """
    language, _, country = str(locale).partition(".")[0].replace("-", "_").partition("_")
    country = country.rpartition("_")[2]
    return MARKS.get(f"{language}_{country}") or MARKS.get(language, MARKS["en"])


def use_locale(locale):
    """Write all numbers from now on in the way of a locale."""
    global _marks
    _marks = marks_of(locale)


def localized(text, marks=None):
    """Return the text of a number, written in the English way, with the marks of the locale.

    >>> localized("1,234,567.8", marks_of("de_DE")), localized("$1,250 to $2,500", marks_of("fr_FR"))
    ('1.234.567,8', '$1\\u202f250 to $2\\u202f500')
    """
    marks = marks or _marks
    return text if marks == MARKS["en"] else SEPARATOR.sub(lambda found: marks[found[0] == DOT], text)


def english(text, marks):
    """Return a text whose numbers have the marks of a locale with English ones; the inverse of `localized`.

    >>> english("−€1.234,5 (−€2.000,0 to €0,5)", marks_of("de_DE")), english("1.250", marks_of("en_US"))
    ('−€1,234.5 (−€2,000.0 to €0.5)', '1.250')
    """
    if marks == MARKS["en"]:
        return text
    return re.sub(rf"(?<=\d)[{re.escape(''.join(marks))}](?=\d)", lambda found: DOT if found[0] == marks[1] else COMMA, text)


def number(value, digits=1):
    """Write a number with a real minus sign, thousands and decimals marked; a rounded zero has no sign.

    >>> number(-0.304), number(-0.001), number(1.26, 2), number(12345.678)
    ('−0.3', '0.0', '1.26', '12,345.7')
    """
    text = f"{abs(value):,.{digits}f}"
    return localized(f"{MINUS}{text}" if value < 0 and text.strip("0.,") else text)


def is_zero(text):
    """Tell whether the text of a number says zero.

    >>> is_zero("0.00"), is_zero("0,0"), is_zero("0.1")
    (True, True, False)
    """
    return not text.strip("0.,")


def general(value, figures=6):
    """Write a number with as many figures as it needs, up to `figures`.

    >>> general(2.50), general(40.0), general(0.123456789)
    ('2.5', '40', '0.123457')
    """
    return localized(f"{MINUS if value < 0 else ''}{abs(value):.{figures}g}")


def of_hundred(share, limits=()):
    """Write a share as so many of 100; never all or none where chance is left, and never as a limit that it does not equal.

    `limits`: shares that it is held against.

    >>> of_hundred(0.927), of_hundred(0.001), of_hundred(1), of_hundred(0.797, [0.8]), of_hundred(0.8, [0.8])
    ('93', 'fewer than 1', '100', 'just under 80', '80')
    """
    if 0 < share < 0.005:
        return "fewer than 1"
    if 0.995 <= share < 1:
        return "more than 99"
    text = f"{100 * share:.0f}"
    is_near = any(f"{100 * limit:.0f}" == text and abs(limit - share) > 1e-9 for limit in limits)
    return text if not is_near else f"just {'under' if 100 * share < float(text) else 'over'} {text}"
