"""What the report on adoption says in words: pure functions from results to sentences and tables of text."""

import numpy as np
import pandas as pd

from upskill.adoption.constructs import BARRIER, CHAIN
from upskill.adoption.teams import CONSENSUS, DIVIDED
from upskill.adoption.use import WEEKS
from upskill.numerals import number

# What leaders can do first, by construct, and on what that rests.
ACTIONS = {
    "psychological safety": ("Leaders speak first of an own failed try, and thank those who raise doubts",
                             "safety goes with learning in teams (Edmondson 1999; in software teams Buvik and Tkalich 2021)"),
    "awareness": ("Say in one page what AI is for here, and what it is not for", "a clear stance goes with better use (DORA 2025)"),
    "willingness": ("Let teams choose the first tasks themselves", "who expects a use intends to use it (Venkatesh and others 2003)"),
    "know-how": ("Start with the learning plan's courses for these roles", "the gaps that the assessment found"),
    "ability": ("Protect hours for practice on own code, with a coach", "skill fades without use (Tatel and Ackerman 2025)"),
    "confidence": ("Practice checking AI results against known answers", "felt and measured speed differ (METR 2025)"),
    "reinforcement": ("Name good use in reviews, by example and never by counts of use", "support goes with use (Venkatesh and others 2003)"),
    "time to learn": ("Put hours for learning into the calendar", "time, help and fitting tools go with use (Venkatesh and others 2003)"),
    "policy": ("Publish what may be given to which tool, with an owner for questions", "a clear stance goes with better use (DORA 2025)"),
    "tool fit": ("Work through the checklist on existing systems in this report", "time, help and fitting tools go with use (Venkatesh and others 2003)"),
    "worry about job security": ("Say what will not happen to jobs, and until when that holds", "our judgment, no study"),
    "worry about skill erosion": ("Keep tasks without AI in rotation, and assess without AI", "skill fades without use (Tatel and Ackerman 2025)"),
    "worry about accountability": ("Name who answers for a change that AI wrote: the person who merges it", "a clear stance goes with better use (DORA 2025)"),
    "worry about surveillance": ("State in writing what use data are for, and that nobody is judged by them", "our judgment, no study")}
CALLED = {"resistance": "willingness and worries", "skill gap": "skills", "support": "support and time", "integration": "tools and systems"}


def listed(names):
    """Join names as a reader would, between quotation marks.

    >>> listed(["a", "b", "c"])
    '“a”, “b” and “c”'
    """
    names = [f"“{name}”" for name in names]
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def span(low, high, digits=1):
    return f"{number(low, digits)} to {number(high, digits)}"


def first_sentence(means, moved, quality, safety):
    """Say how safe people feel, whether that changed, and how many answered; `safety`: text of the fact, or "" without."""
    answered = (f"{int(quality['respondents'])} people answered" if not np.isfinite(quality["invited"]) else
                f"{int(quality['respondents'])} of {int(quality['invited'])} answered")
    if not safety:
        return f"No item asks about psychological safety; {answered}."
    row = moved[moved["construct"] == "psychological safety"]
    change = ""
    if len(row):
        row = row.iloc[0]
        clear = row["low"] > 0 or row["high"] < 0
        change = (f", {'up' if row['change'] > 0 else 'down'} {number(abs(row['change']))} since the first round "
                  f"({span(row['low'], row['high'])})" if clear else
                  f", no clear change since the first round ({span(row['low'], row['high'])})")
    return f"{SAFE[side_of(means, 'psychological safety')]}: {safety} of 5{change}; {answered}."


# On which side of the middle of the scale the interval lies -> how the answer opens.
SAFE = {1: "People feel it is safe to learn", -1: "People do not feel safe to learn", 0: "Whether people feel safe to learn cannot be told"}


