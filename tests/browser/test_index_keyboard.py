"""The search of the index, from the keyboard alone: find, walk, open, clear, send; and the page without scripts."""

import json
import time
from pathlib import Path
from urllib.parse import quote

import pytest

from upskill.batch.index import write_index

sync_api = pytest.importorskip("playwright.sync_api")

NASTY = "<img src=x onerror=\"document.title='ran'\">"
HEBREW = "\u05e6\u05d5\u05d5\u05ea"
TEAMS = (NASTY, f"{HEBREW} 5", "</script><script>document.title='ran'</script>", "T" * 300, "José",
         *(f"Team {number:03}" for number in range(120)))
REPORTS = {"01_skills": ("Where do we stand?", "Short in two domains."), "05_kpi": ("How is delivery moving?", "Lead time fell.")}


if not Path(__file__).with_name("conftest.py").exists():  # there the tests of pages share one browser

    @pytest.fixture(scope="session")
    def browser(chromium):
        with sync_api.sync_playwright() as playwright:
            opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            yield opened
            opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """An index of two reports for the company and many teams, one of which failed; each page is there."""
    output = tmp_path_factory.mktemp("index")
    for report, (title, answer) in REPORTS.items():
        for number, team in enumerate(("", *TEAMS)):
            slug = f"t{number:03}" if team else "company"
            record = {"report": report, "slug": slug, "title": title, "question": "Asked?", "parameters": {"team": team},
                      "status": "failed" if slug == "t007" else "ok", "reason": "No memory." if slug == "t007" else "",
                      "program": "p", "program_name": f"Company {NASTY}", "answer": [f"{answer} {team}"]}
            place = output / "p" / report / slug
            place.mkdir(parents=True)
            (place / "run.json").write_text(json.dumps(record), encoding="utf-8")
            (place / "report.html").write_text(f"<!doctype html><title>{report} {slug}</title>", encoding="utf-8")
    write_index(output)
    return output


