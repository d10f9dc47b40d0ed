"""The settings of a program: program.yml, read with every fault at once."""

import math
import re
from dataclasses import dataclass, field
from datetime import date

from upskill.data.assumptions import bad_value, parse_assumptions, read_reference_assumptions
from upskill.data.contract import TABLES
from upskill.data.correlations import parse_correlations
from upskill.data.currencies import CURRENCIES
from upskill.data.near import did_you_mean, nearest
from upskill.data.options import parse_options
from upskill.data.pilot_result import pilot_result_faults
from upskill.data.schema import FAULT_CODES, Fault
from upskill.data.tools import parse_tools
from upskill.data.yaml_file import read_yaml

SMALLEST_GROUP = 3


@dataclass(frozen=True)
class Setting:
    """One key of program.yml: `kind` is text, whole, share, flag, list or mapping."""

    name: str
    kind: str
    meaning: str
    example: str = ""
    keys: tuple[str, ...] = ()


SETTINGS = (
    Setting("name", "text", "name of the program, as reports print it", "Example company"),
    Setting("currency", "text", "the one currency of all money, as an ISO 4217 code", "USD"),
    Setting("locale", "text", "how numbers and dates are written", "en_US"),
    Setting("minimum_group_size", "whole", "no result is shown for fewer people (default 5, never below 3)", "5"),
    Setting("team_only", "flag", "delivery and usage are kept by team only: authors of changes, persons of work items "
            "and of tool usage are replaced by their team (default false)", "true"),
    Setting("privacy", "mapping", "what `upskill privacy` prints: purpose, legal_basis, seen_by, retention, contact",
            "{purpose: planning of training, retention: 24 months, contact: privacy office}",
            ("purpose", "legal_basis", "seen_by", "retention", "contact")),
    Setting("maximum_set_aside", "share", "reading refuses above this share of faulty rows (default 0.02)", "0.02"),
    Setting("accepted_faults", "list", "faults that someone has looked at and accepts: `code`, `table.code`, or "
            "a mapping with code, table, column, until", "- pull_requests.wrong_order",
            ("code", "table", "column", "until", "reason")),
    Setting("calendar", "mapping", "working days and holidays", "holidays: [2026-12-25]"),
    Setting("roles", "mapping", "per role: loaded_cost_per_year (money), hours_per_year (hours), heads (people)",
            "developer: {loaded_cost_per_year: 150000, hours_per_year: 1700}",
            ("loaded_cost_per_year", "hours_per_year", "heads")),
    Setting("targets", "list", "goals: kpi (a name or alias of lib/upskill/kpi/definitions.yml, or of kpi_observations), "
            "baseline and target in its unit (hours, shares from 0 to 1, per week), by (date), owner",
            "- {kpi: lead_time, baseline: 60, target: 48, by: 2026-12-31, owner: head of delivery}",
            ("kpi", "baseline", "target", "by", "owner")),
    Setting("assumptions", "mapping", "inputs of the money model, each a constant, `{low, mode, high}` or a named "
            "distribution, with unit, source, confirmed_by, confirmed_on", "discount_rate: 0.08"),
    Setting("correlations", "list", "inputs of the money model that move together: between (two inputs), rank (rank "
            "correlation, from -1 to 1)", "- {between: [completion_share, training_time_saving], rank: 0.4}",
            ("between", "rank", "source", "note")),
    Setting("options", "mapping", "choices to compare: no training, build, buy, hybrid; data/reference/assumptions.yml "
            "lists what each may say", "buy: {price_per_engineer: 1400, hours_per_engineer: 32, start_delay_months: 1}"),
    Setting("pilot", "mapping", "design of the pilot and its registration; `result` (change_in_time, low, high, level, "
            "same_company, source) enters what a pilot found by hand",
            "result: {change_in_time: -0.08, low: -0.15, high: 0.01}"),
    Setting("tools", "mapping", "what each tool of ai_usage is made for: stages of the life cycle (discover, design, build, test, "
            "release, deploy, operate, maintain, govern)", "assistant: {stages: [design, build, test]}", ("stages",)),
    Setting("roadmap", "mapping", "phases, goals, owners, resources, gates, risks with contingency"),
)


