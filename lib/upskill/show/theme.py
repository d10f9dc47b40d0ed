"""One look for every figure: calm, color-blind-safe, readable in print."""

from functools import cache
from pathlib import Path
from types import SimpleNamespace

import matplotlib
from matplotlib.figure import Figure

# Okabe and Ito's palette, darkened where text needs a contrast of 4.5:1 on white.
COLORS = SimpleNamespace(
    blue="#0060a0", orange="#b35900", green="#00704f", red="#a8322d", purple="#8a4a80", sky="#56b4e9",
    grey="#5f6368", light="#c9ced6", faint="#f1f6fb", band="#dbe7f3", middle="#b5d6ec", grid="#e4e7ec", ink="#1f2328", paper="#ffffff")

# For several series in one picture: neighbors stay apart for the color-blind, and no two share dash or marker.
SERIES = ({"color": COLORS.blue, "linestyle": "-", "marker": "o"}, {"color": COLORS.orange, "linestyle": "--", "marker": "s"},
          {"color": COLORS.green, "linestyle": "-.", "marker": "^"}, {"color": COLORS.purple, "linestyle": ":", "marker": "D"},
          {"color": COLORS.ink, "linestyle": (0, (7, 2, 1, 2, 1, 2)), "marker": "v"})

STYLE_SHEET = Path(__file__).with_name("house.mplstyle")


@cache
def house_style():
    """Return the settings of the house style sheet."""
    return matplotlib.rc_params_from_file(STYLE_SHEET, use_default_template=False)


def use_theme():
    """Make the house style the default of this process."""
    matplotlib.rcParams.update(house_style())


def new_figure(width=7.2, height=3.6, rows=1, columns=1, **options):
    """Make a figure of the house size in inches: (figure, axes), outside pyplot so that nothing is shown twice."""
    use_theme()
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **options)


def band(axes, places, low, high, color=COLORS.blue, **options):
    """Draw the band of an interval: a tint with a thin edge that is seen also where the tint is not.

    `options` go to `fill_between`, such as step="mid".
    """
    axes.fill_between(places, low, high, **{"facecolor": COLORS.band, "edgecolor": color, "linewidth": 0.7, "zorder": 0} | options)
