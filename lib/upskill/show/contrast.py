"""Whether a figure can be read: contrast of its texts and marks, size of its letters, texts over each other or cut off.

Contrast is that of the Web Content Accessibility Guidelines 2.2: success criteria 1.4.3 (text, 4.5 to 1) and
1.4.11 (graphics that carry meaning, 3 to 1).
"""

import re
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from upskill.show.drawing import Shape, Text, read_drawing
from upskill.show.theme import COLORS

OF_TEXT, OF_MARKS, SMALLEST = 4.5, 3.0, 9.0
# What helps the eye and says nothing by itself: the grid, the frame, the edges between cells that hold their number;
# and the wash between two lines.
LINES, WASH = (COLORS.grid, COLORS.light), COLORS.faint
SLACK, SPACE = 1.0, 2.0  # points by which boxes may meet, as letters do not fill them; and that part two words
SAME = 1.02  # a contrast below which two colors are one: a patch of paper on paper


@dataclass(frozen=True)
class Fault:
    """What cannot be read in a figure: "text", "size", "mark", "overlap" or "cut"; what it is; measured and needed."""

    kind: str
    what: str
    measured: float
    needed: float

    def __str__(self):
        unit = " to 1" if self.kind in ("text", "mark") else " points"
        return f"{self.kind} {self.what}: {self.measured:.1f}{unit}, needed {self.needed:g}{unit}"


def luminance(color):
    """Return the relative luminance, 0 to 1, of a color (red, green, blue as 0 to 1).

    WCAG 2.2, definition of relative luminance, with its threshold of 0.04045 for sRGB.
    """
    color = np.asarray(color[:3], dtype=float)
    linear = np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, other):
    """Return the contrast ratio of two colors, 1 to 21.

    >>> round(contrast((0, 0, 0), (1, 1, 1)), 2), round(contrast((0.5, 0.5, 0.5), (1, 1, 1)), 2)
    (21.0, 3.98)
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def figure_faults(svg, scale=1.0, of_text=OF_TEXT, of_marks=OF_MARKS, smallest=SMALLEST):
    """Return what cannot be read in a figure of matplotlib's as a list of Fault; empty where all can.

    `svg`: its text; `scale`: width at which it is shown, divided by its own
    width, so that letters are measured as they are seen. Text is compared
    with what lies under its begin, middle and end. Of a filled shape its edge
    may carry the contrast; one that holds a text is read by that text.
    """
    painted = read_drawing(svg)
    found, shapes = [], []
    texts = [each for each in painted if isinstance(each, Text)]
    for each in painted:
        if isinstance(each, Shape):
            found += _faults_of_shape(each, shapes, texts, of_marks)
            shapes.append(each)
    for text in texts:
        ratio = min(contrast(_over(text.color, under), under) for under in (_under(place, shapes) for place in text.places))
        found += [Fault("text", repr(text.words), ratio, of_text)] if ratio < of_text - 0.005 else []
        found += [Fault("size", repr(text.words), text.size * scale, smallest)] if text.size * scale < smallest - 0.005 else []
    return list(dict.fromkeys(found + _overlaps(texts) + _cut(texts, svg)))


def _overlaps(texts):
    """Return the pairs of texts that run into each other, by how many points; below zero: that stand too close to read as two."""
    found = []
    for one, other in combinations(texts, 2):
        across = min(one.box[2], other.box[2]) - max(one.box[0], other.box[0])
        down = min(one.box[3], other.box[3]) - max(one.box[1], other.box[1])
        side_by_side = down > 0.5 * min(one.size, other.size)
        if down > SLACK and across > (-SPACE if side_by_side else SLACK):
            found.append(Fault("overlap", f"{one.words!r} and {other.words!r}", round(float(min(across, down)), 1), 0))
    return found


def _cut(texts, svg):
    """Return the texts that reach beyond the picture, by how many points."""
    left, top, width, height = (float(number) for number in re.search(r'viewBox="([^"]*)"', svg)[1].split())
    beyond = [(text, max(left - text.box[0], text.box[2] - left - width, top - text.box[1], text.box[3] - top - height)) for text in texts]
    return [Fault("cut", repr(text.words), round(float(by), 1), 0) for text, by in beyond if by > SLACK]


def _over(color, under):
    """Return a color of some opacity as it looks over another one."""
    return tuple(color[3] * np.array(color[:3]) + (1 - color[3]) * np.array(under[:3]))


def _under(place, shapes):
    """Return the color at a place, of all shapes painted so far, on paper."""
    color = (1.0, 1.0, 1.0)
    for shape in shapes:
        if shape.fill and shape.holds(place):
            color = _over(shape.fill, color)
    return color


def _faults_of_shape(shape, before, texts, needed):
    place = shape.corners.mean(axis=0) if shape.is_closed else shape.corners[len(shape.corners) // 2]
    under = _under(place, before)
    ratios = {}
    if shape.stroke and shape.width > 0:
        ratios["line"] = (shape.stroke, contrast(_over(shape.stroke, under), under))
    if shape.fill and shape.is_closed:
        ratios["area"] = (shape.fill, contrast(_over(shape.fill, under), under))
    if not ratios or max(ratio for _, ratio in ratios.values()) >= needed:
        return []
    (name, (color, ratio)) = max(ratios.items(), key=lambda item: item[1][1])
    shown = "#" + "".join(f"{round(255 * part):02x}" for part in color[:3])
    holds_text = "area" in ratios and any(shape.holds(text.places[1]) for text in texts)
    if name == "line" and shown in LINES or name == "area" and shown == WASH or holds_text or "area" in ratios and ratios["area"][1] < SAME:
        return []
    return [Fault("mark", f"{name} {shown}", ratio, needed)]