@dataclass(frozen=True)
class Settings:
    """What program.yml says, with defaults where it is silent."""

    name: str = ""
    currency: str = "USD"
    locale: str = "en_US"
    minimum_group_size: int = 5
    team_only: bool = False
    privacy: dict = field(default_factory=dict)
    maximum_set_aside: float = 0.02
    accepted_faults: tuple = ()
    calendar: dict = field(default_factory=dict)
    roles: dict = field(default_factory=dict)
    targets: tuple = ()
    assumptions: dict = field(default_factory=dict)
    correlations: tuple = ()
    options: dict = field(default_factory=dict)
    pilot: object = field(default_factory=dict)
    tools: dict = field(default_factory=dict)
    roadmap: object = field(default_factory=dict)


def read_settings(path):
    """Return (Settings, faults) of a program.yml; every fault at once."""
    file, faults = read_yaml(path)
    content = file.content
    if not isinstance(content, dict):
        return Settings(name=path.parent.name), [*faults, bad_value(file, (), content, "a mapping of settings")]
    known = [setting.name for setting in SETTINGS]
    faults += [_unknown(file, (key,), key, known) for key in content if key not in known]
    values = {}
    for setting in SETTINGS:
        if content.get(setting.name) is None:
            continue
        value, more = PARSERS[setting.name](content[setting.name], file, (setting.name,))
        faults += more
        if value is not None:
            values[setting.name] = value
    values.setdefault("name", path.parent.name)
    values["assumptions"] = read_reference_assumptions() | values.get("assumptions", {})
    return Settings(**values), faults


def _unknown(file, path, key, known):
    return Fault("unknown_setting", file.file, "a known setting",
                 did_you_mean(key, known, "data/README.md lists them; this one is not used."),
                 file.line(*path), ".".join(map(str, path)), str(key))


def _near_misses(entry, known, file, path):
    """Entries of a company's own are welcome; one that is nearly a known one is a slip."""
    return [Fault("unknown_setting", file.file, "a known entry", f"Did you mean {near}?", file.line(*path, key),
                  ".".join(map(str, (*path, key))), str(key))
            for key in entry if key not in known and (near := nearest(key, known, 0.75)) and near not in entry]


def _text(value, file, path):
    if isinstance(value, (bool, dict, list)):
        return None, [bad_value(file, path, value, "text", "Put it between quotation marks.")]
    return str(value).strip(), []


def _currency(value, file, path):
    code = str(value).strip().upper()
    if code not in CURRENCIES:
        return None, [bad_value(file, path, value, "an ISO 4217 code of three letters, such as USD or EUR")]
    return code, []


def _locale(value, file, path):
    if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z]{2,3}([_-][A-Za-z0-9]{2,8})*(\.[\w-]+)?", value):
        return None, [bad_value(file, path, value, "a locale such as en_US", "Write it between quotation marks.")]
    return value, []


def _group_size(value, file, path):
    if isinstance(value, bool) or not isinstance(value, int):
        return None, [bad_value(file, path, value, "a whole number of at least 3")]
    if value < SMALLEST_GROUP:
        fault = Fault("group_too_small", file.file, "at least 3 people, so that nobody can be recognized",
                      "Raise it; 3 is used.", file.line(*path), ".".join(path), str(value))
        return SMALLEST_GROUP, [fault]
    return value, []


def _flag(value, file, path):
    return (value, []) if isinstance(value, bool) else (None, [bad_value(file, path, value, "true or false")])


def _privacy(value, file, path):
    known = next(setting.keys for setting in SETTINGS if setting.name == "privacy")
    value, faults = _mapping(value, file, path)
    return value, faults + _near_misses(value or {}, known, file, path)


def _share(value, file, path):
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        return None, [bad_value(file, path, value, "a share from 0 to 1", "Write 0.02 for 2 %.")]
    return float(value), []


def _mapping(value, file, path):
    if not isinstance(value, dict):
        return None, [bad_value(file, path, value, "a mapping (`name: value` lines)")]
    return value, []


def _anything(value, file, path):
    if not isinstance(value, (dict, list)):
        return None, [bad_value(file, path, value, "a mapping or a list")]
    return value, []


