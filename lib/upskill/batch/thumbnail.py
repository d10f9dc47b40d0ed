"""A figure as small as a stamp: its marks without words, in a few kilobytes."""

import re
from html import escape
from xml.etree import ElementTree

SVG, XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"
ENOUGH = 16_000  # characters; what stays larger than this is no stamp
STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
SHAPES = ("path", "use", "rect", "g", "defs", "clipPath", "svg")


def thumbnail(svg):
    """Return a drawing of matplotlib without its words, cut to its axes, as SVG; "" for what cannot be made small.

    Numbers are rounded to whole points, so it is meant for a width of some 200 pixels. The title stays, for those who
    hear the page.
    """
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError:
        return ""
    title = root.findtext(f"{SVG}title") or ""
    _strip(root)
    frame = _frame(root)
    body, styles = _written(root, _short_names(root))
    if not body or not frame:
        return ""
    looks = "".join(f".{name}{{{style}}}" for style, name in styles.items())
    small = (f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="{frame}">'
             f"<title>{escape(title)}</title><style>{looks}</style>{body}</svg>")
    return small if len(small) <= ENOUGH else ""


def _frame(root):
    """Return the view box that holds all marks, with a margin; the sheet behind them does not count."""
    box = [float(number) for number in (root.get("viewBox") or "").split()]
    corners = [corner for element in _drawn(root) for places in [_places(element)] if not _is_sheet(places, box)
               for corner in places]
    if len(box) != 4 or not corners:
        return ""
    left, top = (max(min(values), start) for values, start in zip(zip(*corners), box[:2]))
    right, bottom = (min(max(values), end) for values, end in zip(zip(*corners), (box[0] + box[2], box[1] + box[3])))
    return f"{left - 6:.0f} {top - 6:.0f} {right - left + 12:.0f} {bottom - top + 12:.0f}"


def _drawn(element):
    """Yield the shapes that stand where their numbers say, and the places at which others are used."""
    for child in element:
        tag = child.tag.removeprefix(SVG)
        if tag in ("path", "use"):
            yield child
        elif tag == "g":
            yield from _drawn(child)


def _is_sheet(places, box):
    return len(places) > 3 and len(box) == 4 and all(x in (box[0], box[0] + box[2]) and y in (box[1], box[1] + box[3])
                                                     for x, y in places)


def _places(element):
    """Return the (x, y) through which a shape goes."""
    if element.tag == f"{SVG}use":
        return [(float(element.get("x") or 0), float(element.get("y") or 0))]
    x, y, places = 0.0, 0.0, []
    for letter, rest in STEP.findall(element.get("d") or ""):
        numbers = [float(number) for number in NUMBER.findall(rest)]
        pairs = {"H": [(number, y) for number in numbers], "V": [(x, number) for number in numbers]}.get(
            letter, list(zip(numbers[::2], numbers[1::2])))
        places += pairs
        x, y = pairs[-1] if pairs else (x, y)
    return places


def _strip(element):
    """Remove letters, which alone are drawn to a scale, and all that is no shape."""
    for child in list(element):
        if child.tag.removeprefix(SVG) not in SHAPES or "scale(" in child.get("transform", ""):
            element.remove(child)
        else:
            _strip(child)


def _short_names(root):
    """Return a short name for each id that something in the drawing refers to."""
    found = re.findall(r"#(\w+)", ElementTree.tostring(root, encoding="unicode"))
    return {name: f"i{number}" for number, name in enumerate(dict.fromkeys(found))}


def _written(root, names):
    """Return what a drawing holds as text, and the looks that its parts share, each with the name of its class."""
    styles = {}

    def written(element):
        inside = "".join(written(child) for child in element)
        kept, tag = _attributes(element, names, styles), element.tag.removeprefix(SVG)
        if tag in ("g", "defs", "clipPath") and (not inside or not kept and tag == "g"):
            return inside
        return f"<{tag}{kept}>{inside}</{tag}>" if inside else f"<{tag}{kept}/>"

    return "".join(written(child) for child in root), styles


def _attributes(element, names, styles):
    kept = ""
    for name, value in element.attrib.items():
        if name == "style":
            look = re.sub(r"\s*([:;])\s*", r"\1", value)
            name, value = "class", styles.setdefault(look, f"s{len(styles)}")
        elif name == "d":
            value = _short_path(value)
        elif name in ("x", "y", "width", "height"):
            value = f"{round(float(value)) + 0:g}"
        elif name == "id":
            value = names.get(value, "")
        elif name in (f"{XLINK}href", "clip-path"):
            value = re.sub(r"#(\w+)", lambda found: f"#{names[found[1]]}", value)
        else:
            continue
        kept += f' {name.replace(XLINK, "xlink:")}="{escape(value)}"' if value else ""
    return kept


def _short_path(path):
    """Return a path in whole points, without the points on which it stands still.

    >>> _short_path("M 0.2 208.8 L 0.3 208.9 L 5.4 1.04 z")
    'M0 209L5 1z'
    """
    numbers = [abs(float(found)) for found in NUMBER.findall(path)]
    digits = 1 if numbers and max(numbers) < 12 else 0  # a marker is drawn around zero and a few points wide
    steps, last = [], None
    for letter, rest in STEP.findall(path):
        place = " ".join(f"{round(float(found), digits) + 0.0:g}" for found in NUMBER.findall(rest))
        if place != last or not place:
            steps.append(letter + place)
        last = place
    return "".join(steps)
