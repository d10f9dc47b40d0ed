"""Attacks with several labelled releases in hand: joiners, leavers, moves, late answers, subtracted from each other."""

import hashlib
import importlib
import itertools
import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from sample_reports import FACT, make_notebook, make_program, make_spec

from upskill import data, kpi, show, skills
from upskill.batch.cli import run_command
from upskill.data import NotEnoughData
from upskill.kpi import figures as kpi_figures
from upskill.kpi import persons
from upskill.privacy import Ledger, LedgerError, check_label
from upskill.privacy.cli import privacy_command
from upskill.privacy.ledger import forget, ledger_path
from upskill.show import session
from upskill.skills import evidence, figures
from upskill.skills.groups import in_levels, levels_reached
from upskill.skills.limits import drawn
from upskill.skills.plausible import PlausibleValues

MINIMUM = 5
DOMAINS = ("Foundations", "Building AI systems")
standing_module = importlib.import_module("upskill.skills.standing")  # the package has a function of this name


def with_tables(program, **tables):
    return replace(program, tables=program.tables | tables)


# --- a company over four months


def level(person, wave, domain):
    """A made-up ability that is the same in every month."""
    return float(np.random.default_rng(sum(map(ord, f"{person}{wave}{domain}")) * 7919).normal())


@pytest.fixture(scope="module")
def company(example):
    """Five of the ten teams of the example with two of its six domains, for speed."""
    program = data.read_program(example)
    teams = program["people"]["team"].value_counts().index[:5]
    people = program["people"][program["people"]["team"].isin(teams)].reset_index(drop=True)
    answers = program["test_responses"][program["test_responses"]["person_id"].isin(people["person_id"])]
    return with_tables(program, people=people, test_responses=answers.reset_index(drop=True),
                       competencies=program["competencies"].query("domain in @DOMAINS"))


@pytest.fixture(scope="module")
def calibration(company):
    return skills.calibrate_program(company)


@pytest.fixture
def known(monkeypatch, calibration):
    """Give everybody the same known ability in all draws, so that what a report shows can be reckoned by hand."""
    def abilities(program, scales, draws, seed):
        answers = evidence.test_answers(program)
        waves = evidence.assessed_waves(program, answers)
        chosen = tuple(dict.fromkeys([waves[0], waves[-1]]))
        found = {}
        for domain, scale in scales.scales.items():
            for wave in chosen:
                people = evidence.matrix(answers, wave, domain, scale.items).index
                found[wave, domain] = pd.DataFrame([[level(person, wave, domain)] * 2 for person in people], index=people)
        cuts = {name: (cut.levels, np.array([cut.places] * 2)) for name, cut in skills.read_cuts(program).items()}
        return PlausibleValues(found, cuts, chosen)
    monkeypatch.setattr(standing_module, "calibrate_program", lambda program: calibration)
    monkeypatch.setattr(standing_module, "plausible_values", abilities)


def up_to(program, wave):
    """The program as it was before the waves after this one."""
    waves = program["waves"].sort_values("starts_on")["wave"].tolist()
    answers = program["test_responses"]
    return with_tables(program, test_responses=answers[answers["wave"].isin(waves[:waves.index(wave) + 1])])


def later(program, seed=1):
    """The same program a month later: three joined and took the last test, three moved, two changed role, late answers."""
    rng = np.random.default_rng(seed)
    people, answers = program["people"].copy(), program["test_responses"]
    ids = rng.permutation(people["person_id"].to_numpy())
    joined = people[people["person_id"].isin(ids[:3])].assign(person_id=["x1", "x2", "x3"])
    theirs = answers[answers["person_id"].isin(ids[:3])]
    theirs = theirs.assign(person_id=theirs["person_id"].map(dict(zip(sorted(ids[:3]), joined["person_id"], strict=True))))
    absent = sorted(set(people["person_id"]) - set(answers.query("wave == 'end'")["person_id"]))
    late = answers.query("wave == 'end' and person_id == @ids[5]").assign(person_id=absent[0])
    people = people.set_index("person_id")
    people.loc[ids[10:13], "team"] = people.loc[ids[20:23], "team"].to_numpy()
    people.loc[ids[30:32], "role"] = "tech lead"
    people.loc[ids[40:42], "end_date"] = pd.Timestamp("2026-06-20")
    return with_tables(program, people=pd.concat([people.reset_index(), joined], ignore_index=True),
                       test_responses=pd.concat([answers, theirs, late], ignore_index=True))


