"""What the skill report says in words: pure functions from a `Standing` to sentences."""

import numpy as np

from upskill.skills.groups import NO_TARGET


def number(value, digits=2):
    """Write a number with a real minus sign; a rounded zero has none.

    >>> number(-0.304), number(-0.001), number(1.26, 1)
    ('−0.30', '0.00', '1.3')
    """
    text = f"{abs(value):.{digits}f}"
    return f"−{text}" if value < 0 and text.strip("0.") else text


def percent(value):
    """Write a share in percent."""
    return f"{100 * value:.0f} %"


def listed(names):
    """Join names as a reader would: 'A', 'A and B', 'A, B and C'."""
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def short(value, low, high):
    """Say a shortfall in words, with its interval in the same direction.

    >>> short(0.4, 0.2, 0.6), short(-0.3, -0.5, -0.1)
    ('0.40 levels short (0.20 to 0.60)', '0.30 levels above (0.10 to 0.50)')
    """
    if value < 0 and high <= 0:
        return f"{number(-value)} levels above ({number(-high)} to {number(-low)})"
    return f"{number(value)} levels short ({number(low)} to {number(high)})"


def intervals(table, value, low, high, digits=2):
    """Write one estimate with its interval per row."""
    rows = table[[value, low, high]].to_numpy()
    return [
        f"{number(middle, digits)} ({number(start, digits)} to {number(end, digits)})"
        for middle, start, end in rows
    ]


def measure(domains):
    """Return the columns to show: shortfalls, or mean levels or scores where there is no target."""
    if (domains["verdict"] == NO_TARGET).all():
        return "reached", "reached_low", "reached_high"
    return "shortfall", "low", "high"


def answer(standing):
    """Return the three sentences that answer the report's question."""
    return (_answer if standing.has_targets else _answer_without_targets)(standing)


def _answer(standing):
    total, found = len(standing.domains), len(standing.below)
    names = f": {listed(standing.below)}" if found else ""
    first = (
        f"{standing.assessed} of {standing.present} engineers took the test of wave “{standing.wave}”; "
        f"in {found} of {total} domains they are probably below what their roles need{names}."
    )
    return first, _widest(standing), _advice(standing)


def _widest(standing):
    row = standing.widest
    if row is None:
        return "No role has enough people to be shown by itself."
    if row["low"] <= 0:
        return "No gap of a single role and domain can be told from zero."
    others = f"; {standing.rivals} other gaps may be as wide" if standing.rivals > 1 else ""
    gap = short(row["shortfall"], row["low"], row["high"])
    return f"The widest gap that we see is {row['domain']} in the role {row['role']}: {gap}{others}."


def _advice(standing):
    if standing.below:
        start = f"Start training with {listed(standing.below)}"
    elif len(standing.clear_gaps):
        start = f"Train where single roles are clearly short, not everybody: {_gaps(standing.clear_gaps)}"
    else:
        start = "Buy no training for whole domains or roles yet"
    unknown = standing.unknown
    if not unknown:
        return f"{start}."
    which = f"{len(unknown)} domains" if len(unknown) > 1 else unknown[0]
    return f"{start}. For {which} the test cannot tell: ask more there before paying for it."


def _gaps(cells, most=3):
    named = [f"{row.role} in {row.domain}" for row in cells.head(most).itertuples()]
    more = len(cells) - most
    return listed([*named, f"{more} more"] if more > 0 else named)


def _answer_without_targets(standing):
    lacking = (
        "role targets"
        if (standing.domains["unit"] == "levels").any()
        else "cuts, the scores at which levels begin"
    )
    return (
        f"{standing.assessed} of {standing.present} engineers took the test of wave “{standing.wave}”.",
        f"The program has no {lacking}, so nobody can be said to be below or above target.",
        "Compare roles by the scores below, and set what is missing with a panel before training is bought.",
    )


def in_listed(table, value="shortfall", low="low", high="high"):
    """Say a table of intervals in one line, largest first; the alternative text of its figure."""
    ordered = table.sort_values(value, ascending=False)
    texts = intervals(ordered, value, low, high)
    return "; ".join(f"{name} {text}" for name, text in zip(ordered["domain"], texts, strict=True)) + "."


def domain_title(standing):
    """Say the message of the domain figure as a sentence."""
    if not standing.has_targets:
        return "Mean by domain, with the interval that the test allows"
    found, total = len(standing.below), len(standing.domains)
    known = (
        f"{found} of {total} domains are probably below target"
        if found
        else "No domain is clearly below target"
    )
    return f"{known}; for {len(standing.unknown)} the test cannot tell" if standing.unknown else known


def domain_alt(standing):
    """Say the domain figure in words and numbers."""
    value, low, high = measure(standing.domains)
    start = "Levels short of target" if standing.has_targets else "Mean"
    return f"{start}, with 90 % intervals: {in_listed(standing.domains, value, low, high)}"


