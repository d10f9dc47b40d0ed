"""Where each input of the money model comes from, and how far it can be trusted."""

from dataclasses import dataclass, replace

import pandas as pd

from upskill.data import NotEnoughData
from upskill.roi.piloted import pilot_assumption
from upskill.roi.uncertainty import quantiles

NAMES = (
    "engineers", "loaded_cost_per_year", "hours_per_year", "training_hours_per_engineer",
    "training_price_per_engineer", "program_cost", "exposed_share_of_time", "training_time_saving",
    "realized_share", "discount_rate", "completion_share", "learning_dip_share", "learning_dip_months",
    "ramp_months", "lasting_use_share", "skill_half_life_months", "attrition_per_year", "failure_cost_per_engineer",
    "failure_change", "review_share_of_time", "review_change", "tool_time_saving", "license_price_per_year",
    "horizon_months")
QUICK = NAMES[:10]
"""The ten numbers that are enough for a first answer."""

LABELS = {
    "engineers": "engineers trained", "loaded_cost_per_year": "cost of an engineer",
    "hours_per_year": "working hours in a year", "training_hours_per_engineer": "hours in training",
    "training_price_per_engineer": "price of the training", "program_cost": "one-off program cost",
    "exposed_share_of_time": "share of work that training touches",
    "training_time_saving": "time that training saves",
    "realized_share": "share of freed time put to use", "discount_rate": "discount rate",
    "completion_share": "share who finish", "learning_dip_share": "depth of the learning dip",
    "learning_dip_months": "length of the learning dip", "ramp_months": "months to the full gain",
    "lasting_use_share": "share who stay with it",
    "skill_half_life_months": "months until half the gain is gone", "attrition_per_year": "engineers leaving in a year",
    "failure_cost_per_engineer": "yearly cost of failures", "failure_change": "change of failures through training",
    "review_share_of_time": "share of work spent on reviews", "review_change": "change of review time through training",
    "tool_time_saving": "time that the tools save untrained", "license_price_per_year": "price of the tools",
    "horizon_months": "months counted"}

HOW_TO_MEASURE = {
    "engineers": "Fix who is to be trained.",
    "loaded_cost_per_year": "Ask finance for the yearly cost of these roles, benefits and overhead included.",
    "hours_per_year": "Take the paid working hours from the working-time records.",
    "training_hours_per_engineer": "Take the hours from the course plan and the attendance of a first group.",
    "training_price_per_engineer": "Ask for a binding offer.",
    "program_cost": "Write the budget of the program down, and have finance confirm it.",
    "exposed_share_of_time": "Ask a sample of engineers to note for two weeks which work the training touches.",
    "training_time_saving": "Run a pilot: draw by lot which tasks are done in the trained way, with the same tools in "
                            "both arms, and compare the minutes.",
    "realized_share": "Ask team leads what the hours freed so far have become, and check it against what was delivered.",
    "discount_rate": "Ask finance for the cost of capital.",
    "completion_share": "Count who finishes in the first group.",
    "learning_dip_share": "Compare what a first group delivers in its first weeks with teams not yet trained.",
    "learning_dip_months": "Follow a first group week by week until it is back where it was.",
    "ramp_months": "Follow a first group month by month until its gain no longer grows.",
    "lasting_use_share": "Count in the usage logs who of a first group still works in the trained way after half a year.",
    "skill_half_life_months": "Measure a first group again after six and twelve months, beside teams not yet trained.",
    "attrition_per_year": "Take the exits of the last two years from the staff list.",
    "failure_cost_per_engineer": "Add up the hours and the revenue that failed changes and incidents cost last year.",
    "failure_change": "Compare the change failure rate of teams trained first with that of teams not yet trained.",
    "review_share_of_time": "Ask a sample of engineers to note for two weeks the time they spend on reviews.",
    "review_change": "Compare the review time of teams trained first with that of teams not yet trained.",
    "tool_time_saving": "Draw by lot which tasks are done without the tools, and compare the minutes.",
    "license_price_per_year": "Take the price from the contracts.",
    "horizon_months": "Agree with finance how many months count."}

