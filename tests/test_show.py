"""Facts, tables, figures and prose: what leaves a report, and what may not."""

import json
import math
from types import SimpleNamespace

import pandas as pd
import pytest

from upskill import show
from upskill.data import NotEnoughData
from upskill.show import facts, figures, prose, session, tables


@pytest.fixture
def published(monkeypatch):
    """Everything published during a test: (kind, content, usual forms)."""
    seen = []
    for module in (facts, figures, prose, session, tables):
        monkeypatch.setattr(module, "publish", lambda kind, content, **forms: seen.append((kind, content, forms)))
    monkeypatch.setattr(session.session, "facts", {})
    monkeypatch.setattr(session.session, "people", frozenset())
    return seen


class Program(SimpleNamespace):
    """A program as far as `show` looks at it."""

    def __contains__(self, name):
        return name in self.tables

    def __getitem__(self, name):
        return self.tables[name]


def made(people=12, team="", smallest=5):
    frame = pd.DataFrame({"person_id": [f"p{number:03}" for number in range(people)]})
    return Program(
        settings=SimpleNamespace(name="Test & Co", currency="EUR", minimum_group_size=smallest),
        tables={"people": frame}, slug="test", team=team, as_of=pd.Timestamp("2026-06-30"),
        set_aside=pd.DataFrame({"table": ["people"], "rows": [people], "set_aside": [1]}), left_out=())


@pytest.mark.parametrize(("value", "unit", "text"), [
    (0, "USD", "$0"), (-0.4, "USD", "$0"), (1234.5, "USD", "$1,234"), (-98765, "USD", "−$99,000"),
    (12_345_678, "EUR", "€12.3 million"), (5e9, "CHF", "5.00 billion CHF"),
    (0.125, "share", "12 %"), (0.031, "share", "3.1 %"), (0, "share", "0 %"), (-0.0002, "percent change", "0 %"),
    (0.2, "percent change", "+20 %"), (-0.2, "percent change", "−20 %"),
    (3.04, "hours", "3.0 hours"), (72, "hours", "72 hours"), (120, "hours", "5.0 days"),
    (0.4567, "levels", "0.46 levels"), (1203, "people", "1,203 people"), (8.62, "months", "8.6 months"),
    (None, "USD", "not known"), (math.nan, "", "not known"), (math.inf, "months", "without limit"),
])
def test_numbers_read_as_people_write_them(value, unit, text):
    assert show.format_number(value, unit) == text


def test_an_interval_and_its_value_share_one_scale():
    assert show.fact_text(950_000, -80_000, 2_100_000, "USD") == "$0.95 million (−$0.08 million to $2.10 million)"
    assert show.fact_text(60, 50, 80, "hours") == "2.5 days (2.1 to 3.3 days)"
    assert show.interval_text(9, 12, "per week") == "9 to 12 per week"
    assert show.interval_text(0.1, 0.2) == "0.10 to 0.20"
    assert show.interval_text(5, math.inf, "months") == "5.0 months or more"
    assert show.interval_text(-math.inf, 5, "months") == "5.0 months or less"


def test_a_fact_is_recorded_whole_and_read_back_in_words(published):
    text = show.fact("kpi.lead_time", 30.0, 25.0, 36.0, unit="hours", better="lower")
    kind, record, _ = published[-1]
    assert (kind, text) == ("fact", "30 hours (25 to 36 hours)")
    assert record == {"name": "kpi.lead_time", "value": 30.0, "low": 25.0, "high": 36.0, "level": 0.9,
                      "unit": "hours", "better": "lower", "text": text}
    assert show.fact("kpi.lead_time", 30.0, 25.0, 36.0, unit="hours", better="lower", interval=False) == "30 hours"


def test_facts_are_finite_or_null(published):
    show.fact("roi.payback_months", math.nan, 3, math.inf, unit="months")
    record = published[-1][1]
    assert (record["value"], record["low"], record["high"]) == (None, 3.0, None)
    json.dumps(record, allow_nan=False)


@pytest.mark.parametrize("call", [
    lambda: show.fact("LeadTime", 1), lambda: show.fact("kpi", 1), lambda: show.fact("a.b", 1, 2, 1),
    lambda: show.fact("a.b", 1, low=0), lambda: show.fact("a.b", 1, better="more"),
])
def test_a_malformed_fact_is_refused(call, published):
    with pytest.raises(ValueError):
        call()
    assert not published


def test_one_name_holds_one_value(published):
    show.fact("a.b", 1)
    with pytest.raises(ValueError, match="twice"):
        show.fact("a.b", 2)


