"""The two forms in which a figure leaves a report: shapes (SVG) and dots (PNG)."""

import base64
import binascii

DOTS = b"\x89PNG\r\n\x1a\n"
# Blocks of a PNG that hold size, colors and dots; any other may hold words.
BLOCKS = {b"IHDR", b"PLTE", b"tRNS", b"sBIT", b"gAMA", b"pHYs", b"IDAT", b"IEND"}


def form_of(data, name):
    """Return one form of a display as text; notebooks may hold it line by line."""
    form = data.get(name, "")
    return "".join(form) if isinstance(form, list) else form


def is_bare_png(text):
    """Tell whether a text is a PNG in base64 without any block that could hold words."""
    try:
        content = base64.b64decode(text)
    except (binascii.Error, TypeError, ValueError):
        return False
    if not content.startswith(DOTS):
        return False
    place, names = len(DOTS), []
    while place + 12 <= len(content):
        names.append(content[place + 4:place + 8])
        place += 12 + int.from_bytes(content[place:place + 4])
    return place == len(content) and set(names) <= BLOCKS and names[-1:] == [b"IEND"]


def data_uri(svg="", png=""):
    """Return a drawing as a data address for an image."""
    if svg:
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
    return "data:image/png;base64," + "".join(png.split())


def picture_file(figure):
    """Return (ending, content) of the file of a figure: text for shapes, bytes for dots."""
    return ("svg", figure["svg"] + "\n") if figure.get("svg") else ("png", base64.b64decode(figure["png"]))
