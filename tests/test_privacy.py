"""Attempts to see a person or a small group through the gate, one test each; and what is told and purged."""

import itertools
import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from upskill import data, show
from upskill.data import NotEnoughData
from upskill.privacy import Ledger, Names, derivable_groups, hidden_cells, hidden_rows, open_ledger, personal_texts
from upskill.privacy.cli import privacy_command, purge_command
from upskill.privacy.ledger import former_group
from upskill.show import facts, figures, prose, session, tables

COMMENT = "The mentor had no time for me."


class Program(SimpleNamespace):
    """A program as far as `show` looks at it."""

    def __contains__(self, name):
        return name in self.tables

    def __getitem__(self, name):
        return self.tables[name]


def made(people=12, **changes):
    frame = pd.DataFrame({"person_id": [f"p{number:03}" for number in range(people)], "team": "core"})
    feedback = pd.DataFrame({"respondent_id": ["f1-9"], "comment": [COMMENT]})
    known = {"settings": SimpleNamespace(name="Test", currency="EUR", minimum_group_size=5),
             "tables": {"people": frame, "feedback": feedback}, "slug": "test", "team": "",
             "as_of": pd.Timestamp("2026-06-30"), "set_aside": pd.DataFrame({"rows": [], "set_aside": []}), "left_out": ()}
    return Program(**known | changes)


@pytest.fixture
def gate(monkeypatch, tmp_path):
    """A report that has begun; gives everything published: (kind, content, usual forms)."""
    seen = []
    for module in (facts, figures, prose, session, tables):
        monkeypatch.setattr(module, "publish", lambda kind, content, **forms: seen.append((kind, content, forms)))
    monkeypatch.setenv("UPSKILL_LEDGER", str(tmp_path / "state" / "ledger.jsonl"))
    show.scope(made())
    yield seen
    session.session.__init__()


def shown_rows(gate):
    return gate[-1][1]["rows"]


# --- naming a person


@pytest.mark.parametrize("text", [
    "Ask p003.", "p003's work", "team-p003", "x_p003", "p003/p004", "P003 leads", "(p003)", "see p003-old", "f1-9 said",
    f"One wrote: {COMMENT}", "the MENTOR had no time, for me", "who:p003,", "[p003](link)", "p003\u00a0and others",
])
def test_no_way_of_writing_an_id_or_a_comment_gets_through(gate, text):
    calls = (lambda: show.say(text), lambda: show.answer("Fine.", text), lambda: show.cards([("a", text, "b")]),
             lambda: show.fact("a.b", 1, text=text), lambda: show.table(pd.DataFrame({"a": [text]}), "c", "n"),
             lambda: show.table(pd.DataFrame({"a": [1]}), text, "n"),
             lambda: show.table(pd.DataFrame({text: [1]}), "c", "n"),
             lambda: show.table(pd.DataFrame({"a": [1]}), "c", "n", note=text),
             lambda: show.figure(show.new_figure()[0], "t", text, "n"),
             lambda: show.figure(show.new_figure()[0], text, "a", "n"))
    before = len(gate)
    for call in calls:
        with pytest.raises(show.PrivacyError):
            call()
    assert len(gate) == before


@pytest.mark.parametrize("text", ["p0035 and 12 people", "The mentor had no time.", "p 003", "step003", "1.003 or 0.9"])
def test_what_is_no_id_gets_through(gate, text):
    show.say(text)


def spoken(name, which):
    """Arguments of a call of `show` with an id in one of its texts."""
    frame = pd.DataFrame({"Team": ["core", "web"], "Score": [1.5, 2.5]})
    calls = {
        "scope": (show.scope, {"program": made(), "title": "A report"}),
        "fact": (show.fact, {"name": "skills.mean", "value": 1.0, "unit": "levels", "text": "one level"}),
        "figure": (show.figure, {"fig": show.new_figure()[0], "title": "It rises", "alt": "A line.", "name": "line",
                                 "source": "Made up."}),
        "table": (show.table, {"frame": frame, "caption": "By team", "name": "teams", "note": "Made up."}),
        "say": (show.say, {"markdown": "It rises."}),
        "release": (show.release, {"about": "skills, wave start", "members": [f"p{number:03}" for number in range(9)]}),
    }
    call, arguments = calls[name]
    return call, arguments | {which: f"{arguments[which]}_p003"}


