"""Every table of the data contract, in one place."""

from functools import partial

from upskill.data.schema import Column, Table


def _column(kind, name, meaning, **options):
    """Make a column; a `?` at the end of the name makes it optional."""
    return Column(name.rstrip("?"), kind, meaning, required=not name.endswith("?"), **options)


text, whole, number, share = (partial(_column, kind) for kind in ("text", "whole", "number", "share"))
date, timestamp, flag, choice = (partial(_column, kind) for kind in ("date", "timestamp", "flag", "choice"))


def person(name="person_id", **options):
    return text(name, "pseudonymous id of the person", refers_to="people.person_id", example="p001", **options)


def team(name="team", **options):
    return text(name, "team, as in people", refers_to="people.team", example="platform", **options)


def wave():
    return text("wave", "assessment round", refers_to="waves.wave", example="start")


def competency(name="competency_id", meaning="competency", example="B2"):
    return text(name, meaning, refers_to="competencies.competency_id", example=example)


def item():
    return text("item_id", "item asked", refers_to="items.item_id", example="t01")


def course(name="course_id", meaning="course", example="c01"):
    return text(name, meaning, refers_to="courses.course_id", example=example)


PEOPLE = Table("people", "Who takes part; team is the present one.", (
    text("person_id", "pseudonymous id; never a name or an e-mail address", example="p001"),
    text("team", "present team", example="platform"),
    text("role", "role, as in role_targets", example="developer"),
    text("seniority?", "seniority", example="senior"),
    date("start_date?", "first day in the company", example="2023-05-01"),
    date("end_date?", "last day in the company", example="2026-01-31"),
    share("full_time_equivalent?", "share of full time", minimum=0, maximum=1, example="0.8"),
    text("fairness_group?", "group for fairness checks, chosen by the company", example="a"),
), ("person_id",), True, (("start_date", "end_date"),))

MEMBERSHIPS = Table("memberships", "Team history; without it people.team holds throughout.", (
    person(),
    text("team", "team at that time", example="platform"),
    date("starts_on", "first day in the team", example="2025-01-01"),
    date("ends_on?", "last day in the team", example="2025-09-30"),
), ("person_id", "starts_on"), ordered=(("starts_on", "ends_on"),))

WAVES = Table("waves", "Assessment rounds.", (
    text("wave", "name of the round", example="start"),
    date("starts_on", "first day", example="2025-01-06"),
    date("ends_on", "last day", example="2025-01-24"),
), ("wave",), True, (("starts_on", "ends_on"),))

COMPETENCIES = Table("competencies", "The framework: one row per competency and level.", (
    text("competency_id", "competency", example="B2"),
    text("domain", "domain that it belongs to", example="AI across the development life cycle"),
    text("competency", "name", example="Coding with assistants and agents"),
    whole("level", "level that the anchor describes", minimum=1, maximum=5, example="3"),
    text("anchor", "what can be observed at this level", example="delegates a change and can explain every line"),
), ("competency_id", "level"), True)

CUTS = Table("cuts", "Where the latent scale meets the levels; without cuts there are scores and no levels.", (
    choice("scale", "what the cut is for", choices=("domain", "competency"), example="domain"),
    text("scale_id", "domain name or competency_id", example="Foundations"),
    whole("level", "level that begins here", minimum=1, maximum=5, example="3"),
    number("cut", "place on the latent scale (mean 0, sd 1 among those assessed first)", example="0.4"),
    number("standard_error?", "standard error of the cut", minimum=0, example="0.1"),
    text("method?", "how it was set", example="bookmark"),
    whole("panel_size?", "number of panelists", minimum=1, example="8"),
), ("scale", "scale_id", "level"))

PREREQUISITES = Table("prerequisites", "What must be known before what.", (
    competency(),
    competency("requires", "competency that must be known before", "A1"),
    whole("minimum_level", "level needed of the required competency", minimum=1, maximum=5, example="2"),
), ("competency_id", "requires"))

ROLE_TARGETS = Table("role_targets", "What each role needs.", (
    text("role", "role", example="developer"),
    competency(),
    whole("target_level", "level that the role needs (0 = none)", minimum=0, maximum=5, example="3"),
    whole("importance", "how much it matters (5 = most)", minimum=1, maximum=5, example="4"),
), ("role", "competency_id"))

ITEMS = Table("items", "Items of tests, surveys and climate questionnaires.", (
    text("item_id", "item", example="t01"),
    choice("instrument", "what it is part of", choices=("test", "survey", "climate"), example="test"),
    text("competency_id?", "competency that it asks about", refers_to="competencies.competency_id", example="B2"),
    text("construct?", "construct, where it is not a competency", example="psychological safety"),
    text("stage?", "stage of the life cycle", example="build"),
    text("text?", "wording", example="Which change should the assistant not make alone?"),
    number("minimum_score?", "lowest score (0 if not given)", example="0"),
    number("maximum_score", "highest score", example="1"),
    flag("reversed?", "a high score means little of the construct", example="false"),
    flag("is_anchor?", "used unchanged in several waves", example="true"),
), ("item_id",), True)

