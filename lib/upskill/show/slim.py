"""Drawings as matplotlib writes them, made small: the same picture in a third of the bytes."""

import re
from itertools import count

DECIMALS = 2  # hundredths of a point: finer than any screen or printer
NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
PATH = re.compile(r' d="([^"]*)"')
GLYPH = re.compile(r' d="([^"]*)" transform="scale\(0\.015625\)"')
COARSER = 16  # a letter is drawn on a grid of 256 to its size, which is 0.04 points
STEP = re.compile(r"([MLQCz])([^MLQCz]*)")
GLYPH_PLACE = re.compile(r' transform="translate\((-?[\d.]+) 0\)"(?=/>)')
STYLE = re.compile(r' style="([^"]*)"')
METADATA = re.compile(r"\s*<metadata>.*?</metadata>", flags=re.DOTALL)
NAMED = re.compile(r' id="([^"]+)"')
USED = re.compile(r'(?:xlink:href="#|url\(#)([^")]+)')
EMPTY = re.compile(r"<g>\s*</g>|<g/>|<defs>\s*</defs>")


def slim(svg):
    """Return an SVG text of matplotlib's that draws the same with fewer bytes.

    Numbers are rounded to hundredths of a point, letters stand at whole
    hundredths of their size, space and names that nothing refers to go.
    Texts, which matplotlib writes as remarks beside their outlines, stay.
    """
    svg = METADATA.sub("", svg)
    svg = GLYPH.sub(lambda found: f' d="{_coarser(found[1])}" transform="scale(0.25)"', svg)
    svg = PATH.sub(lambda found: f' d="{_short_path(found[1])}"', svg)
    svg = GLYPH_PLACE.sub(lambda found: f' x="{float(found[1]):.0f}"', svg)
    svg = STYLE.sub(lambda found: f' style="{_rounded(found[1]).replace(": ", ":").replace("; ", ";")}"', svg)
    svg = re.sub(r'( (?:transform|x|y|width|height)=")([^"]*)', lambda found: found[1] + _kept_scale(found[2]), svg)
    svg = _short_names(svg)
    svg = re.sub(r">\s*\n\s*<", "><", svg)
    while (smaller := EMPTY.sub("", svg)) != svg:
        svg = smaller
    return svg


def _rounded(text):
    return NUMBER.sub(lambda found: f"{round(float(found[0]), DECIMALS) + 0.0:.{DECIMALS}f}".rstrip("0").rstrip("."), text)


def _kept_scale(text):
    """Round places, never the scale of letters."""
    head, scale, tail = text.partition("scale(")
    return _rounded(head) + scale + tail


def _coarser(path):
    return re.sub(r"-?\d+", lambda found: str(round(int(found[0]) / COARSER)), path)


def _short_path(path):
    """Write a path without needless space; a line along an axis says only how far."""
    text, at = "", ("", "")
    for letter, numbers in STEP.findall(_rounded(path)):
        ends = numbers.split()
        to = tuple(ends[-2:]) if ends else at
        if letter == "L" and to[1] == at[1]:
            text += "H" + to[0]
        elif letter == "L" and to[0] == at[0]:
            text += "V" + to[1]
        else:
            text += letter + " ".join(ends)
        at = to
    return text


def _short_names(svg):
    """Drop names that nothing refers to; give the others short ones, in the order in which they come."""
    used, numbers = set(USED.findall(svg)), count()
    names = {name: f"u{next(numbers)}" for name in NAMED.findall(svg) if name in used}
    svg = NAMED.sub(lambda found: f' id="{names[found[1]]}"' if found[1] in names else "", svg)
    return USED.sub(lambda found: found[0].replace(found[1], names.get(found[1], found[1])), svg)
