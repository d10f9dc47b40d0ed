"""What the program's rule decides in made-up companies, and how often it claims an effect that is not there."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from upskill import data, kpi, summary
from upskill.kpi import pilot
from upskill.simulate import simulate, write_program
from upskill.summary import decision as rules
from upskill.summary import evidence as facts_of
from upskill.summary.program import trained_teams
from upskill.validation.skills import intervals as of_skills


@dataclass(frozen=True)
class Kind:
    """A kind of company: `preset` of the simulator; `helps`: whether training truly helps; `right`: decisions that fit the truth.

    Where training does nothing or harms, only going on is wrong. Where it helps, stopping is wrong, and going on is best.
    """

    name: str
    preset: str
    helps: bool
    right: tuple[str, ...]
    of_skills: bool = False


NOT_ON = (rules.STOP, rules.FIND_OUT)
KINDS = (
    Kind("training works", "worked", True, (rules.GO_ON,)),
    Kind("does nothing", "nothing", False, NOT_ON),
    Kind("faster, but harms quality", "reckless", False, NOT_ON),
    Kind("does nothing, eager teams first", "eager", False, NOT_ON),
    Kind("does nothing, licenses the same week", "licenses", False, NOT_ON),
    Kind("changes split, delivery stands still", "split", False, NOT_ON),
    Kind("does nothing, interviews have halo", "halo", False, NOT_ON, True),
    Kind("does nothing, heavy tails", "heavy-tails", False, NOT_ON),
)


def outcome(kind, seed, engineers=84, teams=12):
    """Return what the summary would say of one company: a dict of the decision and of the claims, true or false each.

    The company is simulated, written, read, and analyzed by the functions behind the reports; `pilot: result` in
    its settings is the result of its own drawn tasks, as an analyst enters it.
    """
    simulated = simulate(engineers, teams, seed=seed, preset=kind.preset, parts=("delivery", "pilot"))
    with tempfile.TemporaryDirectory() as folder:
        program = data.read_program(write_program(simulated, Path(folder) / "company"))
    evaluation = pilot.evaluate(program, seed=seed)
    found = [*facts_of.kpi_facts(kpi.track(program, seed=seed)), *facts_of.roi_facts(program, None, seed),
             *pilot.headline_facts(evaluation)]
    evidence = summary.Evidence({fact.name: fact for fact in found}, ("kpi", "roi", "pilot"))
    gate = summary.next_gate(program.settings.roadmap, f"{program.as_of:%Y-%m-%d}")
    decided = rules.decide(evidence, gate, bool(trained_teams(program)))
    improved = rules.pilot_verdict(evidence) == "improved"
    tasks = evidence.facts.get("pilot.task_time_change")
    return {"decision": decided.kind, "right": decided.kind in kind.right, "effect claimed": improved,
            "called caused": improved and bool(evidence.value("pilot.may_say_caused")),
            "harm seen": rules.pilot_harmed(evidence), "faster on tasks claimed": tasks is not None and tasks.has_interval and tasks.high < 0,
            **_skills(kind, seed)}


def _skills(kind, seed):
    """Return the share of domains whose interval of the shortfall holds the truth, where skills are the question."""
    if not kind.of_skills:
        return {}
    return {"shortfalls held": of_skills(seed, 0.90, kind.preset)["shortfall of a domain"]}


def log(kind, seeds):
    """Return one row per company of a kind."""
    return pd.DataFrame([outcome(kind, seed) for seed in seeds])
