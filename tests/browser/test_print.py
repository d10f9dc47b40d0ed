"""On paper, A4 and Letter: sheets with ink, page numbers and address; no figure and no row cut."""

import re

import pypdfium2
import pytest

SIZES = {"A4": (595, 842), "Letter": (612, 792)}  # points; Chromium rounds up
PRINTED = [("01_skill_assessment, company", "Letter"), ("05_kpi_tracking, team", "A4"),
           ("09_program_summary, company", "A4"), ("failed", "Letter"), ("index", "A4"), ("own page", "A4")]
MOST_SHEETS = 40
# Two small words at the top and the foot of what must stay whole; they take no place.
MARKS = """() => [...document.querySelectorAll('figure, tr, .cards > div, .answer')]
  .filter(one => !one.closest('details:not(.data)'))
  .map((one, place) => {
    const home = one.tagName === 'TR' ? one.cells[0] : one;
    home.style.position = 'relative';
    for (const [side, edge] of [['T', 'top'], ['B', 'bottom']]) {
      const mark = document.createElement('span');
      mark.textContent = `\\u00a7${side}${place}\\u00b6`;
      mark.style.cssText = `position:absolute;${edge}:0;left:0;font:4px monospace;white-space:pre;color:#aaa;opacity:1`;
      home.append(mark);
    }
    return one.tagName;
  })"""
BREAKS = """() => { const style = document.querySelector('style').sheet;
  style.insertRule('@media print{*{break-inside:auto!important}figure img{max-height:none!important}}', style.cssRules.length) }"""


class Paper:
    """A printed page: `texts` and `ink` (share of dark dots) by sheet, what was marked, and the sheets of each mark."""

    def __init__(self, visitor, file, size, also=""):
        with visitor(file, width=1000) as visit:
            visit.page.emulate_media(media="print")
            if also:
                visit.page.evaluate(also)
            self.marked = visit.page.evaluate(MARKS)
            content = visit.page.pdf(format=size, print_background=False, prefer_css_page_size=False)
            visit.page.emulate_media(media="null")
        document = pypdfium2.PdfDocument(content)
        self.sizes = {tuple(round(side) for side in page.get_size()) for page in document}
        self.texts = [page.get_textpage().get_text_bounded() for page in document]
        self.ink = [ink_of(page) for page in document]
        self.bytes = len(content)

    def sheets_of(self, side, place):
        return [number for number, text in enumerate(self.texts) if f"\u00a7{side}{place}\u00b6" in text]

    def cut(self):
        """Return what stands on more than one sheet."""
        return [(tag, place, top, foot) for place, tag in enumerate(self.marked)
                for top, foot in [(self.sheets_of("T", place), self.sheets_of("B", place))] if (top or foot) and top != foot]


def ink_of(page):
    picture = page.render(scale=0.4, grayscale=True).to_pil()
    return sum(picture.histogram()[:128]) / (picture.width * picture.height)


@pytest.mark.parametrize(("kind", "size"), PRINTED)
def test_sheets_are_whole(visitor, pages, kind, size):
    paper = Paper(visitor, pages[kind], size)
    assert all(abs(found - wanted) <= 1 for sheet in paper.sizes for found, wanted in zip(sheet, SIZES[size], strict=True))
    assert 1 <= len(paper.texts) <= MOST_SHEETS
    assert [number for number, (text, ink) in enumerate(zip(paper.texts, paper.ink, strict=True))
            if ink < 0.001 or len(text.strip()) < 20] == []
    found = [place for place in range(len(paper.marked)) if paper.sheets_of("T", place)]
    assert len(found) >= 0.9 * len(paper.marked)
    assert paper.cut() == []


def test_sheets_of_a_report_say_which_report_and_which_sheet(visitor, pages):
    paper = Paper(visitor, pages["05_kpi_tracking, team"], "A4")
    count = len(paper.texts)
    for number, text in enumerate(paper.texts, start=1):
        assert re.search(rf"Page {number} of {count}\b", text), number
        assert "marked/05_kpi_tracking/" in text.replace("\n", "").replace("\r", ""), number


def test_a_cut_figure_or_row_would_be_seen(visitor, pages):
    assert Paper(visitor, pages["05_kpi_tracking, team"], "A4", BREAKS).cut()
