"""What a program holds about people, why, for whom and how long, in words for a works council or a privacy officer."""

import pandas as pd

from upskill.data import TABLES
from upskill.data.cut import KNOWN_ON
from upskill.privacy.ledger import labels, ledger_path
from upskill.privacy.names import PERSON_COLUMNS, personal_texts

# Why each table about people is there, and what becomes of it. A table that is not named here is not about people.
PURPOSES = {
    "people": ("to group results by team and role", "counts of people"),
    "memberships": ("to count people in the team that they were in at the time", "nothing by itself"),
    "test_responses": ("to measure skills in AI-assisted engineering", "mean levels of groups"),
    "survey_responses": ("to compare how people rate themselves with what tests show", "means of groups"),
    "interview_ratings": ("to measure skills that tests do not reach", "mean levels of groups"),
    "climate_responses": ("to learn how teams take up the change", "means of teams"),
    "enrolments": ("to know what training was taken and completed", "counts and hours of groups"),
    "pull_requests": ("to follow delivery before and since the training", "times and counts of teams"),
    "work_items": ("to follow delivery before and since the training", "times and counts of teams"),
    "ai_usage": ("to follow whether the tools are used", "counts of teams"),
    "pilot_tasks": ("to measure what the tools change, in a pilot", "the mean effect over all tasks"),
    "feedback": ("to improve the training", "means and counted themes of cohorts"),
}
CAN = (
    "Results about the whole company and about teams and other groups of at least {minimum} people.",
    "Each with an interval that says how sure it is.",
)
CANNOT = (
    "name a person: ids are refused in every sentence, table, figure and file, and masked in error messages;",
    "print a free comment: comments are counted by theme;",
    "be made for a team of fewer than {minimum} people, nor for one that would bare such a team by subtraction;",
    "show a row, cell or headline number of a group of fewer than {minimum} people, nor rows that give it away;",
    "show that all or none of a small group are so (shares of 0 % and 100 % below {twice} people);",
    "show what was printed past the gate: such output is withheld;",
    "show, under a later label, other people for a wave of tests or a week of tool use than those shown first.",
)
OPEN = "not set (write it in program.yml: privacy, {})"
RESIDUAL = (
    "Own pages (`upskill own-page`) are no reports: they lie in outputs/private/. Hand each to its person, then delete it.",
    "The gate counts people where a report says how many stand behind a number; sentences are checked for ids only.",
    "Whoever can open the program folder sees single rows. Keep it where only the analysts named above can read it.",
    "Ids are pseudonyms. Whoever holds the key, or the list that made them, can tell who is who.",
    "Members of a group know their own data and can learn a little more about the rest than others can.",
    "Reports that were handed out before cannot be called back; `upskill purge` changes the program folder only.",
)
REMOVAL = """\
- One person, from all tables: `upskill purge FOLDER --person ID`
- All before a day: `upskill purge FOLDER --before DATE`

Both first say what they would remove, and remove it with `--yes`."""


def held(program):
    """Return a table of what is held about people: table, columns, people, rows, first and last day."""
    rows = []
    for name, frame in program.tables.items():
        columns = [column for column in PERSON_COLUMNS if column in frame and frame[column].notna().any()]
        if columns or name in PURPOSES:
            people = pd.concat([frame[column] for column in columns]).nunique() if columns else 0
            rows.append((name, ", ".join(columns) or "none", people, len(frame), _period(name, frame)))
    return pd.DataFrame(rows, columns=["table", "columns", "people", "rows", "period"])


def _period(name, frame):
    days = frame[KNOWN_ON[name]].dropna() if name in KNOWN_ON and KNOWN_ON[name] in frame else pd.Series(dtype=object)
    return f"{days.min():%Y-%m-%d} to {days.max():%Y-%m-%d}" if len(days) else "no dates"


def extra_columns(program):
    """Return [(table, column, whether it seems to name people), …] of columns that no report reads."""
    return [(name, column, bool(personal_texts({name: frame[[column]]})))
            for name, frame in program.tables.items() for column in frame if TABLES[name].column(column) is None]


def account(program):
    """Return the account of a program as Markdown."""
    settings = program.settings
    words = {"minimum": settings.minimum_group_size, "twice": 2 * settings.minimum_group_size}
    parts = [f"# What {settings.name} holds about people", _purpose(settings),
             "## What is held", _held_table(program), _extra(program), _team_only(settings),
             "## What reports can show", _list(CAN, words),
             "## What reports cannot show", "No report can\n\n" + _list(CANNOT, words),
             "## What remains to be cared for", _list(RESIDUAL, words),
             "## What was released", _released(program),
             "## How to have data removed",
             REMOVAL]
    return "\n\n".join(part for part in parts if part) + "\n"


def _released(program):
    """List the labels under which groups were written down."""
    found = labels(ledger_path(program.settings.name, program.folder))
    if not found:
        return ("Nothing under a label on this machine. Hand out reports of `upskill run --label NAME` only: without a "
                "label nothing is remembered, and two reports could be subtracted from each other.")
    lines = [f"- {label}: {'; '.join(sorted(set(abouts)))}" for label, abouts in found.items()]
    return "\n".join(["The ledger on this machine holds, as hashes of ids with team and role:", "", *lines])


def _purpose(settings):
    """State purpose, readers and retention as program.yml says them; what it does not say is named as open."""
    said = settings.privacy
    labels = {"purpose": "For what purpose", "legal_basis": "On what legal basis", "seen_by": "Who may see the data",
              "retention": "How long they are kept", "contact": "Whom to ask"}
    return "\n".join(f"- **{label}:** {_plain(said[key]) if said.get(key) else OPEN.format(key)}"
                     for key, label in labels.items())


def _plain(value):
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _held_table(program):
    found = held(program)
    if not len(found):
        return "Nothing about single people."
    lines = ["| table | ids of people | people | rows | period | why | what reports show of it |",
             "|---|---|---:|---:|---|---|---|"]
    for row in found.itertuples():
        why, shown = PURPOSES.get(row.table, ("not known", "not known"))
        lines.append(f"| {row.table} | {row.columns} | {row.people:,} | {row.rows:,} | {row.period} | "
                     f"{why} | {shown} |")
    return "\n".join(lines)


def _extra(program):
    extra = extra_columns(program)
    if not extra:
        return "There are no columns but those that the workbook knows."
    names = ", ".join(f"`{table}.{column}`" for table, column, _ in extra)
    telling = ", ".join(f"`{table}.{column}`" for table, column, is_personal in extra if is_personal)
    text = f"Columns that no report reads: {names}. Remove them if nobody else needs them."
    return text + (f" **These seem to name or quote people:** {telling}." if telling else "")


def _team_only(settings):
    if settings.team_only:
        return ("`team_only` is set: delivery and tool usage are kept and read by team only. Tables that somebody puts "
                "into the folder by hand may still hold persons; they are replaced by their team when read.")
    return ("`team_only` is not set: delivery and tool usage are held by person and reported by team. With "
            "`team_only: true` in program.yml persons are replaced by their team at import.")


def _list(lines, words):
    return "\n".join(f"- {line.format(**words)}" for line in lines)
