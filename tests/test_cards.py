"""Cards: the fact behind each, its interval, and its change since the last release said in words."""

import pytest
from test_render import code_cell, record_of, shown, story

from upskill import show
from upskill.batch.cards import legend, told_cards
from upskill.batch.execute import Ending
from upskill.batch.headlines import fact_of_card
from upskill.batch.history import Point
from upskill.batch.outcome import make_outcome
from upskill.batch.redact import Redactor
from upskill.batch.render import render_report
from upskill.show import session as session_module


def fact(name, text, value=0.5, low=None, high=None, better="higher", unit="share"):
    return {"name": name, "value": value, "low": low, "high": high, "level": None if low is None else 0.9, "unit": unit,
            "better": better, "text": text}


USE = fact("kpi.ai_use", "70 % (66 % to 74 %)", 0.70, 0.66, 0.74)
FAILURES = fact("kpi.failures", "12 % (8 % to 16 %)", 0.12, 0.08, 0.16, "lower")
CARDS = [{"label": "AI use", "value": "70 %", "note": "of engineers"}, {"label": "Failures", "value": "12 %", "note": ""}]


def told(old, new, **card):
    point = Point("2026-05", "2026-05-31", {fact["name"]: fact for fact in old})
    cards = told_cards([{"label": "x", "value": new["text"], "note": ""} | card], [new], point)
    return cards[0]["change"]


def test_a_card_finds_its_fact_by_what_it_says_or_by_name():
    facts = [USE, FAILURES, fact("kpi.other", "70 %"), fact("a.b", "none"), fact("a.c", "none")]

    def found(value, facts=facts, **more):
        return fact_of_card({"label": "AI use", "value": value} | more, facts)
    assert found("70 %") is USE  # the one whose name is like the label
    assert found("70 % (66 % to 74 %)") is USE
    part = USE | {"name": "kpi.target.ai_use"}
    assert found("70 %", [part, USE]) is USE  # the whole before its parts
    assert found("7") is None
    assert found("none") is None  # two say so
    assert found("none", fact="a.c")["name"] == "a.c"
    assert found("none", fact="a.x") is None


def test_a_card_shows_the_interval_of_its_fact_once():
    first, whole, noted = told_cards([CARDS[0], CARDS[0] | {"value": USE["text"]}, CARDS[0] | {"note": "66 % to 74 %"}], [USE])
    assert (first["value"], first["interval"]) == (whole["value"], whole["interval"]) == ("70 %", "66 % to 74 %")
    assert noted["interval"] == ""
    odd = fact("a.b", "39 hours (38 hours or more)", 39, 38, None)
    assert told_cards([{"label": "x", "value": "39 hours"}], [odd])[0]["interval"] == "38 hours or more"


def test_good_and_bad_are_said_with_a_sign_and_only_beyond_the_noise():
    risen = USE | {"value": 0.60, "low": 0.55, "high": 0.65}
    assert told([risen], USE) == {"sign": "✓", "words": "Better: +10 points since 2026\u201105", "kind": "better"}
    fewer = FAILURES | {"value": 0.02, "low": 0.01, "high": 0.03}
    assert told([fewer], FAILURES) == {"sign": "!", "words": "Worse: +10 points since 2026\u201105", "kind": "worse"}
    noise = USE | {"value": 0.69, "low": 0.65, "high": 0.73}
    assert told([noise], USE)["kind"] == "neither" and "within the noise" in told([noise], USE)["words"]
    assert told([USE], USE) == {"sign": "=", "words": "No change since 2026\u201105", "kind": "neither"}
    bare, former = (fact("a.n", f"{value:.0%}", value) for value in (0.4, 0.2))
    assert told([former], bare)["sign"] == "•"
    same_data = told_cards([CARDS[0] | {"value": USE["text"]}], [USE], Point("2026-05", "", {noise["name"]: noise}), True)[0]["change"]
    assert same_data["kind"] == "better" and same_data["words"].endswith("on the same data")
    neutral = [one | {"better": ""} for one in (risen, USE)]
    assert told(neutral[:1], neutral[1])["kind"] == "neither"
    assert told([], USE) is None


def test_the_legend_says_what_ranges_and_changes_are():
    cards = told_cards(CARDS, [USE, FAILURES])
    assert legend(cards) == "Ranges are 90 % intervals. There is no earlier release to compare with."
    since = Point("2026-05", "2026-05-31", {USE["name"]: USE | {"value": 0.5, "low": 0.45, "high": 0.55}})
    assert legend(told_cards(CARDS, [USE, FAILURES], since), since) == (
        "Ranges are 90 % intervals. Changes are since the release 2026\u201105, with data to 2026\u201105\u201131; "
        "better and worse are beyond the noise.")


def test_the_page_says_it():
    notebook = story(code_cell("1", shown("fact", USE), shown("fact", FAILURES), shown("cards", {"cards": CARDS})))
    outcome = make_outcome(notebook, Ending(), Redactor())
    since = Point("2026-05", "", {USE["name"]: USE | {"value": 0.5, "low": 0.45, "high": 0.55}})
    page = render_report(outcome, record_of(outcome), since=since)
    assert '<dd class="change better"><span aria-hidden="true">✓</span> Better: +20 points since 2026\u201105</dd>' in page
    assert page.count('<dd class="change') == 1 and '<dd class="range">8\u00a0% to 16\u00a0%</dd>' in page


@pytest.fixture
def session():
    session_module.session.facts.clear()
    yield session_module.session
    session_module.session.facts.clear()


def test_a_card_made_of_a_fact_knows_its_name(session, monkeypatch):
    shown_cards = []
    monkeypatch.setattr("upskill.show.prose.publish", lambda kind, content, **forms: shown_cards.extend(content["cards"]))
    text = show.fact("a.share", 0.5, 0.4, 0.6, unit="share")
    show.cards([("Share", text, "of all"), ("Said", "yes"), ("Named", "half", "", "", "a.share")])
    assert [card.get("fact") for card in shown_cards] == ["a.share", None, "a.share"] and shown_cards[1]["note"] == ""
    with pytest.raises(ValueError, match="no fact 'a.other' was recorded"):
        show.cards([("Named", "half", "", "", "a.other")])
