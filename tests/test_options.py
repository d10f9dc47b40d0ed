"""Options against sums done by hand, lenses against the published arithmetic, scenarios against the model."""

import textwrap
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from upskill import data, roi
from upskill.data import Assumption, Option
from upskill.data.settings import read_settings
from upskill.roi.model import NEUTRAL

SHIPPED = data.read_reference_assumptions("options")
DEFAULTS = data.read_reference_assumptions()
SIMPLE = {
    "engineers": 24, "loaded_cost_per_year": 120_000, "hours_per_year": 1600, "training_hours_per_engineer": 20,
    "training_price_per_engineer": 500, "program_cost": 8000, "exposed_share_of_time": 0.5,
    "training_time_saving": 0.2, "realized_share": 0.5, "discount_rate": 0.0, "completion_share": 0.8,
    "learning_dip_share": 0.0, "learning_dip_months": 0, "ramp_months": 0, "skill_half_life_months": 1e12,
    "attrition_per_year": 0, "horizon_months": 24, "lasting_use_share": 1, "failure_cost_per_engineer": 0,
    "failure_change": 0, "review_share_of_time": 0, "review_change": 0, "tool_time_saving": 0.1,
    "license_price_per_year": 250}
MONTHLY = 24 * 10_000 * 0.5 * 0.2 * 0.5 * 0.8
"""What a month of the full gain is worth with these inputs."""


def inputs(**changes):
    program = SimpleNamespace(settings=SimpleNamespace(assumptions={}, roles={}, pilot={}), team="", as_of=pd.NaT)
    program = type("Bare", (SimpleNamespace,), {"__contains__": lambda self, table: False})(**vars(program))
    return roi.fix(roi.gather_inputs(program, DEFAULTS), **(SIMPLE | changes))


def option(name, **numbers):
    own = {key: Assumption(key, "constant", {"value": float(value)}) if not isinstance(value, dict) else
           Assumption(key, "quantiles", value) for key, value in ({"saving_ratio": 1} | numbers).items()}
    return Option(name, inputs=own)


def flows(plan=None, **changes):
    values = {name: np.array([float(value)]) for name, value in (SIMPLE | changes).items() if name != "horizon_months"}
    return roi.cash_flows(values, int((SIMPLE | changes)["horizon_months"]), plan)


def total(found, name):
    return found.part(name).sum()


def test_an_option_that_says_nothing_new_is_the_program():
    alone, plan = flows(), NEUTRAL | {"setup_cost": 8000.0, "price_per_engineer": 500.0, "hours_per_engineer": 20.0,
                                      "completion_share": 0.8}
    assert flows(plan).net == pytest.approx(alone.net)
    assert alone.net.sum() == pytest.approx(24 * MONTHLY - 8000 - 24 * 500 - 24 * 20 * 75)


def test_a_late_start_moves_the_course_and_a_start_beyond_the_horizon_costs_its_setup_only():
    late = flows({"start_delay_months": 6.0})
    assert total(late, "time freed") == pytest.approx(18 * MONTHLY)
    assert late.part("training price")[0].nonzero()[0].tolist() == [6]
    half = flows({"start_delay_months": 2.5})
    assert total(half, "time freed") == pytest.approx(21.5 * MONTHLY)
    assert half.part("participants' time")[0].nonzero()[0].tolist() == [3]
    never = flows({"start_delay_months": 30.0})
    assert never.net.sum() == pytest.approx(-8000)


def test_cohorts_share_the_engineers_and_start_one_after_another():
    found = flows({"cohorts": 3.0, "months_between_cohorts": 4.0})
    assert total(found, "time freed") == pytest.approx(MONTHLY / 3 * (24 + 20 + 16))
    assert found.part("training price")[0, [0, 4, 8]] == pytest.approx([4000, 4000, 4000])


def test_own_material_is_written_once_and_kept_up_to_date():
    plan = {"content_hours": 10.0, "authoring_hours_per_hour": 50.0, "content_half_life_months": 12.0}
    written = 10 * 50 * 75
    assert total(flows(plan), "learning material") == pytest.approx(written + 24 * written * (1 - 0.5 ** (1 / 12)))
    by_others = flows(plan | {"author_cost_per_hour": 150.0, "start_delay_months": 12.0})
    assert total(by_others, "learning material") == pytest.approx(2 * (written + 12 * written * (1 - 0.5 ** (1 / 12))))


