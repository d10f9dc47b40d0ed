"""Which inputs of the money model move together: `correlations` in program.yml."""

from dataclasses import dataclass

from upskill.data.assumptions import bad_value
from upskill.data.near import did_you_mean

KEYS = ("between", "rank", "source", "note")
FORM = "an entry such as {between: [completion_share, training_time_saving], rank: 0.4}"


@dataclass(frozen=True)
class RankCorrelation:
    """The rank correlation of two inputs, between -1 and 1."""

    first: str
    second: str
    rank: float
    source: str = ""


def parse_correlations(content, file, path, known):
    """Return (correlations, faults) of the list in program.yml; faulty entries are left out.

    known: the inputs of the money model. Names with a dot belong to the options
    (build.price_per_engineer); the money model checks them.
    """
    if not isinstance(content, list):
        return (), [bad_value(file, path, content, f"a list; each an {FORM[3:]}")]
    found, faults, pairs = [], [], {}
    for number, entry in enumerate(content):
        one, more = _parse_one(entry, file, (*path, number), known)
        pair = one and frozenset((one.first, one.second))
        if one and pair in pairs:
            more.append(bad_value(file, (*path, number), " and ".join(sorted(pair)), "each pair of inputs once",
                                  f"Entry {pairs[pair] + 1} has it already; keep one."))
        faults += more
        if one and not more:
            found.append(one)
            pairs[pair] = number
    return tuple(found), faults


def _parse_one(entry, file, path, known):
    if not isinstance(entry, dict):
        return None, [bad_value(file, path, entry, FORM)]
    faults = [bad_value(file, (*path, key), key, f"one of {', '.join(KEYS)}", did_you_mean(key, KEYS, "Remove it."))
              for key in entry if key not in KEYS]
    names, rank = entry.get("between"), entry.get("rank")
    if not isinstance(names, list) or len(names) != 2 or not all(isinstance(name, str) for name in names):
        return None, [*faults, bad_value(file, (*path, "between"), names, "a list of two inputs",
                                         "Write between: [one, other].")]
    if names[0] == names[1]:
        faults.append(bad_value(file, (*path, "between"), names[0], "two different inputs",
                                "An input moves with itself."))
    faults += [bad_value(file, (*path, "between"), name, "an input of the money model",
                         did_you_mean(name, known, "data/reference/assumptions.yml lists them."))
               for name in names if known and name not in known and "." not in name]
    if isinstance(rank, bool) or not isinstance(rank, (int, float)) or not -1 < rank < 1:
        faults.append(bad_value(file, (*path, "rank"), rank, "a number between -1 and 1 (both excluded)",
                                "0 is no relation, 0.3 a weak and 0.7 a strong one."))
        return None, faults
    return RankCorrelation(names[0], names[1], float(rank), str(entry.get("source") or "")), faults
