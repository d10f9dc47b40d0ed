"""The page in words: each number leads to the report that proves it."""

from upskill import show, skills
from upskill.summary import decision as rules
from upskill.summary.evidence import REPORTS

LEADS = ("Where we stand", "How delivery moved", "Cost", "What would change our mind", "Risks", "Next gate", "Trust")
INDICATORS = {
    "lead_time": "lead time", "review_time": "review time", "deployment_frequency": "deployment frequency",
    "change_failure_rate": "change failure rate", "recovery_time": "recovery time",
    "throughput": "changes merged per person", "ai_use": "use of the AI tool"}
NAMES = {"skills": "the skill assessment", "kpi": "the delivery indicators", "roi": "the money model"}


def number(fact, digits=None, interval=True, unit=None):
    """Write a fact's value, with its interval where it has one of some width."""
    unit = fact.unit if unit is None else unit
    if not interval or not fact.has_interval or fact.low == fact.high:
        return show.format_number(fact.value, unit, digits)
    return show.fact_text(fact.value, fact.low, fact.high, unit, digits)


def proof(text, area):
    """Link a number to the report that proves it.

    >>> proof("3 of 6", "skills")
    '[3 of 6](01_skill_assessment.ipynb)'
    """
    return f"[{text}]({REPORTS[area]}.ipynb)"


def listed(parts):
    """Join as a reader would."""
    parts = list(parts)
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}" if parts else ""


def hundred(share):
    """Write a share as so many of 100; never all or none where chance is left."""
    count = round(100 * share)
    return "fewer than 1" if share > 0 and count == 0 else "more than 99" if share < 1 and count == 100 else str(count)