MONEY = ("loaded_cost_per_year", "training_price_per_engineer", "program_cost", "failure_cost_per_engineer",
         "license_price_per_year")
NOT_COUNTED = ("tool_time_saving", "license_price_per_year")
"""Inputs of the tools: the same with and without training, so that they move no option; lenses use them."""

OWN_DATA, CONFIRMED, ENTERED = "your data", "confirmed", "entered, not confirmed"
PUBLISHED, ASSUMED = "published default", "assumed default"
ORIGINS = (OWN_DATA, CONFIRMED, ENTERED, PUBLISHED, ASSUMED)
TRUSTED = (OWN_DATA, CONFIRMED)
DEFAULTS = (PUBLISHED, ASSUMED)

AMOUNTS = ("value", "low", "mode", "high", "mean", "sd", "median")


@dataclass(frozen=True)
class Input:
    """One input of the model: what is assumed, where from, which part of it a team bears."""

    assumption: object
    origin: str
    team_share: float = 1.0

    @property
    def name(self):
        return self.assumption.name

    @property
    def is_confirmed(self):
        return self.origin in TRUSTED

    @property
    def is_uncertain(self):
        return self.assumption.kind != "constant"


def gather_inputs(program, defaults, company=None):
    """Return {name: Input} for a program, or for one team of it.

    program: as read, cut to a team or not. defaults: the shipped assumptions.
    company: the whole program where `program` is one team; the team bears the
    one-off program cost by its share of the engineers.

    program.yml comes first, then the tables, then the defaults. A result of a
    pilot in program.yml, weighed with the published studies, comes before the
    default of the time saving. Of a team, the head count is always counted. Raises NotEnoughData where a team has no
    `people` to count, ValueError where a default is missing.
    """
    missing = [name for name in NAMES if name not in defaults]
    if missing:
        raise ValueError(f"data/reference/assumptions.yml lacks {', '.join(missing)}; add them")
    inputs = {name: _entered(defaults[name], program.settings.assumptions.get(name)) for name in NAMES}
    inputs |= {name: found for name, found in _counted(program, defaults).items()
               if inputs[name].origin in DEFAULTS or (name == "engineers" and program.team)}
    if inputs["training_time_saving"].origin in DEFAULTS:
        learned = pilot_assumption(program, defaults["training_time_saving"])
        inputs |= {} if learned is None else {learned.name: Input(learned, ENTERED)}
    if program.team:
        whole = None if company is None else gather_inputs(company, defaults)
        inputs["program_cost"] = _team_share(inputs, whole)
    return inputs


def use_defaults(inputs, defaults):
    """Return the inputs with every shipped default in place, the head count excepted."""
    shipped = {name: _scaled(_entered(defaults[name], None), each.team_share) for name, each in inputs.items()}
    return shipped | {"engineers": inputs["engineers"]}


def _entered(default, entry):
    """Return the entry of program.yml, or the default where there is none."""
    if entry is None or entry.shipped:
        return Input(default, PUBLISHED if default.source.startswith("Published") else ASSUMED)
    limits = {"minimum": default.minimum, "maximum": default.maximum}
    entry = replace(entry, **limits, meaning=default.meaning, source=entry.source or "program.yml")
    return Input(entry, CONFIRMED if entry.confirmed_by else ENTERED)


def _counted(program, defaults):
    """Return what the tables and roles say: head count, cost and hours of an engineer."""
    heads = heads_by_role(program)
    if program.team and heads.empty:
        raise NotEnoughData(f"The team {program.team} cannot be counted without the table people; add it, "
                            "or run the report for the whole company.")
    found = {"engineers": (float(heads.sum()), "counted in the table people")} if len(heads) else {}
    for name in ("loaded_cost_per_year", "hours_per_year"):
        value = _role_mean(program.settings.roles, heads, name)
        found |= {} if value is None else {name: (value, "roles of program.yml, weighted by heads")}
    return {name: Input(replace(defaults[name], kind="constant", parameters={"value": value}, source=source,
                                shipped=False), OWN_DATA) for name, (value, source) in found.items()}