def side_of(means, construct):
    """Return 1 where a construct lies clearly above the middle of the scale, -1 clearly below, 0 where that cannot be told."""
    row = means[means["construct"] == construct].iloc[0]
    return int(row["low"] > BARRIER) - int(row["high"] <= BARRIER)


def second_sentence(barriers, point):
    """Say what holds people back, and where readiness stops."""
    held = barriers[barriers["holds_back"]]
    if held.empty:
        text = "Nothing clearly holds people back: no topic stands on the wrong side of the middle of its scale"
    else:
        names = [f"{row.construct} ({CALLED[row.called]})" for row in held.head(3).itertuples()]
        text = f"Most in the way: {' and '.join(names[:2]) if len(names) < 3 else ', '.join(names[:2]) + ' and ' + names[2]}"
        text += "" if (held["low"] > 5 - BARRIER).any() else ", though none clearly: they stand about the middle of the scale"
    if point is None:
        return text + "."
    stage, sure = point
    if stage is None:
        return text + f". All stages of readiness stand above the middle of the scale{'' if sure == 'clear' else ', not all of them clearly'}."
    return text + f". Readiness stops at “{stage}”" + ("." if sure == "clear" else ", which cannot be told apart from its neighbors.")


def third_sentence(barriers):
    """Say what leaders should do first."""
    known = [row for row in barriers.itertuples() if row.construct in ACTIONS]
    if not known:
        return "What to do first cannot be said from these topics."
    return f"First: {lower_first(ACTIONS[known[0].construct][0])}."


def lower_first(text):
    return text[0].lower() + text[1:]


def construct_texts(means, moved):
    """Return constructs as a table of text, in the order of the figure: high is good, the highest first, then worries, the least first."""
    changes, worry = moved.set_index("construct"), means["kind"].eq("worry")
    ordered = means.assign(worry=worry, place=means["mean"].where(worry, -means["mean"])).sort_values(["worry", "place"], kind="stable")
    rows = []
    for row in ordered.itertuples():
        change = changes.loc[row.construct] if row.construct in changes.index else None
        rows.append({"Topic": row.construct, "People": row.people, "Mean, 1 to 5": f"{number(row.mean)} ({span(row.low, row.high)})",
                     "Agree": f"{100 * row.favorable:.0f} %",
                     "Since the first round": "–" if change is None else f"{number(change['change'])} ({span(change['low'], change['high'])})"})
    table = pd.DataFrame(rows)
    return table if len(changes) else table.drop(columns="Since the first round")


def barrier_texts(barriers, most=6):
    """Return the first barriers with what to do and on what that rests."""
    rows = [{"Barrier": row.construct, "Kind": CALLED[row.called], "In the way": f"{number(row.hindrance)} ({span(row.low, row.high)})",
             "Do first": ACTIONS.get(row.construct, ("ask people why", ""))[0], "Rests on": ACTIONS.get(row.construct, ("", "own answers"))[1]}
            for row in barriers.head(most).itertuples()]
    return pd.DataFrame(rows, columns=["Barrier", "Kind", "In the way", "Do first", "Rests on"])


def chain_texts(means, point):
    """Return the readiness chain as a table of text."""
    known = means.set_index("construct")
    rows = [{"Stage": stage.capitalize(), "People": int(known.loc[stage, "people"]),
             "Mean, 1 to 5": f"{number(known.loc[stage, 'mean'])} ({span(known.loc[stage, 'low'], known.loc[stage, 'high'])})",
             "Where it stops": "← here" if point and stage == point[0] else ""} for stage in CHAIN if stage in known.index]
    table = pd.DataFrame(rows, columns=["Stage", "People", "Mean, 1 to 5", "Where it stops"])
    return table if table["Where it stops"].any() else table.drop(columns="Where it stops")


