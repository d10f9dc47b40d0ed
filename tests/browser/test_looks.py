"""Phone, tablet and desk; dark; little motion; few colors: nothing sticks out, and nothing vanishes."""

import io

import pytest
from PIL import Image

WIDTHS = (360, 768, 1440)
STICKING_OUT = """() => {
  const wide = document.documentElement.clientWidth, found = [];
  const scrolls = one => { for (let up = one.parentElement; up; up = up.parentElement)
    if (getComputedStyle(up).overflowX !== 'visible') return true; return false };
  for (const one of document.querySelectorAll('body *')) {
    if (!one.checkVisibility() || one.closest('.skip, .unseen, svg *')) continue;
    const box = one.getBoundingClientRect();
    if (box.width && (box.right > wide + 1 || box.left < -1 && box.right > 0) && !scrolls(one))
      found.push(`${one.tagName} ${one.className} ${Math.round(box.left)}-${Math.round(box.right)} ${one.textContent.slice(0, 50)}`);
  }
  return [document.documentElement.scrollWidth - wide, found.slice(0, 5)];
}"""
OPEN_ALL = "() => document.querySelectorAll('details').forEach(one => { one.open = true })"
MOVING = """() => [...document.querySelectorAll('*')].filter(one => { const style = getComputedStyle(one);
  return style.scrollBehavior === 'smooth' || parseFloat(style.animationDuration) > 0 || parseFloat(style.transitionDuration) > 0
  }).map(one => one.tagName)"""


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_sticks_out_of_the_page(visitor, pages, width):
    wrong = {}
    for kind, file in pages.items():
        with visitor(file, width=width) as visit:
            visit.page.evaluate(OPEN_ALL)
            too_wide, found = visit.page.evaluate(STICKING_OUT)
            if too_wide > 0 or found:
                wrong[kind] = (too_wide, found)
    assert wrong == {}


def test_nothing_moves_for_those_who_asked_for_that(visitor, pages):
    for kind, file in pages.items():
        with visitor(file, reduced_motion="reduce") as visit:
            assert visit.page.evaluate(MOVING) == [], kind


@pytest.mark.parametrize("dark", [False, True])
def test_figures_keep_their_paper_where_colors_are_forced(visitor, pages, dark):
    """Ink on a transparent ground would vanish on the system's black."""
    for kind in ("05_kpi_tracking, company", "06_roi_model, team"):
        with visitor(pages[kind], dark=dark, forced_colors="active") as visit:
            for picture in visit.page.locator("figure img").all()[:3]:
                seen = Image.open(io.BytesIO(picture.screenshot())).convert("L")
                counts = seen.histogram()
                light = sum(counts[200:]) / sum(counts)
                assert light > 0.5 and sum(counts[:120]) > 50, (kind, light)