def moved(program, seed):
    """The same answers, but five people moved to another team and two to another role since."""
    rng = np.random.default_rng(seed)
    people = program["people"].set_index("person_id")
    ids = rng.permutation(people.index.to_numpy())
    people.loc[ids[:5], "team"] = rng.permutation(people["team"].unique())[:5]
    people.loc[ids[5:7], "role"] = "developer"
    return with_tables(program, people=people.reset_index())


def months(program, seed=1):
    """Four months: after each wave, and once more after the last one, when people have come, gone and moved."""
    return {"may": moved(moved(up_to(program, "start"), seed), seed + 50), "june": moved(up_to(program, "middle"), seed),
            "july": program, "august": later(program, seed)}


# --- what the reports of one month show, as sums over people


def begin(program, label, monkeypatch, path):
    monkeypatch.setenv("UPSKILL_LEDGER", str(path))
    monkeypatch.setenv("UPSKILL_LABEL", label)
    show.scope(program)


def release(program, held, team):
    """As `figures.release`, which asks the gate anew for each report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "held_company", lambda _: held)
        return figures.release(program, team)


def reports(program):
    """Yield (Released, Standing) of the company and of each team that gets a report."""
    held = figures.held_company(program)
    for team in ["", *sorted(program["people"]["team"].unique())]:
        try:
            released = release(program, held, team)
            yield released, released.standing(1)
        except NotEnoughData:
            assert team


def sums(released, found):
    """Return [(domain, {(person, wave): share}, value), …] of every mean that a report shows, and check each."""
    shown = []
    draws = standing_module.plausible_values(released.company, found.calibration, 2, 1)
    labels, _ = levels_reached(released.program, draws)
    counted = [row.person_id in released.allowed.counted[row.domain] for row in labels.itertuples()]
    labels = labels[counted]
    for rows, by in ((found.domains, ["domain"]), (found.shown_roles, ["domain", "role"]), (found.teams, ["domain", "team"])):
        for row in rows.to_dict("records"):
            people = labels[(labels[by] == pd.Series(row)[by]).all(axis=1)]["person_id"].tolist()
            assert len(people) == row["people"] >= MINIMUM
            shown.append((row["domain"], {(person, found.wave): 1 / len(people) for person in people}, row["reached"]))
    for row in found.changes.to_dict("records"):
        people = sorted(released.allowed.changes[row["domain"]])
        assert len(people) == row["people"] >= MINIMUM
        terms = {(person, wave): sign / len(people) for person in people
                 for wave, sign in ((found.wave, 1), (found.first_wave, -1))}
        shown.append((row["domain"], terms, row["change"]))
    for domain, terms, value in shown:
        true = sum(share * float(in_levels(draws, domain, pd.DataFrame([[level(*who, domain)] * 2]))[1][0, 0])
                   for who, share in terms.items())
        assert value == pytest.approx(true, abs=1e-9), "the groups that the attack knows are those of the report"
    return [(domain, terms) for domain, terms, _ in shown]


def bared(shown):
    """Attack: every sum over fewer than five people, at one wave, or their change, that follows from these."""
    columns = sorted({who for terms in shown for who in terms})
    rows = np.array([[terms.get(who, 0.0) for who in columns] for terms in shown])
    kinds, inverse = np.unique(np.round(rows, 12), axis=1, return_inverse=True)
    pieces = [[columns[place] for place in np.flatnonzero(inverse == number)] for number in range(kinds.shape[1])]
    _, values, right = np.linalg.svd(kinds)
    null = right[(values > 1e-9 * values.max()).sum():].T
    small = [number for number, piece in enumerate(pieces) if len(piece) < MINIMUM]
    along = null @ np.random.default_rng(0).standard_normal(null.shape[1])
    found = []
    for count in range(1, MINIMUM if len(small) <= 60 else 3):
        chosen = np.array([few for few in itertools.combinations(small, count)
                           if sum(len(pieces[number]) for number in few) < MINIMUM]).reshape(-1, count)
        for signs in ((1,), (1, 1), (1, -1), (1, 1, 1), (1, 1, 1, 1)):
            if len(signs) == count:
                likely = chosen[np.abs(along[chosen] @ signs) < 1e-7] if len(chosen) else chosen
                found += [[pieces[number] for number in few] for few in likely
                          if np.abs(null[few].T @ signs).max(initial=0) < 1e-9]
    return found


def attacked(programs, monkeypatch, path, labelled=True):
    """Release month after month; return what then follows about fewer than five people, by domain."""
    shown = []
    for month, program in programs.items():
        begin(program, month if labelled else "", monkeypatch, path)
        for released, found in reports(program):
            shown += sums(released, found)
    session.session.__init__()
    return {domain: found for domain in sorted({domain for domain, _ in shown})
            if (found := bared([terms for name, terms in shown if name == domain]))}, shown


def test_four_months_of_releases_bare_nobody(company, known, monkeypatch, tmp_path):
    found, shown = attacked(months(company), monkeypatch, tmp_path / "ledger.jsonl")
    assert len(shown) > 90 and not found


def test_without_labels_the_same_months_bare_people(company, known, monkeypatch, tmp_path):
    last_two = dict(list(months(company).items())[2:])
    found, _ = attacked(last_two, monkeypatch, tmp_path / "ledger.jsonl", labelled=False)
    assert set(found) == set(DOMAINS)


# --- what is held stays as it was


def test_a_month_later_every_number_of_the_wave_is_the_same(company, known, monkeypatch, tmp_path):
    july, august = company, later(company)
    tables = {}
    for label, program in (("july", july), ("august", august)):
        begin(program, label, monkeypatch, tmp_path / "ledger.jsonl")
        tables[label] = {released.program.team: found for released, found in reports(program)}
    assert tables["july"].keys() == tables["august"].keys() and len(tables["july"]) > 4
    for team, found in tables["july"].items():
        again = tables["august"][team]
        for name in ("domains", "roles", "changes", "precision"):
            pd.testing.assert_frame_equal(getattr(found, name), getattr(again, name))
        both = found.teams.merge(again.teams, on=["team", "domain"]) if len(found.teams) else found.teams
        assert both.empty if team else both["expected_x"].equals(both["expected_y"])
        assert found.priorities.empty == again.priorities.empty
        if len(found.priorities):
            pd.testing.assert_frame_equal(found.priorities, again.priorities)
        assert (found.assessed, found.hidden) == (again.assessed, again.hidden)
        assert again.held and not found.held
        assert "**People**: those of the first report" in skills.words.method(company, again)


@pytest.mark.parametrize("gone", ["person", "answers", "one answer", "target", "corrected"])
def test_without_the_data_of_somebody_who_was_shown_nothing_is_shown(company, known, monkeypatch, tmp_path, gone):
    begin(company, "july", monkeypatch, tmp_path / "ledger.jsonl")
    figures.release(company)
    answers, people, targets = (company[name] for name in ("test_responses", "people", "role_targets"))
    one = answers.query("wave == 'end'")["person_id"].iloc[0]
    of_one = (answers["person_id"] == one) & (answers["wave"] == "end")
    less = {"person": {"people": people[people["person_id"] != one]}, "answers": {"test_responses": answers[~of_one]},
            "one answer": {"test_responses": answers.drop(index=answers[of_one & answers["score"].notna()].index[0])},
            "corrected": {"test_responses": answers.assign(score=answers["score"].mask(of_one, 1 - answers["score"]))},
            "target": {"role_targets": targets[targets["role"] != "tech lead"]}}[gone]
    program = with_tables(company, **less)
    begin(program, "august", monkeypatch, tmp_path / "ledger.jsonl")
    with pytest.raises(NotEnoughData, match="upskill privacy FOLDER --forget LABEL"):
        figures.release(program)


def test_what_changes_for_all_is_shown(company, known, monkeypatch, tmp_path):
    """An item that is scored anew or taken out for everybody, a domain of another name: new numbers of the same people."""
    begin(company, "july", monkeypatch, tmp_path / "ledger.jsonl")
    before = figures.release(company).allowed
    answers, items, competencies = (company[name] for name in ("test_responses", "items", "competencies"))
    item = answers.query("wave == 'end'")["item_id"].iloc[0]
    anew = answers["score"].mask(answers["item_id"] == item, 1 - answers["score"])
    for changed in ({"test_responses": answers.assign(score=anew)}, {"items": items[items["item_id"] != item]},
                    {"competencies": competencies.assign(domain="New " + competencies["domain"])}):
        program = with_tables(company, **changed)
        begin(program, "august", monkeypatch, tmp_path / "ledger.jsonl")
        counted = figures.release(program).allowed.counted
        assert {name.removeprefix("New "): ids for name, ids in counted.items()} == before.counted


def test_targets_set_later_for_a_role_change_nothing(company, known, monkeypatch, tmp_path):
    targets = company["role_targets"]
    before = with_tables(company, role_targets=targets[targets["role"] != "engineering manager"])
    shown = {}
    for label, program in (("july", before), ("august", company)):
        begin(program, label, monkeypatch, tmp_path / "ledger.jsonl")
        shown[label] = figures.release(program).standing(1).domains
    assert (shown["july"]["people"] < company["people"]["person_id"].nunique()).all()
    pd.testing.assert_frame_equal(shown["july"], shown["august"])


def test_one_who_took_only_the_first_test_and_is_gone_does_not_matter(company, known, monkeypatch, tmp_path):
    begin(company, "july", monkeypatch, tmp_path / "ledger.jsonl")
    figures.release(company)
    answers = company["test_responses"]
    took = {wave: set(rows["person_id"]) for wave, rows in answers.groupby("wave")}
    one = min(took["start"] - took["end"])
    people = company["people"]
    program = with_tables(company, people=people[people["person_id"] != one],
                          test_responses=answers[answers["person_id"] != one])
    begin(program, "august", monkeypatch, tmp_path / "ledger.jsonl")
    assert figures.release(program).held


@pytest.mark.parametrize(("first", "last", "former", "size"), [
    (range(20), range(20), [], 20), (range(21), range(20), [], 16), (range(20), range(22), [], 17),
    (range(25), range(20), [], 20), (range(20), range(20), [range(21)], 15), (range(6), range(5), [], 0),
    (range(3), range(3), [], 0)])
def test_changes_leave_out_as_many_as_needed(first, last, former, size):
    both = frozenset(first) & frozenset(last)
    chosen = drawn(both, frozenset(first), frozenset(last), [frozenset(group) for group in former], MINIMUM)
    assert len(chosen) == size and chosen <= both


# --- use of AI tools by person


def usage_of(company, weeks=12):
    """Tool use by person: each is active in about two of three weeks."""
    rng = np.random.default_rng(1)
    mondays = pd.date_range(company.as_of - pd.Timedelta(weeks=weeks), periods=weeks, freq="W-MON")
    rows = [(day, person) for day in mondays for person in company["people"]["person_id"] if rng.random() < 0.66]
    frame = pd.DataFrame(rows, columns=["date", "person_id"]).assign(tool="assistant", measure="prompts", value=3.0)
    usage = company["ai_usage"]
    return frame.reindex(columns=usage.columns).astype(usage.dtypes.to_dict())


def active(program):
    counts = program["ai_usage"].query("measure == 'active_users'")
    return counts.set_index(["team", "date"])["value"].sort_index()


def test_use_by_person_is_counted_as_the_analysis_would(company, monkeypatch, tmp_path):
    program = with_tables(company, ai_usage=usage_of(company))
    begin(program, "", monkeypatch, tmp_path / "ledger.jsonl")
    ours, plain = (kpi.usage.ai_use(one).sort_values(["team", "week"]) for one in (kpi_figures.release(program), program))
    pd.testing.assert_frame_equal(ours.reset_index(drop=True), plain.reset_index(drop=True))
    team = program["people"]["team"].iloc[0]
    assert set(active(kpi_figures.release(program, team)).index.get_level_values(0)) == {team}


def test_movers_leavers_and_late_rows_change_no_week_that_was_shown(company, monkeypatch, tmp_path):
    june = with_tables(company, ai_usage=usage_of(company))
    begin(june, "june", monkeypatch, tmp_path / "ledger.jsonl")
    first = active(kpi_figures.release(june))
    people, usage = june["people"].copy(), june["ai_usage"]
    people["team"] = people["team"].to_numpy()[np.random.default_rng(2).permutation(len(people))]
    gone = people["person_id"].iloc[:3]
    more = usage.iloc[:40].assign(date=company.as_of + pd.Timedelta(days=9))
    late = usage.iloc[:200].assign(date=usage["date"].min())
    july = with_tables(company, people=people[~people["person_id"].isin(gone)],
                       ai_usage=pd.concat([usage[~usage["person_id"].isin(gone)], late, more], ignore_index=True))
    july = replace(july, as_of=company.as_of + pd.Timedelta(days=21))
    plain = kpi.usage.ai_use(july).set_index(["team", "week"])["numerator"].reindex(first.index)
    assert (plain != first).any()
    begin(july, "july", monkeypatch, tmp_path / "ledger.jsonl")
    second = active(kpi_figures.release(july))
    pd.testing.assert_series_equal(second.reindex(first.index), first)
    assert second.index.get_level_values(1).max() > first.index.get_level_values(1).max()


def test_a_week_in_which_all_of_a_few_were_active_is_not_drawn(example):
    team = data.read_program(example, team="checkout")
    tracked = kpi.track(team)["ai_use"]
    everybody = replace(tracked, series=tracked.series.assign(n=8 * tracked.period_weeks, value=1.0))
    assert persons.without_few(everybody, 5).series["value"].isna().all()
    assert persons.without_few(replace(everybody, series=everybody.series.assign(n=40)), 5).series["value"].notna().all()
    with pytest.raises(NotEnoughData, match="fewer than 5 people have a license"):
        persons.without_few(replace(everybody, series=everybody.series.assign(n=4 * tracked.period_weeks)), 5)


# --- labels and the ledger's file


def frame(**people):
    return pd.DataFrame({"team": list(people.values()), "parts": [frozenset("ab")] * len(people)}, index=list(people))


@pytest.mark.parametrize("label", ["2026-06", "Q3_final.2", "a"])
def test_plain_labels_are_taken(label):
    assert check_label(label) == label


@pytest.mark.parametrize("label", ["../x", "a b", "-x", ".x", "x" * 65, "a\nb", "<b>", "é"])
def test_other_labels_are_refused(label):
    with pytest.raises(LedgerError, match="not a plain name"):
        check_label(label)


def test_the_first_labelled_report_fixes_team_and_parts(tmp_path):
    path = tmp_path / "ledger.jsonl"
    Ledger(path).freeze("skills", frame(p1="core", p2="web"), "june")
    now = frame(p1="web", p3="web").assign(parts=[frozenset("abc")] * 2)
    found = Ledger(path).freeze("skills", now, "july", everyone=["p2"])
    assert found.is_former and found.lost == 0
    pd.testing.assert_frame_equal(found.people, frame(p1="core", p2="web"), check_names=False)
    assert Ledger(path).freeze("skills", now).lost == 1  # nobody says who p2 is
    other = Ledger(path).freeze("skills", frame(q1="core"), "july")
    assert not other.is_former and list(other.people.index) == ["q1"]  # another program of the same name


def test_unlabelled_reports_write_nothing_and_heed_what_is_written(tmp_path):
    path = tmp_path / "ledger.jsonl"
    Ledger(path).freeze("skills", frame(p1="core"))
    assert not path.exists()
    Ledger(path).freeze("skills", frame(p1="core"), "june")
    before = path.read_bytes()
    assert Ledger(path).freeze("skills", frame(p1="web")).people["team"].tolist() == ["core"]
    Ledger(path).freeze("skills", frame(p1="web"), "june")
    assert path.read_bytes() == before and b"p1" not in before


def test_a_withdrawn_label_frees_what_no_other_label_holds(tmp_path):
    path = tmp_path / "ledger.jsonl"
    for label in ("may", "june", "july"):
        Ledger(path).freeze("skills", frame(p1="core"), label)
    assert [len(line) for line in path.read_text().splitlines()][2] < 80  # named, not repeated
    for label in ("may", "july"):
        assert forget(path, label) == 1
        assert Ledger(path).freeze("skills", frame(p1="web")).people["team"].tolist() == ["core"]
    assert forget(path, "june") == 1 and forget(path, "june") == 0
    assert Ledger(path).freeze("skills", frame(p1="web")).people["team"].tolist() == ["web"]


def test_a_program_is_known_by_its_name_wherever_its_folder_lies(monkeypatch, tmp_path):
    monkeypatch.delenv("UPSKILL_LEDGER", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    path = ledger_path("My  Company", tmp_path / "a")
    assert path == ledger_path("my company", tmp_path / "b" / "copy") != ledger_path("My Company 2")
    assert "my-company" in path.parent.name
    former = tmp_path / "upskill" / hashlib.sha256(str(tmp_path / "a").encode()).hexdigest()[:16] / "ledger.jsonl"
    former.parent.mkdir(parents=True)
    former.write_text('{"salt": "x"}\n', encoding="utf-8")
    assert ledger_path("My Company", tmp_path / "a") == former  # kept by its place before


def test_a_broken_ledger_shows_nothing(tmp_path):
    path = tmp_path / "ledger.jsonl"
    path.write_text('{"salt": "x"}\n{"about": ', encoding="utf-8")
    with pytest.raises(LedgerError, match="cannot be read"):
        Ledger(path).freeze("skills", frame(p1="core"))


# --- labelled runs of the batch


RELEASES = """from upskill import data, show
company = data.read_program(program)
show.scope(company)
people = company["people"].set_index("person_id")[["team"]]
held = show.freeze("skills, wave x", people.assign(parts=[frozenset("a")] * len(people)))
show.fact("test.people", len(held.people), group_size=len(held.people))"""


@pytest.fixture
def labelled(tmp_path, monkeypatch):
    """A batch of a report that releases people and one that does not; gives a call: (statuses by report, output)."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "people.ipynb", RELEASES)
    make_notebook(tmp_path / "money.ipynb", FACT)
    make_spec(tmp_path / "reports.yml", program, "{notebook: people}", "{notebook: money}")

    def run(*options):
        arguments = [str(tmp_path / "reports.yml"), "--output", str(tmp_path / "out"), "--time-limit", "300", *options]
        result = CliRunner().invoke(run_command, arguments)
        lines = [line for line in result.output.splitlines() if "/company: " in line]
        status = {line.split()[1].split("/")[0]: line.split(": ")[1].split(",")[0] for line in lines}
        return status, result.output
    return run


