"""The page: decision, rule and doubt, then what they rest on; each number leads to the report that proves it."""

from upskill import kpi, numerals, show
from upskill.adoption import figures as adoption_figures
from upskill.data import decision_owner, next_gate
from upskill.data.registration import registration
from upskill.kpi import figures as kpi_figures
from upskill.kpi import tracking
from upskill.kpi.amounts import change_text, change_words, format_level
from upskill.kpi.change import Change
from upskill.kpi.pilot import figures as pilot_figures
from upskill.kpi.pilot import ruled_out
from upskill.kpi.pilot.evaluation import HEADLINES, PRIMARY
from upskill.kpi.pilot.figures import lower
from upskill.kpi.tracking import Tracked
from upskill.kpi.words import names_of
from upskill.roadmap import watch
from upskill.roadmap.rules import chance_of_gain, limits_in
from upskill.roadmap.words import hundred as in_hundred
from upskill.skills import figures as skill_figures
from upskill.summary import decision as rules
from upskill.summary import evidence as facts_of
from upskill.summary.evidence import REPORTS, option_names
from upskill.summary.program import domain_name, has_gates, people_waiting, risks, role_name, trained_teams
from upskill.summary.words import NAMES, address, capitalized, hundred, listed, one_line, proof, report_link

LEADS = ("Where we stand", "Did the pilot work?", "How delivery moved", "Cost", "Build, buy, mix", "Risks", "How sure are we?",
         "What to do next")
STATES = {rules.MET: "met", rules.NOT_MET: "not met", rules.OPEN: "neither clearly met nor missed"}
TRIGGERS = {rules.MET: "reached", rules.NOT_MET: "not reached", rules.OPEN: "cannot be told"}
URGENT = (rules.MET, rules.OPEN, rules.UNREAD, rules.NOT_MET)
MOST_RISKS, MOST_NAMES, MOST_BETTER, MOST_STEPS = 3, 3, 2, 4
SHORT = {"name": 60, "owner": 30, "contingency": 70}


def number(fact, digits=None, interval=True):
    """Write a fact's value, with its interval where it has one of some width."""
    if not interval or not fact.has_interval or fact.low == fact.high:
        ends = [abs(end) for end in (fact.value, fact.low, fact.high) if end is not None]
        return show.format_number(fact.value, fact.unit, digits, max(ends, default=None))  # on the scale of its interval, which may stand beside it
    return show.fact_text(fact.value, fact.low, fact.high, fact.unit, digits)


def money(program):
    """Return how an amount of money is written in the currency of a program."""
    return lambda amount: show.format_number(amount, program.settings.currency)


def pilot_amount(fact):
    """Write an effect of the pilot with its interval: percent, or points."""
    if fact.unit == "percent change":
        return number(fact)
    text = [f"{'−' if value < 0 else '+'}{numerals.number(abs(value), 1)}" for value in (fact.value, fact.low, fact.high) if value is not None]
    return f"{text[0]} points" + (f" ({text[1]} to {text[2]})" if len(text) > 1 else "")