@pytest.mark.parametrize(("name", "which"), [
    ("scope", "title"), ("fact", "name"), ("fact", "unit"), ("fact", "text"), ("figure", "title"), ("figure", "alt"),
    ("figure", "name"), ("figure", "source"), ("table", "caption"), ("table", "name"), ("table", "note"),
    ("say", "markdown"), ("release", "about")])
def test_no_text_of_any_call_carries_an_id(gate, name, which):
    call, arguments = spoken(name, which)
    before = len(gate)
    with pytest.raises(show.PrivacyError):
        call(**arguments)
    assert "p003" not in str(gate[before:])


@pytest.mark.parametrize("mark", [lambda line: line.set_gid("p003"), lambda line: line.set_url("people/p003"),
                                  lambda line: line.set_label("p003")], ids=["group", "address", "label"])
def test_what_a_drawing_holds_unseen_names_nobody(gate, mark):
    figure, axes = show.new_figure()
    mark(axes.plot([1, 2], [3, 4])[0])
    try:
        show.figure(figure, "It rises", "A line.", "line")
    except show.PrivacyError:
        return
    assert "p003" not in str(gate[1:])


def test_what_a_frame_holds_beside_its_cells_is_not_published(gate):
    frame = pd.DataFrame({"Team": pd.Categorical(["core", "web"], ["core", "web", "p003"]), "Score": [1.5, 2.5]},
                         index=pd.Index(["p003", "p004"], name="p005"))
    frame.columns.name, frame.attrs = "p006", {"who": "p007"}
    show.table(frame, "By team", "teams")
    assert not any(f"p00{number}" in str(gate[1:]) for number in range(10))


def test_ids_on_an_axis_that_are_written_only_when_drawn_are_found(gate):
    fig, axes = show.new_figure()
    axes.bar(["p001", "p002"], [1, 2])
    with pytest.raises(show.PrivacyError):
        show.figure(fig, "Title", "Alt", "bars")
    fig, axes = show.new_figure()
    axes.plot([0, 1])
    axes.xaxis.set_major_formatter(lambda value, place: "p001")
    with pytest.raises(show.PrivacyError):
        show.figure(fig, "Title", "Alt", "formatted")


def test_a_column_of_numeric_ids_is_found_though_numbers_in_prose_are_not(gate):
    people = pd.DataFrame({"person_id": [str(number) for number in range(101, 113)], "team": "core"})
    show.scope(made(tables={"people": people}))
    show.say("In 101 weeks")
    for frame in (pd.DataFrame({"who": ["101", "102"], "value": [1, 2]}),
                  pd.DataFrame({"who": [101, 102], "v": [1, 2]}), pd.DataFrame({"team": ["a"], "who": ["107"]}),
                  pd.DataFrame({"person_id": ["x"]})):
        with pytest.raises(show.PrivacyError):
            show.table(frame, "Caption", "name")


def test_names_in_columns_of_a_companys_own_count_as_personal():
    frame = pd.DataFrame({"person_id": ["p1", "p2"], "team": "core", "role": "developer",
                          "full_name": ["Ann Lee", "Bo Ek"], "site": "north"})
    found = personal_texts({"people": frame})
    assert {"p1", "Ann Lee", "Bo Ek"} <= found and not found & {"core", "developer", "north"}
    assert Names(found).mask("Ann Lee of core", "x") == "x of core"


# --- small groups


def test_facts_and_figures_of_small_groups_are_refused_with_a_reason(gate):
    with pytest.raises(NotEnoughData, match="4 people; results are shown for at least 5"):
        show.fact("skills.level", 2.0, group_size=4)
    fig, _ = show.new_figure()
    with pytest.raises(NotEnoughData):
        show.figure(fig, "Title", "Alt", "name", group_size=pd.Series([12, 3]))
    show.fact("skills.level", 2.0, group_size=5)
    show.figure(fig, "Title", "Alt", "name", group_size=5)