@pytest.fixture
def page(browser, folder):
    """The index as opened from disk with the network off; in the end nothing was said and nothing was asked for."""
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 800})
    opened, said = context.new_page(), []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("pageerror", lambda error: said.append(str(error)))
    opened.on("request", lambda request: said.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
    opened.goto((folder / "index.html").as_uri())
    yield opened
    context.close()
    assert said == []


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def count(page):
    return page.inner_text("#count")


def wait_for(page, expression):
    """Wait until an expression is true; Playwright's own way evaluates text in the page, which its policy forbids."""
    end = time.monotonic() + 20
    while not page.evaluate(expression):
        assert time.monotonic() < end, expression
        time.sleep(0.02)


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.getAttribute('href')")


def small_targets(page, selector):
    """Return what can be pointed at and is seen, but smaller than 24 pixels either way."""
    return page.eval_on_selector_all(selector, """all => all.map(one => [one.id || one.textContent, one.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.width < 24 || box.height < 24)).map(([name]) => name)""")


def test_a_report_is_found_walked_to_and_opened(page):
    press(page, "/")
    assert focused(page) == "by-words" and page.input_value("#by-words") == ""
    page.keyboard.type("LEAD time 042")
    assert count(page) == "1 of 252 reports" and page.get_attribute("#count", "role") == "status"
    assert not page.is_visible("#all")
    press(page, "ArrowDown")
    assert focused(page) == "p/05_kpi/t048/report.html"
    press(page, "Enter")
    page.wait_for_url("**/05_kpi/t048/report.html")
    page.go_back()
    assert page.input_value("#by-words") == "LEAD time 042" and count(page) == "1 of 252 reports"


def test_arrows_walk_the_results_and_escape_clears(page):
    press(page, "/")
    page.keyboard.type("team 01")
    press(page, "Enter", "ArrowDown")
    assert focused(page) == page.get_attribute("#hits li:nth-child(2) a", "href")
    press(page, "End")
    assert focused(page) == page.get_attribute("#hits li:last-child a", "href")
    press(page, "Home", "ArrowUp")
    assert focused(page) == "by-words"
    press(page, "ArrowDown", "Escape")
    assert focused(page) == "by-words" and page.input_value("#by-words") == "" and count(page) == ""
    assert page.is_visible("#all") and not page.is_visible("#found") and "#" not in page.url


def test_more_results_are_shown_on_demand_and_the_focus_goes_on(page):
    press(page, "/")
    page.keyboard.type("team")
    assert page.locator("#hits li").count() == 100 and page.inner_text("#more") == "Show 100 more"
    page.focus("#more")
    press(page, "Enter")
    assert page.locator("#hits li").count() == 200
    assert focused(page) == page.get_attribute("#hits li:nth-child(101) a", "href")


def test_filters_are_chosen_by_keys_and_kept_in_the_address(page, browser):
    page.focus("#by-report")
    page.keyboard.type("How")
    page.focus("#by-status")
    page.keyboard.type("Fail")
    assert count(page) == "1 of 252 reports" and page.url.endswith("#report=05_kpi&status=failed")
    assert page.inner_text("#hits .state") == "✕ Failed" and "No memory." in page.inner_text("#hits .said")
    other = browser.new_page()
    other.goto(page.url)
    assert other.input_value("#by-report") == "05_kpi" and other.inner_text("#count") == "1 of 252 reports"
    other.close()


def test_marks_on_letters_do_not_matter_and_words_may_stand_in_any_order(page):
    press(page, "/")
    page.keyboard.type("jose stand")
    assert count(page) == "1 of 252 reports" and "José" in page.inner_text("#hits")


def test_an_address_with_an_unknown_team_finds_nothing_rather_than_everything(page):
    page.goto(page.url + "#team=" + quote(NASTY + "?"))
    wait_for(page, "document.getElementById('count').textContent")
    assert count(page) == "0 of 252 reports"
    page.goto(page.url.partition("#")[0] + "#team=" + quote(NASTY))
    wait_for(page, "document.getElementById('count').textContent.startsWith('2 ')")


def test_names_are_shown_as_text_and_nothing_in_them_runs(page):
    for words in ("img src", "script", HEBREW, "ttttt"):
        page.fill("#by-words", words)
        assert count(page) == ("252 of 252 reports" if words == "img src" else "2 of 252 reports")
    page.fill("#by-words", "onerror asked")
    assert page.locator("#hits img, #hits script").count() == 0 and page.title() != "ran"
    assert NASTY in page.inner_text("#hits")
    page.fill("#by-words", HEBREW)
    assert page.inner_text("#hits a bdi >> nth=0") == HEBREW
    assert page.evaluate("document.documentElement.scrollWidth") <= 1000


def test_the_key_for_the_search_can_be_turned_off(page):
    page.click("summary:has-text('Keys')")
    page.uncheck("#slash")
    press(page, "/")
    assert focused(page) == "slash" and page.url.endswith("#keys=0")
    page.reload()
    assert not page.is_checked("#slash")


@pytest.mark.parametrize("width", [360, 768, 1440])
def test_targets_are_large_enough_and_nothing_is_wider_than_the_window(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    page.eval_on_selector_all("details", "all => all.forEach(one => one.open = true)")
    assert small_targets(page, "#all a") == []
    page.fill("#by-words", "team 00")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert small_targets(page, "input, select, button, summary, #hits a") == []


def test_without_scripts_all_reports_can_be_reached_and_no_control_is_shown(browser, folder):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "index.html").as_uri())
    assert not page.is_visible("#find") and not page.is_visible("#found") and page.is_visible("#all")
    hrefs = page.eval_on_selector_all("#all a", "links => links.map(link => link.getAttribute('href'))")
    assert {f"p/{report}/t{number:03}/report.html" for report in REPORTS for number in range(1, 126)} <= set(hrefs)
    context.close()
