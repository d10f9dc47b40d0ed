"""The facts that the summary rests on: taken from earlier reports, or computed again by the same functions."""

from dataclasses import dataclass, field

from upskill import adoption, data, kpi, roi, skills
from upskill.data import Fact
from upskill.kpi import pilot, tracking
from upskill.roadmap import read_phases, schedule_of
from upskill.roi.choice.words import fact_names
from upskill.summary.program import trained_teams

REPORTS = {"skills": "01_skill_assessment", "kpi": "05_kpi_tracking", "roi": "06_roi_model", "options": "03_training_options",
           "pilot": "04_pilot_evaluation",
           "adoption": "07_adoption_climate", "roadmap": "08_roadmap"}


def is_change(name):
    """Tell whether a fact is the change of a delivery indicator; what surveys say of people has names of its own.

    >>> is_change("kpi.lead_time_change"), is_change("kpi.people.satisfaction_change")
    (True, False)
    """
    return name.startswith("kpi.") and name.endswith("_change") and name.count(".") == 1


@dataclass(frozen=True)
class Evidence:
    """Facts by name; `areas`: of those in REPORTS the ones whose report could be made.

    `margin`: smallest relative change worth acting on; `data_as_of`: ISO date
    of the latest data of each area, where it has any. `indicators`: definition of
    each KPI by name; `teams`: trained teams behind its change, by name.
    """

    facts: dict = field(compare=False)
    areas: tuple[str, ...]
    margin: float = kpi.change.MARGIN
    data_as_of: dict = field(default_factory=dict, compare=False)
    indicators: dict = field(default_factory=dict, compare=False)
    teams: dict = field(default_factory=dict, compare=False)

    @property
    def pooled(self):
        """KPIs whose change is exactly since ÷ before, so that the level before follows from the facts."""
        return frozenset(name for name, teams in self.teams.items() if teams > 1)

    def __contains__(self, name):
        return name in self.areas or (name in self.facts and self.facts[name].value is not None)

    def __getitem__(self, name):
        return self.facts[name]

    def value(self, name):
        """Return the value of a fact; None where it is not known."""
        return self.facts[name].value if name in self.facts else None

    def starting(self, prefix):
        """Return the known facts whose name starts so, in their order."""
        return [fact for name, fact in self.facts.items() if name.startswith(prefix) and fact.value is not None]


def from_reports(reports, program, as_of="", without=()):
    """Return the Evidence in the facts of earlier reports for the same program, team and date.

    reports: as from `data.read_facts`; without: areas of REPORTS that are not used, such as that of the report itself. Raises ValueError where they are of
    another program, NotEnoughData where none fits.
    """
    known = {stem: area for area, stem in REPORTS.items() if area not in without}
    others = {str(report.parameters.get("program")) for report in reports if report.report in known
              and data.program_name(str(report.parameters.get("program", program.folder))) != program.folder.name}
    if others:
        raise ValueError(f"These facts are of the program {', '.join(sorted(others))}, not of {program.folder.name}.")
    fitting = {known[report.report]: report for report in reports if report.report in known
               and (report.parameters.get("team") or "") == (program.team or "")
               and (report.parameters.get("as_of") or "") == (as_of or "")}
    if not fitting:
        raise data.NotEnoughData("No report with facts for this program, team and date; make "
                                 f"{', '.join(REPORTS.values())} first, or leave `facts` empty.")
    areas = tuple(area for area in REPORTS if area in fitting)
    margin = fitting["kpi"].parameters.get("margin") if "kpi" in fitting else None
    facts = {name: fact for area in areas for name, fact in fitting[area].facts.items()}
    return Evidence(facts, areas, margin or kpi.change.MARGIN, {area: fitting[area].data_as_of for area in areas},
                    *indicators(program, facts))


