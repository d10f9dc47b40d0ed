"""Figures can be read: contrast of what is drawn, size of letters, colors that the color-blind tell apart."""

from itertools import combinations, pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex

from upskill import show
from upskill.show.contrast import contrast, figure_faults, luminance
from upskill.show.figures import _svg
from upskill.show.slim import slim
from upskill.show.theme import COLORS, SERIES, house_style

# Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision Deficiency", IEEE
# Transactions on Visualization and Computer Graphics 15(6), 2009, severity 1.0; on linear red, green, blue.
BLINDNESS = {
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]}
SRGB_TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]


def rgb(color):
    return np.array([int(color[start:start + 2], 16) / 255 for start in (1, 3, 5)])


def seen(color, blindness=None):
    """CIE L*a*b* (1976, D65) of a color as seen."""
    values = rgb(color)
    linear = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    linear = np.clip(BLINDNESS[blindness] @ linear, 0, 1) if blindness else linear
    ratio = np.array(SRGB_TO_XYZ) @ linear / [0.95047, 1, 1.08883]
    root = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


def apart(one, other, blindness=None):
    return float(np.linalg.norm(seen(one, blindness) - seen(other, blindness)))


@pytest.mark.parametrize("blindness", [None, *BLINDNESS])
def test_neighbors_of_the_palette_stay_apart_for_the_color_blind(blindness):
    for one, other in pairwise(SERIES):
        assert apart(one["color"], other["color"], blindness) > 20, (one, other)


def test_the_simulation_sees_what_it_should():
    assert apart("#ff0000", "#00b400", "deuteranopia") < 0.45 * apart("#ff0000", "#00b400")
    assert apart("#0000ff", "#ffff00", "deuteranopia") > 100
    assert np.allclose(np.array(BLINDNESS["protanopia"]).sum(axis=1), 1, atol=1e-5)


def test_no_two_series_are_told_apart_by_color_alone():
    for one, other in combinations(SERIES, 2):
        assert one["linestyle"] != other["linestyle"] and one["marker"] != other["marker"] and one["color"] != other["color"]


@pytest.mark.parametrize("name", ["blue", "orange", "green", "red", "purple", "grey", "ink"])
def test_colors_of_text_have_contrast_on_paper_and_on_the_band(name):
    assert contrast(rgb(getattr(COLORS, name)), rgb(COLORS.paper)) >= 4.5
    assert contrast(rgb(getattr(COLORS, name)), rgb(COLORS.faint)) >= 4.4


def test_style_sheet_and_colors_are_the_same():
    style, colors = house_style(), set(vars(COLORS).values())
    for key in ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color", "grid.color", "hatch.color",
                "figure.facecolor", "savefig.facecolor"):
        assert to_hex(matplotlib.colors.to_rgb(style[key])) in colors, key
    cycle = [to_hex(f"#{color}" if len(color) == 6 else color) for color in style["axes.prop_cycle"].by_key()["color"]]
    assert cycle == [one["color"] for one in SERIES]
    assert min(style["font.size"], style["legend.fontsize"], style["xtick.labelsize"], style["axes.labelsize"]) >= 9


@pytest.mark.parametrize(("one", "other", "ratio"), [((0, 0, 0), (1, 1, 1), 21), ((1, 1, 1), (1, 1, 1), 1),
                                                     ((0x77 / 255,) * 3, (1, 1, 1), 4.48), ((1, 0, 0), (1, 1, 1), 4.0)])
def test_contrast_is_that_of_the_guidelines(one, other, ratio):
    assert contrast(one, other) == contrast(other, one) == pytest.approx(ratio, abs=0.005)
    assert luminance((1, 1, 1)) == pytest.approx(1)


def drawing(draw, **options):
    fig, axes = show.new_figure(3, 2)
    axes.set(xlim=(0, 10), ylim=(0, 10), xticks=[], yticks=[])
    draw(axes)
    text = _svg(fig)
    assert figure_faults(text, **options) == figure_faults(slim(text), **options)
    return [(fault.kind, fault.what) for fault in figure_faults(text, **options)]


@pytest.mark.parametrize(("draw", "kinds"), [
    (lambda axes: axes.plot([1, 9], [1, 9], color=COLORS.blue), []),
    (lambda axes: axes.plot([1, 9], [1, 9], color=COLORS.blue, alpha=0.3), ["mark"]),
    (lambda axes: axes.plot([1, 9], [1, 9], "o", color=COLORS.sky), ["mark"]),
    (lambda axes: axes.plot([1, 9], [1, 9], color=COLORS.light), []),
    (lambda axes: axes.barh([5], [6], color=COLORS.band), ["mark"]),
    (lambda axes: axes.barh([5], [6], color=COLORS.band, edgecolor=COLORS.blue), []),
    (lambda axes: axes.barh([5], [6], color=COLORS.ink), []),
    (lambda axes: (axes.barh([5], [6], color=COLORS.band), axes.text(3, 5, "6", ha="center", va="center")), []),
    (lambda axes: (axes.barh([5], [6], color=COLORS.blue), axes.text(3, 5, "6", ha="center", va="center")), ["text"]),
    (lambda axes: (axes.barh([5], [6], color=COLORS.ink), axes.text(5.6, 5, "six point zero", va="center")), ["text"]),
    (lambda axes: show.band(axes, [1, 9], [2, 2], [5, 7]), []),
    (lambda axes: axes.fill_between([1, 9], [2, 2], [5, 7], color=COLORS.band), ["mark"]),
    (lambda axes: axes.text(2, 2, "pale", color="#999999"), ["text"]),
    (lambda axes: axes.text(2, 2, "turned", color="#999999", rotation=90), ["text"]),
    (lambda axes: axes.text(2, 2, "small", fontsize=8), ["size"]),
    (lambda axes: axes.text(2, 2, "small\nin two lines", fontsize=8), ["size", "size"]),
    (lambda axes: axes.scatter([2, 3], [2, 3], color="#cccccc"), ["mark"]),
    (lambda axes: (axes.text(2, 2, "one text"), axes.text(2.4, 2.1, "another")), ["overlap"]),
    (lambda axes: (axes.text(2, 2, "one text"), axes.text(2, 4, "another")), []),
    (lambda axes: (axes.text(2, 2, "up", rotation=90), axes.text(2.6, 2, "beside")), []),
    (lambda axes: axes.text(9.5, 2, "far too long for the picture", in_layout=False), ["cut"]),
    (lambda axes: axes.text(2, 2, ""), [])])
def test_faults_are_found_where_they_are_and_nowhere_else(draw, kinds):
    assert [kind for kind, _ in drawing(draw)] == kinds


def test_letters_are_measured_as_they_are_shown():
    def draw(axes):
        axes.text(2, 2, "ten", fontsize=10)
    assert drawing(draw) == [] and drawing(draw, scale=0.8) == [("size", "'ten'")]