class Page:
    """All sentences of the summary, from the evidence and the settings of a program."""

    def __init__(self, evidence, program):
        self.evidence, self.program = evidence, program
        self.today = f"{program.as_of:%Y-%m-%d}" if program.as_of == program.as_of else ""
        self.gate = rules.next_gate(program.settings.roadmap, self.today)
        self.trained = training_started(program)
        self.decision = rules.decide(evidence, self.gate, self.trained)

    @property
    def paragraphs(self):
        """Return (lead, text) of each part of the page."""
        texts = (self.standing(), self.delivery(), self.cost(), self.turning_point(), self.risks(), self.next_gate(),
                 self.trust())
        return [(lead, text) for lead, text in zip(LEADS, texts, strict=True) if text]

    @property
    def markdown(self):
        return "\n\n".join(f"**{lead}.** {text}" for lead, text in self.paragraphs)

    def answer(self):
        """Return the sentences of the answer: recommendation, worth, what to do."""
        asked = self._asked()
        what = {rules.GO_ON: f"Go on: train {asked}", rules.STOP: f"Stop: do not train {asked} in this form",
                rules.FIND_OUT: f"Not yet: do not start to train {asked}",
                rules.NO_CASE: "No recommendation: the money model cannot be made from these data"}
        why = " ".join(filter(None, [self._reason(), self._worth()]))
        return list(filter(None, [f"{what[self.decision.kind]}.", why, self._advice()]))

    def _asked(self):
        waiting = people_waiting(self.program)
        if waiting is None:
            return "more engineers"
        smallest = self.program.settings.minimum_group_size
        return f"the remaining {waiting} engineers" if waiting >= smallest else "the remaining engineers"

    def _reason(self):
        if self.decision.why == "gate":
            rule = rules.watch(self.gate["rule"], self.evidence)
            state = {rules.MET: "met", rules.NOT_MET: "not met", rules.OPEN: "neither clearly met nor missed"}[rule.state]
            return f"The next gate asks for “{rule.words}”; now {self._now(rule.fact)}: {state}."
        if self.decision.why == "delivery":
            return f"Delivery got worse: {listed(self._indicator(fact) for fact in rules.worsened(self.evidence))}."
        return ""

    def _now(self, fact):
        """Write where a watched fact stands, linked to its report."""
        if fact.name == "summary.chance_of_gain":
            return proof(f"{hundred(fact.value)} of 100", "roi")
        return proof(number(fact), fact.name.split(".")[0])

    def _worth(self):
        worth, gain = self.evidence.facts.get("roi.net_present_value"), rules.chance_of_gain(self.evidence)
        if worth is None or worth.value is None or gain is None:
            return ""
        futures = "" if self.decision.why == "gate" else (
            f", and brings a gain in {proof(f'{hundred(gain.value)} of 100', 'roi')} futures")
        return (f"Training {self._heads()} is worth {proof(number(worth), 'roi')} net over {self._months()} months, against "
                f"“licenses stay, no training”{futures}.")

    def _heads(self):
        heads = self.evidence.value("roi.engineers")
        return f"{show.format_number(heads, digits=0)} engineers"

    def _months(self):
        horizon = self.program.settings.assumptions["horizon_months"].parameters.get("value")
        return show.format_number(horizon, digits=0)

    def _advice(self):
        measure = ("measure how much working time training saves, in a small group and beside untrained colleagues who "
                   "have the same tool")
        if self.decision.kind == rules.NO_CASE:
            return "Fill in the ten numbers of the money model first."
        if self.decision.why == "delivery":
            return "Look into what got worse with the teams first."
        if self.decision.kind == rules.GO_ON:
            return f"While it goes on, {measure}."
        if "roi.break_even_working_time" not in self.evidence:
            return "Make it shorter or cheaper: no saving of time would pay for it in this form."
        before = "Make it shorter or cheaper, or first" if self.decision.kind == rules.STOP else "First"
        needed, ours = (self.evidence[f"roi.{name}"] for name in ("break_even_working_time", "working_time_saving"))
        return (f"{before} {measure}: it pays from {proof(number(needed, 1, interval=False), 'roi')} on, and we assume "
                f"{proof(number(ours, 1), 'roi')}.")

    def standing(self):
        """Say where people stand against their roles."""
        found = self.evidence
        if "skills" not in found:
            return self._absent("skills")
        assessed = f"{found.value('skills.assessed'):.0f} of {found.value('skills.people'):.0f} engineers"
        text = f"{proof(assessed, 'skills')} were assessed. "
        if "skills.domains_below_target" not in found:
            return text + "There are no targets or levels to hold them against."
        return " ".join(filter(None, [text.strip(), self._below(), self._widest(), self._single_roles()]))

    def _below(self):
        below, total, unknown = (round(self.evidence.value(f"skills.domains{end}") or 0)
                                 for end in ("_below_target", "", "_cannot_tell"))
        found = proof(f"{below or 'none'} of {total} domains", "skills")
        text = f"In {found} they are {'probably' if below else 'clearly'} below what their roles need"
        return text + (f"; in {proof('all' if unknown == total else unknown, 'skills')} the test cannot tell."
                       if unknown else ".")

    def _widest(self):
        gaps = [fact for fact in self.evidence.starting("skills.shortfall.") if fact.has_interval and fact.low > 0]
        if not gaps:
            return ""
        fact = max(gaps, key=lambda fact: fact.value)
        name = domain_name(fact.name.rsplit(".", 1)[1], self.program)
        return f"Widest: {one_line(name)}, {proof(number(fact, 2), 'skills')} short."

    def _single_roles(self):
        gap = self.evidence.facts.get("skills.widest_shortfall")
        if gap is None or not gap.has_interval or gap.low <= 0:
            return ""
        return f"The widest gap of a single role in a domain is {proof(number(gap, 2), 'skills')}."

    def delivery(self):
        """Say how delivery moved, never why."""
        if "kpi" not in self.evidence:
            return self._absent("kpi")
        changes = [fact for fact in self.evidence.starting("kpi.") if fact.name.endswith("_change")]
        if not changes:
            return f"{proof('No indicator', 'kpi')} can be compared yet."
        by_verdict = {}
        for fact in changes:
            by_verdict.setdefault(rules.verdict(fact, self.evidence.margin), []).append(fact)
        moved = [self._moved(fact) for kind in ("worsened", "improved") for fact in by_verdict.get(kind, ())]
        start = f"{self._since()}, " + ("; ".join(moved) if moved else "no indicator has clearly moved") + "."
        why = "This says what moved, not what moved it."
        return " ".join(filter(None, [start, self._still(by_verdict), self._safety(), why]))

    def _since(self):
        return "Since training started" if self.trained else "In the latest weeks, against as many before"

    def _indicator(self, fact):
        name = fact.name.removeprefix("kpi.").removesuffix("_change")
        return INDICATORS.get(name, name.replace("_", " "))

    def _moved(self, fact):
        word, sign = ("rose", 1) if fact.value > 0 else ("fell", -1)
        ends = sorted((sign * fact.low, sign * fact.high))
        return f"{self._indicator(fact)} {word} {proof(show.fact_text(sign * fact.value, *ends, 'share'), 'kpi')}"

    def _still(self, by_verdict):
        margin = show.format_number(self.evidence.margin, "share", 0)
        parts = []
        for kind, words in (("no relevant change", f"moved by less than {margin}"),
                            ("cannot tell", "cannot be told apart from no change")):
            if kind in by_verdict:
                parts.append(f"{listed(self._indicator(fact) for fact in by_verdict[kind])} {words}")
        text = "; ".join(parts)
        return text[:1].upper() + text[1:] + "." if text else ""

    def _safety(self):
        level, safe = self.evidence.facts.get("kpi.change_failure_rate"), rules.is_safe(self.evidence)
        if level is None or level.value is None or safe is None:
            return ""
        margin = show.format_number(self.evidence.margin, "share", 0)
        verdict = f"safe: a worsening beyond {margin} is ruled out" if safe else (
            f"not shown safe: a worsening beyond {margin} is not ruled out")
        return f"Change failures are now {proof(number(level), 'kpi')} of deployments, {verdict}."

    def cost(self):
        """Say what training costs, and in which kind of money."""
        found = self.evidence
        if "roi" not in found:
            return self._absent("roi")
        parts = [f"{words} {proof(number(found[name], interval=False), 'roi')}" for name, words in (
            ("roi.cash_cost", "paid in money"), ("roi.participant_time_cost", "engineers' time"),
            ("roi.learning_dip_cost", "learning dip")) if name in found]
        return (f"{proof(number(found['roi.cost']), 'roi')} in today's money for {self._heads()}: {listed(parts)}. "
                f"{proof(number(found['roi.cost_per_engineer'], interval=False), 'roi')} per engineer.")

    def turning_point(self):
        """Say from which saving of working time on it pays, and what is assumed."""
        if "roi" not in self.evidence:
            return ""
        ours = self.evidence.facts.get("roi.working_time_saving")
        assumed = f"we assume {proof(number(ours, 1), 'roi')}" if ours and ours.value is not None else ""
        needed = self.evidence.facts.get("roi.break_even_working_time")
        if needed is None or needed.value is None:
            return f"At {proof('no saving of time', 'roi')} would it pay; {assumed}."
        at_least = proof(number(needed, 1, interval=False), "roi")
        return (f"It pays only if training saves at least {at_least} of working time beyond what untrained colleagues "
                f"save with the same tool; {assumed}.")

    def risks(self):
        """List the risks of the roadmap: trigger, where it stands, owner, what then."""
        roadmap = self.program.settings.roadmap
        risks = roadmap.get("risks") or () if isinstance(roadmap, dict) else ()
        lines = [self._risk(risk) for risk in risks if isinstance(risk, dict) and risk.get("name")]
        return "What could go wrong, and what then:\n\n" + "\n".join(f"- {line}" for line in lines) if lines else ""

    def _risk(self, risk):
        name, owner, then = (one_line(risk.get(key)) for key in ("name", "owner", "contingency"))
        parts = [name[:1].upper() + name[1:] + (f" ({owner})" if owner else "")]
        if risk.get("trigger"):
            parts.append(f"trigger: {self._watched(rules.watch(risk['trigger'], self.evidence))}")
        return "; ".join([*parts, f"then: {then}" if then else "no contingency is written down"]) + "."

    def _watched(self, watched):
        if watched.fact is None:
            return f"{watched.words} (not on this page)"
        state = {rules.MET: "; reached", rules.NOT_MET: "; not reached", rules.OPEN: "; cannot be told"}
        return f"{watched.words} (now {self._now(watched.fact)}{state.get(watched.state, '')})"

    def next_gate(self):
        """Say when it is decided next, by which rule, and where that stands."""
        roadmap = self.program.settings.roadmap
        if not isinstance(roadmap, dict) or not roadmap.get("gates"):
            return "None is set. Fix a date and a rule in program.yml (roadmap, gates) before more is spent."
        if self.gate is None:
            return "No gate of the roadmap lies ahead. Fix a date and a rule before more is spent."
        name, rule = one_line(self.gate.get("name")), self.gate.get("rule")
        where = rules.watch(rule, self.evidence) if rule else None
        if where is None or where.fact is None:
            return f"{self.gate['on']}, {name}: {one_line(rule) or 'no rule is fixed; write one now'}."
        state = {rules.MET: ": met", rules.NOT_MET: ": not met", rules.OPEN: ": cannot be told"}.get(where.state, "")
        return f"{self.gate['on']}, {name}. Rule: {where.words}. Now {self._now(where.fact)}{state}."

    def trust(self):
        """Say what is weakest, what nobody confirmed, and where the reports disagree."""
        return " ".join(filter(None, [self._weakest(), self._unconfirmed(), self._disagree(), self._left_out()]))

    def _weakest(self):
        weakest = rules.weakest_link(self.evidence)
        if weakest is None:
            return ""
        area, share = weakest
        text = {"skills": "of the domains are neither clearly above nor below their target",
                "kpi": "of the indicators cannot be told apart from no change",
                "roi": "of its uncertainty is in inputs that nobody confirmed"}[area]
        return f"Weakest link: {NAMES[area]}; {proof(show.format_number(share, 'share', 0), area)} {text}."

    def _unconfirmed(self):
        loose, inputs = (self.evidence.value(f"roi.{name}") for name in ("unconfirmed_inputs", "inputs"))
        if loose is None or not inputs:
            return ""
        return f"{proof(f'{loose:.0f} of {inputs:.0f}', 'roi')} inputs of the money model are confirmed by nobody."

    def _disagree(self):
        evidence = self.evidence
        found = rules.disagreements(evidence, self.trained)
        if len(evidence.areas) < 2:
            return ""
        if not found:
            return "The reports do not contradict each other in heads, dates or direction."
        texts = []
        if "heads" in found:
            texts.append(f"the skill report counts {proof(number(evidence['skills.people'], 0), 'skills')}, the money "
                         f"model {proof(number(evidence['roi.engineers'], 0, interval=False), 'roi')}")
        if "dates" in found:
            dates = [f"{NAMES[area]} to {day}" for area, day in evidence.data_as_of.items() if day]
            texts.append(f"their data end on different days ({listed(dates)})")
        if "direction" in found:
            speed, worth = evidence["kpi.lead_time_change"], evidence["roi.net_present_value"]
            texts.append(f"delivery got {'faster' if speed.value < 0 else 'slower'}, and the money model expects a "
                         f"{'loss' if worth.value < 0 else 'gain'}; it counts working time saved, not speed of delivery")
        return f"Reports disagree: {'; '.join(texts)}."

    def _left_out(self):
        """Name the reports that are missing."""
        missing = [NAMES[area] for area in REPORTS if area not in self.evidence]
        return f"Missing here: {listed(missing)}." if missing else ""

    def _absent(self, area):
        return f"Cannot be said: {proof(NAMES[area], area)} cannot be made from the data at hand."


