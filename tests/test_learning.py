"""Learning plans: the best by enumeration, limits never broken, equal plans for equal people."""

from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upskill import learning
from upskill.data import NotEnoughData, read_program
from upskill.learning import words
from upskill.learning.bound import upper_bound
from upskill.learning.bundles import solve_bundles
from upskill.learning.course_gains import joined
from upskill.learning.greedy import solve_greedy
from upskill.learning.problem import LearningProblem, closure, missing_chances, reachable_gains, worth_of
from upskill.paths import ROOT
from upskill.skills import assess_skills


def made_up(people, courses, competencies, seed=0, hours=60.0, seats=np.inf, budget=np.inf, roles=3):
    """A made-up problem; people of one role share their targets."""
    random = np.random.default_rng(seed)
    middle = random.integers(0, 4, (people, competencies))
    levels = np.zeros((people, competencies, 6))
    for away, share in ((0, 0.6), (1, 0.4)):
        np.put_along_axis(levels, np.minimum(middle + away, 5)[..., None], share, axis=2)
    role = np.array([f"role {at % roles}" for at in range(people)], dtype=object)
    place = np.arange(people) % roles
    steps = missing_chances(levels, random.integers(1, 5, (roles, competencies))[place].astype(float))
    steps = steps * random.integers(1, 6, (roles, competencies))[place][:, :, None]
    gain = random.uniform(0.2, 1.2, (courses, competencies)) * (random.random((courses, competencies)) < 0.5)
    added = reachable_gains(levels, gain, np.zeros_like(gain), np.full_like(gain, 4))
    requires = np.tril(random.random((courses, courses)) < 0.25, -1)
    return LearningProblem(
        tuple(range(people)),
        role,
        tuple(range(competencies)),
        tuple(range(courses)),
        steps,
        added,
        random.integers(5, 40, courses).astype(float),
        random.integers(0, 500, courses).astype(float),
        np.zeros(courses),
        closure(requires),
        np.zeros((people, courses), bool),
        np.full(courses, float(seats)),
        np.full(people, hours),
        budget,
    )


def best_by_enumeration(problem):
    """Try every set of courses of one person."""
    best = 0.0
    for chosen in product([False, True], repeat=len(problem.courses)):
        taken = np.array([chosen])
        if not learning.broken_limits(problem, taken):
            best = max(best, float(worth_of(problem.steps[0], taken[0] @ problem.gains[0])))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_plan_of_one_person_is_the_best_of_all(seed):
    problem = made_up(1, 8, 5, seed, hours=70)
    choice = learning.solve_exact(problem)
    assert choice.worth[0] == pytest.approx(best_by_enumeration(problem))
    assert choice.gap < 1e-6 and not learning.broken_limits(problem, choice.taken)


@pytest.mark.parametrize("seed", range(3))
def test_plan_of_a_small_company_is_the_best_of_all(seed):
    problem = made_up(3, 4, 3, seed, hours=60, seats=1, budget=900, roles=1)
    best = 0.0
    for chosen in product([False, True], repeat=12):
        taken = np.array(chosen).reshape(3, 4)
        if not learning.broken_limits(problem, taken):
            best = max(best, float(worth_of(problem.steps, np.einsum("pc,pck->pk", taken, problem.gains)).sum()))
    assert learning.solve_exact(problem).worth.sum() == pytest.approx(best)


@pytest.mark.parametrize("seed", range(3))
def test_large_methods_come_near_and_their_bound_holds(seed):
    problem = made_up(25, 8, 6, seed, hours=70, seats=6, budget=9000)
    exact = learning.solve_exact(problem, relative_gap=1e-9).worth.sum()
    bundles, greedy = solve_bundles(problem), solve_greedy(problem)
    assert exact * 0.97 <= bundles.worth.sum() <= exact + 1e-6 <= bundles.bound + 2e-6
    assert exact * 0.85 <= greedy.worth.sum() <= exact + 1e-6 <= upper_bound(problem).value + 2e-6


@given(st.integers(0, 10_000), st.sampled_from([1.0, 3.0, np.inf]), st.sampled_from([0.0, 800.0, np.inf]))
@settings(max_examples=10, deadline=None)
def test_limits_are_never_broken(seed, seats, budget):
    problem = made_up(9, 6, 4, seed, hours=50, seats=seats, budget=budget)
    # Some courses are paid by session, with room for two and a half on average.
    by_session = np.arange(6) % 2 == 0
    problem = replace(problem, fixed_price=300.0 * by_session, price=problem.price * ~by_session, session_size=np.where(by_session, 2.5, np.inf))
    for solve in (learning.solve, solve_bundles, solve_greedy):
        choice = solve(problem)
        assert learning.broken_limits(problem, choice.taken) == []
        assert choice.bound >= choice.worth.sum() - 1e-6


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_people_with_the_same_gaps_get_plans_of_equal_value(seed):
    problem = made_up(4, 6, 4, seed, roles=1)
    twins = problem.only([0, 1, 0, 2, 0])
    choice = learning.plan_each(twins)
    assert choice.worth[0] == choice.worth[2] == choice.worth[4]
    for solve in (learning.solve, solve_bundles):
        assert solve(twins).worth[[0, 2, 4]] == pytest.approx(np.repeat(choice.worth[0], 3), abs=1e-3)