def heads_by_role(program):
    """Return the number of people by role who are there on the day of the data; empty when unknown."""
    if "people" in program:
        people = program["people"]
        return people.loc[_present(people, program.as_of), "role"].value_counts().sort_index().astype(float)
    heads = {role: row["heads"] for role, row in program.settings.roles.items()
             if isinstance(row, dict) and row.get("heads") is not None and not program.team}
    return pd.Series(heads, dtype=float)


def roles_of(program):
    """Return {role: (heads, loaded_cost_per_year, hours_per_year)} of the roles whose numbers are all known."""
    known = {role: (row.get("loaded_cost_per_year"), row.get("hours_per_year"))
             for role, row in program.settings.roles.items() if isinstance(row, dict)}
    return {role: (heads, *known[role]) for role, heads in heads_by_role(program).items()
            if heads > 0 and None not in known.get(role, (None,))}


def _present(people, day):
    if pd.isna(day):
        return people["end_date"].isna()
    joined = people["start_date"].isna() | (people["start_date"] <= day)
    return joined & (people["end_date"].isna() | (people["end_date"] > day))


def _role_mean(roles, heads, name):
    """Return the mean of a number of the roles, weighted by heads where they are known."""
    known = {role: float(row[name]) for role, row in roles.items()
             if isinstance(row, dict) and row.get(name) is not None}
    weights = heads.reindex(list(known)).fillna(0.0) if len(heads) else pd.Series(1.0, index=list(known))
    if not known or weights.sum() == 0:
        return None
    return float((weights * pd.Series(known)).sum() / weights.sum())


def _team_share(inputs, whole):
    """Return the team's part of the one-off program cost, by its share of the engineers."""
    cost = inputs["program_cost"]
    if whole is None or whole["engineers"].is_uncertain:
        return cost
    heads, all_heads = (each["engineers"].assumption.parameters["value"] for each in (inputs, whole))
    return _scaled(cost, min(heads / all_heads, 1.0) if all_heads else 1.0)


def _scaled(each, share):
    """Return the input cut to a share of its amount; the source says so."""
    if share == 1.0:
        return each
    parameters = {key: value * share if key in AMOUNTS else value
                  for key, value in each.assumption.parameters.items()}
    source = f"{each.assumption.source}; the team's share of the engineers, {100 * share:.0f} %"
    return replace(each, assumption=replace(each.assumption, parameters=parameters, source=source),
                   team_share=share)


def register(inputs):
    """Return the inputs as a table: input, meaning, median, low, high, unit, origin, source.

    `low` and `high`: 5 % and 95 %, missing for constants.
    """
    rows = [_row(inputs[name]) for name in sorted(inputs, key=NAMES.index)]
    columns = ["input", "meaning", "median", "low", "high", "unit", "origin", "source"]
    return pd.DataFrame(rows, columns=columns)


def unconfirmed(inputs):
    """Return the names of the inputs that neither the company's data nor an owner stands behind."""
    return [name for name, each in inputs.items() if not each.is_confirmed]


def origins(inputs):
    """Return the number of inputs of each origin, in order of trust."""
    counts = pd.Series([each.origin for each in inputs.values()]).value_counts()
    return counts.reindex(ORIGINS).dropna().astype(int)


def _row(each):
    low, middle, high = (float(value) for value in quantiles(each.assumption, [0.05, 0.5, 0.95]))
    low, high = (low, high) if each.is_uncertain else (None, None)
    assumed = each.assumption
    return each.name, assumed.meaning, middle, low, high, assumed.unit, each.origin, assumed.source