def team_texts(table):
    """Return teams by name as a table of text; a team without consensus has no mean."""
    shown = {CONSENSUS: lambda row: f"{number(row.value)} ({span(row.low, row.high)})", DIVIDED: lambda row: "opinions differ: no mean"}
    rows = [{"Team": row.team, "People": row.people, "Safety, 1 to 5": shown[row.state](row) if row.state in shown else "",
             "Agreement": number(row.agreement, 2) if row.state in shown else "",
             "By chance": number(row.by_chance, 2) if row.state in shown else ""} for row in table.itertuples()]
    return pd.DataFrame(rows, columns=["Team", "People", "Safety, 1 to 5", "Agreement", "By chance"])


def read_teams(table):
    """Say whether teams differ, and how many may be shown."""
    correlations = table.attrs.get("correlations")
    shown = int((table["state"] == CONSENSUS).sum())
    text = f"{shown} of {len(table)} teams have enough answers, and agree enough, for a mean."
    if correlations is None:
        return text
    share, reliable = correlations.loc["icc1"], correlations.loc["icc2", "value"]
    text += (f" {100 * share['value']:.0f} % ({100 * max(share['low'], 0):.0f} % to {100 * share['high']:.0f} %) of the differences between "
             f"people are differences between teams")
    return text + (f"; of the differences between teams' means {100 * reliable:.0f} % are more than chance." if reliable >= 0.7 else
                   f"; only {100 * max(reliable, 0):.0f} % of the differences between teams' means are more than chance, so no team's mean should be read for itself.")


def stage_texts(stages, use):
    """Return practice by stage as a table of text; `use`: as from `use_by_stage`, which adds a column where there is any."""
    table = pd.DataFrame({"Stage": stages["stage"].str.capitalize(), "People": stages["people"],
                          "At target, by assessment": [f"{share(row.at_target)} ({percents(row.low, row.high)})" for row in stages.itertuples()],
                          "By their own word": ["–" if pd.isna(said) else share(said) for said in stages["said"]]})
    used = use.set_index("stage")["share"] if len(use) else pd.Series(dtype=float)
    texts = ["–" if stage not in used.index else "too few" if pd.isna(used[stage]) else share(used[stage]) for stage in stages["stage"]]
    return table.assign(**{"Used a tool for it": texts}) if len(use) else table


def share(value):
    return f"{100 * value:.0f} %"


def percents(low, high):
    return f"{share(low)} to {share(high)}"


def stage_title(stages):
    """Say at which stage practice has arrived most and least, where they can be told apart."""
    most, least = stages.loc[stages["at_target"].idxmax()], stages.loc[stages["at_target"].idxmin()]
    if most["low"] <= least["high"]:
        return f"AI has arrived to {share(least['at_target'])} to {share(most['at_target'])} of what roles need; which stage leads cannot be told"
    return (f"AI has arrived most in “{most['stage']}” ({share(most['at_target'])} of what roles need is there) and least in "
            f"“{least['stage']}” ({share(least['at_target'])})")


def stage_alt(stages):
    """Say the bars in words and numbers."""
    return "Share of what roles need that is there, by stage, with 90 % intervals. " + "; ".join(
        f"{row.stage}: {share(row.at_target)} ({percents(row.low, row.high)}) by assessment" + ("" if pd.isna(row.said) else f", {share(row.said)} by own word")
        for row in stages.itertuples()) + "."


def read_stage_use(use, tools, recorded):
    """Say how many used a tool that is made for a stage, and what that cannot tell; `recorded`: whether use of tools is recorded."""
    if not recorded:
        return "Use of the tools is not recorded, so it cannot be held against the practice."
    if not tools:
        return ("Usage data do not tell at which stage a tool was used. Name under `tools` in program.yml what each is made for, and its use "
                "stands here beside the practice.")
    if use.empty:
        return "None of the tools named under `tools` in program.yml has any use recorded in the last weeks."
    shown = use.dropna(subset=["share"])
    lead = (f"In a mean week of the last {WEEKS}, {share(shown['share'].max())} of {int(shown['people'].iloc[0])} people used a tool made for "
            f"{listed(shown.loc[shown['share'] == shown['share'].max(), 'stage'])}. " if len(shown) else
            "Too few people use such a tool, or too few do not, to show how many. ")
    return lead + "Usage data say which tool was used, not at which stage; use alone does not make practice, and no use rules it out."


