"""What each key performance indicator (KPI) means, as data that reports print and code follows."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Definition:
    """One way to compute a KPI.

    `kind`: "duration" (median hours between two columns, unfinished ones count),
    "rate" (events per exposure) or "share" (part of a whole). `better`: "lower" or
    "higher". `table`, `start`, `end`: where a duration comes from; `start` names
    columns of which the first that is filled holds. `tables`: tables it cannot do
    without. `from_history`: True for ways that read a library's git history, where
    releases stand for deployments; `landed_as`: the only kind of change that counts
    there. `base`: of what a share is a share. `is_steady`: False where there is no
    usual level before the training to set limits from. `source`: whose wording it
    follows.
    """

    name: str
    title: str
    question: str
    formula: str
    unit: str
    better: str
    counter: str
    kind: str
    tables: tuple[str, ...]
    table: str = ""
    start: tuple[str, ...] = ()
    end: str = ""
    opened: str = ""
    source: str = ""
    base: str = ""
    from_history: bool = False
    landed_as: str = ""
    is_steady: bool = True
    version: str = "1"

    @property
    def scale(self):
        """Scale of the chart: durations are skewed, so their limits are set on the log scale."""
        return "log" if self.kind == "duration" else "linear"


DORA = "DORA's software delivery metrics (dora.dev, 2026), made operational"

# Several ways for one name: the first that the data can answer is used, under its own title.
DEFINITIONS = (
    Definition(
        "lead_time", "Release lead time", "How long does a merged change wait for a release?",
        "median over changes merged in the period of (first release that has it − merge); changes not yet released "
        "count as unfinished; a release is not a deployment, and the time before the merge is not in it", "hours",
        "lower", "change_failure_rate", "duration", ("pull_requests",), "pull_requests", ("merged_at",),
        "deployed_at", "merged_at", DORA, from_history=True),
    Definition(
        "lead_time", "Change lead time", "How long does a change take to reach production?",
        "median over changes opened in the period of (first in production − first commit, or opening where no commit "
        "time is known)", "hours", "lower", "change_failure_rate", "duration", ("pull_requests",), "pull_requests",
        ("first_commit_at", "created_at"), "deployed_at", "created_at", DORA),
    Definition(
        "lead_time", "Lead time to merge", "How long does a change take from first commit to merge?",
        "median over changes opened in the period of (merged − first commit, or opening where no commit time is "
        "known); the way to production is not in the data", "hours", "lower", "change_failure_rate", "duration",
        ("pull_requests",), "pull_requests", ("first_commit_at", "created_at"), "merged_at", "created_at", DORA),
    Definition(
        "review_time", "Branch time", "How long does a branch take from first commit to merge?",
        "median over merge commits of the period of (merge − first commit of the branch); squashed and direct changes "
        "are not in it, since git lost when they began", "hours", "lower", "change_failure_rate", "duration",
        ("pull_requests",), "pull_requests", ("first_commit_at",), "merged_at", "merged_at", landed_as="merge",
        from_history=True),
    Definition(
        "review_time", "Review time", "How long does a change wait for review and merge?",
        "median over changes opened in the period of (merged − opened)", "hours", "lower", "change_failure_rate",
        "duration", ("pull_requests",), "pull_requests", ("created_at",), "merged_at", "created_at"),
    Definition(
        "deployment_frequency", "Releases", "How often is there a release?",
        "releases (tags) ÷ weeks observed", "per week", "higher", "change_failure_rate", "rate",
        ("deployments",), source=DORA, from_history=True),
    Definition(
        "deployment_frequency", "Deployments per team", "How often does a team deliver?",
        "successful deployments ÷ weeks in which the team was observed", "per week", "higher",
        "change_failure_rate", "rate", ("deployments",), source=DORA),
    Definition(
        "change_failure_rate", "Patched release rate", "How often does a release need a quick repair?",
        "releases that were soon followed by a repair release or a revert ÷ all releases; a stand-in for change "
        "failure rate", "share", "lower", "deployment_frequency", "share", ("deployments",), source=DORA,
        base="releases", from_history=True),
    Definition(
        "change_failure_rate", "Change failure rate", "How often does a deployment need immediate mending?",
        "deployments that needed intervention (rollback, hotfix) ÷ all deployments", "share", "lower",
        "deployment_frequency", "share", ("deployments",), source=DORA, base="deployments"),
    Definition(
        "recovery_time", "Time to a repair release", "How long until a release is repaired?",
        "median over repaired releases of the period of (repairing release − repaired one); a stand-in for failed "
        "deployment recovery time", "hours", "lower", "change_failure_rate", "duration", ("incidents",), "incidents",
        ("started_at",), "resolved_at", "started_at", DORA, from_history=True),
    Definition(
        "recovery_time", "Failed deployment recovery time", "How long until service is restored?",
        "median over incidents started in the period of (resolved − started); only incidents linked to a deployment, "
        "where links exist", "hours", "lower", "change_failure_rate", "duration", ("incidents",), "incidents",
        ("started_at",), "resolved_at", "started_at", DORA),
    Definition(
        "throughput", "Merged pull requests per engineer", "How much gets finished?",
        "pull requests merged ÷ engineer-weeks (full-time equivalents in the team at the time)",
        "per week", "higher", "review_time", "rate", ("pull_requests", "people")),
    Definition(
        "throughput", "Merged pull requests per active author", "How much gets finished?",
        "pull requests merged ÷ author-weeks (people with a pull request of their own in the last 13 weeks)",
        "per week", "higher", "review_time", "rate", ("pull_requests",)),
    Definition(
        "ai_use", "AI tool use", "Do those who have a license use it?",
        "people active with the AI tool in the week ÷ people who have a license", "share", "higher",
        "change_failure_rate", "share", ("ai_usage",), base="licensed people", is_steady=False),
)

NAMES = tuple(dict.fromkeys(definition.name for definition in DEFINITIONS))


def variants(name, from_history=False):
    """Return every way to compute a KPI, best first; KeyError for an unknown name.

    `from_history`: True for a git history. Where a KPI has a way of its own for these,
    the others are left out: they would read times that git does not record.
    """
    found = tuple(definition for definition in DEFINITIONS if definition.name == name)
    own = tuple(definition for definition in found if definition.from_history)
    found = own if from_history and own else tuple(definition for definition in found if not definition.from_history)
    if not found:
        raise KeyError(f"no KPI named {name!r}; there are {', '.join(NAMES)}")
    return found