def test_floor_leaves_no_role_out():
    problem = made_up(12, 6, 4, 3, seats=3)
    with_floor = learning.with_floor(problem, 0.3)
    choice = learning.solve(with_floor)
    for role, owed in with_floor.owed.items():
        assert choice.worth[problem.roles == role].sum() >= owed - 1e-6
    impossible = learning.with_floor(made_up(12, 6, 4, 3, seats=1), 0.99)
    with pytest.raises(NotEnoughData, match="floor"):
        learning.solve_exact(impossible)
    best = learning.solve_exact(replace(impossible, owed={})).worth.sum()
    for solve in (learning.solve, solve_bundles, solve_greedy):
        choice = solve(impossible)
        assert choice.unmet and choice.bound >= best - 1e-3 and choice.worth.sum() > 0.5 * best


def test_nobody_takes_what_closes_nothing_and_equals_get_equal_plans():
    problem = made_up(3, 4, 3, 1, hours=200).only([0, 0, 1])
    everything = np.ones((3, 4), dtype=bool)
    idle = replace(problem, steps=np.zeros_like(problem.steps))
    assert not learning.plan.without_idle(idle, everything).any()
    uneven = np.array([everything[0], ~everything[0], ~everything[0]])
    even = learning.plan.equal_for_equals(problem, uneven)
    assert even[1].all() and not even[2].any()
    short = replace(problem, seats=np.full(4, 1.0))
    assert (learning.plan.equal_for_equals(short, uneven) == uneven).all()


def test_what_is_required_comes_first_and_sessions_have_room():
    problem = made_up(6, 5, 4, 2, hours=200)
    choice = learning.plan_each(problem)
    sessions = pd.DataFrame(
        {
            "course_id": [3, 3, 4],
            "starts_on": pd.to_datetime(["2026-02-02", "2026-09-07", "2026-10-05"]),
            "seats": [2, 10, 10],
        }
    )
    found = learning.schedule(problem, choice.taken, sessions, pd.Timestamp("2026-01-05"), hours_per_week=4)
    for _, own in found.rows.groupby("person_id"):
        dates = own.set_index("course_id")
        for course in dates.index:
            for first in np.flatnonzero(problem.requires[course]):
                if first in dates.index:
                    assert dates.loc[first, "ends_on"] <= dates.loc[course, "starts_on"]
    # Without a session of what it requires a course does not start.
    chain = replace(problem, requires=np.arange(5)[:, None] == np.arange(5) + 1)
    chain = replace(chain, requires=closure(chain.requires))
    none = learning.schedule(chain, np.ones((6, 5), bool), sessions.head(2).assign(seats=0), pd.Timestamp("2026-01-05"), hours_per_week=4)
    assert set(none.rows["course_id"]) == {0, 1, 2} and none.late == 12
    taken = found.rows.merge(sessions, on=["course_id", "starts_on"]).groupby(["course_id", "starts_on"]).size()
    assert (taken <= sessions.set_index(["course_id", "starts_on"])["seats"].reindex(taken.index)).all()


def test_steps_that_rise_and_circles_are_refused():
    with pytest.raises(ValueError, match="need each other"):
        closure(np.array([[False, True], [True, False]]))
    problem = made_up(2, 3, 2)
    with pytest.raises(ValueError, match="shape"):
        problem.only([0]).__class__(**{**vars(problem.only([0])), "hours": np.ones(2)})


@pytest.fixture(scope="module")
def example():
    program = read_program(ROOT / "data" / "example")
    return program, assess_skills(program)


def test_plan_of_the_example_holds_its_limits(example):
    program, assessed = example
    wishes = learning.Wishes(hours_per_person=40, budget=60_000)
    basis = learning.problem_of(program, assessed, wishes)
    problem, left_out = basis.problem, basis.left_out
    choice = learning.solve(learning.with_floor(problem, wishes.floor))
    assert learning.broken_limits(problem, choice.taken) == [] and choice.gap < 0.03
    assert 0.4 < learning.by_role(problem, choice)["courses"].mean() < 5
    # What is required stays required though it teaches nothing asked for, and dates with seats limit every form of course.
    gains, later = program["course_gains"], basis.problem.courses.index("c05")
    assert "c01" in [problem.courses[at] for at in np.flatnonzero(problem.requires[later])]
    bare = replace(program, tables={**program.tables, "course_gains": gains[gains["course_id"] != "c01"],
                                    "courses": program["courses"].assign(mode="mentoring")})
    without = learning.problem_of(bare, assessed, wishes).problem
    assert without.requires[without.courses.index("c05"), without.courses.index("c01")] and np.isfinite(without.seats).any()
    shares = learning.paths(problem, choice)
    assert (shares.loc["developer"] - shares.loc["data scientist"]).abs().max() > 0.1
    assert set(left_out) <= {
        "people not assessed",
        "people whose role has no targets",
        "courses without a date to come",
    }