def read_use(together, use):
    """Say how climate goes with use of the tool, and that this is no cause."""
    if use.empty:
        return "Use of the tools by team is not recorded, so nothing can be said of how it goes with the climate."
    text = (f"In a mean week of the last {WEEKS}, {100 * use.mean():.0f} % of licensed people were active"
            f"{f' (mean of {len(use)} teams)' if len(use) > 1 else ''}. ")
    clear = together[together["p_value"] < 0.05]
    if together.empty:
        return text + "Too few teams to say how the climate goes with it."
    if clear.empty:
        return text + f"None of {len(together)} topics clearly goes with it across teams."
    first = clear.loc[clear["correlation"].abs().idxmax()]
    direction = "more" if first["correlation"] > 0 else "less"
    return (text + f"Across {int(first['teams'])} teams, those with a higher mean on “{first['construct']}” use it {direction}. "
            f"That is no cause: who uses a tool may come to feel so, or something else moves both; of "
            f"{len(together)} topics looked at, chance alone would show {number(0.05 * len(together))} that seem to go with it.")


def quality_sentences(quality, safe_share):
    """Say how far the answers can be trusted; `safe_share`: (share, low, high) if all who kept silent agreed or disagreed."""
    parts = []
    if np.isfinite(quality["response"]):
        parts.append(f"{100 * quality['response']:.0f} % answered; if all who did not felt unsafe, or all safe, the share who agree that it "
                     f"is safe would lie between {100 * safe_share[1]:.0f} % and {100 * safe_share[2]:.0f} % (answered: {100 * safe_share[0]:.0f} %).")
    else:
        parts.append("How many were asked is not known, so those who kept silent cannot be accounted for.")
    if np.isfinite(quality["straight_lined"]):
        parts.append(f"{few(quality['straight_lined'], quality)} gave the same answer to everything, though some items are turned around.")
    if np.isfinite(quality["contradicting"]):
        parts.append(f"{few(quality['contradicting'], quality)} contradicted themselves within one topic.")
    return " ".join(parts)


def few(share, quality):
    """Write a share of those who answered so that it says nothing of single people; `quality`: as from `response_quality`.

    >>> few(0.01, {"respondents": 100, "smallest": 5}), few(0.2, {"respondents": 100, "smallest": 5}), few(0.2, {"respondents": 10, "smallest": 5})
    ('Fewer than 5 people', '20 %', 'Fewer than 5 people')
    """
    people, smallest = share * quality["respondents"], quality["smallest"]
    if people < smallest - 0.5:
        return f"Fewer than {smallest:.0f} people"
    return f"{100 * share:.0f} %" if quality["respondents"] - people > smallest - 0.5 else f"All but fewer than {smallest:.0f} people"


def theme_texts(feedback, smallest):
    """Return free comments counted by theme: Theme, People; themes of fewer than `smallest` people together."""
    rows = feedback.dropna(subset=["theme"]).groupby("theme")["respondent_id"].nunique().sort_values(ascending=False)
    return pd.DataFrame({"Theme": rows.index, "People": rows.to_numpy()}), int((rows >= smallest).sum())


def method_numbers(answers, together):
    """Say how much was asked, and how closely climate and use go together, for who knows the measure."""
    text = f"{int(answers.asked.sum())} items on {len(answers.asked)} topics; waves: {', '.join(answers.waves)}."
    if together.empty:
        return text
    first = together.loc[together["p_value"].idxmin()]
    return (f"{text} Climate and use by team: rank correlations, p values by permutation; the clearest of {len(together)}: {first['construct']}, "
            f"{number(first['correlation'], 2)} (p = {number(first['p_value'], 3)}, not corrected for the number looked at).")