def test_seats_are_paid_by_month_and_trainers_by_group():
    plan = {"seat_price_per_year": 480.0, "seat_months": 18.0, "facilitator_days_per_group": 3.0,
            "facilitator_price_per_day": 2000.0, "group_size": 10.0}
    found = flows(plan)
    assert total(found, "seats") == pytest.approx(24 * 480 * 1.5)
    assert total(found, "facilitators") == pytest.approx(3 * 3 * 2000)


def test_refreshers_restore_the_skill_and_cost_their_hours():
    plan = {"refresher_every_months": 6.0, "refresher_hours_per_engineer": 4.0, "refresher_price_per_engineer": 50.0}
    found = flows(plan, skill_half_life_months=12)
    middle = np.arange(24) + 0.5
    assert total(found, "time freed") == pytest.approx(MONTHLY * (0.5 ** ((middle % 6) / 12)).sum())
    assert total(found, "refreshers") == pytest.approx(4 * 24 * 0.8 * (4 * 75 + 50))


def test_those_who_replace_leavers_are_trained_once_a_year():
    found = flows({"hires_trained_share": 0.5}, attrition_per_year=0.25)
    assert found.part("training price")[0, [0, 12]] == pytest.approx([24 * 500, 24 * 0.25 * 0.5 * 500])
    stay = 0.75 ** ((np.arange(24) + 0.5) / 12)
    assert total(found, "time freed") == pytest.approx(MONTHLY * (stay.sum() + 0.125 * stay[:12].sum()))


def test_quality_may_be_worse_and_counts():
    found = flows(failure_cost_per_engineer=1200, failure_change=0.25, review_share_of_time=0.1, review_change=-0.2)
    assert total(found, "failures") == pytest.approx(-24 * 100 * 0.25 * 0.8 * 24)
    assert total(found, "review time") == pytest.approx(24 * 10_000 * 0.1 * 0.2 * 0.8 * 0.5 * 24)


CHEAP, DEAR = option("cheap", price_per_engineer=300, hours_per_engineer=20), \
    option("dear", price_per_engineer=900, hours_per_engineer=20)
NOTHING = Option("no training", trains=False)
SAVING = {"low": -0.1, "mode": 0.03, "high": 0.2}


def uncertain(**changes):
    found = inputs(**changes)
    saving = Assumption("training_time_saving", "quantiles", SAVING)
    return found | {"training_time_saving": replace(found["training_time_saving"], assumption=saving)}


def test_options_meet_on_the_same_draws_and_regret_is_their_cost_of_not_knowing():
    found = roi.contest(uncertain(), (NOTHING, CHEAP, DEAR), seed=4)
    assert found.worth[:, 1] - found.worth[:, 2] == pytest.approx(24 * 600)
    assert found.chance_of_best.sum() == pytest.approx(1) and found.chance_of_best[2] == 0
    assert found.regret == pytest.approx(found.worth.max(axis=1).mean() - found.worth.mean(axis=0))
    assert found.dominated() == {"dear": ("cheap", "in every future")}
    appraised = roi.appraise(uncertain(), seed=4)
    assert (appraised.draws["training_time_saving"] == found.draws["training_time_saving"]).all()
    assert found.table["value"].is_monotonic_decreasing
    assert (found.table["monte_carlo_error"] < 0.02 * (found.table["high"] - found.table["low"]).max()).all()
    row = found.table.set_index("option").loc["no training"]
    assert (row["value"], row["low"], row["high"], row["chance_of_loss"]) == (0, 0, 0, 0)


def test_equal_options_cannot_be_told_apart_and_a_clear_one_can():
    even = (NOTHING, option("build", price_per_engineer=300, saving_ratio={"low": 0.7, "mode": 1, "high": 1.3}),
            option("buy", price_per_engineer=300, saving_ratio={"low": 0.7, "mode": 1, "high": 1.3}))
    found = roi.contest(inputs(), even, seed=2)
    assert not found.can_be_told and len(found.rivals) == 1
    assert found.chance_of_best[1:] == pytest.approx([0.5, 0.5], abs=0.03)
    assert 0 < found.regret[found.best] < found.regret[0]
    assert roi.contest(inputs(), (NOTHING, CHEAP), seed=2).can_be_told


