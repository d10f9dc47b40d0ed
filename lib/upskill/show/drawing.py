"""What an SVG of matplotlib's draws, shape after shape: where, in which color, over what; and its texts."""

import re
from dataclasses import dataclass, field
from xml.etree import ElementTree

import numpy as np
from matplotlib.path import Path

SVG, LINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}href"
TOKEN = re.compile(r"([MLHVQCz])([^MLHVQCz]*)", flags=re.IGNORECASE)
STEP = re.compile(r"(translate|scale|rotate|matrix)\(([^)]*)\)")
EM, MIDDLE_OF_LETTERS, CAPITAL, LETTER = 100.0, 35.0, 70.0, 45.0  # matplotlib draws letters at 100 to their size


@dataclass(frozen=True)
class Shape:
    """A filled or stroked outline: corners (n, 2) in points, colors as (red, green, blue, opacity) or None."""

    corners: np.ndarray = field(repr=False)
    fill: tuple | None
    stroke: tuple | None
    width: float
    is_closed: bool

    def holds(self, place):
        """Tell whether a filled shape covers a place."""
        low, high = self.corners.min(axis=0), self.corners.max(axis=0)
        return bool((low <= place).all() and (place <= high).all() and len(self.corners) > 2
                    and Path(self.corners).contains_point(place, radius=1e-6))


@dataclass(frozen=True)
class Text:
    """A line of text: its words, color, size in points, begin, middle and end of the line, and box (left, top, right, bottom)."""

    words: str
    color: tuple
    size: float
    places: np.ndarray = field(repr=False)
    box: tuple = ()


def read_drawing(svg):
    """Return the shapes and texts of an SVG in the order in which they are painted.

    >>> [kind] = read_drawing('<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0H9V9z" style="fill:#ffffff"/></svg>')
    >>> kind.fill, kind.corners.tolist()
    ((1.0, 1.0, 1.0, 1.0), [[0.0, 0.0], [9.0, 0.0], [9.0, 9.0]])
    """
    root = ElementTree.fromstring(svg, parser=ElementTree.XMLParser(target=ElementTree.TreeBuilder(insert_comments=True)))
    return [*_Reader({each.get("id"): each for each in root.iter() if each.get("id")}).read(root, np.eye(3), {}, "")]


class _Reader:
    def __init__(self, named):
        self.named = named

    def read(self, element, at, style, words):
        """Yield what an element paints; `at`: 3 by 3 matrix to the page; `words`: the remark before a text."""
        tag = str(element.tag).removeprefix(SVG)
        if tag in ("defs", "clipPath", "title", "desc", "style", "metadata", "pattern"):
            return
        style, at = style | _style(element), at @ _matrix(element.get("transform", ""))
        if tag == "path":
            yield _shape(element.get("d"), at, style)
        elif tag == "use":
            target = self.named[element.get(LINK)[1:]]
            move = _matrix(f"translate({element.get('x', 0)} {element.get('y', 0)})")
            yield _shape(target.get("d"), at @ move @ _matrix(target.get("transform", "")), style | _style(target) | _style(element))
        elif words and any(child.tag == f"{SVG}use" for child in element):
            yield _text(element, at, style, words)
        else:
            yield from self._children(element, at, style)

    def _children(self, element, at, style):
        words = ""
        for child in element:
            if child.tag is ElementTree.Comment:
                words = child.text.strip()
            else:
                yield from self.read(child, at, style, words)


def _style(element):
    pairs = (part.split(":", 1) for part in element.get("style", "").split(";") if ":" in part)
    style = {key.strip(): value.strip() for key, value in pairs}
    return style | {key: element.get(key) for key in ("fill", "stroke", "opacity") if element.get(key)}


def _matrix(text):
    total = np.eye(3)
    for kind, numbers in STEP.findall(text):
        n = [float(number) for number in re.split(r"[ ,]+", numbers.strip())]
        step = np.eye(3)
        if kind == "translate":
            step[:2, 2] = n[0], n[1] if len(n) > 1 else 0
        elif kind == "scale":
            step[0, 0], step[1, 1] = n[0], n[-1]
        elif kind == "rotate":
            turn = np.deg2rad(n[0])
            step[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
        else:
            step[:2] = np.array(n).reshape(3, 2).T
        total = total @ step
    return total


def _color(style, what, default):
    value = style.get(what, default)
    if value == "none" or value.startswith("url"):
        return None
    opacity = float(style.get("opacity", 1)) * float(style.get(f"{what}-opacity", 1))
    value = {"black": "#000000", "white": "#ffffff"}.get(value, value)
    return (*(int(value[start:start + 2], 16) / 255 for start in (1, 3, 5)), opacity)


def _shape(outline, at, style):
    corners, here, is_closed = [], (0.0, 0.0), False
    for letter, numbers in TOKEN.findall(outline):
        n = [float(number) for number in numbers.split()]
        is_closed |= letter in "zZ"
        if letter in "zZ":
            continue
        here = (n[0], here[1]) if letter == "H" else (here[0], n[0]) if letter == "V" else (n[-2], n[-1])
        corners.append(here)
    points = np.column_stack([np.array(corners or [(0.0, 0.0)]), np.ones(max(len(corners), 1))]) @ at.T
    return Shape(points[:, :2], _color(style, "fill", "#000000"), _color(style, "stroke", "none"),
                 float(style.get("stroke-width", 1)), is_closed)


def _text(element, at, style, words):
    ends = [float(use.get("x", 0)) or _matrix(use.get("transform", ""))[0, 2] for use in element.iter(f"{SVG}use")]
    line = np.array([(0.0, MIDDLE_OF_LETTERS, 1.0), (max(ends) / 2, MIDDLE_OF_LETTERS, 1.0), (max(ends) + 30, MIDDLE_OF_LETTERS, 1.0)])
    size = EM * float(np.hypot(*at[:2, 1]))
    corners = (np.array([(across, up, 1.0) for across in (0.0, max(ends) + LETTER) for up in (0.0, CAPITAL)]) @ at.T)[:, :2]
    return Text(words, _color(style, "fill", "#000000"), size, (line @ at.T)[:, :2], (*corners.min(axis=0), *corners.max(axis=0)))