@pytest.mark.parametrize(("size", "value", "text"), [(8, 0.0, "not shown"), (8, 1.0, "not shown"), (8, 0.5, "50 %"),
                                                     (10, 1.0, "100 %")])
def test_all_or_none_of_a_small_group_is_not_said(gate, size, value, text):
    assert show.fact("a.b", value, value, value, unit="share", group_size=size).startswith(text)
    assert (gate[-1][1]["value"] is None) == (text == "not shown")
    frame = pd.DataFrame({"role": ["a", "b"], "people": [size, 40], "share": [value, 0.2],
                          "words": [f"{value:.0%}", "20 %"]})
    show.table(frame, "c", "n", formats={"share": "share"})
    row = shown_rows(gate)[0]
    assert (row[2:] == ["not shown", "not shown"]) == (text == "not shown")


def test_a_column_of_people_is_taken_as_group_size_without_being_told(gate):
    show.table(pd.DataFrame({"role": ["a", "b", "c"], "People": [3, 9, 20], "level": [1.0, 2.0, 3.0]}), "c", "n")
    assert [row[2] for row in shown_rows(gate)] == [None, None, 3.0]


def test_text_left_of_the_number_of_people_is_hidden_too(gate):
    frame = pd.DataFrame({"role": ["a", "b", "c"], "verdict": ["low", "mid", "high"], "people": [3, 9, 20]})
    show.table(frame, "c", "n")
    assert shown_rows(gate)[0] == ["a", None, None]


def test_a_company_below_the_minimum_gets_no_report(gate):
    with pytest.raises(NotEnoughData):
        show.scope(made(people=4))


def test_those_who_left_do_not_make_a_team_large_enough(gate):
    people = made()["people"].assign(end_date=pd.to_datetime(["2026-01-31"] * 8 + [None] * 4))
    with pytest.raises(NotEnoughData, match="fewer than 5"):
        show.scope(made(tables={"people": people}, team="core"))


def test_a_team_known_only_by_its_authors_is_counted_by_them(gate):
    changes = pd.DataFrame({"author_id": ["a1", "a2", "a1"]})
    with pytest.raises(NotEnoughData):
        show.scope(made(tables={"pull_requests": changes}, team="core"))


# --- subtraction


def test_the_complement_of_all_other_teams_is_protected(gate):
    sizes = {"core": 12, "web": 7, "tiny": 3}
    show.scope(made(team="core", team_sizes=sizes))
    with pytest.raises(NotEnoughData, match="to protect a team with fewer than 5"):
        show.scope(made(team="web", team_sizes=sizes))
    show.scope(made(team="web", team_sizes={"core": 12, "web": 7}))


def test_rows_that_were_left_out_do_not_follow_from_a_total_shown_before(gate):
    show.table(pd.DataFrame({"domain": ["all"], "people": [32], "level": [2.0]}), "c", "whole")
    show.table(pd.DataFrame({"role": ["a", "b"], "people": [20, 9], "level": [2.1, 1.9]}), "c", "roles")
    assert shown_rows(gate)[1] == ["b", None, None]


def test_a_total_that_would_give_away_rows_left_out_is_hidden(gate):
    show.table(pd.DataFrame({"role": ["a", "b"], "people": [20, 9], "level": [2.1, 1.9]}), "c", "roles")
    show.table(pd.DataFrame({"domain": ["all"], "people": [32], "level": [2.0]}), "c", "whole")
    assert shown_rows(gate)[0] == ["all", None, None]


def test_a_row_hidden_in_one_table_is_the_one_hidden_in_the_next(gate):
    show.table(pd.DataFrame({"role": list("abcd"), "people": [3, 8, 9, 20], "level": 1.0}), "c", "first")
    show.table(pd.DataFrame({"role": list("abcd"), "people": [3, 9, 8, 20], "level": 1.0}), "c", "second")
    hidden = [[row[0] for row in content["rows"] if row[1] is None] for kind, content, _ in gate if kind == "table"]
    assert hidden == [["a", "b"], ["a", "b"]]


