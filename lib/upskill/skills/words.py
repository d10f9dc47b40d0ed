"""What the skill report says in words: pure functions from a `Standing` to sentences."""

import numpy as np

from upskill.numerals import is_zero, number
from upskill.skills.groups import NO_TARGET

NO_BREAK = "\N{NO-BREAK SPACE}"


def decimals(low, high):
    """Return 1, or 2 where an end of an interval off zero would be rounded to zero.

    >>> decimals([0.34, -0.2], [1.09, 0.02]), decimals([-0.74], [-0.01])
    (1, 2)
    """
    low, high = np.asarray(low), np.asarray(high)
    near = np.minimum(np.abs(low), np.abs(high))
    return 2 if np.any((low * high > 0) & (near < 0.05)) else 1


def percent(value):
    """Write a share in percent; shares near all or none say of each member what holds for all, so they stay vague.

    >>> percent(0.546), percent(1.0)
    ('55 %', 'over 95 %')
    """
    return "over 95 %" if value > 0.95 else "under 5 %" if value < 0.05 else f"{100 * value:.0f} %"


def listed(names, most=None):
    """Join names as a reader would: 'A', 'A and B', 'A, B and C', 'A, B and 4 more'."""
    names = list(names)
    if most and len(names) > most + 1:
        names = [*names[:most], f"{len(names) - most} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "none"


def short(value, low, high):
    """Say a shortfall in words, with its interval in the same direction.

    >>> short(0.4, 0.2, 0.6), short(-0.3, -0.5, -0.1)
    ('0.4 levels short (0.2 to 0.6)', '0.3 levels above target (0.1 to 0.5)')
    >>> short(0.14, -0.06, 0.36)
    '0.1 levels short (from 0.1 above target to 0.4 short)'
    >>> short(-0.02, -0.5, 0.4)
    'on target (from 0.5 above target to 0.4 short)'
    """
    digits = decimals(low, high)
    size, lower, upper = (number(abs(entry), digits) for entry in (value, low, high))
    side = "short" if value >= 0 else "above target"
    if low < 0 < high:
        if is_zero(size):
            return f"on target (from {lower} above target to {upper} short)"
        return f"{size} levels {side} (from {lower} above target to {upper} short)"
    ends = (lower, upper) if value >= 0 else (upper, lower)
    return f"{size} levels {side} ({ends[0]} to {ends[1]})"


def intervals(table, value, low, high):
    """Write one estimate with its interval per row, all with the same decimals; no line breaks in an interval."""
    rows, digits = table[[value, low, high]].to_numpy(float), decimals(table[low], table[high])
    texts = [[number(entry, digits) for entry in row] for row in rows]
    return [f"{middle} ({start}\N{NO-BREAK SPACE}to\N{NO-BREAK SPACE}{end})" for middle, start, end in texts]


def measure(standing):
    """Return the columns to show: shortfalls, or mean levels or scores where there is no target."""
    return ("shortfall", "low", "high") if standing.has_targets else ("reached", "reached_low", "reached_high")


def answer(standing):
    """Return the three sentences that answer the report's question."""
    return (_answer if standing.has_targets else _answer_without_targets)(standing)


def _answer(standing):
    return _verdict(standing), _most(standing), _advice(standing)


def _verdict(standing):
    """Say in how many domains, and in how many groups of role and domain, people are below target."""
    total, found, names = len(standing.judged), len(standing.below), listed(standing.below, 3)
    need = "what their roles need"
    if total == 1:
        only = standing.judged["domain"].iloc[0]
        text = f"In {only} our engineers are {'probably' if found else 'not clearly'} below {need}"
    elif not found:
        text = f"In none of the {total} domains are our engineers clearly below {need}"
    else:
        where = f"all {total}" if found == total else f"{found} of {total}"
        text = f"In {where} domains our engineers are probably below {need}: {names}"
    cells = len(standing.shown_roles.dropna(subset=["shortfall"]))
    clear = len(standing.clear_gaps)
    groups = f"{'and' if found else 'but'} {clear} of {cells} groups of one role in one domain {'is' if clear == 1 else 'are'}" if clear else (
        "nor is any single role in any of them" if cells and not found else "")
    return f"{text}; {groups}." if groups else f"{text}."


def _most(standing):
    """Say where most is to be gained, weighed by importance and people; without such gaps, the one that is widest."""
    if standing.priorities.empty:
        return _widest(standing)
    first, rivals = standing.priorities.iloc[0], int(standing.priorities["may_be_first"].sum()) - 1
    others = f"; {rivals} other gap{'s' if rivals > 1 else ''} may weigh as much" if rivals else ""
    return (f"Most is to be gained in {first['domain']} for the role {first['role']}: "
            f"{gain(first['shortfall'], first['low'], first['high'])} for each of {first['people']} people{others}.")


def gain(value, low, high):
    """Say levels to gain with their interval; next to nothing is not written as nothing at all.

    >>> gain(0.46, 0.30, 0.61), gain(0.02, 0.0, 0.11)
    ('0.5 levels (0.3 to 0.6)', 'under 0.1 levels (up to 0.1)')
    """
    return f"{_small(value)} levels ({span(low, high)})"


def span(low, high):
    """Write the interval of levels to gain.

    >>> span(0.3, 0.61), span(0.0, 0.11)
    ('0.3 to 0.6', 'up to 0.1')
    """
    return f"{number(low)} to {number(high)}" if low >= 0.05 else f"up to {number(max(high, 0.1))}"


def _small(value):
    return f"under {number(0.1)}" if value < 0.05 else number(value)


def gains(table, value="expected"):
    """Write levels to gain with their interval per row; no line breaks in an interval."""
    columns = [value, *(("expected_low", "expected_high") if value == "expected" else ("low", "high"))]
    return [f"{_small(middle)} ({span(low, high).replace(' ', NO_BREAK)})" for middle, low, high in table[columns].to_numpy(float)]


def _widest(standing):
    row = standing.widest
    if row is None:
        row = standing.judged.iloc[0]
        label = "Furthest from target" if row["shortfall"] >= 0.05 else "Nearest to falling short"
        return f"{label}: {row['domain']}, {short(row['shortfall'], row['low'], row['high'])}."
    if row["low"] <= 0:
        return "No gap of a single role and domain can be told from zero."
    others = f"; {standing.rivals} others may be as wide" if standing.rivals > 1 else ""
    gap = short(row["shortfall"], row["low"], row["high"])
    return f"The widest gap per person is {row['domain']} for the role {row['role']}: {gap}{others}."


def _advice(standing):
    if standing.below:
        start = f"Start training with {listed(standing.below, 3)}"
    elif len(standing.clear_gaps):
        start = f"Train single roles, not everybody: {roles_text(standing, 3)}"
    else:
        start = "Buy no training for whole domains or roles yet"
    took = f"{standing.assessed} of {standing.present} took the test of wave “{standing.wave}”."
    return f"{start}. {f'{_ruled_out(standing)} {took}'.strip()}"


def roles_text(standing, most=None):
    """Name the roles with clear gaps, and in how many domains each has one."""
    counts = standing.clear_gaps["role"].value_counts()
    return listed([f"{role} ({count} {'domain' if count == 1 else 'domains'})" for role, count in counts.items()], most)


def _ruled_out(standing):
    """Say how large the shortfall can still be where the verdict is open."""
    names = standing.unknown
    if not names:
        return ""
    highest = standing.domains.loc[standing.domains["domain"].isin(names), "high"].max()
    at_most = f"on average more than {number(np.ceil(highest * 10) / 10)} levels short"
    if len(names) == 1:
        return f"For {names[0]} the test cannot tell, but it rules out that people are {at_most}."
    return f"For {len(names)} domains the test cannot tell, but it rules out that people are {at_most} in any of them."


def _answer_without_targets(standing):
    lacking = (
        "targets for the roles of its people"
        if has_levels(standing)
        else "cuts, the scores at which levels begin"
    )
    return (
        f"{standing.assessed} of {standing.present} engineers took the test of wave “{standing.wave}”.",
        f"The program has no {lacking}, so nobody can be said to be below or above target.",
        "Compare roles by the scores below, and set what is missing with a panel before training is bought.",
    )


def has_levels(standing):
    return (standing.domains["unit"] == "levels").any()


def in_listed(table, names, columns):
    """Say a table of intervals in one line, largest first; the alternative text of its figure."""
    ordered = table.sort_values(columns[0], ascending=False)
    labels = ordered[list(names)].agg(", ".join, axis=1)
    return "; ".join(f"{label} {text}" for label, text in zip(labels, intervals(ordered, *columns), strict=True)) + "."


def domain_title(standing):
    """Say the message of the domain figure as a sentence."""
    if not standing.has_targets:
        return "Mean by domain, with the interval that the test allows"
    found, total, unknown = len(standing.below), len(standing.judged), len(standing.unknown)
    known = f"{found} of {total} domains are probably below target" if found else "No domain is clearly below target"
    if not unknown:
        return known
    return f"{known}; for {'all' if unknown == total > 1 else unknown} of them the test cannot tell" if not found else (
        f"{known}; for {unknown} the test cannot tell")


def domain_alt(standing):
    """Say the domain figure in words and numbers."""
    table = standing.judged if standing.has_targets else standing.domains
    start = "Levels short of target" if standing.has_targets else "Mean"
    return f"{start}, with 90 % intervals: {in_listed(table, ['domain'], measure(standing))}"


def read_domains(standing):
    """Read the domain table back in words."""
    if not standing.has_targets:
        if has_levels(standing):
            return "There are no targets for the roles of these people."
        return "Without cuts these are scores, and no target can be held against them."
    row = standing.judged.iloc[0]
    gap = short(row["shortfall"], row["low"], row["high"])
    met = f" Probably at or above target: {listed(standing.met)}." if standing.met else ""
    without = standing.domains.loc[standing.domains["verdict"] == NO_TARGET, "domain"]
    lacking = f" No cuts or targets yet: {listed(without)}." if len(without) else ""
    return (
        f"**{row['domain']}**: on average {gap}; {percent(row['share_below'])} of {row['people']} people are below "
        f"their target. What those below lack comes to {gain(row['expected'], row['expected_low'], row['expected_high'])} "
        f"per person of the group.{met}{lacking} The intervals hold for the people assessed, and say nothing of the others."
    )


def domain_note(standing):
    """Say how to read the table of domains."""
    if not standing.has_targets:
        return "In brackets: 90 % intervals."
    return "In brackets: 90 % intervals. Negative: above target. Below target: share of people."


def role_title(standing):
    """Say the message of the figure of roles as a sentence."""
    if not standing.has_targets:
        return "Mean by role and domain, with the interval that the test allows"
    cells, clear = standing.shown_roles.dropna(subset=["shortfall"]), standing.clear_gaps
    if clear.empty:
        return "No role is clearly short of its target in any domain"
    return f"In {len(clear)} of {len(cells)} groups of role and domain people are clearly short of target"


def role_alt(standing):
    """Say the figure of roles in words and numbers."""
    columns = measure(standing)
    start = "Levels short of target" if standing.has_targets else "Mean"
    cells = standing.shown_roles.dropna(subset=columns[:1])
    return f"{start} by domain and role, with 90 % intervals: {in_listed(cells, ['domain', 'role'], columns)}"


def read_roles(standing):
    """Read the figure of roles back in words, and say what is hidden."""
    reason = "because a group is too small or would give a small one away"
    hidden = f"Not shown: {listed(sorted(standing.hidden))}, {reason}." if standing.hidden else ""
    if standing.widest is None:
        return f"No gap by role can be shown. {hidden}".strip()
    chance = ""
    if len(standing.clear_gaps):
        chance = "Of groups that just meet their target, one in twenty would look short by chance. "
    return f"{chance}{hidden}".strip() or "No group is clearly short of its target."


def change_title(standing):
    """Say the message of the change figure as a sentence."""
    total, up = len(standing.changes), int((standing.changes["low"] > 0).sum())
    down = int((standing.changes["high"] < 0).sum())
    fell = f", {down} fell" if down else ""
    open_ones = f"; for {total - up - down} the test cannot tell" if up + down < total else ""
    return f"{up} of {total} domains rose since wave “{standing.first_wave}”{fell}{open_ones}"


def change_alt(standing):
    """Say the change figure in words and numbers."""
    table, columns = standing.changes, ("change", "low", "high")
    return f"Mean change in {table['unit'].iloc[0]}, with 90 % intervals: {in_listed(table, ['domain'], columns)}"


def read_changes(standing):
    """Read the changes back in words."""
    table = standing.changes
    if table.empty:
        return "There is only one wave with enough people, so no change can be shown."
    row = table.loc[table["change"].idxmax()]
    value, digits = row["change"], decimals(table["low"], table["high"])
    interval = f"{number(value, digits)} {row['unit']} ({number(row['low'], digits)} to {number(row['high'], digits)})"
    return f"Largest estimate: {row['domain']}, {interval}, {row['people']} people who took both tests."


def read_precision(standing):
    """Say how far the scores can be trusted, and what may mislead."""
    table = standing.precision
    right, near = table["right_level"].mean(), table["within_one"].mean()
    text = f"On average {percent(table['reliability'].mean())} of the differences between people's scores are real. "
    if np.isfinite(right):
        text += (
            f"The level that we would give to one person is right about {100 * right:.0f} times in 100, and right or "
            f"one off {100 * near:.0f} times. "
        )
    text += "That is too little to decide about a person; the intervals say what it allows to say about groups."
    left_out = [f"- **{domain}** is left out: {reason}" for domain, reason in standing.calibration.refused.items()]
    return "\n".join([text, "", *left_out, *(f"- {doubt}" for doubt in standing.doubts)]).strip()


METHOD = """\
- **Levels**: the test gives each person a score; a panel said at which score each level begins (the cuts). \
Between two cuts the level rises in a straight line, so a person halfway from 2 to 3 counts 2.5. Counting whole \
levels instead (2.9 as 2) would show wider shortfalls, and treat people just short and far short alike.
- **Levels short**: target minus level, averaged over the people of a group; below zero they are above target.
- **Levels to gain**: what those below their target lack, summed and divided by all people of the group, so that nobody's \
surplus makes up for another's lack. Weighed: times the number of people and the importance (1 to 5) of the domain's \
competencies to their role, divided by 5. Among the five: in how many of 100 sets of draws the gap is one of the five largest.
- **Intervals**: 90 %. A verdict needs the whole interval on one side of zero, so it is wrong about once in \
twenty where people just meet their target. They hold measurement error, error of the item parameters and error \
of the cuts, from {draws} sets of plausible values whose prior knows role and team; small groups are drawn a \
little toward the rest of the company.
- **Scores**: a graded response model per domain, fitted to the first wave of the whole company with a weak \
prior on slopes. Its parameters stay fixed, so later waves are on the same scale: 0 and 1 are mean and standard \
deviation (sd) of those assessed first.
- An item not reached is not counted as wrong; who did not reach it is taken to be like others of the same skill.
- Self-ratings and interviews are not used in these scores.
- In the table below, **alpha** says how well the items of a domain agree, among people who answered all of them; \
**reliability** is the share of the differences between scores that is real."""


HELD = """\
**People**: those of the first report on a wave that was released, in the teams and roles of then. Who came, left or \
moved since changes nothing, so that nobody can be worked out from two reports. The next wave takes them in."""
BY_LOT = """\
**Change**: where only a few people took one test without the other, some who took both are left out by lot, so that \
those few cannot be worked out from this report and an earlier one."""


def method(program, standing):
    """Say how the numbers came about and what they rest on."""
    lines = [METHOD.format(draws=standing.draws)]
    if "cuts" in program and len(program["cuts"]):
        lines.append(f"- {_cut_line(program['cuts'])}")
    lines += [f"- {note}" for said, note in ((standing.held, HELD), (standing.by_lot, BY_LOT)) if said]
    if standing.new_items:
        lines.append(f"- {standing.new_items} items came after the first wave and are not used yet.")
    return "\n".join(lines)


def _cut_line(cuts):
    error = cuts["standard_error"].astype(float)
    if error.isna().any():
        return "Some cuts come without a standard error: intervals take them as exact and are too narrow."
    return (
        f"Levels begin where a panel put the cuts; their standard errors ({number(error.min(), 2)} to "
        f"{number(error.max(), 2)}) are in the intervals. A level is only as good as that panel."
    )
