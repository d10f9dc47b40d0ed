"""What a program's tables are enough for, said before a report is made."""

from dataclasses import dataclass

from upskill.data.assumptions import read_reference_assumptions
from upskill.data.template import TEN_NUMBERS


@dataclass(frozen=True)
class Report:
    """A question, the tables that it cannot do without, and those that it takes besides."""

    question: str
    all_of: tuple[str, ...] = ()
    any_of: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def tables(self):
        return {*self.all_of, *self.any_of, *self.takes}


SKILLS = Report("Where do our people stand?", ("people", "test_responses", "items", "competencies"), (),
                ("waves", "cuts", "role_targets"))
DELIVERY = Report("How is delivery moving?", (),
                  ("pull_requests", "deployments", "incidents", "ai_usage", "work_items", "kpi_observations"),
                  ("people", "memberships", "rollout", "spend", "feedback", "items", "climate_responses", "pilot_tasks"))
LEARNING = Report("What should each of us learn, and when?",
                  ("people", "test_responses", "items", "competencies", "cuts", "role_targets", "courses", "course_gains"), (),
                  ("course_sessions", "course_prerequisites", "enrolments", "interview_ratings", "survey_responses", "waves"))
ADOPTION = Report("Do people feel safe, and what holds them back?", ("climate_responses", "items"), (),
                  ("ai_usage", "people", "waves"))
ROADMAP = Report("Are we on the way, and will the dates hold?")
MONEY = Report("Is the training worth its cost?", (), (), ("people",))
OPTIONS = Report("Build, buy, mix, or train nobody?", (), (), ("people",))
WHAT_IF = Report("How does the worth of training move with each number?", (), (), ("people",))
PILOT = Report("Did the pilot work, and may we say so?", (), ("rollout", "pilot_tasks"),
               ("pull_requests", "deployments", "incidents", "work_items", "people", "memberships", "enrolments", "feedback",
                "kpi_observations"))
FEWEST_TASKS = 4  # finished tasks in each arm, below which nothing is compared
REPORTS = (SKILLS, LEARNING, OPTIONS, PILOT, DELIVERY, MONEY, WHAT_IF, ADOPTION, ROADMAP)


def uses(loaded):
    """Yield lines: whether reports can be made, what each can answer, and which tables none of them uses.

    `loaded`: Loaded, as `upskill.data.read.load` gives.
    """
    program = loaded.program
    if loaded.broken:
        files = {fault.file: [] for fault in loaded.broken}
        for fault in loaded.broken:
            files[fault.file].append(fault.code)
        places = [f"{file} ({', '.join(dict.fromkeys(codes))})" for file, codes in files.items()]
        yield f"No report can be made before this is mended: {'; '.join(places)}."
        return
    yield "These data can answer:"
    for report in REPORTS:
        yield f"- {report.question} {_answer(report, program)}"
    idle = [name for name in program.tables if not any(name in report.tables for report in REPORTS)]
    if idle:
        yield f"- No report uses yet: {', '.join(idle)}."


def _answer(report, program):
    filled = {name for name, frame in program.tables.items() if len(frame)}
    missing = [name for name in report.all_of if name not in filled]
    if missing:
        return f"No: {', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."
    if report.any_of and filled.isdisjoint(report.any_of):
        return f"No: it needs one of {', '.join(report.any_of)}."
    if report is PILOT and not _has_pilot(program):
        return "No: no team's training has started in rollout, and pilot_tasks has no four finished tasks in each arm."
    if report is OPTIONS and not _training_options(program):
        return "No: program.yml names no option that trains anybody; add build, buy or hybrid under `options:`."
    if report is ROADMAP and not _dated_phases(program):
        return "No: program.yml names no phase with starts_on and ends_on under `roadmap:`."
    if report is SKILLS and not _placed(program).any():
        return "No: no test item in items has a competency_id that is in competencies."
    return " ".join(["Yes.", *NOTES[report.question](program)])


def _has_pilot(program):
    """Tell whether a training has started in some team but not from the first day in all, or tasks were drawn and done."""
    tables = program.tables
    if "rollout" in tables:
        rows = tables["rollout"]
        started = rows[(rows["event"] == "training") & (rows["starts_on"] <= program.as_of)]
        if len(started):
            return True
    tasks = tables.get("pilot_tasks")
    if tasks is None:
        return False
    done = tasks[tasks["minutes"].notna() & tasks["status"].fillna("done").eq("done")]["arm"].value_counts()
    return bool((done.reindex(["treatment", "control"], fill_value=0) >= FEWEST_TASKS).all())


def _placed(program):
    """Return which test items belong to a competency."""
    items = program["items"].query("instrument == 'test'")
    return items["competency_id"].isin(program["competencies"]["competency_id"])


def _about_skills(program):
    """Yield what keeps answers from becoming levels, and levels from being held against targets."""
    placed = _placed(program)
    if not placed.all():
        yield f"Left out: {_of(~placed, 'test item')} without a competency in items."
    if "cuts" not in program:
        yield "Scores, no levels: cuts is missing."
    if "role_targets" not in program:
        yield "No shortfalls: role_targets is missing."
        return
    known = program["role_targets"]["role"].unique()
    roles = program["people"]["role"]
    if not roles.isin(known).all():
        strange = ", ".join(sorted(roles[~roles.isin(known)].unique()))
        yield (f"No targets for {_of(~roles.isin(known), 'person', 'people')}: role_targets does not have {strange}. "
               f"It has {', '.join(sorted(known))}; `values` in mapping.yml can say which is which.")


def _about_delivery(program):
    """Yield how many changes belong to no team."""
    if "pull_requests" not in program:
        return
    frame = program["pull_requests"]
    people = program["people"]["person_id"] if "people" in program else ()
    nowhere = frame["team"].isna() & ~frame["author_id"].isin(people)
    if nowhere.any():
        yield (f"{_of(nowhere, 'pull request')} {'belongs' if nowhere.sum() == 1 else 'belong'} to no team and count "
               "for the company only: there is no team, and author_id is not the person_id of anybody in people.")


def _training_options(program):
    return [name for name, option in (program.settings.options or {}).items() if option.trains]


def _dated_phases(program):
    roadmap = program.settings.roadmap
    phases = roadmap.get("phases") if isinstance(roadmap, dict) else ()
    return [phase for phase in phases or () if isinstance(phase, dict) and phase.get("starts_on") and phase.get("ends_on")]


def _about_options(program):
    """Yield which options are compared with training nobody."""
    yield f"Against training nobody: {', '.join(_training_options(program))}."


def _about_money(program):
    shipped = read_reference_assumptions()
    own = sum(program.settings.assumptions[name] != shipped[name] for name in TEN_NUMBERS)
    if not own:
        yield f"Its {len(TEN_NUMBERS)} numbers are shipped defaults: write yours into program.yml."
    elif own < len(TEN_NUMBERS):
        yield (f"Of its {len(TEN_NUMBERS)} numbers {own} {'is' if own == 1 else 'are'} yours, the others "
               "shipped defaults.")


def _of(which, one, many=""):
    noun = one if len(which) == 1 else many or f"{one}s"
    return f"{int(which.sum()):,} of {len(which):,} {noun}"


NOTES = dict.fromkeys([report.question for report in REPORTS], lambda program: ()) | {
    SKILLS.question: _about_skills, DELIVERY.question: _about_delivery, MONEY.question: _about_money, OPTIONS.question: _about_options}