@pytest.mark.parametrize("figure_first", [True, False])
def test_a_figure_does_not_show_what_the_table_beside_it_hides(gate, figure_first):
    fig, axes = show.new_figure()
    axes.barh(["tester", "developer"], [1, 2])
    def draw(**options):
        return show.figure(fig, "Title", "Alt", "bars", **options)
    def tabulate():
        frame = pd.DataFrame({"role": ["tester", "developer", "lead"], "people": [3, 30, 9], "level": 1.0})
        show.table(frame, "c", "n")
    steps = [draw, tabulate] if figure_first else [tabulate, draw]
    steps[0]()
    with pytest.raises(show.PrivacyError, match="tester"):
        steps[1]()


def test_a_figure_whose_author_vouches_for_it_is_shown(gate):
    fig, axes = show.new_figure()
    axes.barh(["tester"], [1])
    show.figure(fig, "Prices by role", "Alt", "bars", group_size=False)
    show.table(pd.DataFrame({"role": ["tester", "developer", "lead"], "people": [3, 30, 9], "level": 1.0}), "c", "n")


def test_files_hold_no_more_than_the_page(gate):
    show.table(pd.DataFrame({"role": ["a", "b", "c"], "people": [3, 9, 20], "level": [1.25, 2.5, 3.75]}), "c", "n")
    _, content, forms = gate[-1]
    for text in (json.dumps(content), forms["text_html"], forms["text_plain"]):
        assert "1.25" not in text and "2.5" not in text


def test_single_cells_of_a_two_way_table_are_hidden_with_others_that_give_them_away(gate):
    sizes = pd.DataFrame({"x": [3, 9, 9], "y": [9, 8, 9], "z": [9, 9, 9]})
    frame = pd.DataFrame({"role": list("abc"), "x": [0.1, 0.2, 0.3], "y": [0.4, 0.5, 0.6], "z": [0.7, 0.8, 0.9]})
    show.table(frame, "c", "n", group_size=sizes, formats={"x": "share"})
    rows = shown_rows(gate)
    assert rows[0][1] == "too few to show"
    assert sum(cell == "hidden to protect a small group" for row in rows for cell in row) == 3
    assert "10 %" not in gate[-1][2]["text_html"] and "0.1" not in json.dumps(rows)


def bared(counts, hidden, minimum):
    """Attack: every small group that follows from shown cells, totals of rows and of columns, by brute force."""
    # A cell that is shown empty is known to be empty; a hidden one may hold anybody.
    cells = [cell for cell in np.ndindex(counts.shape) if counts[cell] or hidden[cell]]
    shown = [{cell} for cell in cells if not hidden[cell]]
    lines = [{cell for cell in cells if cell[axis] == number}
             for axis in (0, 1) for number in range(counts.shape[axis])]
    matrix = np.array([[float(cell in group) for cell in cells] for group in [*shown, *lines] if group])
    found = []
    for size in (1, 2, 3):
        for chosen in itertools.combinations(range(len(cells)), size):
            if sum(counts[cells[place]] for place in chosen) >= minimum:
                continue
            wanted = np.isin(range(len(cells)), chosen).astype(float)
            answer = np.linalg.lstsq(matrix.T, wanted, rcond=None)[0]
            found += [chosen] if np.abs(matrix.T @ answer - wanted).max() < 1e-6 else []
    return found


@settings(max_examples=60, deadline=None)
@example([[0, 5, 0], [2, 1, 2], [3, 0, 3]])  # all filled cells are hidden; the empty ones would tell
@example([[0, 5, 1], [1, 5, 1], [5, 5, 3]])
@given(st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=3, max_size=4))
def test_no_search_over_sums_and_differences_bares_a_hidden_cell(cells):
    counts = np.array(cells)
    if min(counts.sum(axis=0).min(), counts.sum(axis=1).min()) < 5:
        return  # then totals are too small themselves and are not shown
    small, beside = hidden_cells(pd.DataFrame(counts), 5)
    hidden = (small | beside).to_numpy()
    assert hidden[(counts > 0) & (counts < 5)].all()
    assert not bared(counts, hidden, 5)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(1, 15), min_size=2, max_size=8))
