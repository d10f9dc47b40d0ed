"""The options of a program: no training, build, buy, hybrid, each with its own numbers."""

from dataclasses import dataclass, field, replace

from upskill.data.assumptions import bad_value, parse_assumptions, read_reference_assumptions
from upskill.data.near import did_you_mean, nearest
from upskill.data.schema import Fault

NOTHING = ("no training", "nothing", "do nothing", "none", "status quo")
WORDS = ("meaning", "modality", "trains")
WHOLE = ("cohorts",)


@dataclass(frozen=True)
class Option:
    """One choice: what it is, whether anybody is trained, and {input: Assumption} of what program.yml says of it."""

    name: str
    meaning: str = ""
    trains: bool = True
    inputs: dict = field(default_factory=dict)


def parse_options(content, file, path):
    """Return ({name: Option}, faults) of the entry `options`, a mapping or a list of entries with a name."""
    if isinstance(content, list) and all(isinstance(one, dict) and "name" in one for one in content):
        keys = list(range(len(content)))
        named = [(str(one["name"]), {key: value for key, value in one.items() if key != "name"}) for one in content]
    elif isinstance(content, dict):
        keys, named = list(content), [(str(name), entry) for name, entry in content.items()]
    else:
        return None, [bad_value(file, path, content, "a mapping of options, or a list of them, each with a name")]
    options, faults = {}, []
    for key, (name, entry) in zip(keys, named, strict=True):
        option, more = _parse_option(name, entry, file, (*path, key))
        faults += more
        if option:
            options[name] = option
    return options, faults


def _parse_option(name, entry, file, path):
    entry = {} if entry is None else entry
    if not isinstance(entry, dict):
        return None, [bad_value(file, path, entry, "a mapping with the numbers of this option")]
    shipped = read_reference_assumptions("options")
    trains = entry.get("trains", name.strip().lower() not in NOTHING)
    faults = [] if isinstance(trains, bool) else [bad_value(file, (*path, "trains"), trains, "true or false")]
    numbers = {key: value for key, value in entry.items() if key in shipped}
    inputs, more = parse_assumptions(numbers, file, path, shipped)
    faults += more + _slips(entry, shipped, file, path) + _not_whole(inputs, file, path)
    if entry.get("modality") is not None:
        faults += _add_hours_of_modality(entry["modality"], inputs, file, path)
    return Option(name, str(entry.get("meaning") or ""), bool(trains), inputs), faults


def _slips(entry, shipped, file, path):
    """Entries of a company's own are welcome; one that is nearly a known one is a slip."""
    known = [*shipped, *WORDS]
    return [Fault("unknown_setting", file.file, "a known entry of an option", f"Did you mean {near}?",
                  file.line(*path, key), ".".join(map(str, (*path, key))), str(key))
            for key in entry if key not in known and (near := nearest(key, known, 0.75)) and near not in entry]


def _not_whole(inputs, file, path):
    """Return the faults of counts that are not one whole number."""
    wrong = [name for name in WHOLE if name in inputs
             and (inputs[name].kind != "constant" or inputs[name].parameters["value"] % 1)]
    return [bad_value(file, (*path, name), "", "one whole number") for name in wrong]


def _add_hours_of_modality(modality, inputs, file, path):
    """Put the published hours of a modality where the option names none of its own; return the faults."""
    known = read_reference_assumptions("modalities")
    if str(modality) not in known:
        return [bad_value(file, (*path, "modality"), modality, f"one of {', '.join(known)}",
                          did_you_mean(str(modality), known, "Or write authoring_hours_per_hour."))]
    if "authoring_hours_per_hour" not in inputs:
        shipped = read_reference_assumptions("options")["authoring_hours_per_hour"]
        inputs["authoring_hours_per_hour"] = replace(
            known[str(modality)], name="authoring_hours_per_hour", meaning=shipped.meaning, minimum=shipped.minimum)
    return []
