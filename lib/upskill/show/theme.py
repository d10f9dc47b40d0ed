"""One look for every figure: calm, color-blind-safe, readable in print."""

from types import SimpleNamespace

import matplotlib
from matplotlib.figure import Figure

# Okabe and Ito's palette, darkened where text needs a contrast of 4.5:1 on white.
COLORS = SimpleNamespace(
    blue="#0060a0", orange="#b35900", green="#00704f", red="#a8322d", purple="#8a4a80", sky="#56b4e9",
    grey="#5f6368", light="#c9ced6", band="#dbe7f3", ink="#1f2328", paper="#ffffff")

THEME = {
    "font.family": "DejaVu Sans", "font.size": 9.5, "text.color": COLORS.ink,
    "axes.edgecolor": COLORS.light, "axes.labelcolor": COLORS.grey, "axes.labelsize": 9,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
    "axes.grid": False, "grid.color": "#e4e7ec", "grid.linewidth": 0.7,
    "xtick.color": COLORS.grey, "ytick.color": COLORS.grey, "xtick.labelsize": 9, "ytick.labelsize": 9,
    "lines.linewidth": 1.8, "lines.solid_capstyle": "round", "legend.frameon": False,
    "figure.facecolor": COLORS.paper, "savefig.facecolor": COLORS.paper,
    # Fixed, so that the same inputs give the same bytes.
    # A name with two dollar signs is no formula.
    "text.parse_math": False,
    "svg.hashsalt": "upskill", "svg.fonttype": "path",
}


def use_theme():
    """Make the house theme the default of this process."""
    matplotlib.rcParams.update(THEME)


def new_figure(width=7.2, height=3.6, rows=1, columns=1, **options):
    """Make a figure of the house size in inches: (figure, axes), outside pyplot so that nothing is shown twice."""
    use_theme()
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots(rows, columns, **options)