def recompute(program, whole=None, seed=20261123, standing=skills.standing, tracking=None, piloted=None, climate=None):
    """Return the Evidence computed from the program itself.

    whole: the whole company where `program` is one team. standing, tracking, piloted:
    compute the Standing, the Tracking and the Evaluation of the pilot from program, company and seed; climate: gives the
    program whose climate answers may count, from program and company.
    Raises NotEnoughData where the data suffice for none of the reports.
    """
    tracking = tracking or (lambda program, company, seed: kpi.track(program, seed=seed))
    piloted = piloted or (lambda program, company, seed: pilot.evaluate(company, seed=seed, team=program.team or ""))
    computed = {"skills": lambda: skill_facts(standing(program, whole or program, seed=seed)),
                "kpi": lambda: kpi_facts(tracking(program, whole or program, seed=seed)),
                "roi": lambda: roi_facts(program, whole, seed), "options": lambda: option_facts(program, whole, seed),
                "pilot": lambda: pilot.headline_facts(piloted(program, whole or program, seed)),
                "adoption": lambda: adoption_facts(climate(program, whole or program) if climate else program), "roadmap": lambda: roadmap_facts(program, seed)}
    facts, areas, reasons = {}, [], []
    for area, compute in computed.items():
        try:
            found = compute()
        except data.NotEnoughData as error:
            reasons.append(f"{REPORTS[area]}: {error}")
            continue
        facts |= {fact.name: fact for fact in found}
        areas.append(area)
    if not areas:
        raise data.NotEnoughData("; ".join(reasons))
    date = f"{program.as_of:%Y-%m-%d}" if program.as_of == program.as_of else ""
    return Evidence(facts, tuple(areas), kpi.change.MARGIN, dict.fromkeys(areas, date), *indicators(program, facts))


def adoption_facts(program):
    """Return how people take it, by construct, and how that moved: the facts of the report on adoption that the summary uses."""
    answers = adoption.climate_answers(program)
    means = adoption.construct_means(answers)
    means = means[means["people"] >= program.settings.minimum_group_size]
    if means.empty:
        raise data.NotEnoughData("too few people answered to show how they take it")
    facts = [_known(f"adoption.{adoption.slug(row.construct)}", row.mean, row) for row in means.itertuples()]
    return facts + [_known(f"adoption.change.{adoption.slug(row.construct)}", row.change, row)
                    for row in adoption.changes(answers).itertuples() if row.construct in set(means["construct"])]


def roadmap_facts(program, seed=20261123):
    """Return the chance that the next gate can be held on its day; raises NotEnoughData without dated phases."""
    if program.as_of != program.as_of:
        raise data.NotEnoughData("no table has a date, so nobody knows which gate is next")
    try:
        phases = read_phases(program.settings.roadmap)
    except ValueError as error:
        raise data.NotEnoughData(str(error)) from error
    gate = data.next_gate(program.settings.roadmap, f"{program.as_of:%Y-%m-%d}")
    if gate is None:
        return []
    return [Fact("roadmap.chance_of_gate_date", schedule_of(program, phases, seed).chance_of_gate(gate["on"]), unit="share", better="higher")]


def _known(name, value, row):
    better = "lower" if row.construct.startswith("worry") else "higher"
    return Fact(name, value, row.low, row.high, better=better) if row.low == row.low else Fact(name, value, better=better)


def indicators(program, facts):
    """Return ({name: definition} of each KPI that moved, {name: trained teams that it is measured for})."""
    names = [name.removeprefix("kpi.").removesuffix("_change") for name in facts if is_change(name)]
    found, trained = {name: _measured(program, name) for name in names}, trained_teams(program)
    return ({name: definition for name, (definition, _) in found.items()},
            {name: len(teams & trained) for name, (_, teams) in found.items()})


def _measured(program, name):
    """Return (definition of a KPI, teams that it is measured for)."""
    try:
        definition, frame = tracking.first_possible(program, name)
    except data.NotEnoughData:  # facts of data that are gone
        return tracking.variants(name)[0], set()
    return definition, set(frame["team"])


