"""What each AI tool is made for: the stages of the life cycle that program.yml names under `tools`."""

from upskill.data.assumptions import bad_value
from upskill.data.near import did_you_mean
from upskill.data.reference_tables import read_life_cycle


def parse_tools(value, file, path):
    """Return ({tool: stages}, faults); each tool names its stages as `{stages: [build, test]}`, or as the bare list."""
    if not isinstance(value, dict):
        return None, [bad_value(file, path, value, "a mapping of tools, each with its stages")]
    known, found, faults = list(dict.fromkeys(read_life_cycle()["stage"])), {}, []
    for tool, entry in value.items():
        stages = entry.get("stages") if isinstance(entry, dict) else entry
        if not isinstance(stages, list):
            faults.append(bad_value(file, (*path, tool), entry, "stages of the life cycle", "Write `{stages: [build, test]}`."))
            continue
        words = [str(stage).strip().lower() for stage in stages]
        faults += [bad_value(file, (*path, tool), stage, f"one of {', '.join(known)}", did_you_mean(stage, known, "Write one of these."))
                   for stage in words if stage not in known]
        found[str(tool).strip()] = tuple(stage for stage in words if stage in known)
    return found, faults
