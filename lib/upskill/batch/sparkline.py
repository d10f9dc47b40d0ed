"""A line no larger than a word: how one number went over past runs, each with its interval."""

import math
from html import escape

WIDTH, HEIGHT, EDGE = 100, 26, 4
MOST = 24  # points; of a longer past the latest


def sparkline(points):
    """Return inline SVG of dicts with label, value, low, high and text, oldest first; "" where it never changed.

    Each point stands with its interval as an upright line; the title says all numbers, for those who do not see them.
    """
    points = [point for point in points if _is_number(point["value"])][-MOST:]
    if len({point["value"] for point in points}) < 2:
        return ""
    ends = [[point[end] if _is_number(point[end]) else point["value"] for end in ("low", "high")] for point in points]
    bottom, top = min(low for low, _ in ends), max(high for _, high in ends)
    xs = [EDGE + (WIDTH - 2 * EDGE) * place / (len(points) - 1) for place in range(len(points))]
    ys = [_height(point["value"], bottom, top) for point in points]
    line = "L".join(f"{x:.0f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
    ranges = "".join(f"M{x:.0f} {_height(low, bottom, top):.1f}V{_height(high, bottom, top):.1f}"
                     for x, (low, high) in zip(xs, ends, strict=True) if low < high)
    words = "; ".join(f"{point['label']}: {point['text']}" for point in points)
    shades = f'<path class="range" d="{ranges}"/>' if ranges else ""
    return (f'<svg class="spark" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">'
            f'<title>{escape(words)}</title>{shades}<path class="line" d="M{line}"/><circle cx="{xs[-1]:.0f}" cy="{ys[-1]:.1f}" r="2.6"/></svg>')


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _height(value, bottom, top):
    return HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - bottom) / (top - bottom)