def skill_facts(found):
    """Return the facts of the skill report that the summary uses; found: its Standing."""
    facts = [Fact("skills.assessed", found.assessed, unit="people"), Fact("skills.people", found.present, unit="people"),
             Fact("skills.domains", len(found.domains))]
    if found.has_targets:
        facts += [Fact("skills.domains_below_target", len(found.below)),
                  Fact("skills.domains_cannot_tell", len(found.unknown))]
        facts += [Fact(f"skills.shortfall.{skills.slug(row.domain)}", row.shortfall, row.low, row.high, "levels", "lower")
                  for row in found.domains.itertuples() if row.shortfall == row.shortfall]
    if found.widest is not None:
        row = found.widest
        facts.append(Fact("skills.widest_shortfall", row["shortfall"], row["low"], row["high"], "levels", "lower"))
    facts += [Fact(f"skills.role_shortfall.{skills.slug(row.domain)}.{skills.slug(row.role)}", row.shortfall, row.low,
                   row.high, "levels", "lower")
              for row in found.shown_roles.dropna(subset=["shortfall"]).itertuples()]
    return facts


def kpi_facts(tracking):
    """Return the facts of the KPI report: level and change of each indicator."""
    facts = []
    for tracked in tracking.kpis:
        what, change = tracked.definition, tracked.change
        name = f"kpi.{what.name}"
        facts += [Fact(name + ("_hours" if what.unit == "hours" else ""), change.since, change.since_low,
                       change.since_high, what.unit, what.better),
                  Fact(f"{name}_change", change.relative, change.low, change.high, "percent change", what.better)]
    return facts


def roi_facts(program, whole=None, seed=20261123):
    """Return the facts of the money report that the summary uses."""
    currency = program.settings.currency
    inputs = roi.gather_inputs(program, data.read_reference_assumptions(), whole)
    moving = program.settings.correlations
    case, loose = roi.appraise(inputs, seed, correlations=moving), roi.unconfirmed(inputs)
    estimates = [("net_present_value", case.net_present_value, currency, "higher"), ("cost", case.cost, currency, "lower"),
                 ("cash_cost", case.cash_cost, currency, "lower"),
                 ("cost_per_engineer", case.cost_per_engineer, currency, "lower"),
                 ("break_even_time_saving", roi.break_even_time_saving(case), "share", "lower"),
                 ("break_even_working_time", roi.break_even_working_time(case), "share", "lower"),
                 ("working_time_saving", roi.working_time_saving(case), "share", "higher")]
    facts = [Fact(f"roi.{name}", *found[:3], unit, better) for name, found, unit, better in estimates]
    parts = case.cost_parts
    return [*facts, Fact("roi.participant_time_cost", parts["participants' time"], unit=currency),
            Fact("roi.learning_dip_cost", parts["learning dip"], unit=currency),
            Fact("roi.engineers", *case.estimate(case.draws["engineers"])[:3], "people"),
            Fact("roi.chance_of_loss", case.chance_of_loss, unit="share"),
            Fact("roi.inputs", len(inputs)), Fact("roi.unconfirmed_inputs", len(loose)),
            Fact("roi.unconfirmed_share_of_uncertainty", roi.Variance(inputs, seed, correlations=moving).share_of(loose), unit="share")]


def option_names(program):
    """Return {name in facts: name} of the options of a program, no training first; empty where it has none."""
    try:
        options = roi.gather_options(program, data.read_reference_assumptions("options"))
    except data.NotEnoughData:
        return {}
    return {short: name for name, short in fact_names([each.name for each in options]).items()}


def option_facts(program, whole=None, seed=20261123):
    """Return the facts of the report on options that the summary uses; raises NotEnoughData where there are none."""
    options = roi.gather_options(program, data.read_reference_assumptions("options"))
    inputs = roi.gather_inputs(program, data.read_reference_assumptions(), whole)
    found = roi.contest(inputs, options, seed, correlations=program.settings.correlations)
    currency, names, facts = program.settings.currency, fact_names(found.names), []
    for row in found.table.itertuples():
        name = f"options.{names[row.option]}"
        facts += [Fact(f"{name}.net_present_value", row.value, row.low, row.high, currency, "higher"),
                  Fact(f"{name}.chance_of_best", row.chance_of_best, unit="share", better="higher")]
    tell = roi.measure_next(found.draws, found.worth).query("is_clear")
    lead = found.lead(found.best, found.order[1])
    return [*facts, Fact("options.lead_over_second", *lead[:3], currency, "higher"),
            Fact("options.regret_of_best", found.regret[found.best], unit=currency, better="lower"),
            Fact("options.value_of_first_measurement", tell["worth"].iloc[0] if len(tell) else 0.0, unit=currency)]