def record(folder, report):
    return json.loads((folder / "out/sample" / report / "company/run.json").read_text(encoding="utf-8"))


def ledger_lines(folder):
    found = list((folder / "state").rglob("ledger.jsonl"))
    return [json.loads(line) for line in found[0].read_text().splitlines()[1:]] if found else []


def test_only_labelled_runs_grow_the_ledger_and_each_label_once(labelled, tmp_path):
    assert labelled()[0] == {"people": "ok", "money": "ok"} and not ledger_lines(tmp_path)
    assert record(tmp_path, "people")["label"] == ""
    # Nothing has changed, but what this page shows was never written down.
    assert labelled("--label", "june")[0] == {"people": "ok", "money": "kept"}
    assert [line["label"] for line in ledger_lines(tmp_path)] == ["june"]
    before = (tmp_path / "out/index.html").read_bytes()
    assert labelled("--label", "june")[0] == labelled()[0] == {"people": "kept", "money": "kept"}
    assert len(ledger_lines(tmp_path)) == 1 and (tmp_path / "out/index.html").read_bytes() == before
    assert "to be recorded under the label july" in labelled("--label", "july", "--dry-run")[1]
    assert labelled("--label", "july")[0] == {"people": "ok", "money": "kept"}
    assert [line["label"] for line in ledger_lines(tmp_path)] == ["june", "july"]
    assert {record(tmp_path, name)["label"] for name in ("people", "money")} == {"july"}
    assert record(tmp_path, "people")["released"] == ["skills, wave x"] and b"Release july" in (
        tmp_path / "out/index.html").read_bytes()