def test_hidden_rows_are_never_bared_by_their_total(sizes):
    small, beside = hidden_rows(pd.Series(sizes), 5)
    hidden = small | beside
    if hidden.all():
        return
    starts = np.cumsum([0, *sizes])
    rows = [set(range(first, last)) for first, last in itertools.pairwise(starts)]
    shown = [row for row, is_hidden in zip(rows, hidden, strict=True) if not is_hidden]
    assert not derivable_groups([set(range(starts[-1])), *shown], 5)


def test_overlapping_slices_are_found_as_well_as_nested_ones():
    teams = [set(range(8)), set(range(8, 20))]
    roles = [set(range(12)), set(range(12, 20))]
    assert not derivable_groups(teams, 5)
    found = derivable_groups([*teams, *roles, set(range(6))], 5)
    assert {6, 7} in found and all(len(group) < 5 for group in found)


# --- one release minus another


WAVE = "skills, wave start"


def letters(text):
    return set(text)


def test_a_joiner_is_not_had_by_subtracting_last_month_from_this_month():
    ledger = Ledger(minimum=5)
    everyone = letters("abcdefghijklmnop")
    assert ledger.refuse_or_record(WAVE, letters("abcdefg"), "may", everyone) == letters("abcdefg")
    assert ledger.refuse_or_record(WAVE, letters("abcdefgh"), "june", everyone) == letters("abcdefg")
    assert ledger.refuse_or_record(WAVE, letters("bcdefg"), "july", everyone) == letters("abcdefg")
    assert ledger.refuse_or_record(WAVE, letters("abcdefghijkl"), "august", everyone) == letters("abcdefghijkl")
    assert ledger.refuse_or_record("skills, wave end", letters("abcdefgh"), "june", everyone) == letters("abcdefgh")


def test_a_leaver_whose_data_are_gone_makes_the_result_refused():
    ledger = Ledger(minimum=5)
    ledger.refuse_or_record(WAVE, letters("abcdefg"), "may")
    with pytest.raises(NotEnoughData, match="would bare fewer than 5"):
        ledger.refuse_or_record(WAVE, letters("bcdefg"), "june", everyone=letters("bcdefg"))


def test_the_last_team_that_would_bare_a_tiny_one_is_refused():
    company, core, web = set(range(20)), set(range(12)), set(range(12, 18))
    ledger = Ledger(minimum=5)
    ledger.refuse_or_record(WAVE, company, "may")
    ledger.refuse_or_record(WAVE, core, "may")
    with pytest.raises(NotEnoughData):
        ledger.refuse_or_record(WAVE, web, "may")


def attack(groups, everyone, minimum):
    """Ask for each group in turn, keep what is answered, and return every small group that then follows."""
    ledger, answered = Ledger(minimum=minimum), []
    for group in groups:
        try:
            answered.append(ledger.refuse_or_record(WAVE, group, "label", everyone))
        except NotEnoughData:
            continue
    return derivable_groups(answered, minimum), answered


def test_no_random_sequence_of_slices_bares_anybody():
    rng = np.random.default_rng(20261123)
    everyone = set(range(30))
    for _ in range(60):
        groups = [everyone] if rng.random() < 0.5 else []
        for _ in range(8):
            share = rng.uniform(0.2, 0.9)
            groups.append({person for person in everyone if rng.random() < share})
        found, answered = attack(groups, everyone, 5)
        assert not found and answered


def test_without_the_ledger_the_same_slices_do_bare_people():
    assert former_group([], letters("abcdefgh"), 5) == letters("abcdefgh")
    assert derivable_groups([letters("abcdefg"), letters("abcdefgh")], 5) == [letters("h")]


