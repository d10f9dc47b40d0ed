"""What the pilot's report shows: the answer, cards, the gap by week, tables, facts."""

from dataclasses import replace

import numpy as np
import pandas as pd

from upskill import show
from upskill.data import NotEnoughData
from upskill.kpi.pilot import closing, feedback, words
from upskill.kpi.pilot.amounts import effect_text, guardrail_text, size_text
from upskill.kpi.pilot.evaluation import evaluate, ruled_out
from upskill.kpi.pilot.facts import headline_facts
from upskill.kpi.pilot.groups import effects_by_group
from upskill.numerals import general, number

COLORS = show.COLORS
WIDEST = 52


def released(company):
    """Return the company with the pilot's tasks of those people whom the gate releases, and the reason where it releases none."""
    if "pilot_tasks" not in company:
        return company, ""
    tasks, reason = company["pilot_tasks"], ""
    try:
        kept = show.release("pilot, task times", tasks["person_id"].dropna().unique())
    except NotEnoughData as error:
        kept, reason = frozenset(), str(error)
    tables = dict(company.tables)
    tables["pilot_tasks"] = tasks[tasks["person_id"].isin(kept)]
    if not len(kept):
        del tables["pilot_tasks"]
    return replace(company, tables=tables), reason


def evaluation_of(company, seed, margin=None, team=""):
    """Return the Evaluation of a released company, or of one team of it."""
    return evaluate(company, seed=seed, margin=margin or None, team=team)


# --- the answer


def headline(found):
    """Say the verdict with the size of the effect and what it rests on."""
    if found.primary is None:
        tasks = found.tasks
        return (f"{found.headline}: time on tasks {show.fact_text(tasks.relative, tasks.low, tasks.high, 'percent change')}, "
                f"{tasks.drawn[0]} tasks drawn into the training against {tasks.drawn[1]} done as before, {tasks.people} people.")
    return (f"{found.headline}: {lower(found.primary.title)} {effect_text(found.primary)}, {found.teams} trained {'team' if found.teams == 1 else 'teams'} "
            f"against {found.controls} not yet trained, over {found.weeks} weeks.")


