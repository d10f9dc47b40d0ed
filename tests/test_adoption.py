"""Adoption: agreement against published bars, truth recovered, small and divided teams never shown."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from upskill import adoption, show
from upskill.adoption import closing, figures, words
from upskill.data import NotEnoughData, read_program
from upskill.paths import ROOT


@pytest.fixture(scope="module")
def program():
    return read_program(ROOT / "data" / "example")


@pytest.fixture(scope="module")
def answers(program):
    return adoption.climate_answers(program)


@pytest.mark.parametrize(("people", "items", "bar"), [
    (3, 1, 0.833), (4, 1, 0.875), (5, 1, 0.750), (6, 1, 0.667), (8, 1, 0.580), (10, 1, 0.506), (15, 1, 0.381),
    (5, 7, 0.750), (8, 7, 0.661), (10, 7, 0.616), (20, 7, 0.497)])
def test_agreement_by_chance_is_as_simulated_elsewhere(people, items, bar):
    assert adoption.chance_agreement(people, 5, items) == pytest.approx(bar, abs=0.012)


def test_agreement_by_hand():
    assert adoption.within_group_agreement([3, 3, 3], 5) == 1
    assert adoption.within_group_agreement([1, 5, 1, 5], 5) == 0
    two = pd.DataFrame({"a": [4, 5, 4], "b": [4, 4, 5]})  # variance 1/3 each: share 1/6
    assert adoption.within_group_agreement(two, 5) == pytest.approx(2 * (5 / 6) / (2 * (5 / 6) + 1 / 6))
    with pytest.raises(NotEnoughData):
        adoption.within_group_agreement([4], 5)


def test_items_left_out_count_for_the_bar(answers):
    table = answers.table.query("wave == 'end' and construct == 'psychological safety' and team == 'support'")
    item, people = table["item_id"].iloc[0], table["respondent_id"].nunique()
    some = table[(table["item_id"] == item) | table["respondent_id"].isin(table["respondent_id"].unique()[:6])]
    found = adoption.team_climate(replace(answers, table=some), "psychological safety").iloc[0]
    assert found["people"] == people > 6 and found["by_chance"] == adoption.chance_agreement(6, 5, table["item_id"].nunique())
    # Where each answered another item there is nothing to agree on.
    single = table[table["respondent_id"].map(dict(zip(table["respondent_id"].unique(), sorted(set(table["item_id"])) * 2))) == table["item_id"]]
    assert adoption.team_climate(replace(answers, table=single), "psychological safety")["state"].tolist() == ["too few"]


def test_correlations_by_hand():
    found = adoption.group_correlations([1, 2, 3, 4, 5, 6], list("aabbcc"))
    assert found.attrs["F"] == pytest.approx(16) and found.loc["icc1", "value"] == pytest.approx(15 / 17)
    assert found.loc["icc2", "value"] == pytest.approx(15 / 16)
    with pytest.raises(NotEnoughData):
        adoption.group_correlations([1, 2], ["a", "b"])


def test_shrunken_means_hold_the_truth_and_err_less():
    random, held, errors = np.random.default_rng(3), [], []
    for _ in range(200):
        sizes, truth = random.integers(5, 14, 10), random.normal(0, 0.4, 10)
        groups = np.repeat(np.arange(10), sizes)
        found = adoption.shrunken_means(truth[groups] + random.normal(0, 0.9, len(groups)), groups)
        held.append(((found["low"] <= truth) & (truth <= found["high"])).mean())
        errors.append([((found[name] - truth) ** 2).mean() for name in ("value", "raw")])
    assert 0.84 < np.mean(held) < 0.94
    assert np.mean(errors, axis=0)[0] < 0.8 * np.mean(errors, axis=0)[1]


def test_safety_of_teams_is_found_again(program, answers):
    import json

    truth = json.loads((program.folder / "truth.json").read_text())["climate"]["team_mean"]
    found = adoption.team_climate(answers, "psychological safety").set_index("team")
    assert np.corrcoef(found["value"], pd.Series(truth).reindex(found.index))[0, 1] > 0.8


def test_divided_and_small_teams_have_no_mean(answers):
    table = answers.table.copy()
    latest = (table["wave"] == answers.waves[-1]) & (table["construct"] == "psychological safety")
    random = np.random.default_rng(1)
    noisy = latest & (table["team"] == "mobile")
    table.loc[noisy, "score"] = random.integers(1, 6, noisy.sum())
    few = table[latest & (table["team"] == "search")]["respondent_id"].unique()[4:]
    table = table[~(table["respondent_id"].isin(few))]
    found = adoption.team_climate(replace(answers, table=table), "psychological safety").set_index("team")
    assert found.loc["mobile", "state"] == "no consensus" and found.loc["search", "state"] == "too few"
    assert found.loc[["mobile", "search"], ["value", "low", "high"]].isna().all(axis=None)


def test_constructs_are_turned_the_right_way(answers):
    means = adoption.construct_means(answers).set_index("construct")["mean"]
    assert means["awareness"] > means["ability"] > 1 and means["worry about job security"] < 3
    moved = adoption.changes(answers).set_index("construct")
    assert moved.loc["psychological safety", "low"] > 0 > moved.loc["worry about surveillance", "high"]


def test_a_licensed_scale_is_loaded_with_its_keys_as_the_docs_show(tmp_path):
    page = (ROOT / "docs" / "methods" / "adoption.md").read_text(encoding="utf-8")
    csv, settings = (re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL)[1] for kind in ("csv", "yaml"))
    (tmp_path / "items.csv").write_text(csv, encoding="utf-8")
    (tmp_path / "program.yml").write_text(f"name: Licensed\n{settings}", encoding="utf-8")
    items = pd.read_csv(tmp_path / "items.csv")
    random, rows = np.random.default_rng(7), []
    for person in range(48):
        true = 5.5 + 0.6 * random.normal()  # of 1 to 7, at whatever side the item asks
        for item in items.itertuples():
            answer = np.clip(round(true + 0.5 * random.normal()), item.minimum_score, item.maximum_score)
            rows.append((f"a{person}", f"team {person // 8}", "first", item.item_id, int(8 - answer if item.reversed else answer)))
    pd.DataFrame(rows, columns=["respondent_id", "team", "wave", "item_id", "score"]).to_csv(tmp_path / "climate_responses.csv", index=False)
    loaded = read_program(tmp_path)
    assert loaded.faults == () or not len(loaded.faults)
    found = adoption.climate_answers(loaded)
    means = adoption.construct_means(found).set_index("construct")
    assert list(means.index) == ["psychological safety"] and means["kind"].item() == "safety"
    assert means["mean"].item() == pytest.approx(1 + 4 * (5.5 - 1) / 6, abs=0.2)
    assert found.other_scales == {"1 to 7": ("psychological safety",)}
    teams = adoption.team_climate(found, "psychological safety")
    raw = loaded["climate_responses"].assign(team=lambda table: table["team"].astype(str)).query("team == 'team 0'")
    turned = raw.merge(items, on="item_id").assign(score=lambda table: table["score"].where(~table["reversed"], 8 - table["score"]))
    by_hand = adoption.within_group_agreement(turned.pivot(index="respondent_id", columns="item_id", values="score"), 7)
    assert teams["agreement"].iloc[0] == pytest.approx(by_hand)
    assert teams["by_chance"].iloc[0] == adoption.chance_agreement(8, 7, len(items))
    assert loaded.settings.tools == {"assistant": ("design", "build", "test"), "reviewer": ("release",)}


def test_agreement_counts_in_steps_of_each_items_own_scale():
    mixed = pd.DataFrame({"five": [1, 3, 5, 3], "seven": [2, 4, 6, 4]})
    share = np.mean([mixed["five"].var() / 2, mixed["seven"].var() / 4])
    assert adoption.within_group_agreement(mixed, [5, 7]) == pytest.approx(2 * (1 - share) / (2 * (1 - share) + share))
    assert adoption.chance_agreement(8, (5, 7), 2) == pytest.approx(adoption.chance_agreement(8, 5, 2), abs=0.03)


def test_the_chain_stops_at_the_first_stage_below_the_middle():
    rows = pd.DataFrame({"construct": adoption.CHAIN, "mean": [4.0, 3.6, 2.4, 2.0, 3.5]})
    rows = rows.assign(low=rows["mean"] - 0.2, high=rows["mean"] + 0.2)
    assert adoption.barrier_point(rows) == ("know-how", "clear")
    assert adoption.barrier_point(rows.assign(high=rows["mean"] + 0.8)) == ("know-how", "cannot be told apart")
    assert adoption.barrier_point(rows.assign(mean=4.0, low=3.8, high=4.2)) == (None, "clear")
    with pytest.raises(NotEnoughData):
        adoption.barrier_point(rows.assign(construct="other"))


def test_careless_answers_are_noticed(program):
    from dataclasses import replace

    table = program["climate_responses"].copy()
    lined = table["respondent_id"].isin(table["respondent_id"].unique()[-30:])
    table.loc[lined, "score"] = 5
    careless = replace(program, tables={**program.tables, "climate_responses": table})
    quality = adoption.response_quality(careless, adoption.climate_answers(careless))
    assert quality["straight_lined"] > 0.25 and quality["contradicting"] > 0.25
    assert 0.7 < quality["response"] < 0.85


def test_barriers_tell_resistance_from_want_of_fit(answers):
    barriers = adoption.ranked_barriers(adoption.construct_means(answers)).set_index("construct")
    assert barriers.loc["tool fit", "called"] == "integration" and barriers.loc["ability", "called"] == "skill gap"
    assert barriers.loc["worry about accountability", "hindrance"] > barriers.loc["worry about job security", "hindrance"]


def test_use_that_has_nothing_to_do_with_climate_is_not_said_to(answers):
    random, wrong = np.random.default_rng(2), 0
    for _ in range(10):
        use = pd.Series(random.random(10), index=sorted(answers.table["team"].unique()))
        together = adoption.goes_with_use(answers, use, draws=199)
        wrong += (together.loc[together["construct"] == "tool fit", "p_value"] < 0.05).sum()
    assert wrong <= 3


def test_use_by_stage_counts_who_used_a_tool_made_for_it_and_hides_few(program):
    assert adoption.use_by_stage(program, {}).empty
    found = adoption.use_by_stage(program, program.settings.tools).set_index("stage")
    assert list(found.index) == ["design", "build", "test"] and found["share"].nunique() == 1
    usage, people = program["ai_usage"], program["people"]
    recent = usage[(usage["measure"] == "active_users") & (usage["date"] > program.as_of - pd.Timedelta(weeks=8))]
    present = people[people["end_date"].isna()]
    assert found["share"].iloc[0] == pytest.approx(recent["value"].sum() / 8 / len(present))
    ids, day = present["person_id"].to_numpy(), program.as_of - pd.Timedelta(days=3)
    rows = [(day - pd.Timedelta(weeks=week), ids[person], tool, "suggestions", 5.0)
            for week in range(8) for tool, users in (("chat", range(3)), ("reviewer", range(20)), ("agent", range(10, 30))) for person in users]
    by_person = pd.DataFrame(rows, columns=["date", "person_id", "tool", "measure", "value"]).assign(team=None)
    other = replace(program, tables=program.tables | {"ai_usage": by_person})
    tools = {"chat": ("discover",), "reviewer": ("release", "test"), "agent": ("test",), "unknown": ("govern",)}
    found = adoption.use_by_stage(other, tools).set_index("stage")
    assert list(found.index) == ["discover", "test", "release"]
    assert np.isnan(found.loc["discover", "share"])  # three people
    assert found.loc["release", "users"] == 20 and found.loc["test", "users"] == 30  # ten use both
    some = adoption.use_of_persons(other).iloc[:6]
    assert adoption.use_by_stage(other, tools, some).set_index("stage").loc["release", "users"] == 6


def test_verdicts_on_climate_follow_from_intervals():
    means = pd.DataFrame([("psychological safety", "safety", 3.2, 2.9, 3.5, 20), ("tool fit", "integration", 2.9, 2.6, 3.2, 20)],
                         columns=["construct", "kind", "mean", "low", "high", "people"]).assign(favorable=0.3)
    quality, moved = pd.Series({"respondents": 20, "invited": np.nan}), pd.DataFrame(columns=["construct"])
    assert words.first_sentence(means, moved, quality, "3.2 (2.9 to 3.5)").startswith("Whether people feel safe to learn cannot be told")
    barriers = adoption.ranked_barriers(means)
    assert "though none clearly" in words.second_sentence(barriers, (None, "cannot be told apart"))
    assert "not all of them clearly" in words.second_sentence(barriers, (None, "cannot be told apart"))
    assert "Since the first round" not in words.construct_texts(means, moved)
    assert "Where it stops" not in words.chain_texts(means, None)
    assert "mean of 1" not in words.read_use(pd.DataFrame({"p_value": []}), pd.Series([0.5]))


def test_steps_follow_from_the_barriers_and_say_on_what_they_rest(program, answers):
    means, quality = adoption.construct_means(answers), adoption.response_quality(program, answers)
    barriers, point = adoption.ranked_barriers(means), adoption.barrier_point(means)
    steps = closing.next_steps(barriers, point, quality, "boss", "May")
    assert "worry about accountability" in steps[0][0] and "rests on" in steps[0][0] and steps[0][1:] == ("boss", "May")
    assert "need not be what causes it" in steps[-1][0]
    easy = closing.next_steps(barriers.assign(holds_back=False), None, {**quality, "response": 0.5})
    assert "small barriers" in easy[0][0] and any("silent" in what for what, *_ in easy)
    sure = closing.how_sure(means, quality, (0.5, 0.4, 0.6), pd.Series(dtype=float))
    assert "cannot be told" in sure and "**Missing.** Use of the tools" in sure
    assert "Too few teams" in closing.how_sure(means.assign(low=np.nan, high=np.nan), quality, (0.5, 0.4, 0.6), pd.Series(dtype=float))


def answered_by(program, table):
    return replace(program, tables={**program.tables, "climate_responses": table})


def test_a_team_of_which_few_answered_does_not_follow_from_the_others(program):
    table = program["climate_responses"]
    last = (table["wave"] == "end") & (table["team"] == "search")
    two = table.loc[last, "respondent_id"].unique()[:2]
    company = answered_by(program, table[~last | table["respondent_id"].isin(two)])
    show.scope(company)
    everyone = adoption.climate_answers(figures.release(company))
    assert adoption.teams.hidden_teams(everyone) == ({"search"}, {"checkout"})
    for team, reason in (("search", "Fewer than 5"), ("checkout", "to protect a team")):
        with pytest.raises(NotEnoughData, match=reason):
            figures.release(company, team)
    assert set(figures.release(company, "data")["climate_responses"]["team"]) == {"data"}


def test_late_and_lost_answers_bare_nobody(program, tmp_path, monkeypatch):
    monkeypatch.setenv("UPSKILL_LEDGER", str(tmp_path / "ledger.jsonl"))
    monkeypatch.setenv("UPSKILL_LABEL", "one")
    table = program["climate_responses"]
    late = table["respondent_id"] == table.loc[table["wave"] == "end", "respondent_id"].iloc[-1]
    first, later = answered_by(program, table[~late]), answered_by(program, table)
    show.scope(first)
    before = figures.release(first)["climate_responses"]
    monkeypatch.setenv("UPSKILL_LABEL", "two")
    show.scope(later)
    pd.testing.assert_frame_equal(figures.release(later)["climate_responses"], before)
    changed = table[~late].assign(score=lambda rows: rows["score"].mask(rows.index == rows.index[-1], rows["score"] % 5 + 1))
    for wrong in (table[~late & (table["respondent_id"] != "a20088")], table[~late].iloc[:-21], changed):
        show.scope(answered_by(program, wrong))
        with pytest.raises(NotEnoughData, match="forget LABEL"):
            figures.release(answered_by(program, wrong))
