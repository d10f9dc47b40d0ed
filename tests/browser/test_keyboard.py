"""With the keyboard alone: everything that can be used is reached, seen, used, and left again."""

import pytest

KINDS = ("index", "05_kpi_tracking, company", "01_skill_assessment, team", "failed", "framework")
MARK = """() => {
  document.querySelectorAll('details').forEach(one => { one.open = false });
  const stops = [...document.querySelectorAll('a[href], summary, button, input, select, textarea, [tabindex="0"]')]
    .filter(one => one.checkVisibility({visibilityProperty: true}) && !one.disabled && !one.closest('[hidden]'));
  stops.forEach((one, place) => { one.dataset.stop = place });
  const wide = [...document.querySelectorAll('body *')].filter(one => one.checkVisibility()
    && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1);
  return [stops.length, wide.filter(one => !one.matches('[tabindex="0"]') && !one.querySelector('[data-stop]')
                                  && one.tagName !== 'PRE').map(one => one.outerHTML.slice(0, 120))];
}"""
HERE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), box = one.getBoundingClientRect();
  const ring = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  return {stop: one.dataset.stop === undefined ? one.outerHTML.slice(0, 120) : Number(one.dataset.stop), ring,
          seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 1};
}"""


def walk(page, count):
    """Press Tab until the page is left; return where the focus was."""
    page.evaluate("() => { document.activeElement.blur(); window.scrollTo(0, 0) }")
    found = []
    for _ in range(count + 5):
        page.keyboard.press("Tab")
        here = page.evaluate(HERE)
        if here is None or (found and here["stop"] == found[0]["stop"]):
            break
        found.append(here)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_tab_reaches_everything_once_in_order_and_leaves(visitor, pages, kind):
    for width in (1440, 360) if kind in ("index", "01_skill_assessment, team") else (1440,):
        with visitor(pages[kind], width=width, reduced_motion="reduce") as visit:  # focus does not glide into sight
            count, out_of_reach = visit.page.evaluate(MARK)
            stops = walk(visit.page, count)
            assert out_of_reach == []
            assert [stop["stop"] for stop in stops] == list(range(count))
            assert [stop for stop in stops if not (stop["ring"] and stop["seen"])] == []


def test_skip_link_comes_first_and_leads_into_the_story(visitor, pages):
    for kind, file in pages.items():
        with visitor(file) as visit:
            visit.page.keyboard.press("Tab")
            if not visit.page.evaluate("() => document.activeElement.matches('.skip')"):
                assert visit.page.locator("nav, a[href^='#']").count() == 0, kind  # nothing that one would want to skip
                continue
            visit.page.keyboard.press("Enter")
            assert visit.page.evaluate("() => document.activeElement.tagName") == "MAIN", kind


def test_enter_and_space_open_and_close_what_is_folded(visitor, pages):
    with visitor(pages["05_kpi_tracking, company"]) as visit:
        folded = visit.page.locator("details.code").first
        folded.locator("summary").focus()
        for key, is_open in (("Enter", True), ("Enter", False), ("Space", True), ("Space", False)):
            visit.page.keyboard.press(key)
            assert folded.evaluate("one => one.open") is is_open, key


def test_contents_lead_to_their_parts(visitor, pages):
    with visitor(pages["05_kpi_tracking, company"], reduced_motion="reduce") as visit:
        link = visit.page.locator(".contents a").last
        link.focus()
        visit.page.keyboard.press("Enter")
        name = link.get_attribute("href")[1:]
        visit.page.wait_for_function("name => { const top = document.getElementById(name).getBoundingClientRect().top;"
                                     " return top > -2 && top < innerHeight }", arg=name)


def test_arrow_keys_scroll_a_wide_table(visitor, pages):
    with visitor(pages["01_skill_assessment, company"], width=360) as visit:
        wide = visit.page.evaluate_handle("() => [...document.querySelectorAll('.scroll')].find(one => "
                                          "one.checkVisibility() && one.scrollWidth > one.clientWidth + 40)").as_element()
        wide.focus()
        visit.page.keyboard.press("ArrowRight")
        visit.page.wait_for_function("one => one.scrollLeft > 0", arg=wide)