def lower(title):
    """Begin in small letters, but for abbreviations."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]


def bounds_text(found):
    """Say which gains and losses the interval rules out."""
    low, high, better, scale = ((found.primary.low, found.primary.high, found.primary.better, found.primary.scale) if found.primary
                                else (found.tasks.low, found.tasks.high, "lower", "log"))
    if not np.isfinite([low, high]).all():
        return "Nothing is ruled out yet."
    gain, loss = ruled_out(low, high, better)
    parts = [f"gains above {size_text(gain, scale)}" if gain > 0 else "any gain",
             f"losses above {size_text(loss, scale)}" if loss > 0 else "any loss"]
    alone = "" if found.may_say_caused else ", as far as this comparison goes"
    return f"Ruled out{alone}: {parts[0]}, {parts[1]}."


def show_answer(found):
    """Show the answer in three sentences."""
    show.answer(headline(found), f"May we say that the training did it? {words.caused_text(found)}",
                f"{bounds_text(found)} {closing.surer_text(found)}".strip())


def show_rule(found):
    """Show rule, guardrails and what people felt."""
    lines = [words.rule_text(found)]
    if found.guardrails:
        lines.append("Guardrails: " + "; ".join(guardrail_text(one, found.primary.known) for one in found.guardrails) + ".")
    elif found.primary is None:
        lines.append(f"Teams cannot be compared: {found.teams_reason}")
    show.say("\n".join(f"- {line}" for line in lines))


def show_cards(found):
    """Show the headline numbers as cards."""
    cards = []
    if found.primary:
        cards.append((found.primary.title, effect_text(found.primary, interval=False), found.verdict, "", "pilot.effect"))
    cards += [(one.title, effect_text(one, interval=False), one.safety, "", f"pilot.guardrail.{one.name}") for one in found.guardrails]
    tasks = found.tasks
    if tasks:
        cards.append(("Time on drawn tasks", show.format_number(tasks.relative, "percent change"), tasks.verdict, "",
                      "pilot.task_time_change"))
        if tasks.felt:
            cards.append(("Change that people felt", show.format_number(tasks.felt.change, "percent change"),
                          f"measured {show.format_number(tasks.relative, 'percent change')}", "", "pilot.felt_change"))
        drawn = sum(tasks.drawn)
        done = drawn * (1 - np.average(tasks.unfinished, weights=tasks.drawn) - np.average(tasks.withheld, weights=tasks.drawn))
        withheld = drawn * np.average(tasks.withheld, weights=tasks.drawn)
        cards.append(("Tasks done", f"{done:.0f} of {drawn}", f"{withheld:.0f} withheld"))
    if found.settle and found.primary:
        cards.append(("Smallest effect it can find", size_text(abs(found.settle.detectable), found.primary.scale),
                      "in 80 of 100 cases", "", "pilot.smallest_detectable_effect"))
    show.cards(cards)


# --- facts


def record_facts(found):
    """Record every headline number with its interval."""
    people = {"pilot.task_time_change": found.tasks.people} if found.tasks else {}
    if found.tasks and found.tasks.felt:
        people |= dict.fromkeys(("pilot.felt_change", "pilot.felt_gap"), found.tasks.felt.people)
    texts = {f"pilot.guardrail.{one.name}": effect_text(one) for one in found.guardrails}
    texts |= {"pilot.may_say_caused": "yes" if found.may_say_caused else "no"}
    texts |= {"pilot.effect": effect_text(found.primary)} if found.primary else {}
    for fact in headline_facts(found):
        is_count = not fact.has_interval and fact.unit in ("", "weeks", "people")
        show.fact(fact.name, fact.value, fact.low, fact.high, level=found.level, unit=fact.unit, better=fact.better,
                  digits=0 if is_count else None, text=texts.get(fact.name), group_size=people.get(fact.name))


# --- the gap by week


def gap_figure(found):
    """Draw the gap between pilot and comparison teams by week since the start."""
    events = found.primary.effect.event_study
    length, is_log = found.primary.outcome.length, found.primary.outcome.is_log
    events = events[(events["event_time"] * length).between(-WIDEST, WIDEST)]
    scale = (lambda x: 100 * np.expm1(x)) if is_log else (lambda x: 100 * np.asarray(x))
    figure, axes = show.new_figure(7.2, 3.2)
    weeks, value, low, high = (events["event_time"] * length, *(scale(events[name].clip(-3, 3)) for name in ("value", "low", "high")))
    after = events["is_after"].astype(bool)
    for mask, color in ((~after, COLORS.grey), (after, COLORS.blue)):
        axes.vlines(weeks[mask], low[mask], high[mask], color=color, linewidth=0.8)
        axes.plot(weeks[mask], value[mask], "o", color=color, markersize=3.5)
    one = found.primary
    if one.known:
        mean, bottom, top = (100 * end for end in (one.value, one.low, one.high))
        show.band(axes, [0, weeks.max()], bottom, top)
        axes.plot([0, weeks.max()], [mean, mean], color=COLORS.blue, linewidth=1.6)
        axes.annotate(f"on average {effect_text(one, interval=False)}", (weeks.max(), mean), xytext=(4, 0),
                      textcoords="offset points", color=COLORS.blue, fontsize=9, va="center", annotation_clip=False)
    axes.axhline(0, color=COLORS.ink, linewidth=0.8)
    axes.axvline(0, color=COLORS.orange, linewidth=1.2)
    axes.annotate("training starts", (0, 1), xycoords=("data", "axes fraction"), xytext=(3, -2), textcoords="offset points",
                  color=COLORS.orange, fontsize=9, va="top")
    axes.set_ylim(1.15 * min(np.nanquantile(low, 0.05), -5), 1.15 * max(np.nanquantile(high, 0.95), 5))
    axes.set_xlabel("weeks since a team's training started (before it: the same comparison, where no effect can be)")
    axes.set_ylabel("gap, %" if is_log else "gap, points")
    return figure


def show_gap(found):
    """Show the gap by week, with what it says."""
    if found.primary is None or found.primary.effect is None or found.primary.effect.event_study.empty:
        show.say("No figure: teams that started cannot be compared with teams that did not.")
        return
    one, effect = found.primary, found.primary.effect
    title = f"{one.title} in trained teams against comparison teams: {effect_text(one)} on average since the start"
    events = effect.event_study[effect.event_study["is_after"].astype(bool)]
    alt = (f"Gap by week since the start, {len(events)} points with intervals; on average {effect_text(one)}. "
           f"{before_text(effect)}")
    show.figure(gap_figure(found), title, alt, "gap_by_week",
                source=f"{found.teams} trained teams, {found.controls} not trained yet; bars and band: 90 %", group_size=False)
    show.say(before_text(effect))


def before_text(effect):
    """Say whether the groups moved apart before the start already."""
    before = effect.pre_trend
    if before is None:
        return "Whether the groups moved apart before the start cannot be tested: there are too few weeks."
    moved = before["p_value"] < 0.10
    return ("Before the start the groups had moved apart already: the gap since is not of the training alone." if moved else
            "Before the start no clear gap shows: the same comparison, made where no effect can be, finds none.")


# --- tasks, people, feedback


def show_tasks(found):
    """Show what the drawn tasks say, with bounds and the felt change."""
    tasks = found.tasks
    if tasks is None:
        show.say(f"No task-level pilot: {found.tasks_reason}")
        return
    lines = [tasks.sentence, attrition_text(tasks)]
    if tasks.felt:
        felt = tasks.felt
        size = show.fact_text(100 * felt.gap, 100 * felt.gap_low, 100 * felt.gap_high, "points", digits=0)
        held = felt.gap_high < 0 or felt.gap_low > 0
        measured = show.fact_text(tasks.relative, tasks.low, tasks.high, "percent change")
        lines.append(f"People felt a change of {show.fact_text(felt.change, felt.low, felt.high, 'percent change')} on trained tasks; "
                     f"measured {measured}; felt less measured: {size}. "
                     f"{'What people feel is not what the clock says.' if held else 'The two cannot be told apart.'}")
    show.say("\n\n".join(lines))


def attrition_text(tasks):
    """Say how many tasks were not done, and how far that could move the effect."""
    shares = [f"{100 * tasks.unfinished[i] + 100 * tasks.withheld[i]:.0f} %" for i in (0, 1)]
    text = (f"Of {tasks.drawn[0]} tasks drawn into training {shares[0]} were withheld or left unfinished, of {tasks.drawn[1]} others "
            f"{shares[1]}.")
    if tasks.worst is None:
        return text
    bound = tasks.worst
    ends = show.interval_text(bound.lowest, bound.highest, "percent change")
    return f"{text} Had these been the slowest in one group and the fastest in the other, the change would be anywhere from {ends}."


def show_groups(company, found):
    """Show effects on tasks by role and seniority."""
    smallest = company.settings.minimum_group_size
    if found.tasks is None:
        return
    table = effects_by_group(company, company["pilot_tasks"], found.level, smallest)
    if table.empty:
        show.say(f"No role or seniority has {smallest} people in the pilot: who gained more cannot be said.")
        return
    texts = [show.fact_text(row.value, row.low, row.high, "percent change") for row in table.itertuples()]
    frame = pd.DataFrame({"Group": table["group"], "People": table["people"], "Tasks": table["tasks"], "Change in time": texts,
                          "Clear": ["yes" if value < 0.10 else "no" for value in table["adjusted"]]})
    clear = int((table["adjusted"] < 0.10).sum())
    show.table(frame, "Change of time on tasks by role and seniority", "effects_by_group", group_size="People",
               note=f"Clear: even though {len(table)} groups were asked about, of which chance alone shows some. Groups overlap.")
    show.say(f"{clear or 'None'} of {len(table)} groups clearly differ{'s' if clear == 1 else ''} from no change. Differences between groups were not drawn "
             "by lot: they describe, they do not explain.")


def show_feedback(company):
    """Show scores by week and themes, and what the next iteration changes."""
    try:
        scores = feedback.scores_by_week(company)
    except NotEnoughData as error:
        show.say(f"No feedback: {error}")
        return
    frame = pd.DataFrame({"Week": scores["week"].astype(str), "People": scores["people"],
                          "Mean score": [f"{number(row.score, 1)} ({number(row.low, 1)} to {number(row.high, 1)})" for row in scores.itertuples()]})
    show.table(frame, "What participants answered, by week of the training", "feedback_by_week", group_size="People",
               note="Mean over people of their answers.")
    named = feedback.themes(company)
    if len(named):
        show.table(pd.DataFrame({"Theme": named["theme"], "People": named["people"]}), "Themes of comments, counted", "themes",
                   group_size="People", note="Coded by an analyst; comments are never printed.")
    show.say(feedback_text(company, named))


def feedback_text(company, named=None):
    """Say what participants named most, and what the next iteration changes."""
    try:
        named = feedback.themes(company) if named is None else named
    except NotEnoughData:
        return "Participants were not asked."
    if named.empty or named["people"].iloc[0] < company.settings.minimum_group_size:
        return "No theme was named by enough people to be told."
    first, changes = named.iloc[0], feedback.next_iteration(company)
    said = f"Participants named “{first['theme']}” most ({first['people']} people)"
    change = changes.get(str(first["theme"]))
    if change:
        return f"{said}; next iteration: {change}."
    return f"{said}. What the next iteration changes is not written down (program.yml, pilot, next_iteration)."


def show_context(found, company):
    """Show what else happened, and what participants said."""
    smallest = company.settings.minimum_group_size
    lines = [words.context_text(found.context, smallest), words.bundle_text(found.context),
             words.spill_text(found.context, smallest) if found.primary else "", feedback_text(company)]
    show.say("\n".join(f"- {line}" for line in lines if line))


def entered_text(found, entered):
    """Compare a result that was entered by hand with what the tables say."""
    if entered is None or found.tasks is None:
        return ""
    by_hand = show.fact_text(entered.change_in_time, entered.low, entered.high, "percent change")
    ours = show.fact_text(found.tasks.relative, found.tasks.low, found.tasks.high, "percent change")
    same = abs(entered.change_in_time - found.tasks.relative) <= 0.01
    return (f"The money model uses what was entered by hand (`pilot: result:`): {by_hand}. The tables say {ours}: "
            f"{'the same' if same else '**not the same**; correct the entry or say why it differs'}.")


# --- methods


def show_methods(found):
    """Show how the estimate was made, and folded at the end what other methods would have said."""
    if found.primary is None or found.primary.effect is None:
        show.say("Teams were not compared, so no method was chosen.")
        return
    effect, outcome = found.primary.effect, found.primary.outcome
    reasons = "\n".join(f"- {capital(words.of_teams(reason))}." for reason in (*effect.why, *effect.reasons, *effect.notes)).replace("%", " %")
    show.say(f"One value per team and {'week' if outcome.length == 1 else f'{outcome.length} weeks'}. "
             f"{number(effect.assignments, 0)} {'possible' if effect.exact else 'drawn'} assignments of starts were compared.\n\n{reasons}")
    if effect.design.assignment == "lottery":
        show.say("Starts drawn by lot leave no reason for a drift but chance, which the interval holds.")
    elif effect.sensitivity is not None:
        table = effect.sensitivity.table
        frame = pd.DataFrame({"Drift since, times the largest before": [general(size) for size in table.iloc[:, 0]] if "low" in table
                              and len(table.columns) > 2 else [general(size) for size in table.index],
                              "Effect from": _back(table["low"], outcome), "to": _back(table["high"], outcome)})
        show.table(frame, "What the effect would be if the groups had drifted apart", "sensitivity", group_size=False,
                   note="Starts were not drawn by lot, so the groups may have been on different ways before.")


def show_others(found):
    """Show what other usual methods would have said; none of it is a fact of this report."""
    if found.primary is None or found.primary.effect is None:
        return
    table, outcome = found.primary.effect.other_methods, found.primary.outcome
    frame = pd.DataFrame({"Method": table["method"], "Effect": _back(table["value"], outcome), "from": _back(table["low"], outcome),
                          "to": _back(table["high"], outcome), "p": table["p_value"].map(_p_text), "Why not used": table["why_not"]})
    show.table(frame, "What other methods would have said (shown, never used)", "other_methods", group_size=False, folded=True)


def _p_text(value):
    return "none" if not np.isfinite(value) else f"under {number(0.001, 3)}" if value < 0.001 else number(value, 3)


def capital(text):
    return text[:1].upper() + text[1:]


def _back(values, outcome):
    """Write effects on the scale of the analysis as percent or points."""
    def cell(value):
        if not np.isfinite(value):
            return "none"
        if outcome.is_log:
            return show.format_number(np.expm1(value), "percent change", 0)
        return f"{100 * value:+.1f} points".replace("-", "−")
    return [cell(value) for value in values]


def show_task_methods(found):
    """Show how the effect on tasks was made."""
    tasks = found.tasks
    if tasks is None:
        return
    spread = " and on the logarithm of the forecast" if tasks.with_forecast else ""
    show.say(f"Tasks: least squares of the logarithm of minutes on the arm{spread}; errors clustered by person (CR2, "
             f"{number(tasks.degrees, 1)} degrees of freedom after Bell and McCaffrey). p = {number(tasks.p_value, 3)}; with the arms drawn anew "
             f"within people, p = {number(tasks.permutation_p_value, 3)}.")


def worth_text(best, currency):
    """Say what a further pilot is worth and costs."""
    if best is None:
        return "No further pilot of teams drawn by lot is worth its cost before the decision: what it would tell would not change it."
    worth, cost, net = (show.format_number(best[name], currency) for name in ("worth", "cost", "net"))
    return (f"A further pilot with {best['engineers']:.0f} engineers in training, and as many teams without, is worth {worth} and costs "
            f"{cost}: it leaves {net}.")