TEST_RESPONSES = Table("test_responses", "Scores on test items.", (
    person(), wave(), item(),
    number("score", "score; empty = not reached, which is not wrong", may_be_empty=True, example="1"),
    date("date?", "day of the test", example="2025-01-14"),
    flag("with_ai?", "AI tools were allowed", example="false"),
), ("person_id", "wave", "item_id"))

SURVEY_RESPONSES = Table("survey_responses", "Self-ratings; a weak and biased source.", (
    person(), wave(), item(),
    number("score", "answer", may_be_empty=True, example="4"),
), ("person_id", "wave", "item_id"))

INTERVIEW_RATINGS = Table("interview_ratings", "Ratings from structured interviews.", (
    person(), wave(), competency(),
    text("rater_id", "pseudonymous id of the rater", example="r01"),
    whole("rating", "level seen (0 = no evidence)", minimum=0, maximum=5, example="3"),
), ("person_id", "wave", "competency_id", "rater_id"))

CLIMATE_RESPONSES = Table("climate_responses", "Anonymous team climate survey.", (
    text("respondent_id", "anonymous; never a person_id", example="a0001"),
    team(), wave(), item(),
    number("score", "answer", may_be_empty=True, example="5"),
), ("respondent_id", "wave", "item_id"))

COURSES = Table("courses", "Training that can be had.", (
    text("course_id", "course", example="c01"),
    text("title", "title", example="Working with coding agents"),
    choice("mode", "form", choices=("self_paced", "live", "workshop", "mentoring", "project", "certification"),
           example="workshop"),
    text("provider", "who gives it", example="in-house"),
    number("hours", "hours per participant", unit="hours", minimum=0, example="12"),
    number("price", "price in the program's currency", unit="money", minimum=0, example="400"),
    choice("price_per", "what the price buys", choices=("person", "cohort", "year"), example="person"),
    text("topics?", "topics, separated by semicolons", example="agents; review"),
), ("course_id",), True)

COURSE_SESSIONS = Table("course_sessions", "Dates and seats.", (
    course(),
    date("starts_on", "first day", example="2025-03-03"),
    whole("seats", "places", minimum=1, example="20"),
), ("course_id", "starts_on"))

COURSE_GAINS = Table("course_gains", "What a course is expected to teach.", (
    course(), competency(),
    whole("from_level", "level needed to start", minimum=0, maximum=5, example="1"),
    whole("to_level", "highest level that it can reach", minimum=1, maximum=5, example="3"),
    number("gain", "expected gain", unit="levels", example="0.6"),
    number("gain_standard_error", "its standard error", unit="levels", minimum=0, example="0.2"),
), ("course_id", "competency_id"), ordered=(("from_level", "to_level"),))

COURSE_PREREQUISITES = Table("course_prerequisites", "Which course needs which.", (
    course(), course("requires", "course that must be done before", "c02"),
), ("course_id", "requires"))

ENROLMENTS = Table("enrolments", "Who took what.", (
    person(), course(),
    date("started_on", "first day", example="2025-03-03"),
    date("completed_on?", "day of completion", example="2025-04-11"),
    number("hours?", "hours spent", unit="hours", minimum=0, example="11.5"),
    text("status?", "status", example="completed"),
), ("person_id", "course_id", "started_on"), ordered=(("started_on", "completed_on"),))

ROLLOUT = Table("rollout", "What reached which team when.", (
    team(),
    text("cohort", "group of teams that starts together", example="first"),
    choice("event", "what started", choices=("license", "training", "policy"), example="training"),
    date("starts_on", "first day; empty = not yet", may_be_empty=True, example="2025-06-02"),
    choice("assignment?", "how the start was chosen", choices=("lottery", "chosen", "volunteered"), example="lottery"),
), ("team", "event", "cohort"))

KPI_OBSERVATIONS = Table("kpi_observations", "Figures that come ready-made from another system.", (
    date("date", "first day of the period", example="2025-01-06"),
    choice("period", "length of the period", choices=("week", "month"), example="week"),
    team(),
    text("kpi", "name of the figure", example="satisfaction"),
    number("value", "value", may_be_empty=True, example="3.9"),
    number("numerator?", "numerator, for shares and rates", example="39"),
    number("denominator?", "denominator", minimum=0, example="10"),
    whole("n?", "number of observations", minimum=0, example="10"),
), ("date", "period", "team", "kpi"))

PULL_REQUESTS = Table("pull_requests", "Changes to code.", (
    text("repository", "repository", example="payments"),
    text("pull_request_id", "id within the repository", example="1042"),
    team("team?"),
    text("author_id", "pseudonymous id of the author (need not be in people)", example="p001"),
    timestamp("created_at", "opened", example="2025-01-06T09:12:00Z"),
    timestamp("first_commit_at?", "first commit authored", example="2025-01-05T15:40:00Z"),
    timestamp("first_review_at?", "first review", example="2025-01-06T13:00:00Z"),
    timestamp("merged_at?", "merged; empty = open or closed unmerged", example="2025-01-07T10:00:00Z"),
    timestamp("closed_at?", "closed (merged or not); empty = open", example="2025-01-07T10:00:00Z"),
    timestamp("deployed_at?", "first in production", example="2025-01-08T08:00:00Z"),
    whole("additions?", "lines added", minimum=0, example="120"),
    whole("deletions?", "lines deleted", minimum=0, example="31"),
    flag("is_revert?", "undoes an earlier change", example="false"),
), ("repository", "pull_request_id"), ordered=(
    ("created_at", "merged_at"), ("created_at", "closed_at"), ("merged_at", "deployed_at")))

