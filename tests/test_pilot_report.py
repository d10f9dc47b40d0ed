"""The pilot's report: verdicts on companies whose truth is known, the word "caused", the registered plan."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner

from upskill import data
from upskill.data.register import register_command
from upskill.data.registration import plan_hash, registration
from upskill.kpi.design import draw_starts, look_boundaries, size_table
from upskill.kpi.pilot import closing, evaluate, headline_facts, words
from upskill.kpi.pilot.evaluation import ruled_out
from upskill.kpi.pilot.finding import Finding
from upskill.simulate import simulate, write_program
from upskill.simulate.presets import PRESETS

GUARDRAIL = "    guardrails: {change_failure_rate: 0.05}\n"


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """Return a function that makes a company of a preset and reads it."""
    made = {}

    def make(preset, **size):
        key = (preset, *size.items())
        if key not in made:
            folder = tmp_path_factory.mktemp(preset) / preset
            write_program(simulate(preset=preset, parts=("learning", "delivery", "pilot"), **size), folder)
            made[key] = data.read_program(folder)
        return made[key]
    return make


def with_guardrails(program, **margins):
    """The program as if these guardrails had been registered."""
    pilot = dict(program.settings.pilot)
    pilot["registration"] = dict(pilot["registration"]) | {"guardrails": margins}
    pilot["registration"]["hash"] = plan_hash(pilot)
    return replace(program, settings=replace(program.settings, pilot=pilot))


def test_a_pilot_that_worked(company):
    found = evaluate(with_guardrails(company("worked", engineers=128, teams=16), change_failure_rate=0.05), alarm_draws=20)
    assert found.headline == "Improved" and found.rule_met is True and found.may_say_caused
    assert found.primary.low < np.expm1(PRESETS["worked"].training * 0.9) < found.primary.high < 0
    assert found.tasks.verdict == "improved" and words.caused_text(found).startswith("Yes: starts were drawn by lot")


def test_a_pilot_that_harmed(company):
    found = evaluate(company("harmed", engineers=128, teams=16), alarm_draws=0)
    assert found.headline == "Worsened" and found.rule_met is False and found.tasks.verdict == "worsened"
    assert found.primary.low > 0


def test_a_pilot_that_did_nothing_is_never_called_a_success(company):
    found = evaluate(company("nothing", engineers=128, teams=16), alarm_draws=0)
    assert found.verdict in ("cannot tell", "no relevant change") and found.rule_met is not True
    assert found.primary.low < 0 < found.primary.high
    wide = evaluate(company("nothing", engineers=128, teams=16), alarm_draws=0, margin=0.30)
    assert wide.headline == "No change worth acting on" and wide.rule_met is False


def test_a_pilot_too_small_to_tell(company):
    found = evaluate(company("lottery", engineers=36, teams=4, months=9), alarm_draws=20)
    assert found.headline == "Cannot tell yet" and not found.may_say_caused and not found.primary.known
    assert "ways in which starts could have fallen" in words.caused_text(found) and found.settle.more_teams > 10


def test_one_team_is_never_said_to_be_caused(company):
    found = evaluate(company("one-team", engineers=48, teams=6, months=12), alarm_draws=20)
    assert found.teams == 1 and found.verdict == "cannot tell" and not found.may_say_caused
    assert "one treated team" in words.caused_text(found)


def test_without_a_lottery_it_is_consistent_with_at_most(company):
    program = company("hostile", engineers=60, teams=6, months=12, seed=5)
    found = evaluate(program, alarm_draws=0)
    assert found.assignment == "volunteered" and not found.may_say_caused
    assert "not proof" in words.caused_text(found) and "volunteered" in words.caused_text(found)


def test_a_team_of_the_company_is_evaluated_alone(company):
    program = company("lottery", engineers=36, teams=4, months=9)
    starts = evaluate(program, alarm_draws=0).starts
    found = evaluate(program, alarm_draws=0, team=starts.index[0])
    assert found.teams == 1 and found.tasks is None and not found.may_say_caused
    waiting = set(program["people"]["team"]) - set(starts.index)
    with pytest.raises(data.NotEnoughData, match="has not started"):
        evaluate(program, team=waiting.pop())


def test_improved_needs_every_guardrail_to_be_safe():
    better = Finding("lead_time", "Lead time", "lower", "log", 0.05, -0.2, -0.3, -0.1)
    assert better.verdict == "improved" and better.safety == "safe"
    points = Finding("change_failure_rate", "Failures", "lower", "points", 0.03, 0.0, -0.02, 0.02)
    assert points.safety == "safe" and replace(points, high=0.04).safety == "not shown safe"
    assert replace(points, low=0.01, high=0.05).safety == "worse" and Finding("x", "X", "lower", "log", 0.1).safety == "not shown safe"
    upward = Finding("throughput", "Throughput", "higher", "log", 0.10, 0.0, -0.05, 0.2)
    assert upward.safety == "safe" and replace(upward, low=-0.12).safety == "not shown safe"
    assert ruled_out(-0.1, 0.3, "higher") == (pytest.approx(0.3), pytest.approx(0.1))


def test_facts_have_intervals_and_names_of_the_contract(company):
    found = {fact.name: fact for fact in headline_facts(evaluate(company("harmed", engineers=128, teams=16), alarm_draws=0))}
    assert found["pilot.effect"].has_interval and found["pilot.effect"].better == "lower"
    assert found["pilot.teams"].value + found["pilot.comparison_teams"].value == 16
    assert found["pilot.task_time_change"].has_interval and found["pilot.felt_gap"].has_interval


def test_the_example_is_registered_and_a_changed_plan_is_noticed(example):
    settings = data.read_program(example).settings
    assert registration(settings.pilot, "2025-07-07").state == "registered"
    assert registration(settings.pilot, "2025-04-07").state == "late"
    changed = {**settings.pilot, "registration": {**settings.pilot["registration"], "smallest_relevant_change": -0.01}}
    assert registration(changed).state == "changed"
    assert registration({**settings.pilot, "result": {"anything": 1}}).state == "registered"
    assert registration({}).state == registration({"registration": "soon"}).state == "none"


def test_register_writes_day_and_hash_and_keeps_the_rest(tmp_path):
    path, run = tmp_path / "program.yml", CliRunner().invoke
    path.write_text("name: Test  # ours\ncurrency: EUR\npilot:\n  question: Does it help?\n  # the plan\n  registration:\n"
                    "    rule: go on if it is faster\n    smallest_relevant_change: -0.05\n" + GUARDRAIL + "roadmap:\n  phases: []\n")
    assert run(register_command, [str(tmp_path), "--check"]).exit_code == 1
    done = run(register_command, [str(tmp_path), "--on", "2026-03-01"])
    text = path.read_text()
    pilot = yaml.safe_load(text)["pilot"]
    assert done.exit_code == 0 and pilot["registration"]["hash"] == plan_hash(pilot) in done.output
    assert "# ours" in text and "# the plan" in text and text.endswith("roadmap:\n  phases: []\n")
    assert run(register_command, [str(tmp_path), "--check"]).exit_code == 0
    path.write_text(text.replace("0.05}", "0.09}"))
    assert "changed after" in run(register_command, [str(tmp_path), "--check"]).output
    assert "changed since" in run(register_command, [str(tmp_path)]).output
    path.write_text("name: Test\ncurrency: EUR\n")
    assert "needs smallest_relevant_change, rule" in run(register_command, [str(tmp_path)]).output


def test_draws_are_the_same_for_the_same_seed_and_balanced():
    teams = [f"t{one}" for one in range(9)]
    first, again = (draw_starts(order, "2026-03-02", seed=3) for order in (teams, teams[::-1]))
    pd.testing.assert_frame_equal(first, again)
    assert first["starts_on"].notna().sum() == 4
    chosen = np.mean([draw_starts(teams, "2026-03-02", seed=one)["starts_on"].notna() for one in range(300)], axis=0)
    assert np.abs(chosen - 4 / 9).max() < 0.1
    pairs = draw_starts(teams, "2026-03-02", "pairs", 1, dict(zip(teams, range(9), strict=True)))
    assert (pairs.dropna(subset="starts_on").groupby("block").size() == 1).all() and pairs["starts_on"].notna().sum() == 4
    stepped = draw_starts(teams, ["2026-03-02", "2026-06-01"], "stepped", 1)
    assert stepped["starts_on"].value_counts(dropna=False).tolist() == [3, 3, 3]
    with pytest.raises(ValueError, match="one date"):
        draw_starts(teams, ["2026-03-02", "2026-06-01"])
    with pytest.raises(ValueError, match="level of every team"):
        draw_starts(teams, "2026-03-02", "pairs")


def test_looks_spend_what_was_promised():
    random = np.random.default_rng(4)
    limits = look_boundaries([0.25, 0.5, 0.75, 1.0], level=0.90)
    paths = np.cumsum(random.normal(0, 0.5, (20000, 4)), axis=1) / np.sqrt([0.25, 0.5, 0.75, 1.0])
    assert (np.abs(paths) > limits).any(axis=1).mean() == pytest.approx(0.10, abs=0.007)
    assert look_boundaries([1.0], level=0.90)[0] == pytest.approx(1.6449, abs=1e-3)
    with pytest.raises(ValueError, match="rise to 1"):
        look_boundaries([0.5, 0.4, 1.0])


def test_size_comes_from_the_companys_own_history(company):
    table = size_table(company("lottery", engineers=36, teams=4, months=9), teams=(4, 12), weeks=(8, 26))
    wide = table.pivot(index="teams", columns="weeks", values="detectable")
    assert wide.loc[12, 26] < wide.loc[12, 8] < wide.loc[4, 8] and table.attrs["periods"] >= 8


def test_what_to_do_follows_from_the_verdict(company):
    def steps(preset, **size):
        program = company(preset, **size)
        found = evaluate(program, alarm_draws=0)
        return found, closing.next_steps(found, program), closing.how_sure(found), closing.assumptions(found, program)
    large = {"engineers": 128, "teams": 16}
    found, harmed, sure, assumed = steps("harmed", **large)
    assert harmed[0][0].startswith("Train nobody else") and "lies wholly on the bad side" in sure
    assert [row[-1] != "" for row in assumed if row[0].startswith("Smallest change")] == [found.plan.state == "registered"]
    assert steps("worked", **large)[1][0][0].startswith(("Extend", "If it is extended"))
    _, nothing, sure, _ = steps("nothing", **large)
    assert nothing[0][0].startswith(("Neither extend nor stop", "Do not extend", "Decide on other grounds"))
    assert "Missing" in closing.how_sure(replace(found, tasks=None)) and not any("nan" in text for text in (sure, *(row[1] for row in assumed)))
    _, hostile, _, _ = steps("hostile", engineers=60, teams=6, months=12, seed=5)
    assert any("by lot" in what for what, *_ in hostile)