def test_gains_are_learnt_from_own_people_and_shrunk():
    """People picked for low scores rise by themselves; the estimate must not count that as the course's."""
    random = np.random.default_rng(5)
    truth, people = 0.5, 400
    level = random.normal(2.5, 0.8, people)
    seen = level + random.normal(0, 0.4, people)
    took = seen < np.median(seen)
    later = level + truth * took + random.normal(0, 0.4, people)
    ids = [f"p{at}" for at in range(people)]
    tables = {
        "course_gains": pd.DataFrame(
            {
                "course_id": ["c"],
                "competency_id": ["k"],
                "from_level": [0],
                "to_level": [5],
                "gain": [1.2],
                "gain_standard_error": [0.5],
            }
        ),
        "competencies": pd.DataFrame({"competency_id": ["k"], "domain": ["d"]}),
        "enrolments": pd.DataFrame(
            {"person_id": np.array(ids)[took], "course_id": "c", "completed_on": pd.Timestamp("2026-03-01")}
        ),
    }
    days = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-06-01")
    before, after = (pd.DataFrame({"person_id": ids, "domain": "d", "level": values}) for values in (seen, later))
    found = learning.learnt_gains(_Program(tables), before, after, *days).iloc[0]
    naive = (later - seen)[took].mean()
    assert naive > truth + 0.1
    assert abs(found["own"] - truth) < 3 * found["own_standard_error"] < 0.45
    assert truth - 0.25 < found["gain"] < 1.2 and found["gain_standard_error"] < 0.5
    few = learning.learnt_gains(
        _Program(tables | {"enrolments": tables["enrolments"].head(9)}), before, after, *days
    ).iloc[0]
    assert few["gain"] == 1.2 and few["source"] == "catalogue: not enough data"


def test_catalogue_and_own_people_are_joined_by_precision():
    one, errors = joined(np.array([0.8]), np.array([0.2]), 0.6, 0.1, 1)
    assert one[0] == pytest.approx((0.8 / 0.04 + 0.6 / 0.01) / 125) and errors[0] == pytest.approx(1 / np.sqrt(125))
    # Of two competencies of four the surer one moves less; a promise said to be certain stands.
    two, errors = joined(np.array([0.6, 0.6]), np.array([0.1, 0.3]), 0.1, 0.1, 4)
    assert 0.6 > two[0] > two[1] and (errors < [0.1, 0.3]).all()
    assert joined(np.array([0.6]), np.array([0.0]), 0.1, 0.1, 4)[0][0] == 0.6


class _Program:
    """Just enough of a program: tables by name."""

    def __init__(self, tables):
        self.tables = tables

    def require(self, *names):
        assert set(names) <= set(self.tables)

    def __getitem__(self, name):
        return self.tables[name]


def test_a_persons_plan_is_theirs_and_in_order(example):
    program, _ = example
    plan = learning.learning_plan(program)
    lengths = []
    for at, person in enumerate(plan.problem.people):
        own = learning.own_plan(plan, person)
        lengths.append(len(own))
        assert len(own) == plan.choice.taken[at].sum() and [row["starts_on"] for row in own] == sorted(row["starts_on"] for row in own)
        assert plan.choice.taken[at] @ plan.problem.hours <= plan.wishes.hours_per_person
    assert max(lengths) > 1 and learning.own_plan(plan, "nobody") == []
    missing, closed, low, high = plan.outcome.per_person()
    assert 0 < low < closed < high < missing


@pytest.mark.parametrize(("takers", "drawn"), [(4, False), (5, True)])
def test_a_map_of_paths_is_drawn_only_where_it_would_hold_a_number(takers, drawn):
    taken = np.zeros((10, 2), bool)
    taken[:takers, 0] = taken[:4, 1] = True
    plan = SimpleNamespace(choice=SimpleNamespace(taken=taken),
                           problem=SimpleNamespace(roles=np.array(["developer"] * 10), courses=("first", "second")))
    everybody = np.ones(10, bool)
    assert words.has_paths(plan, ["developer"], everybody, 5) is drawn
    assert not words.has_paths(plan, [], everybody, 5)


def test_what_fades_is_refreshed_in_time():
    months = learning.months_until(0.8, 11.0, used_share=0.25)
    assert learning.kept_share(months, 11.0, 0.25) == pytest.approx(0.8)
    assert np.isinf(learning.months_until(0.8, 11.0, used_share=1.0))
    with pytest.raises(ValueError, match="months"):
        learning.kept_share(-1)


def test_every_competency_of_the_framework_has_a_design_sheet():
    from upskill.data import read_module_designs

    designs, framework = read_module_designs(), pd.read_csv(ROOT / "data" / "reference" / "framework" / "competencies.csv")
    assert set(designs["competency_id"]) == set(framework["competency_id"])
    sheets = learning.module_sheets(pd.DataFrame({"competency_id": ["B2", "Z9"]}), framework, designs)
    assert len(sheets) == 1 and sheets.iloc[0]["Objective"].lower() == framework.query("competency_id == 'B2' and level == 3")["anchor"].item().lower()
