"""Attacks with several labelled releases in hand: joiners, leavers, moves, late answers, subtracted from each other."""

import importlib
import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill import data, show, skills
from upskill.data import NotEnoughData
from upskill.show import session
from upskill.skills import evidence, figures
from upskill.skills.groups import in_levels, levels_reached
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
    """Six of the ten teams of the example with two of its six domains, for speed."""
    program = data.read_program(example)
    teams = program["people"]["team"].value_counts().index[:6]
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


def release(held, team):
    """As `figures.release`, which asks the gate anew for each report."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "held_company", lambda _: held)
        return figures.release(None, team)


def reports(program):
    """Yield (Released, Standing) of the company and of each team that gets a report."""
    held = figures.held_company(program)
    for team in ["", *sorted(program["people"]["team"].unique())]:
        try:
            released = release(held, team)
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
    for rows, by in ((found.domains, ["domain"]), (found.shown_roles, ["domain", "role"])):
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
    assert len(shown) > 100 and not found


def test_without_labels_the_same_months_bare_people(company, known, monkeypatch, tmp_path):
    last_two = dict(list(months(company).items())[2:])
    found, _ = attacked(last_two, monkeypatch, tmp_path / "ledger.jsonl", labelled=False)
    assert set(found) == set(DOMAINS)