class Page:
    """All sentences of the summary, from the evidence and the settings of a program."""

    def __init__(self, evidence, program):
        self.evidence, self.program = evidence, program
        self.today = f"{program.as_of:%Y-%m-%d}" if program.as_of == program.as_of else ""
        self.gate = next_gate(program.settings.roadmap, self.today)
        self.trained = bool(trained_teams(program))
        self.waiting = people_waiting(program)
        self.verdicts = rules.verdicts(evidence)
        self.decision = rules.decide(evidence, self.gate, self.trained)

    @property
    def paragraphs(self):
        """Return (lead, text) of each part of the page."""
        texts = (self.standing(), self.pilot(), f"{self.delivery()} {self.people()}".strip(), self.cost(), self.options(), self.risks(), self.trust(), self.next())
        return [(lead, text) for lead, text in zip(LEADS, texts, strict=True) if text]

    @property
    def markdown(self):
        return "\n\n".join(f"**{lead}{'' if lead.endswith('?') else '.'}** {text}" for lead, text in self.paragraphs)

    # --- the answer

    def answer(self):
        """Return the sentences of the answer: the decision, the rule behind it, the doubt."""
        return [f"{self._decision()}.", f"Rule: {self._rule()} {self._worth()}".strip(), f"Doubt: {self._doubt()}"]

    def _decision(self):
        kind = self.decision.kind
        if kind == rules.NO_CASE:
            return "No recommendation: the money model cannot be made from these data"
        if self.waiting == 0:
            return {rules.GO_ON: "Go on: the training may be extended", rules.STOP: "Stop: do not extend the training",
                    rules.FIND_OUT: "Not yet: do not extend the training"}[kind]
        return {rules.GO_ON: "Go on: train", rules.STOP: "Stop: do not train",
                rules.FIND_OUT: "Not yet: do not start to train"}[kind] + f" {self._asked()}"

    def _asked(self):
        if self.waiting is None:
            return "more engineers" if self.trained else self._heads()
        if self.waiting == self.evidence.value("roi.engineers"):
            return self._heads()
        smallest = self.program.settings.minimum_group_size
        return f"the remaining {self.waiting} engineers" if self.waiting >= smallest else "the remaining engineers"

    def _heads(self):
        heads = self.evidence.value("roi.engineers")
        return "engineers" if heads is None else f"{show.format_number(heads, digits=0)} engineers"

    def _rule(self):
        """Say which rule decides, and where it stands."""
        if self.gate is None:
            none = "no gate of the roadmap lies ahead" if has_gates(self.program) else "no gate is set"
            return f"{none}; write a date and a rule into program.yml (roadmap, gates). Until then: {self._money_rule()}"
        name, words = one_line(self.gate.get("name")), one_line(self.gate.get("rule"))
        where = (f"{self.gate['on']}, {name}" if name else self.gate["on"]) + self._date_holds()
        if not words:
            return f"the next gate ({where}) has none; write it now. Until then: {self._money_rule()}"
        watched = watch(self.gate.get("rule"), self.evidence)
        if watched.state == rules.UNREAD:
            gap = "the reports measure only a part of it" if watched.fact else "no report measures that"
            return f"“{words}” ({where}); {gap}. Until then: {self._money_rule()}"
        stands = f"“{words}” ({where}); now {self._now(watched)}: {STATES[watched.state]}."
        return f"{stands} {self._worse()}".strip()

    def _date_holds(self):
        """Say how probable it is that the gate can be held on its day."""
        chance = self.evidence.value("roadmap.chance_of_gate_date")
        return "" if chance is None else f"; chance of making the date {proof(in_hundred(chance), 'roadmap')}"

    def _money_rule(self):
        worth = self.evidence.facts.get("roi.net_present_value")
        rule = "go on only if the whole interval of the net value lies above zero"
        if worth is None or not worth.has_interval:
            return f"{rule}."
        return " ".join(filter(None, [f"{rule}: {'it does' if worth.low > 0 else 'it does not'}.", self._worse()]))

    def _worse(self):
        if self.decision.why == "pilot":
            return f"And nothing goes on while the pilot says that {proof('something got worse', 'pilot')}."
        if self.decision.why != "delivery":
            return ""
        worse = [self.tracked(fact) for fact in rules.worsened(self.evidence)]
        return f"And nothing goes on while delivery is worse: {proof(names_of(worse), 'kpi')}."

    def _now(self, watched):
        """Write where a watched fact stands, linked to its report."""
        fact, limits = watched.fact, limits_in(watched.words)
        if fact.name == "roi.chance_of_loss":
            return proof(f"{hundred(fact.value, limits)} of 100", "roi")
        if fact.name == "summary.chance_of_gain":
            loss = self.evidence.value("roi.chance_of_loss")
            return f"{hundred(fact.value, limits)} of 100 (a loss in {proof(f'{hundred(loss)} of 100', 'roi')})"
        return proof(format_level(fact.value, fact.unit), "kpi.changes")

    def _worth(self):
        worth, loss = (self.evidence.facts.get(f"roi.{name}") for name in ("net_present_value", "chance_of_loss"))
        if worth is None or worth.value is None or loss is None:
            return ""
        by_gate = self.gate and watch(self.gate.get("rule"), self.evidence).fact
        chance = f", a loss in {proof(f'{hundred(loss.value)} of 100', 'roi')} futures"
        return (f"Training {self._counted()} is worth {proof(number(worth), 'roi')} net over {self._months()} months, "
                f"against “licenses stay, no training”{'' if by_gate else chance}.")

    def _counted(self):
        """Say whom the money model counts, where that is not whom the decision is about."""
        heads = self.evidence.value("roi.engineers")
        waits = f"all {self._heads()} (not only those who wait)"
        return waits if heads and self.waiting and heads > self.waiting else self._heads()

    def _months(self):
        horizon = self.program.settings.assumptions["horizon_months"].parameters.get("value")
        return show.format_number(horizon, digits=0)

    def _doubt(self):
        if self.decision.kind == rules.NO_CASE:
            return "nothing here says what training costs or brings; fill in the ten numbers of the money model first."
        first = "look into what got worse with the teams first; " if self.decision.why in ("delivery", "pilot") else ""
        ours = self.evidence.facts.get("roi.working_time_saving")
        assumed = f"we assume {proof(number(ours), 'roi.turns')}" if ours and ours.value is not None else "nobody knows ours"
        if "roi.break_even_working_time" not in self.evidence:
            return f"{first}at {proof('no saving of time', 'roi')} would it pay; {assumed}. Make it shorter or cheaper."
        needed = proof(number(self.evidence["roi.break_even_working_time"]), "roi.turns")
        on_work = self.evidence.value("roi.break_even_time_saving")
        on_work = f" ({show.format_number(on_work, 'share')} of the work it touches)" if on_work is not None else ""
        return (f"{first}it pays only if training saves at least {needed} of all working time{on_work} beyond what untrained colleagues save "
                f"with the same tool; {assumed}.")

    # --- where we stand

    def standing(self):
        """Say where people stand against their roles."""
        found = self.evidence
        if "skills" not in found:
            return self._absent("skills")
        assessed = f"{found.value('skills.assessed'):.0f} of {found.value('skills.people'):.0f}"
        text = f"{proof(assessed, 'skills')} engineers who were there at the last test took it."
        if "skills.domains_below_target" not in found:
            return f"{text} There are no targets or levels to hold them against."
        return " ".join(filter(None, [text, self._below(), self._widest()]))

    def _below(self):
        below, total, unknown = (round(self.evidence.value(f"skills.domains{end}") or 0)
                                 for end in ("_below_target", "", "_cannot_tell"))
        short = sorted(self._clear("skills.shortfall."), key=lambda fact: -fact.value)[:MOST_NAMES]
        names = listed(one_line(domain_name(fact.name.rsplit(".", 1)[1], self.program)) for fact in short)
        text = (f"In {proof(f'{below} of {total} domains', 'skills')} they are probably below what their roles need: "
                f"{names}" if below else
                f"In {proof(f'none of the {total} domains', 'skills')} are they clearly below what their roles need")
        where = "all of them" if unknown == total else unknown
        return f"{text}{f'; in {where} the test cannot tell' if unknown else ''}."

    def _clear(self, prefix):
        return [fact for fact in self.evidence.starting(prefix) if fact.has_interval and fact.low > 0]

    def _widest(self):
        """Name the role and domain furthest below target, and how many others could be."""
        groups = self.evidence.starting("skills.role_shortfall.")
        clear = self._clear("skills.role_shortfall.")
        if not clear:
            return ""
        fact = max(groups, key=lambda fact: fact.value)
        if fact not in clear:
            return ""
        domain, role = fact.name.split(".")[2:]
        gap = f"{show.format_number(fact.value, digits=1)} levels short"
        gap += f" ({show.interval_text(fact.low, fact.high, digits=1)})"
        rivals = sum(other.has_interval and other.high > fact.low for other in groups) - 1
        return (f"Widest gap of one role: {one_line(role_name(role, self.program))}, {one_line(domain_name(domain, self.program))}, "
                f"{proof(gap, 'skills')}{f'; {rivals} others may be as wide' if rivals > 1 else ''}.")

    # --- did the pilot work

    def pilot(self):
        """Say the pilot's verdict, whether it may be called caused, and what it rules out."""
        found = self.evidence
        if "pilot" not in found:
            return self._absent("pilot")
        fact = found.facts.get("pilot.effect") or found.facts.get("pilot.task_time_change")
        if fact is None or fact.value is None:
            return f"It {proof('cannot be told', 'pilot')}: teams that started could not be compared with others."
        size = pilot_amount(fact)
        rests = (f", {found.value('pilot.teams'):.0f} pilot against {found.value('pilot.comparison_teams'):.0f} comparison teams"
                 if fact.name == "pilot.effect" else f", {found.value('pilot.tasks'):.0f} drawn tasks")
        text = f"{self._pilot_verdict()}: {self._pilot_kpi(fact)} {proof(size, 'pilot')}{rests}."
        return " ".join(filter(None, [text, self._pilot_cause(), self._pilot_bounds(fact), self._felt()]))

    def _pilot_verdict(self):
        verdict = rules.pilot_verdict(self.evidence)
        total, safe = (self.evidence.value(f"pilot.guardrails{end}") for end in ("", "_safe"))
        if verdict == "improved" and self.evidence.value("pilot.guardrails_worse"):
            return "Faster, but quality got worse"
        if verdict == "improved" and total and safe < total:
            return f"Faster, but beside the comparison teams only {safe:.0f} of {total:.0f} guardrails {'is' if total == 1 else 'are'} shown safe"
        return HEADLINES[verdict]

    def _pilot_kpi(self, fact):
        if fact.name != "pilot.effect":
            return "time on tasks"
        name = registration(self.program.settings.pilot).primary_kpi or PRIMARY
        try:
            return lower(tracking.ways_to_compute(self.program, name)[0].title)
        except KeyError:
            return name.replace("_", " ")

    def _pilot_cause(self):
        if self.evidence.value("pilot.drift_explains"):
            return "Teams were not drawn by lot, and a small drift of their own would explain it."
        if self.evidence.value("pilot.changes_cut_smaller"):
            return "Changes only got smaller: whole work items are not shown to be done faster."
        caused = bool(self.evidence.value("pilot.may_say_caused"))
        if rules.pilot_verdict(self.evidence) not in ("improved", "worsened"):
            return "Starts were drawn by lot and the plan registered." if caused else ""
        return ("Starts were drawn by lot and the plan registered: the training caused it." if caused else
                "This is consistent with an effect of the training, not proof of one.")

    def _pilot_bounds(self, fact):
        if not fact.has_interval:
            return "Nothing is ruled out yet."
        gain, loss = ruled_out(fact.low, fact.high, fact.better)
        size = show.format_number if fact.unit == "percent change" else lambda value, _: f"{numerals.number(value, 1)} points"
        parts = [f"{name} above {size(value, 'share')}" if value > 0 else f"any {name.removesuffix('s').replace('losse', 'loss')}"
                 for name, value in (("gains", gain), ("losses", loss))]
        return f"Ruled out: {parts[0]}, {parts[1]}."

    def _felt(self):
        felt, measured = (self.evidence.facts.get(f"pilot.{name}") for name in ("felt_change", "task_time_change"))
        if felt is None or measured is None or felt.value is None:
            return ""
        return (f"On tasks drawn by lot people felt they took {show.format_number(abs(felt.value), 'share', 0)} {'less' if felt.value < 0 else 'more'} time; measured: "
                f"{proof(show.fact_text(measured.value, measured.low, measured.high, 'percent change'), 'pilot.tasks')}.")

    # --- how delivery moved

    def delivery(self):
        """Say how delivery moved, never why."""
        if "kpi" not in self.evidence:
            return self._absent("kpi")
        by_verdict = {}
        for fact in self._changes():
            by_verdict.setdefault(self.verdicts[fact.name], []).append(fact)
        if not by_verdict:
            return f"{proof('No indicator', 'kpi')} can be compared yet."
        worse, better = by_verdict.get("worsened", []), sorted(by_verdict.get("improved", []), key=_is_use)
        moved = [self._moved(fact) for fact in worse + better[:MOST_BETTER]]
        rest = better[MOST_BETTER:]
        more = sum(not _is_use(fact) for fact in rest)
        moved += [f"{more} more improved"] if more else []
        moved += ["AI tools are used more"] if any(map(_is_use, rest)) else []
        since = "Since training started" if self.trained else "In the latest weeks, against as many before"
        start = f"{since}, {'; '.join(moved) if moved else 'no indicator has clearly moved'}."
        why = "This says what moved, not what moved it."
        return " ".join(filter(None, [start, self._still(by_verdict), self._safety(), why]))

    def _changes(self):
        return [fact for fact in self.evidence.starting("kpi.") if facts_of.is_change(fact.name)]

    def tracked(self, fact):
        """Return an indicator as the delivery report has it, as far as its facts tell."""
        name = fact.name.removeprefix("kpi.").removesuffix("_change")
        definition, since = self.evidence.indicators[name], self._level(name)
        low, high = (fact.low, fact.high) if fact.has_interval else (float("nan"),) * 2
        change = Change(since / (1 + fact.value) if fact.value > -1 else float("nan"), since, fact.value, low, high,
                        verdict=self.verdicts.get(fact.name, "cannot tell"))
        return Tracked(definition, None, 1, None, "", change, None)

    def _level(self, name):
        level = self.evidence.facts.get(f"kpi.{name}") or self.evidence.facts.get(f"kpi.{name}_hours")
        return float("nan") if level is None or level.value is None else level.value

    def _moved(self, fact):
        tracked = self.tracked(fact)
        words = change_words(tracked)
        if " from " in words and tracked.definition.name not in self.evidence.pooled:
            # The level before does not follow from the facts of a single series.
            verb, _, times = words.partition(" from ")
            base = f" of {tracked.definition.base}" if tracked.definition.base else ""
            words = (f"{verb} to {format_level(tracked.change.since, tracked.definition.unit)}{base} "
                     f"({times.rpartition(' (')[2].removesuffix(')')} what it was)")
        return f"{names_of([tracked])} {proof(words, 'kpi.changes')}"

    def _still(self, by_verdict):
        margin = show.format_number(self.evidence.margin, "share", 0)
        parts = [f"{names_of([self.tracked(by_verdict[kind][0])]) if len(by_verdict[kind]) == 1 else len(by_verdict[kind])} {words}"
                 for kind, words in (("no relevant change", f"moved by less than {margin}"),
                                     ("cannot tell", "cannot be told apart from no change")) if kind in by_verdict]
        return capitalized("; ".join(parts)) + "." if parts else ""

    def _safety(self):
        safe, change = rules.is_safe(self.evidence), self.evidence.facts.get("kpi.change_failure_rate_change")
        if safe is None or self._level("change_failure_rate") != self._level("change_failure_rate"):
            return ""
        tracked, margin = self.tracked(change), show.format_number(self.evidence.margin, "share", 0)
        level = proof(format_level(tracked.change.since, tracked.definition.unit), "kpi.changes")
        return (f"Quality: {names_of([tracked])} is {level} of {tracked.definition.base}, {'safe' if safe else 'not shown safe'} "
                f"(a worsening by more than {margin} is {'' if safe else 'not '}ruled out).")

    def people(self):
        """Say how safe and how confident people feel, and whether that moved."""
        found, parts = self.evidence, []
        if "adoption" not in found:
            return ""
        for construct in ("psychological safety", "confidence"):
            name = construct.replace(" ", "_")
            if f"adoption.{name}" not in found:
                continue
            moved = found.facts.get(f"adoption.change.{name}")
            change = "" if moved is None or not moved.has_interval else (
                f", {'up' if moved.low > 0 else 'down'} by {proof(number(moved, 1), 'adoption')}"
                if moved.low > 0 or moved.high < 0 else ", no clear change")
            parts.append(f"{construct} {proof(number(found[f'adoption.{name}'], 1), 'adoption')} of 5{change}")
        return (f"People ({report_link('adoption')}): {'; '.join(parts)}." if parts else
                f"Neither safety nor confidence was asked about; see {report_link('adoption')}.")

    # --- cost, risks, trust

    def cost(self):
        """Say what training costs, and in which kind of money."""
        found = self.evidence
        if "roi" not in found:
            return self._absent("roi")
        parts = [f"{words} {proof(number(found[name], interval=False), 'roi.cost')}" for name, words in (
            ("roi.cash_cost", "cash"), ("roi.participant_time_cost", "engineers' time"),
            ("roi.learning_dip_cost", "slower work while learning")) if name in found]
        return (f"{proof(number(found['roi.cost']), 'roi.cost')} in today's money for {self._heads()}: {listed(parts)}; "
                f"{proof(number(found['roi.cost_per_engineer'], interval=False), 'roi')} per engineer.")

    def options(self):
        """Say which way of training is best and how sure that is, or that nobody can tell."""
        known = option_names(self.program)
        values = {name: self.evidence.value(f"options.{short}.net_present_value") for short, name in known.items()}
        values = {name: value for name, value in values.items() if value is not None}
        lead = self.evidence.facts.get("options.lead_over_second")
        if len(values) < 2 or lead is None:
            return "" if not known else self._absent("options")
        best, second = sorted(values, key=values.get, reverse=True)[:2]
        short = {name: short for short, name in known.items()}[best]
        chance = hundred(self.evidence.value(f"options.{short}.chance_of_best"))
        text = (f"{capitalized(one_line(best, 40))} is best in {proof(f'{chance} of 100', 'options')} futures, ahead of "
                f"{one_line(second, 40)} by {proof(number(lead), 'options')}")
        return f"{text}." if lead.has_interval and lead.low > 0 else f"{text}: the two cannot be told apart. {self._telling()}"

    def _telling(self):
        regret, worth = (self.evidence.value(f"options.{name}") for name in ("regret_of_best", "value_of_first_measurement"))
        currency = self.program.settings.currency
        wrong = f"Choosing it wrongly costs {proof(show.format_number(regret or 0.0, currency), 'options')} on average; "
        return wrong + (f"what would tell is worth up to {proof(show.format_number(worth, currency), 'options.tell')}."
                        if worth else f"{proof('no single number', 'options.tell')} would change the choice.")

    def risks(self):
        """List the risks of the roadmap, pressing ones first: trigger, where it stands, owner, what then."""
        given = [(risk, watch(risk.get("trigger"), self.evidence)) for risk in risks(self.program)]
        if not given:
            return "None is written down; add them to program.yml (roadmap, risks)."
        given.sort(key=lambda entry: URGENT.index(entry[1].state))
        rest = len(given) - MOST_RISKS
        more = f"\n- {rest} more in program.yml." if rest > 0 else ""
        return self._reached(given) + "\n\n" + "\n".join(f"- {self._risk(*entry)}" for entry in given[:MOST_RISKS]) + more

    def _reached(self, given):
        states = [watched.state for _, watched in given]
        reached, blind = states.count(rules.MET), sum(watched.fact is None for _, watched in given)
        text = f"{reached or 'None'} of {len(given)} triggers {'are' if reached > 1 else 'is'} reached"
        return f"{text}{f', {blind} measured by no report yet' if blind else ''}."

    def _risk(self, risk, watched):
        name, owner, then = (one_line(risk.get(key), most) for key, most in SHORT.items())
        where = f"now {self._now(watched)}" if watched.fact else "not measured yet"
        state = f", {TRIGGERS[watched.state]}" if watched.state in TRIGGERS else ""
        trigger = f": trigger “{one_line(watched.words, 70)}”, {where}{state}" if watched.words else ": no trigger"
        text = (f"{capitalized(name)}{f' ({owner})' if owner else ''}{trigger}; "
                f"{f'then {then}' if then else 'no contingency is written down'}")
        return text if text.endswith("…") else f"{text}."

    def trust(self):
        """Say what is most open, what nobody confirmed, and where the reports disagree."""
        return " ".join(filter(None, [self._weakest(), self._unconfirmed(), self._disagree()]))

    def next(self):
        """List who should do what until when; what differs with the decision first."""
        steps = [self._first_step(), *self._due(), self._confirm(), *self._settle()]
        return " ".join(f"({place}) {step}" for place, step in enumerate(list(filter(None, steps))[:MOST_STEPS], start=1))

    def _first_step(self):
        """Say what the decision asks for, of whom, and until when."""
        kind, why = self.decision.kind, self.decision.why
        until = f" by {self.gate['on']}" if self.gate else ""
        owner = capitalized(one_line(decision_owner(self.program), 30))
        who = f"{owner}{until}: " if owner else capitalized(f"{until.strip()}: ") if until else ""
        if kind == rules.NO_CASE:
            return "Program office: fill in the ten numbers of the money model, then ask again."
        if kind == rules.STOP:
            return f"{who}stop the next cohort, and look for a shorter or cheaper training before asking again."
        if why in ("delivery", "pilot"):
            return f"{who}find out with the teams what got worse; the link to the training is no proof."
        if kind == rules.FIND_OUT:
            return f"{who}measure the saving of working time in one small group, beside a like one that is not trained yet."
        return f"{who}start the next cohort, and keep watching quality beside speed."

    def _due(self):
        """Name the contingencies of the risks that are reached."""
        reached = [risk for risk in risks(self.program) if watch(risk.get("trigger"), self.evidence).state == rules.MET]
        return [f"{capitalized(one_line(risk.get('owner'), 30)) or 'Nobody named'} now: {one_line(risk.get('contingency'), 70) or 'decide what to do'}."
                for risk in reached]

    def _confirm(self):
        loose = self.evidence.value("roi.unconfirmed_inputs")
        return f"Finance: confirm or correct the {loose:.0f} inputs that nobody confirmed." if loose else ""

    def _settle(self):
        """Say what would settle the skill assessment, and a risk that nobody measures."""
        if (rules.weakest_link(self.evidence) or ("",))[0] == "skills":
            yield "Learning and development: set levels and targets with experts and interviews, so that the test can tell."
        blind = [risk for risk in risks(self.program) if risk.get("trigger") and watch(risk.get("trigger"), self.evidence).fact is None]
        if blind:
            owner = capitalized(one_line(blind[0].get("owner"), 30)) or "Nobody named"
            yield f"{owner}: have “{one_line(blind[0]['trigger'], 60)}” measured."

    def _unconfirmed(self):
        loose, inputs = (self.evidence.value(f"roi.{name}") for name in ("unconfirmed_inputs", "inputs"))
        if loose is None or not inputs:
            return ""
        weight = self.evidence.facts.get("roi.unconfirmed_share_of_uncertainty")
        carry = f" and carry {proof(number(weight), 'roi')} of the uncertainty" if loose and weight and weight.value else ""
        return f"{proof(f'{loose:.0f} of {inputs:.0f}', 'roi')} inputs of the money model are confirmed by nobody{carry}."

    def _weakest(self):
        """Name the report that leaves most open; that of the money is told with its inputs."""
        area, _ = rules.weakest_link(self.evidence) or ("", 0)
        if area == "skills":
            unknown, total = (self.evidence.value(f"skills.domains{end}") for end in ("_cannot_tell", ""))
            return f"Weakest link: {NAMES[area]}, which cannot tell in {unknown:.0f} of {total:.0f} domains."
        if area == "kpi":
            found = list(self.verdicts.values())
            return f"Weakest link: {NAMES[area]}, of which {found.count('cannot tell')} of {len(found)} cannot be told apart from no change."
        return f"Weakest link: {NAMES[area]}." if area else ""

    def _disagree(self):
        evidence = self.evidence
        if len(evidence.areas) < 2:
            return ""
        found = rules.disagreements(evidence, self.trained, self.today)
        texts = [getattr(self, f"_disagree_on_{kind}")() for kind in found]
        return f"Reports disagree: {'; '.join(texts)}." if texts else (
            "The reports do not contradict each other in heads, dates or direction.")

    def _disagree_on_heads(self):
        paid = proof(number(self.evidence["roi.engineers"], 0, interval=False), "roi")
        return f"the skill report counts {proof(number(self.evidence['skills.people'], 0), 'skills')}, the money model {paid}"

    def _disagree_on_dates(self):
        dates = [f"{NAMES[area]} to {day}" for area, day in self.evidence.data_as_of.items() if day]
        if self.today not in self.evidence.data_as_of.values():
            dates.append(f"those of the program to {self.today}")
        return f"their data end on different days ({listed(dates)})"

    def _disagree_on_direction(self):
        speed, worth = self.evidence["kpi.lead_time_change"], self.evidence["roi.net_present_value"]
        return (f"delivery got {'faster' if speed.value < 0 else 'slower'}, and the money model expects a "
                f"{'loss' if worth.value < 0 else 'gain'}; it counts working time saved, not speed of delivery")

    def _absent(self, area):
        return f"Cannot be said: {report_link(area)} cannot be made from the data at hand ({REPORTS[area]} says why)."


