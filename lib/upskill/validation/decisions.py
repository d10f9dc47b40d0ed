"""What the program's rule decides in made-up companies, and how often it claims an effect that is not there."""

import tempfile
from dataclasses import astuple, dataclass
from pathlib import Path

from upskill import data, kpi, summary
from upskill.kpi import pilot
from upskill.simulate import simulate, write_program
from upskill.summary import decision as rules
from upskill.summary import evidence as facts_of
from upskill.summary.program import trained_teams
from upskill.validation.skills import intervals as of_skills


@dataclass(frozen=True)
class Kind:
    """A kind of company: `preset` of the simulator; `helps`: whether training truly helps, quality included.

    `of_skills`: how well the gaps are told is asked too; delivery is that of the kind that does nothing, seed by seed.
    """

    name: str
    preset: str
    helps: bool
    of_skills: bool = False

    @property
    def right(self):
        """Decisions that fit the truth: where training does nothing or harms, all but going on."""
        return (rules.GO_ON,) if self.helps else (rules.STOP, rules.FIND_OUT)


ENGINEERS, TEAMS = 84, 12
SHORTFALLS = "shortfalls held"
KINDS = (
    Kind("training works", "worked", True),
    Kind("does nothing", "nothing", False),
    Kind("faster, but harms quality", "reckless", False),
    Kind("does nothing, eager teams first", "eager", False),
    Kind("does nothing, licenses the same week", "licenses", False),
    Kind("changes split, delivery stands still", "split", False),
    Kind("does nothing, interviews have halo", "halo", False, True),
    Kind("does nothing, heavy tails", "heavy-tails", False),
)


def found_in(kind, seed, engineers=ENGINEERS, teams=TEAMS):
    """Return what the reports would find in one company of a kind: a dict that JSON can hold.

    The company is simulated, written, read, and analyzed by the functions behind the reports; `pilot: result` in
    its settings is the result of its own drawn tasks, as an analyst enters it. "facts": as `Fact` takes them;
    "gate": the next one; "trained": whether training started; "teams": trained teams behind each indicator.
    """
    simulated = simulate(engineers, teams, seed=seed, preset=kind.preset, parts=("delivery", "pilot"))
    with tempfile.TemporaryDirectory() as folder:
        program = data.read_program(write_program(simulated, Path(folder) / "company"))
    evaluation = pilot.evaluate(program, seed=seed)
    facts = {fact.name: fact for fact in (*facts_of.kpi_facts(kpi.track(program, seed=seed)),
                                          *facts_of.roi_facts(program, None, seed), *pilot.headline_facts(evaluation))}
    gate = summary.next_gate(program.settings.roadmap, f"{program.as_of:%Y-%m-%d}")
    return {"seed": seed, "facts": [astuple(fact) for fact in facts.values()], "gate": gate and {"rule": gate["rule"]},
            "trained": bool(trained_teams(program)), "teams": facts_of.indicators(program, facts)[1], **_skills(kind, seed)}


def judged(kind, found):
    """Return what the summary says of such findings: a dict of the decision and of the claims, true or false each."""
    facts = {fact.name: fact for fact in (data.Fact(*values) for values in found["facts"])}
    evidence = summary.Evidence(facts, ("kpi", "roi", "pilot"), teams=found["teams"])
    decided = rules.decide(evidence, found["gate"], found["trained"])
    improved, tasks = rules.pilot_verdict(evidence) == "improved", evidence.facts.get("pilot.task_time_change")
    return {"decision": decided.kind, "right": decided.kind in kind.right, "effect claimed": improved,
            "called caused": improved and bool(evidence.value("pilot.may_say_caused")),
            "pilot worse": rules.pilot_verdict(evidence) == "worsened",
            "guardrail worse": bool(evidence.value("pilot.guardrails_worse")),
            "indicator worse": bool(rules.worsened(evidence)),
            "faster on tasks claimed": tasks is not None and tasks.has_interval and tasks.high < 0,
            "chance of gain": 1 - evidence.value("roi.chance_of_loss")} | (
                {SHORTFALLS: found[SHORTFALLS]} if SHORTFALLS in found else {})


def outcome(kind, seed, engineers=ENGINEERS, teams=TEAMS):
    """Return what the summary would say of one company of a kind; see `found_in` and `judged`."""
    return judged(kind, found_in(kind, seed, engineers, teams))


def _skills(kind, seed):
    """Return the share of domains whose interval of the shortfall holds the truth, where skills are the question."""
    if not kind.of_skills:
        return {}
    return {SHORTFALLS: of_skills(seed, 0.90, kind.preset)["shortfall of a domain"]}