def test_at_the_break_even_head_count_the_value_is_zero():
    build = option("build", setup_cost=90_000, price_per_engineer=0, hours_per_engineer=4)
    found = roi.contest(uncertain(), (NOTHING, build,
                                      option("buy", setup_cost=0, price_per_engineer=2000, hours_per_engineer=4)),
                        seed=1)
    heads = found.break_even_engineers(1)
    again = roi.contest(uncertain(engineers=heads), found.options, seed=1)
    assert abs(again.expected[1]) < 1e-6 * again.cost[:, 1].mean()
    equal = found.break_even_engineers(1, against=2)
    assert equal == pytest.approx(45)
    assert np.isnan(found.break_even_engineers(0))


def test_the_own_numbers_of_an_option_have_draws_of_their_own():
    own = option("build", price_per_engineer={"low": 100, "mode": 300, "high": 900})
    found = roi.contest(uncertain(), (NOTHING, own), seed=3)
    together = np.corrcoef(found.draws["build.price_per_engineer"], found.draws["training_time_saving"])[0, 1]
    assert abs(together) < 0.03
    one = roi.appraise_option(uncertain(), own, found)
    assert one.worth == pytest.approx(found.worth[:, 1])


def test_many_draws_in_blocks_tell_the_same_as_all_at_once():
    options = (NOTHING, CHEAP, DEAR)
    whole, blocks = roi.contest(uncertain(), options, seed=4), roi.contest_by_blocks(uncertain(), options, 4, 8192)
    assert blocks["option"].tolist() == whole.table["option"].tolist()
    ends = (whole.table["high"] - whole.table["low"]).max()
    for name in ("value", "cost", "regret", "deepest", "low", "high"):
        assert blocks[name].to_numpy() == pytest.approx(whole.table[name].to_numpy(), abs=0.02 * ends), name
    for name in ("chance_of_loss", "chance_of_best"):
        assert blocks[name].to_numpy() == pytest.approx(whole.table[name].to_numpy(), abs=0.02), name
    with pytest.raises(ValueError, match="multiple of 4096"):
        roi.contest_by_blocks(uncertain(), options, 4, 1000)


def test_inputs_that_move_together_do_so_in_the_contest_too():
    pair = (data.RankCorrelation("build.price_per_engineer", "training_time_saving", 0.8),)
    own = option("build", price_per_engineer={"low": 100, "mode": 300, "high": 900})
    found = roi.contest(uncertain(), (NOTHING, own), seed=3, correlations=pair)
    ranks = spearmanr(found.draws["build.price_per_engineer"], found.draws["training_time_saving"]).statistic
    assert ranks == pytest.approx(0.8, abs=0.02)
    assert roi.appraise(uncertain(), seed=3, correlations=pair).net_present_value.value


def write(folder, text):
    (folder / "program.yml").write_text(textwrap.dedent(text), encoding="utf-8")
    return read_settings(folder / "program.yml")


def test_options_are_read_with_what_the_program_and_the_surveys_say(tmp_path):
    settings, faults = write(tmp_path, """\
        options:
          nothing: {meaning: as it is, trains: false}
          build: {content_hours: 10, modality: classroom, cohorts: 2, months_between_cohorts: 3}
          buy: {hours_per_engineer: {low: 8, mode: 10, high: 16}, price_per_engineer: 900}
          as planned: {}
        """)
    assert not faults
    program = SimpleNamespace(settings=settings, team="", team_sizes={})
    nothing, build, buy, planned = roi.gather_options(program, SHIPPED)
    assert not nothing.trains and build.inputs["authoring_hours_per_hour"].parameters["mode"] == 43
    assert "hours_per_engineer" not in build.inputs and build.inputs["price_per_engineer"].parameters == {"value": 0}
    assert buy.inputs["hours_per_engineer"].kind == "quantiles"
    assert not {"setup_cost", "price_per_engineer"} & set(planned.inputs)
    with pytest.raises(data.NotEnoughData, match="build, buy"):
        roi.gather_options(SimpleNamespace(settings=SimpleNamespace(options={}), team=""), SHIPPED)