def test_the_ledger_outlives_a_report_when_labelled_and_holds_no_ids(gate, monkeypatch):
    path = os.environ["UPSKILL_LEDGER"]
    members = [f"p{number:03}" for number in range(8)]
    show.release(WAVE, members)
    assert not os.path.exists(path)
    for label, asked in (("may", members), ("june", [*members, "p008"])):
        monkeypatch.setenv("UPSKILL_LABEL", label)
        show.scope(made())
        assert show.release(WAVE, asked) == frozenset(members)
    text = Path(path).read_text(encoding="utf-8")
    _, may, june = map(json.loads, text.splitlines())
    assert "p00" not in text and len(may["members"]) == 8 and june == {"about": WAVE, "label": "june", "as": "may"}
    if os.name == "posix":
        assert os.stat(path).st_mode & 0o077 == 0
    with pytest.raises(NotEnoughData):
        show.release(WAVE, members[:4])


def test_two_reports_that_write_at_once_use_one_salt(tmp_path, monkeypatch):
    monkeypatch.setenv("UPSKILL_LEDGER", str(tmp_path / "ledger.jsonl"))
    monkeypatch.setenv("UPSKILL_LABEL", "may")
    (one, label), (two, _) = open_ledger("Test", 5), open_ledger("Test", 5)
    one.refuse_or_record(WAVE, letters("abcdefg"), label)
    assert two.refuse_or_record(WAVE, letters("abcdefgh"), label) == letters("abcdefg")


# --- the example program


def test_team_only_keeps_delivery_and_usage_by_team(tmp_path, example):
    folder = shutil.copytree(example, tmp_path / "program")
    usage = "2026-06-22,,p001,assistant,prompts,3\n2026-06-22,,p002,assistant,prompts,4\n"
    (folder / "ai_usage.csv").write_text("date,team,person_id,tool,measure,value\n" + usage, encoding="utf-8")
    with (folder / "program.yml").open("a", encoding="utf-8") as file:
        file.write("\nteam_only: true\n")
    program = data.read_program(folder)
    assert program["pull_requests"]["author_id"].str.startswith("team ").all()
    assert program["work_items"]["person_id"].isna().all() and program["ai_usage"]["person_id"].isna().all()
    assert program["ai_usage"]["value"].sum() == 7
    before = data.read_program(example)
    assert len(program["pull_requests"]) == len(before["pull_requests"])


def test_the_account_names_what_is_held_and_what_is_open(tmp_path, example):
    result = CliRunner().invoke(privacy_command, [str(example)])
    assert result.exit_code == 0
    people = len(data.read_program(example)["people"])
    assert f"| people | person_id | {people} | {people} |" in result.output
    assert result.output.count("not set (") == 5
    folder = shutil.copytree(example, tmp_path / "program")
    with (folder / "program.yml").open("a", encoding="utf-8") as file:
        file.write("\nprivacy: {purpose: planning of training, retention: 24 months}\n")
    frame = pd.read_csv(folder / "people.csv", dtype=str)
    frame.assign(full_name="Name " + frame["person_id"]).to_csv(folder / "people.csv", index=False)
    CliRunner().invoke(privacy_command, [str(folder), "--output", str(tmp_path / "a.md")])
    text = (tmp_path / "a.md").read_text(encoding="utf-8")
    assert "24 months" in text and "planning of training" in text and text.count("not set (") == 3
    assert "seem to name or quote people:** `people.full_name`" in text
    assert not Names(personal_texts(data.read_program(folder).tables)).find(text)


def purge(folder, *options):
    result = CliRunner().invoke(purge_command, [str(folder), *options])
    assert result.exit_code == 0, result.output
    return result.output


def test_purge_says_first_and_removes_then(tmp_path, example):
    folder = shutil.copytree(example, tmp_path / "program")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    said = purge(folder, "--person", "p007")
    assert "Nothing was changed" in said
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    done = purge(folder, "--person", "p007", "--yes")
    lines = [line for line in done.splitlines() if " rows" in line]
    assert lines and [line.split(" of ")[0] for line in lines] == [
        line.split(" of ")[0] for line in said.splitlines() if " rows" in line][:-1] + [lines[-1].split(" of ")[0]]
    tables = data.read_program(folder).tables
    assert "p007" not in personal_texts(tables) and "p008" in personal_texts(tables)
    for name, content in before.items():
        if name.endswith(".csv"):
            kept = [line for line in content.split(b"\n") if b"p007" not in line]
            assert (folder / name).read_bytes().split(b"\n") == kept, name
    assert not [path for path in folder.iterdir() if path.name.startswith(".")]
    assert not [fault for fault in data.check_program(folder) if not fault.accepted]
    assert "nothing to remove" in purge(folder, "--person", "p007", "--yes")


