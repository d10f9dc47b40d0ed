"""`upskill check` says what the data can answer, and keeps its word."""

from dataclasses import replace

import pytest
from click.testing import CliRunner

from upskill import adoption, data, kpi, learning, roadmap, roi, skills
from upskill.data.cli import check_command
from upskill.data.contract import TABLES
from upskill.data.uses import ADOPTION, DELIVERY, LEARNING, MONEY, OPTIONS, PILOT, REPORTS, ROADMAP, SKILLS, WHAT_IF
from upskill.kpi.people import surveys
from upskill.kpi.pilot import evaluate, feedback, groups
from upskill.kpi.work import license_cost


def evaluate_pilot(company):
    evaluate(company, alarm_draws=20)
    feedback.themes(company)
    groups.effects_by_group(company, company["pilot_tasks"])


def track_delivery(company):
    kpi.track(company, seed=1)
    license_cost(company)
    surveys.constructs(company)
    surveys.feedback_levels(company)
    surveys.felt_speed(company)


def take_up(company):
    answers = adoption.climate_answers(company)
    adoption.response_quality(company, answers)
    adoption.use_by_team(company)


MAKE = {SKILLS.question: lambda company: skills.standing(company, company, seed=1),
        PILOT.question: evaluate_pilot,
        DELIVERY.question: track_delivery, LEARNING.question: learning.learning_plan, ADOPTION.question: take_up,
        ROADMAP.question: lambda company: roadmap.read_phases(company.settings.roadmap),
        MONEY.question: lambda company: roi.gather_inputs(company, data.read_reference_assumptions()),
        OPTIONS.question: lambda company: (roi.gather_inputs(company, data.read_reference_assumptions()),
                                           roi.gather_options(company, data.read_reference_assumptions("options"))),
        WHAT_IF.question: lambda company: roi.gather_inputs(company, data.read_reference_assumptions())}
PEOPLE = "person_id,team,role\n1,red,developer\n2,red,SWE\n"
PULLS = ("repository,pull_request_id,author_id,created_at\n"
         "r,1,1,2026-01-05T09:00:00Z\nr,2,ada,2026-01-05T09:00:00Z\nr,3,bob,2026-01-05T09:00:00Z\n")
ITEMS = "item_id,instrument,competency_id,maximum_score\nq1,test,A1,1\nq2,test,,1\n"
TEST = {"people": PEOPLE, "items": ITEMS, "waves": "wave,starts_on,ends_on\nstart,2026-01-01,2026-01-02\n",
        "competencies": "competency_id,domain,competency,level,anchor\nA1,Foundations,Concepts,1,names one\n",
        "test_responses": "person_id,wave,item_id,score\n1,start,q1,1\n2,start,q1,0\n"}


class Noticing(dict):
    """Tables that note which of them are read."""

    def __init__(self, tables):
        super().__init__(tables)
        self.read = set()

    def __getitem__(self, name):
        self.read.add(name)
        return super().__getitem__(name)


@pytest.fixture(scope="module")
def example():
    return data.read_program("data/example")


@pytest.fixture
def check(tmp_path):
    """Return a function that writes a program folder and gives what the check says of it, by line."""
    def run(settings="", **tables):
        (tmp_path / "program.yml").write_text("name: Test\ncurrency: EUR\n" + settings)
        for name, content in tables.items():
            (tmp_path / f"{name}.csv").write_text(content)
        return CliRunner().invoke(check_command, [str(tmp_path)]).output.splitlines()
    return run


def line(lines, report):
    found, = [line for line in lines if report.question in line]
    return found


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.question)
def test_each_report_reads_the_tables_that_are_named(report, example):
    tables = Noticing(example.tables)
    MAKE[report.question](replace(example, tables=tables))
    assert tables.read == report.tables <= set(TABLES)


def test_options_can_be_compared_only_where_one_trains_somebody(check):
    assert "No: program.yml names no option that trains anybody" in line(check(), OPTIONS)
    lines = check("options:\n  buy: {price_per_engineer: 400}\n  build: {setup_cost: 9000}\n")
    assert "Yes. Against training nobody: buy, build." in line(lines, OPTIONS)


@pytest.mark.parametrize("table", SKILLS.all_of)
def test_no_skills_without_each_of_these(table, example):
    with pytest.raises(data.NotEnoughData, match=table):
        MAKE[SKILLS.question](replace(example, tables={k: v for k, v in example.tables.items() if k != table}))


def test_no_delivery_without_any_of_these(example):
    rest = {name: frame for name, frame in example.tables.items() if name not in DELIVERY.any_of}
    with pytest.raises(data.NotEnoughData, match="pull_requests"):
        MAKE[DELIVERY.question](replace(example, tables=rest))


def test_an_empty_folder(check):
    lines = check()
    assert line(lines, SKILLS).endswith("No: people, test_responses, items, competencies are missing.")
    assert line(lines, DELIVERY).endswith("No: it needs one of pull_requests, deployments, incidents, ai_usage, work_items, kpi_observations.")
    assert line(lines, MONEY).endswith("Yes. Its 10 numbers are shipped defaults: write yours into program.yml.")


def test_own_numbers_are_counted(check):
    lines = check("assumptions: {engineers: 40, discount_rate: 0.05}\n")
    assert line(lines, MONEY).endswith("Yes. Of its 10 numbers 2 are yours, the others shipped defaults.")


def test_tables_that_nobody_reads(check):
    assert "- No report uses yet: prerequisites." in check(prerequisites="competency_id,requires,minimum_level\nA2,A1,2\n")


def test_changes_of_nobody(check):
    found = line(check(people=PEOPLE, pull_requests=PULLS), DELIVERY)
    assert "2 of 3 pull requests belong to no team and count for the company only" in found
    lines = check(people=PEOPLE, pull_requests=PULLS.replace("ada", "2").replace("bob", "1"))
    assert line(lines, DELIVERY).endswith("Yes.")


def test_roles_and_questions_that_match_nothing(check):
    assert "role_targets is missing" in line(check(**TEST), SKILLS)
    found = line(check(**TEST, role_targets="role,competency_id,target_level,importance\ndeveloper,A1,3,3\n"), SKILLS)
    assert "1 of 2 test items without a competency" in found and "Scores, no levels: cuts is missing." in found
    assert "No targets for 1 of 2 people: role_targets does not have SWE. It has developer;" in found


def test_questions_without_a_competency_answer_nothing(check):
    found = line(check(**TEST | {"items": ITEMS.replace("A1", "")}), SKILLS)
    assert found.endswith("No: no test item in items has a competency_id that is in competencies.")


def test_nothing_is_promised_where_reading_refuses(check):
    lines = check(people=PEOPLE, spend="date,category,amount\n2026-01-01,,10\n2026-01-01,courses,10\n")
    assert lines[-1] == "No report can be made before this is mended: spend.csv (too_many_set_aside)."
    assert not any("can answer" in line for line in lines)