def one_line(text):
    """Return words of a person on one line."""
    return " ".join(str(text or "").split()).rstrip(".")


def people_waiting(program):
    """Count the present people of teams whose training has not started; None where no dates say so."""
    if "rollout" not in program or "people" not in program:
        return None
    rows = program["rollout"]
    rows = rows[rows["event"] == "training"]
    started = set(rows.loc[rows["starts_on"] <= program.as_of, "team"])
    waiting = set(rows["team"]) - started
    people = program["people"]
    present = people["end_date"].isna() | (people["end_date"] > program.as_of)
    return int((present & people["team"].isin(waiting)).sum()) if waiting else None


def training_started(program):
    """Tell whether the training of any team has started."""
    if "rollout" not in program:
        return False
    rows = program["rollout"]
    return bool(((rows["event"] == "training") & (rows["starts_on"] <= program.as_of)).any())


def domain_name(slug, program):
    """Return the name of a domain from its form in facts."""
    names = program["competencies"]["domain"].dropna().unique() if "competencies" in program else ()
    return next((name for name in names if skills.slug(name) == slug), slug.replace("_", " ").capitalize())


def show_page(page):
    """Show the answer, the headline cards and the parts of the page, and record the facts."""
    record_facts(page)
    show.answer(*page.answer())
    show.cards(cards(page))
    show.say(page.markdown)