def read_domains(standing):
    """Read the domain table back in words."""
    if not standing.has_targets:
        return "There are no targets to hold these against."
    total = standing.domains["people"].max()
    row = standing.domains.loc[standing.domains["shortfall"].idxmax()]
    gap = short(row["shortfall"], row["low"], row["high"])
    met = f" At or above target: {listed(standing.met)}." if standing.met else ""
    return (
        f"**{row['domain']}**: {gap}; {percent(row['share_below'])} of {row['people']} people are below "
        f"their target.{met} The intervals hold for these {total} people; they say nothing of people not assessed."
    )


def read_roles(standing):
    """Read the table of roles back in words, and say what is hidden."""
    reason = "because a group is too small or would give a small one away"
    hidden = f" Not shown: {listed(sorted(standing.hidden))}, {reason}." if standing.hidden else ""
    row = standing.widest
    if row is None:
        return f"No gap by role can be shown.{hidden}"
    cells = standing.shown_roles.dropna(subset=["shortfall"])
    gap = short(row["shortfall"], row["low"], row["high"])
    return (
        f"In {int((cells['low'] > 0).sum())} of {len(cells)} groups the interval lies above zero. Among so many "
        "some would by chance alone: one in twenty of those that just meet their target. Largest estimate: "
        f"{row['domain']}, {row['role']}, {gap}, {row['people']} people.{hidden}"
    )


def change_title(standing):
    """Say the message of the change figure as a sentence."""
    total, up = len(standing.changes), int((standing.changes["low"] > 0).sum())
    down = int((standing.changes["high"] < 0).sum())
    fell = f", {down} fell" if down else ""
    open_ones = f"; {total - up - down} cannot be told" if up + down < total else ""
    return f"{up} of {total} domains rose since wave “{standing.first_wave}”{fell}{open_ones}"


def change_alt(standing):
    """Say the change figure in words and numbers."""
    table = standing.changes
    return f"Mean change in {table['unit'].iloc[0]}, with 90 % intervals: {in_listed(table, 'change')}"


def read_changes(standing):
    """Read the changes back in words."""
    table = standing.changes
    if table.empty:
        return "There is only one wave with enough people, so no change can be shown."
    row = table.loc[table["change"].idxmax()]
    interval = f"{number(row['change'])} {row['unit']} ({number(row['low'])} to {number(row['high'])})"
    return (
        f"Largest estimate: {row['domain']}, {interval}, {row['people']} people who took both tests. Whether "
        "training caused it, a comparison with those not yet trained must tell; this figure cannot."
    )


def read_precision(standing):
    """Read the table of reliability back in words."""
    table = standing.precision
    low, high = table["reliability"].min(), table["reliability"].max()
    text = f"Scores of single people have a reliability of {number(low)} to {number(high)}. "
    right, near = table["right_level"].mean(), table["within_one"].mean()
    if np.isfinite(right):
        text += (
            f"The most probable level of one person is right about {100 * right:.0f} times in 100, and right or "
            f"one off {100 * near:.0f} times. That is enough to speak of groups, and too little to decide about "
            "a person."
        )
    return text


METHOD = """\
- Scores: a graded response model per domain, fitted to the first wave of the whole company with a weak \
prior on slopes. Its parameters stay fixed, so later waves are on the same scale: 0 and 1 are mean and sd of \
those assessed first.
- Groups: {draws} sets of plausible values, whose prior knows role and team. Intervals hold measurement \
error, error of the item parameters and error of the cuts.
- An item not reached is not counted as wrong; who did not reach it is taken to be like others of the same \
skill.
- Self-ratings and interviews are not used in these scores."""


def method(program, standing):
    """Say how the numbers came about and what they rest on."""
    lines = [METHOD.format(draws=standing.draws)]
    if "cuts" in program and len(program["cuts"]):
        lines.append(f"- {_cut_line(program['cuts'])}")
    if standing.new_items:
        lines.append(f"- {standing.new_items} items came after the first wave and are not used yet.")
    lines += [f"- {domain} is left out: {reason}" for domain, reason in standing.calibration.refused.items()]
    return "\n".join(lines)


def _cut_line(cuts):
    error = cuts["standard_error"].astype(float)
    if error.isna().any():
        return "Some cuts come without a standard error: intervals take them as exact and are too narrow."
    return (
        f"Levels begin where a panel put the cuts; their standard errors ({number(error.min())} to "
        f"{number(error.max())}) are in the intervals. A level is only as good as that panel."
    )


def next_steps(standing):
    """Say what to do, from the verdicts."""
    lines = []
    if standing.below:
        lines.append(
            f"**Train first**: {listed(standing.below)}, roles with an interval above zero before others."
        )
    elif len(standing.clear_gaps):
        lines.append(f"**Train single roles**: {_gaps(standing.clear_gaps, 6)}.")
    if standing.unknown:
        lines.append(
            f"**Find out first**: {listed(standing.unknown)}. More test items there, or interviews with part of "
            "the people, cost less than a course that is not needed."
        )
    if standing.met:
        lines.append(
            f"**Leave**: {listed(standing.met)}. No training of whole groups; single people may need it."
        )
    if not standing.has_targets:
        lines.append("**Set levels**: let a panel place the cuts, and write down what each role needs.")
    lines.append(
        "**Do not** judge single people by these scores: they are too uncertain, and not meant for it."
    )
    return "\n".join(f"- {line}" for line in lines)