def test_a_joiner_does_not_enter_a_labelled_release(labelled, tmp_path):
    labelled("--label", "june")
    with (tmp_path / "sample/people.csv").open("a", encoding="utf-8") as file:
        file.write('"person999","core","developer"\n')
    shutil.move(tmp_path / "sample", tmp_path / "elsewhere")
    assert labelled("--program", str(tmp_path / "elsewhere"), "--label", "july")[0]["people"] == "ok"
    for program in ("sample", "elsewhere"):
        facts = json.loads((tmp_path / "out" / program / "people/company/facts.json").read_text(encoding="utf-8"))
        assert facts["facts"][0]["value"] == 12
    assert b"person" not in b"".join(path.read_bytes() for path in (tmp_path / "state").rglob("*.jsonl"))


def test_a_label_that_is_no_name_or_cannot_be_written_down_starts_nothing(labelled, tmp_path, monkeypatch):
    assert "not a plain name" in labelled("--label", "../june")[1]
    (tmp_path / "state").write_text("a file", encoding="utf-8")
    status, said = labelled("--label", "june")
    assert status == {} and "must write to the ledger" in said and "No report was started" in said


def test_withdrawing_a_release(labelled, tmp_path):
    folder = str(tmp_path / "sample")
    assert "There is none yet" in CliRunner().invoke(privacy_command, [folder, "--forget", "june"]).output
    labelled("--label", "june")
    assert "- june: skills, wave x" in CliRunner().invoke(privacy_command, [folder]).output
    assert "There are: june" in CliRunner().invoke(privacy_command, [folder, "--forget", "may"]).output
    assert "must not be handed out" in CliRunner().invoke(privacy_command, [folder, "--forget", "june"]).output
    assert not ledger_lines(tmp_path)