def cards(page):
    """Return the headline cards: (label, value, note)."""
    found, entries = page.evidence, []
    gain = rules.chance_of_gain(found)
    if gain is not None:
        entries.append(("Gain in", f"{hundred(gain.value)} of 100", "futures"))
    if "skills.domains_below_target" in found:
        below, total = found.value("skills.domains_below_target"), found.value("skills.domains")
        entries.append(("Clearly below target", f"{below:.0f} of {total:.0f}", "domains of skill"))
    if "kpi.lead_time_change" in found:
        fact = found["kpi.lead_time_change"]
        entries.append(("Lead time", number(fact, interval=False), rules.verdict(fact, found.margin)))
    return entries


def record_facts(page):
    """Record the numbers of the page under names of its own."""
    evidence = page.evidence
    show.fact("summary.reports_used", len(evidence.areas), digits=0, better="higher")
    gain = rules.chance_of_gain(evidence)
    if gain is not None:
        show.fact(gain.name, gain.value, unit="share", better="higher", digits=0)
    for name, fact in (("net_present_value", "roi.net_present_value"), ("cost", "roi.cost"),
                       ("working_time_saving", "roi.working_time_saving"), ("lead_time_change", "kpi.lead_time_change"),
                       ("change_failure_rate", "kpi.change_failure_rate"),
                       ("widest_shortfall", "skills.widest_shortfall")):
        if fact in evidence:
            found = evidence[fact]
            show.fact(f"summary.{name}", found.value, found.low, found.high, unit=found.unit, better=found.better)