def test_scope_says_what_is_covered(published):
    show.scope(made())
    content = published[-1][1]
    assert content["scope"] == ("Test & Co · whole company · 12 people · data to 2026-06-30 · "
                                "1 of 12 rows set aside as faulty")
    assert session.session.currency == "EUR"


def test_scope_names_tables_that_could_not_be_used(published):
    broken = made()
    broken.left_out = (SimpleNamespace(table="rollout"),)
    show.scope(broken)
    assert "left out as broken: rollout" in published[-1][1]["scope"]


def test_a_team_below_the_minimum_gets_no_report(published):
    with pytest.raises(NotEnoughData, match="fewer than 5"):
        show.scope(made(people=4, team="tiny"))
    show.scope(made(people=4, team="tiny", smallest=4))


def test_no_person_is_named_in_prose_tables_or_figures(published):
    show.scope(made())
    fig, axes = show.new_figure()
    axes.text(0, 0, "p004 is slow")
    for call in (lambda: show.say("Ask p003."), lambda: show.answer("p003 leads."),
                 lambda: show.table(pd.DataFrame({"who": ["p003"]}), "People", "people"),
                 lambda: show.figure(fig, "Title", "Alt", "name")):
        with pytest.raises(show.PrivacyError):
            call()
    show.say("The p0035 build and 12 people are not persons.")


def test_small_groups_are_hidden_with_one_that_would_give_them_away(published):
    frame = pd.DataFrame({"role": ["a", "b", "c", "d"], "people": [30, 3, 12, 9], "short": [0.1, 0.2, 0.3, 0.4]})
    show.table(frame, "Shortfall by role", "roles", group_size="people")
    content, forms = published[-1][1:]
    assert content["rows"] == [["a", 30, 0.1], ["b", None, None], ["c", 12, 0.3], ["d", None, None]]
    assert "0.20" not in forms["text_html"] and "too few to show" in forms["text_html"]
    assert forms["text_html"].count("<tr>") == 5


@pytest.mark.parametrize(("sizes", "hidden"), [
    ([9, 9, 9], 0), ([4, 9, 9], 2), ([1, 1, 9, 30], 3), ([4, 4, 9], 2), ([2], 1), ([0, 9, 9], 2),
])
def test_hidden_rows_protect_each_other(sizes, hidden):
    small, beside = tables.hidden_rows(pd.Series(sizes), 5)
    assert (small | beside).sum() == hidden


def test_tables_carry_caption_scope_and_escaped_text(published):
    frame = pd.DataFrame({"team": ['<script>alert("x")</script>'], "value": [1234567.0],
                          "day": [pd.Timestamp("2026-01-02")]})
    show.table(frame, "A & B", "ab", formats={"value": "USD"})
    html = published[-1][2]["text_html"]
    assert "<caption>A &amp; B</caption>" in html and 'scope="row"' in html and 'scope="col"' in html
    assert "<script>" not in html and "$1.23 million" in html and "2026-01-02" in html
    with pytest.raises(ValueError):
        show.table(frame, " ", "ab")


def test_figures_need_words_and_carry_them(published):
    fig, axes = show.new_figure()
    axes.plot([1, 2], [3, 4])
    with pytest.raises(ValueError, match="alt"):
        show.figure(fig, "It rose", "", "rise")
    show.figure(fig, "It rose", "A line from 3 to 4", "rise", source="our data")
    svg = published[-1][2]["image_svg__xml"]
    assert svg.startswith('<svg role="img"') and "<desc>A line from 3 to 4</desc>" in svg


def test_the_same_figure_gives_the_same_bytes(published):
    for _ in range(2):
        fig, axes = show.new_figure()
        axes.fill_between([0, 1], [0, 1], [1, 2])
        show.figure(fig, "Title", "Alt", "name")
    assert published[0][2] == published[1][2]


def test_dollar_signs_are_not_read_as_formulas(published):
    show.say("From $1 to $2")
    show.answer("It costs $3")
    show.cards([("Cost", "$4", "each")])
    assert all(forms["text_markdown"].count(r"\$") == forms["text_markdown"].count("$") for _, _, forms in published)


def test_a_program_without_dates_has_a_scope(published):
    undated = made()
    undated.as_of = pd.NaT
    show.scope(undated)
    assert "no dated data yet" in published[-1][1]["scope"]


def test_the_words_of_a_fact_do_not_show_themselves_at_the_end_of_a_cell(published):
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell()
    shown = shell.display_formatter.format(show.fact("a.b", 1))
    assert shown == ({}, {})
