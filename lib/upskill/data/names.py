"""Names as people write them, made harmless: one spelling for what looks the same, no formula, no reordered text."""

import re
import unicodedata

# Line ends, tabs and other control characters part words, and show as nothing or as a box.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# What nobody sees: blanks without width, soft hyphens, and marks that turn the direction of all text behind them.
UNSEEN = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]")
# Joiners belong into emoji and into some scripts, never behind a plain letter.
STRAY_JOINERS = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]+")
ODD = "[\x00-\x1f\x7f]|[^\x00-\x7f]"  # outside this a text is tidy

# Where a cell starts, also after what some spreadsheets take for a delimiter.
STARTS = "(?=[\"'\\s]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\"']*[\t\r\n])"
FORMULA = re.compile("(^|[;\t\r\n])" + STARTS)
GUARDED = re.compile("(^|[;\t\r\n])'" + STARTS)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")

RIGHT_TO_LEFT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
RUN = re.compile(f"{RIGHT_TO_LEFT}+(?:[\\s\u200c\u200d'’._-]+{RIGHT_TO_LEFT}+)*")
MARKUP = re.compile(r"(<(?:title|style|pre|script)\b.*?</(?:title|style|pre|script)>|<[^>]*>)", re.DOTALL)


def tidy(text):
    """Return a text in one spelling: composed letters, blanks for control characters, nothing unseen, no blanks around.

    >>> tidy(" Pay\\u200bments\\r\\nNorth"), tidy("abc\\u202etxt.exe"), tidy("Cafe\\u0301") == "Caf\\u00e9"
    ('Payments North', 'abctxt.exe', True)
    """
    text = CONTROLS.sub(" ", unicodedata.normalize("NFC", text))
    return STRAY_JOINERS.sub("", UNSEEN.sub("", text)).strip()


def tidied(content):
    """Return a YAML-like value with every text in it tidy."""
    if isinstance(content, str):
        return tidy(content)
    if isinstance(content, dict):
        return {tidied(key): tidied(value) for key, value in content.items()}
    return [tidied(entry) for entry in content] if isinstance(content, list) else content


def guarded(value):
    """Return a cell for a CSV file that opens as text: an apostrophe before what would start a formula.

    Numbers stay numbers, also as text. `unguarded` gives the original back.

    >>> guarded("=1+1"), guarded("a;@b"), guarded("-5.2"), guarded(-5.2)
    ("'=1+1", "a;'@b", '-5.2', -5.2)
    """
    return FORMULA.sub(r"\1'", value) if isinstance(value, str) and not NUMBER.fullmatch(value) else value


def unguarded(text):
    """Return the text that `guarded` wrote.

    >>> unguarded(guarded("-2+3")), unguarded("it's"), unguarded("'tis")
    ('-2+3', "it's", "'tis")
    """
    return GUARDED.sub(r"\1", text)


def isolated(html):
    """Return a page on which text from right to left does not move what stands beside it, and nothing turns direction.

    >>> isolated("<p>team \\u05d0\\u05d1, 12</p>").replace("\\u05d0\\u05d1", "AB")
    '<p>team <bdi>AB</bdi>, 12</p>'
    """
    parts = MARKUP.split(UNSEEN.sub("", html))
    return "".join(part if number % 2 else RUN.sub(r"<bdi>\g<0></bdi>", part) for number, part in enumerate(parts))