def test_bad_numbers_are_named_with_their_place_all_at_once(tmp_path):
    _settings, faults = write(tmp_path, """\
        currency: XXQ
        assumptions:
          realized_share: 1.2
          training_hours_per_engineer: -5
          training_time_saving: {low: 0.3, mode: 0.1, high: 0.2}
          attrition_per_year: {value: 0.1, unit: ""}
        options:
          build: {hours_per_engineer: -4, modality: clasroom, cohorts: 2.5}
          buy: {completion_share: 1.4, price_per_enginer: 12, trains: perhaps}
          hybrid: 12
        """)
    found = {fault.column: (fault.row, fault.expected) for fault in faults}
    assert {column: row for column, (row, _) in found.items()} == {
        "currency": 1, "assumptions.realized_share": 3, "assumptions.training_hours_per_engineer": 4,
        "assumptions.training_time_saving": 5, "assumptions.attrition_per_year.unit": 6,
        "options.build.hours_per_engineer": 8, "options.build.modality": 8, "options.build.cohorts": 8,
        "options.buy.completion_share": 9, "options.buy.price_per_enginer": 9, "options.buy.trains": 9, "options.hybrid": 10}
    assert "ascending" in found["assumptions.training_time_saving"][1]
    assert "from 0 to 1" in found["options.buy.completion_share"][1]


def test_lenses_follow_by_hand():
    case = roi.appraise(inputs(), seed=1)
    found = roi.lenses(case)
    both = 1 - 0.9 * 0.8
    paid = 8000 + 24 * 500
    assert found.dora.value == pytest.approx(24 * 120_000 * 0.5 * both - paid - 24 * 250)
    assert found.cash.value == pytest.approx(-paid)
    later = 12 * MONTHLY * 0.8 * (1 / 1.1 + 1 / 1.21)
    assert found.forrester.value == pytest.approx(later - 1.1 * (paid + 24 * 20 * 75))
    assert found.phillips.value == pytest.approx(-paid - 24 * 20 * 75)
    measured = inputs() | {"training_time_saving": replace(inputs()["training_time_saving"], origin=roi.CONFIRMED)}
    known = roi.lenses(roi.appraise(measured, seed=1)).phillips.value
    assert known == pytest.approx(12 * MONTHLY - paid - 24 * 20 * 75)


def test_the_bridge_leads_from_the_calculator_to_ours_without_a_gap():
    case = roi.appraise(uncertain(attrition_per_year=0.1, discount_rate=0.09, learning_dip_share=0.1,
                                  learning_dip_months=2, skill_half_life_months=18, failure_change=0.1,
                                  failure_cost_per_engineer=500), seed=1)
    steps = roi.bridge(case)
    assert steps["value"].iloc[0] == pytest.approx(roi.lenses(case).dora.value)
    assert steps["value"].iloc[-1] == pytest.approx(case.net_present_value.value)
    assert steps["change"].sum() == pytest.approx(steps["value"].iloc[-1] - steps["value"].iloc[0])
    quality = case.flows.present_value(case.flows.part("failures")).mean()
    assert steps.set_index("step").loc["count reviews and failures", "change"] == pytest.approx(quality)


def test_a_scenario_changes_in_one_line_and_compares_on_the_same_futures():
    case = roi.Scenario(uncertain(), (NOTHING, CHEAP), seed=3)
    better = case.change("less time", training_hours_per_engineer=10)
    table = roi.compare(case, better)
    assert table["change"].tolist() == pytest.approx([0, 24 * 10 * 75])
    assert table["change_low"].iloc[1] == pytest.approx(table["change_high"].iloc[1])
    assert better.contest.names == ["no training", "cheap"]
    for wrong, words in (({"hours": 3}, "no input is called hours"), ({"realized_share": 2}, "0 to 1"),
                         ({"program_cost": {"low": 3, "mode": 1, "high": 4}}, "rising order")):
        with pytest.raises(ValueError, match=words):
            case.change(**wrong)