def _roles(value, file, path):
    if isinstance(value, list) and all(isinstance(one, dict) and "role" in one for one in value):
        value = {str(one["role"]): {key: entry for key, entry in one.items() if key != "role"} for one in value}
    if not isinstance(value, dict):
        return None, [bad_value(file, path, value, "a mapping of roles")]
    faults = []
    for role, entry in value.items():
        if not isinstance(entry, dict):
            faults.append(bad_value(file, (*path, role), entry, "a mapping with loaded_cost_per_year"))
            continue
        faults += _near_misses(entry, ROLE_KEYS, file, (*path, role))
        faults += [bad_value(file, (*path, role, key), entry[key], f"a number above 0 ({unit})")
                   for key, unit in ROLE_KEYS.items() if key in entry and not _is_positive(entry[key])]
    return {str(role): entry for role, entry in value.items()}, faults


def _is_positive(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf


def _targets(value, file, path):
    if isinstance(value, dict):
        value = [{"kpi": kpi, **entry} for kpi, entry in value.items() if isinstance(entry, dict)]
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        return None, [bad_value(file, path, value, "a list of targets, each with kpi and target")]
    faults = [fault for number, entry in enumerate(value) for fault in _target_faults(entry, file, (*path, number))]
    return tuple(value), faults


def _target_faults(entry, file, path):
    faults = _near_misses(entry, TARGET_KEYS, file, path)
    faults += [bad_value(file, path, entry, f"a target with {key}") for key in ("kpi", "target")
               if entry.get(key) is None]
    faults += [bad_value(file, (*path, key), entry[key], "a number") for key in ("baseline", "target")
               if entry.get(key) is not None and not _is_number(entry[key])]
    if entry.get("by") is not None and not _is_date(entry["by"]):
        faults.append(bad_value(file, (*path, "by"), entry["by"], "a date such as 2026-12-31"))
    return faults


def _is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_date(value):
    if isinstance(value, date):
        return True
    try:
        return bool(date.fromisoformat(str(value)))
    except ValueError:
        return False


def _assumptions(value, file, path):
    return parse_assumptions(value, file, path, read_reference_assumptions())


def _pilot(value, file, path):
    value, faults = _anything(value, file, path)
    return value, faults + pilot_result_faults(value, file, path)


def _correlations(value, file, path):
    return parse_correlations(value, file, path, read_reference_assumptions())


def _accepted(value, file, path):
    if not isinstance(value, list):
        return None, [bad_value(file, path, value, "a list of fault codes")]
    entries, faults = [], []
    for number, one in enumerate(value):
        entry, wrong = _accepted_entry(one)
        entries += [entry] if not wrong else []
        faults += [bad_value(file, (*path, number), one, expected, cure) for expected, cure in wrong]
    return tuple(entries), faults


def _accepted_entry(one):
    """Return (entry as a mapping, [(expected, cure), …]) of one accepted fault."""
    if isinstance(one, str):
        table, _, code = one.rpartition(".")
        one = {"code": code, "table": table}
    if not isinstance(one, dict):
        return {}, [("a fault code, `table.code`, or a mapping with code", "Write it so.")]
    entry = {key: str(one.get(key) or "") for key in ("code", "table", "column", "until")}
    wrong = []
    if entry["code"] not in FAULT_CODES:
        wrong.append(("a fault code", did_you_mean(entry["code"], FAULT_CODES, "data/README.md lists the codes.")))
    if entry["table"] and entry["table"] not in TABLES:
        wrong.append(("a table of the contract", did_you_mean(entry["table"], TABLES, "data/README.md lists them.")))
    if entry["until"] and not _is_date(entry["until"]):
        wrong.append(("a date such as 2026-12-31", "Write until so."))
    return entry, wrong


ROLE_KEYS = {"loaded_cost_per_year": "money", "hours_per_year": "hours", "heads": "people"}
TARGET_KEYS = ("kpi", "baseline", "target", "by", "owner")
PARSERS = {"name": _text, "currency": _currency, "locale": _locale, "minimum_group_size": _group_size,
           "team_only": _flag, "privacy": _privacy,
           "maximum_set_aside": _share, "accepted_faults": _accepted, "calendar": _mapping, "roles": _roles,
           "targets": _targets, "assumptions": _assumptions, "correlations": _correlations, "options": parse_options,
           "pilot": _pilot,
           "tools": parse_tools, "roadmap": _anything}