def _is_use(fact):
    """Tell whether a change is one of use; more use is no improvement in itself."""
    return fact.name == "kpi.ai_use_change"


def recompute(program, whole, seed):
    """Return the Evidence from the data; of those people whom the gate releases, as in the reports on them."""
    def standing(program, company, seed):
        return skill_figures.release(company, program.team).standing(seed)

    def tracking(program, company, seed):
        released = kpi_figures.release(company, program.team)
        return kpi_figures.protected(kpi.track(released, seed=seed), released)

    def piloted(program, company, seed):
        released, _ = pilot_figures.released(company)
        return pilot_figures.evaluation_of(released, seed, team=program.team or "")

    def climate(program, company):
        return adoption_figures.release(company, program.team or "")

    return facts_of.recompute(program, whole, seed, standing, tracking, piloted, climate)


def show_page(page):
    """Show the answer, the headline cards and the parts of the page, and record the facts."""
    record_facts(page)
    show.answer(*page.answer())
    show.cards(cards(page))
    show.say(page.markdown)


def cards(page):
    """Return the headline cards: (label, value, note, where it is proved)."""
    found, entries = page.evidence, []
    if "roi.net_present_value" in found:
        entries.append(("Net value", number(found["roi.net_present_value"], interval=False),
                        f"over {page._months()} months", address("roi")))
    if "roi.chance_of_loss" in found:
        entries.append(("Loss in", f"{hundred(found.value('roi.chance_of_loss'))} of 100", "futures", address("roi")))
    if "skills.domains_below_target" in found:
        below, total, unknown = (found.value(f"skills.domains{end}") for end in ("_below_target", "", "_cannot_tell"))
        note = f"{unknown:.0f} cannot be told" if unknown else "all others met"
        entries.append(("Domains below target", f"{below:.0f} of {total:.0f}", note, address("skills")))
    if "kpi.lead_time_change" in found:
        tracked = page.tracked(found["kpi.lead_time_change"])
        moved = change_text(tracked).partition(" (")[0]
        doubt = ", safety not shown" if tracked.change.verdict == "improved" and not rules.is_safe(found) else ""
        entries.append((tracked.definition.title, moved, tracked.change.verdict + doubt, address("kpi.changes")))
    return entries


def record_facts(page):
    """Record the numbers of the page under names of its own."""
    evidence = page.evidence
    show.fact("summary.reports_used", len(evidence.areas), digits=0, better="higher")
    gain = chance_of_gain(evidence)
    if gain is not None:
        show.fact(gain.name, gain.value, unit="share", better="higher", digits=0)
    for name, fact in (("net_present_value", "roi.net_present_value"), ("cost", "roi.cost"),
                       ("working_time_saving", "roi.working_time_saving"), ("lead_time_change", "kpi.lead_time_change"),
                       ("change_failure_rate", "kpi.change_failure_rate"),
                       ("widest_shortfall", "skills.widest_shortfall")):
        if fact in evidence:
            found = evidence[fact]
            show.fact(f"summary.{name}", found.value, found.low, found.high, unit=found.unit, better=found.better)
