"""From disk, network off: pages open, ask for nothing, say nothing, and text from data never runs."""

import re

import pytest
from marked_batch import BAIT, PAYLOADS, songs_of_bait

MASKED = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
ATTACKS = """() => {
  const add = (tag, attributes, text) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.textContent = text;
    document.body.append(made);
    return made;
  };
  window.refused = [];
  document.addEventListener('securitypolicyviolation', event => window.refused.push(event.effectiveDirective));
  add('script', {}, 'window.bitten = "inline script"');
  add('script', {src: 'data:text/javascript,window.bitten="script from data"'}, '');
  add('button', {onclick: 'window.bitten = "handler"'}, 'x').click();
  add('a', {href: 'javascript:void(window.bitten = "link")'}, 'x').click();
  add('iframe', {srcdoc: '<script>parent.bitten = "frame"</script>'}, '');
  add('iframe', {src: 'data:text/html,x'}, '');
  add('img', {src: 'http://bait.example/x.png', onerror: 'window.bitten = "image"'}, '');
  add('link', {rel: 'stylesheet', href: 'http://bait.example/x.css'}, '');
  add('style', {}, '@font-face{font-family:x;src:url(http://bait.example/x.woff)} a{font-family:x}');
  fetch('http://bait.example/x').catch(() => 0);
}"""
PARTS = {"script-src-elem", "script-src-attr", "img-src", "style-src-elem", "connect-src", "frame-src"}


def opened(visitor, file):
    """Return (requests, sayings, bitten) of a page that was opened and read to its end."""
    with visitor(file) as visit:
        visit.page.evaluate("() => { document.querySelectorAll('details').forEach(one => { one.open = true }); "
                            "window.scrollTo(0, document.body.scrollHeight) }")
        visit.settle()
        return visit.requests, visit.said, visit.page.evaluate("() => window.bitten ?? null")


def test_every_kind_of_page_asks_for_nothing_and_says_nothing(visitor, pages):
    assert {kind: found for kind, file in pages.items() if (found := opened(visitor, file)) != ([], [], None)} == {}


def test_every_page_of_a_batch_holds_payloads_as_text(pages):
    """Otherwise the test above would say nothing."""
    held = {kind: songs_of_bait(file.read_text(encoding="utf-8")) for kind, file in pages.items()}
    assert [kind for kind, found in held.items() if not found] == []
    assert set().union(*held.values()) >= set(range(len(PAYLOADS)))


def test_a_page_that_took_text_for_markup_would_be_seen(visitor, pages, tmp_path):
    text = pages["05_kpi_tracking, company"].read_text(encoding="utf-8")
    hurt = tmp_path / "hurt.html"
    for payload in PAYLOADS[:6]:
        hurt.write_text(MASKED.sub("", text).replace("<main", f"{payload}<main", 1).replace("<h1", "<h1 autofocus", 1))
        assert opened(visitor, hurt)[2] == 1 or "autofocus=" in payload, payload
        hurt.write_text(text.replace("<main", f"{payload}<main", 1))
        _, said, bitten = opened(visitor, hurt)
        assert bitten is None and (said or "autofocus=" in payload), payload
    hurt.write_text(text.replace("<main", f"<img src='{BAIT}/x'><main", 1))
    assert any(BAIT in saying for saying in opened(visitor, hurt)[1])
    hurt.write_text(MASKED.sub("", text).replace("<main", f"<img src='{BAIT}/x'><main", 1))
    assert opened(visitor, hurt)[0] == [f"{BAIT}/x"]


def attacked(visitor, calls, file):
    """Return (bitten, directives that refused, requests that left) of a page with markup put into it, network on."""
    _, said = calls
    said.clear()
    with visitor(file, offline=False) as visit:
        visit.page.evaluate(ATTACKS)
        visit.settle()
        bitten, refused = visit.page.evaluate("() => [window.bitten ?? null, [...new Set(window.refused)]]")
    return bitten, set(refused), [words for words in said if "bait.example" in words]


def test_the_security_policy_stops_what_gets_into_a_page(visitor, pages, calls):
    for kind, file in pages.items():
        bitten, refused, requests = attacked(visitor, calls, file)
        assert bitten is None and requests == [], kind
        assert refused >= PARTS, kind


def test_without_the_policy_the_same_attacks_would_bite(visitor, pages, calls, tmp_path):
    bare = tmp_path / "bare.html"
    bare.write_text(MASKED.sub("", pages["09_program_summary, company"].read_text(encoding="utf-8")), encoding="utf-8")
    bitten, refused, requests = attacked(visitor, calls, bare)
    assert bitten and not refused and len(requests) >= 3


@pytest.mark.parametrize("kind", ["index"])
def test_the_script_of_the_index_runs_under_its_policy(visitor, pages, kind):
    """The one page with a script of its own: allowed by its hash, and by nothing else."""
    text = pages[kind].read_text(encoding="utf-8")
    policy = MASKED.search(text)[0]
    assert "unsafe-inline'" not in policy.partition("script-src")[2].partition(";")[0] and "unsafe-eval" not in policy
    scripts = len(re.findall(r"<script(?! type=\"application/json\")", text))
    assert scripts == policy.count("'sha256-")