def test_purge_of_a_period_removes_what_is_older_and_nothing_else(tmp_path, example):
    folder = shutil.copytree(example, tmp_path / "program")
    before = data.read_program(folder)
    day = pd.Timestamp("2025-06-01")
    purge(folder, "--before", "2025-06-01", "--yes")
    after = data.read_program(folder)
    assert (after["pull_requests"]["created_at"] >= day).all()
    assert len(after["pull_requests"]) == (before["pull_requests"]["created_at"] >= day).sum()
    waves = before["waves"].set_index("wave")["ends_on"]
    held = set(before["interview_ratings"]["wave"])
    assert set(after["interview_ratings"]["wave"]) == set(waves[waves >= day].index) & held
    assert len(after["deployments"]) == len(before["deployments"])


def small_program(folder):
    folder.mkdir()
    (folder / "program.yml").write_text("name: Small\ncurrency: USD\nminimum_group_size: 3\n", encoding="utf-8")
    return folder


def test_purge_keeps_other_rows_as_they_stand_in_odd_files(tmp_path):
    folder = small_program(tmp_path / "odd")
    head, last = "\ufeffperson_id;team;role;note\r\n", "p2;a;dev;p1\r\n"
    (folder / "people.csv").write_bytes((head + 'p1;a;"dev;x";"two\r\nlines"\r\n' + last).encode())
    changes = pa.table({"repository": ["r", "r"], "pull_request_id": ["1", "2"], "author_id": ["p1", "p2"],
                        "created_at": ["2026-01-01T00:00:00Z"] * 2})
    (folder / "pull_requests" / "team=a").mkdir(parents=True)
    pq.write_table(changes, folder / "pull_requests" / "team=a" / "part.parquet")
    purge(folder, "--person", "p1", "--yes")
    assert (folder / "people.csv").read_bytes() == (head + last).encode()
    assert pq.ParquetFile(folder / "pull_requests/team=a/part.parquet").read()["author_id"].to_pylist() == ["p2"]


@pytest.mark.parametrize("has_formula", [False, True])
def test_purge_of_a_workbook_keeps_values_or_refuses(tmp_path, has_formula):
    import openpyxl
    folder = small_program(tmp_path / "excel")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "people"
    for row in (["person_id", "team", "role"], ["p1", "a", "dev"], ["p2", "a", "dev"], ["p1", "b", "dev"]):
        sheet.append(row)
    if has_formula:
        book.create_sheet("notes")["A1"] = "=1+1"
    book.save(folder / "book.xlsx")
    before = (folder / "book.xlsx").read_bytes()
    result = CliRunner().invoke(purge_command, [str(folder), "--person", "p1", "--yes"])
    if has_formula:
        assert result.exit_code == 1 and "formulas" in result.output and (folder / "book.xlsx").read_bytes() == before
        return
    rows = list(openpyxl.load_workbook(folder / "book.xlsx")["people"].iter_rows(values_only=True))
    assert rows == [("person_id", "team", "role"), ("p2", "a", "dev")]


def test_purge_changes_nothing_when_a_file_cannot_be_written(tmp_path, example, monkeypatch):
    from upskill.privacy import purge as module
    folder = shutil.copytree(example, tmp_path / "program")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    calls = []
    def fail_later(*args, **kwargs):
        calls.append(args)
        if len(calls) > 3:
            raise OSError("no space left")
        return original(*args, **kwargs)
    original = module.without_records
    monkeypatch.setattr(module, "without_records", fail_later)
    result = CliRunner().invoke(purge_command, [str(folder), "--person", "p001", "--yes"])
    assert result.exit_code == 1 and "no space left" in result.output
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