DEPLOYMENTS = Table("deployments", "Releases to production.", (
    text("deployment_id", "deployment", example="d0001"),
    team(),
    text("repository?", "repository", example="payments"),
    timestamp("finished_at", "finished", example="2025-01-08T08:00:00Z"),
    choice("status", "outcome of the deployment itself", choices=("success", "failure"), example="success"),
    flag("needed_intervention?", "needed immediate mending (rollback, hotfix)", example="false"),
    flag("is_rework?", "unplanned, to mend a user-facing fault", example="false"),
    timestamp("first_commit_at?", "earliest commit in it", example="2025-01-05T15:40:00Z"),
), ("deployment_id",), ordered=(("first_commit_at", "finished_at"),))

INCIDENTS = Table("incidents", "Failures in production.", (
    text("incident_id", "incident", example="i001"),
    team(),
    timestamp("started_at", "started", example="2025-01-08T09:00:00Z"),
    timestamp("resolved_at?", "service restored; empty = still open", example="2025-01-08T11:30:00Z"),
    text("deployment_id?", "deployment that caused it", refers_to="deployments.deployment_id", example="d0001"),
    text("severity?", "severity", example="2"),
), ("incident_id",), ordered=(("started_at", "resolved_at"),))

WORK_ITEMS = Table("work_items", "Planned work.", (
    text("work_item_id", "work item", example="w0001"),
    team(),
    person("person_id?"),
    choice("kind", "kind of work", choices=("feature", "bug", "task", "experiment"), example="feature"),
    timestamp("created_at", "created", example="2025-01-06T09:00:00Z"),
    timestamp("committed_at?", "promised for a date or sprint", example="2025-01-07T09:00:00Z"),
    timestamp("started_at?", "work began", example="2025-01-08T09:00:00Z"),
    timestamp("done_at?", "done", example="2025-01-14T16:00:00Z"),
), ("work_item_id",), ordered=(("created_at", "done_at"), ("started_at", "done_at")))

AI_USAGE = Table("ai_usage", "Use of AI tools; one of team and person_id.", (
    date("date", "day, or first day of the week", example="2025-06-02"),
    team("team?"),
    person("person_id?"),
    text("tool", "tool", example="assistant"),
    text("measure", "what is counted", example="active_users"),
    number("value", "value", minimum=0, example="7"),
), ("date", "team", "person_id", "tool", "measure"))

PILOT_TASKS = Table("pilot_tasks", "Tasks of a task-level pilot.", (
    text("task_id", "task", example="k0001"),
    person(),
    team("team?"),
    choice("arm", "arm that the task was drawn into", choices=("treatment", "control"), example="treatment"),
    choice("status?", "outcome; absent = done", choices=("done", "unfinished", "withheld"), example="done"),
    number("minutes?", "time taken", unit="minutes", minimum=0, example="95"),
    number("predicted_minutes?", "forecast before the draw", unit="minutes", minimum=0, example="110"),
    number("perceived_change?", "felt change of time, as a share (-0.2 = 20 % faster)", minimum=-1, example="-0.2"),
    date("date?", "day", example="2025-05-12"),
), ("task_id",))

FEEDBACK = Table("feedback", "Answers of participants.", (
    text("respondent_id", "anonymous; never a person_id", example="f0001"),
    text("cohort", "cohort, as in rollout", example="first"),
    whole("week", "week since the start", minimum=0, example="2"),
    text("question", "question", example="I can use this in my work"),
    number("score?", "answer, usually from 1 to 5", example="4"),
    text("comment?", "free text; counted by theme, never printed", example="more time to practice"),
    text("theme?", "theme, coded by an analyst", example="time"),
), ("respondent_id", "week", "question"))

SPEND = Table("spend", "What the program cost so far.", (
    date("date", "day", example="2025-06-30"),
    text("category", "category", example="licenses"),
    number("amount", "amount in the program's currency", unit="money", example="2400"),
    team("team?"),
    flag("one_off?", "does not recur", example="false"),
))

TABLES = {table.name: table for table in (
    PEOPLE, MEMBERSHIPS, WAVES, COMPETENCIES, CUTS, PREREQUISITES, ROLE_TARGETS, ITEMS, TEST_RESPONSES,
    SURVEY_RESPONSES, INTERVIEW_RATINGS, CLIMATE_RESPONSES, COURSES, COURSE_SESSIONS, COURSE_GAINS,
    COURSE_PREREQUISITES, ENROLMENTS, ROLLOUT, KPI_OBSERVATIONS, PULL_REQUESTS, DEPLOYMENTS, INCIDENTS,
    WORK_ITEMS, AI_USAGE, PILOT_TASKS, FEEDBACK, SPEND)}
