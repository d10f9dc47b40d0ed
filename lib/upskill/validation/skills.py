"""Skills: published results of LSAT6 and of reliability, and how often the intervals hold the truth."""

import tempfile
from functools import cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from upskill import data, skills
from upskill.simulate import simulate, write_program
from upskill.validation.case import Case

# Bock and Lieberman (1970), Psychometrika 35, 179-197: answer pattern and number of people.
LSAT6 = """
    00000:3 00001:6 00010:2 00011:11 00100:1 00101:1 00110:3 00111:4 01000:1 01001:8 01011:16
    01101:3 01110:2 01111:15 10000:10 10001:29 10010:14 10011:81 10100:3 10101:28 10110:15 10111:80
    11000:16 11001:56 11010:21 11011:173 11100:11 11101:61 11110:28 11111:298
"""
# British Social Attitudes 1990, six items on the environment, as in the R package ltm (0 = very concerned).
ENVIRONMENT = """
    000000:96 000001:27 000002:4 000010:1 000011:2 000022:1 000100:4 000101:5 000110:3 001000:3
    001001:2 001002:1 001010:1 001011:2 001012:1 001101:2 001102:1 001111:4 001112:1 001122:1
    002002:2 002112:1 010000:2 010021:1 010101:1 010111:1 010121:1 011011:1 011101:2 011110:1
    011111:1 012112:1 012212:1 021101:1 100000:14 100001:9 100002:3 100010:1 100011:2 100012:1
    100100:6 100101:4 100110:1 100112:2 100122:1 100200:1 101002:1 101021:1 101100:2 101101:1
    101102:1 101111:2 101112:1 102010:1 102121:1 102122:3 110000:1 110001:1 110002:1 110100:5
    110101:4 110102:1 110111:1 110112:1 111001:1 111101:1 111110:2 111111:7 111112:4 111122:1
    112122:3 112212:1 121222:1 200000:3 200002:1 200100:2 201011:1 201111:1 202212:1 210101:2
    211111:1 221111:1 221211:1 222212:1 222222:2
"""
RIZOPOULOS = "Rizopoulos (2006), Journal of Statistical Software 17(5)"
CONVERGED = "maximum likelihood on a 401-point grid to a gradient below 1e-13, independent code; agrees with the R package mirt"
BOCK = "computed from the counts of Bock and Lieberman (1970)"
LTM = "computed from the data Environment of the R package ltm"
GRID = "maximum likelihood, the same on grids of 61 to 401 points, independent code; the paper's -1091.232 and -1106.334 " \
       "come from 15 points"
TWO = {"data": "lsat6", "model": "2PL", "prior": None}
ONE = {"data": "lsat6", "model": "1PL", "prior": None}
GRADED = {"data": "environment", "model": "graded", "prior": None}
COMMON = {"data": "environment", "model": "1PL", "prior": None}
# Name, model, what, item (or None), expected, tolerance, source.
ROWS = (
    *((f"discrimination of item {item + 1}", TWO, "a", item, value, 1e-5, CONVERGED)
      for item, value in enumerate((0.825660, 0.722744, 0.890875, 0.688368, 0.656856))),
    *((f"intercept of item {item + 1}", TWO, "d", item, value, 1e-5, CONVERGED)
      for item, value in enumerate((2.773234, 0.990201, 0.249148, 1.284757, 2.053270))),
    ("log-likelihood, two parameters", TWO, "log_likelihood", None, -2466.653, 5e-4, CONVERGED),
    ("log-likelihood, one parameter", ONE, "log_likelihood", None, -2466.938, 5e-4, RIZOPOULOS),
    ("common discrimination, one parameter", ONE, "a", 0, 0.7551, 5e-5, RIZOPOULOS),
    *((f"difficulty of item {item + 1}, one parameter", ONE, "b", item, value, 5e-5, RIZOPOULOS)
      for item, value in enumerate((-3.6153, -1.3224, -0.3176, -1.7301, -2.7802))),
)
ENVIRONMENT_ROWS = (
    *((f"discrimination of item {item + 1}", GRADED, "a", item, value, 1e-5, GRID)
      for item, value in enumerate((1.383629, 2.356287, 3.173057, 3.270992, 2.977665, 1.796843))),
    *((f"first difficulty of item {item + 1}", GRADED, "b1", item, value, 1e-5, GRID)
      for item, value in enumerate((0.472749, 1.038845, 0.761545, 0.444002, 0.791347, 0.061483))),
    *((f"second difficulty of item {item + 1}", GRADED, "b2", item, value, 1e-5, GRID)
      for item, value in enumerate((2.556391, 2.467000, 1.759274, 2.127895, 1.834763, 1.395845))),
    ("log-likelihood, graded", GRADED, "log_likelihood", None, -1090.517569, 5e-6, GRID),
    ("log-likelihood, graded with a common slope", COMMON, "log_likelihood", None, -1106.241235, 5e-6, GRID),
)


def people(patterns):
    """Return persons × items from texts pattern:count."""
    pairs = [entry.split(":") for entry in patterns.split()]
    return np.array([[int(code) for code in pattern] for pattern, count in pairs for _ in range(int(count))], float)


@cache
def lsat6():
    """Return the 1,000 × 5 scores of LSAT6."""
    return people(LSAT6)


@cache
def environment():
    """Return the 291 × 6 answers of Environment, 0 = very concerned, 2 = not very concerned."""
    return people(ENVIRONMENT)


@cache
def _fit(data, model, prior):
    return skills.calibrate({"lsat6": lsat6, "environment": environment}[data](), model=model, prior=prior)


def _value(options, what, item):
    fitted = _fit(**options)
    return fitted.log_likelihood if item is None else fitted.items[what].iloc[item]


def _alpha(scores):
    return skills.coefficient_alpha(scores()).value


def cases():
    """Return every case of this area."""
    area = "Skills"
    found = [Case(area, f"LSAT6: {name}", expected, tolerance, source, partial(_value, options, what, item))
             for name, options, what, item, expected, tolerance, source in ROWS]
    found += [Case(area, f"Environment: {name}", expected, tolerance, source, partial(_value, options, what, item))
              for name, options, what, item, expected, tolerance, source in ENVIRONMENT_ROWS]
    return [*found, Case(area, "LSAT6: coefficient alpha", 0.2949972, 5e-8, BOCK, partial(_alpha, lsat6)),
            Case(area, "Environment: coefficient alpha", 0.8215428, 5e-8, LTM, partial(_alpha, environment))]


def intervals(seed, level, preset="lottery"):
    """Shortfalls, levels and changes: true abilities against cuts of which the company's are noisy estimates."""
    simulated = simulate(seed=seed, parts=("learning", "skills"), preset=preset)
    with tempfile.TemporaryDirectory() as folder:
        program = data.read_program(write_program(simulated, Path(folder) / "company"))
    drawn = skills.plausible_values(program, skills.calibrate_program(program), seed=seed)
    random = np.random.default_rng([seed, 1])
    cuts = {domain: (cut.levels, random.normal(cut.places, cut.standard_errors))
            for domain, cut in skills.read_cuts(program).items()}
    true = _true_gaps(simulated.truth["skills"], program, drawn, cuts)
    last = true[true["wave"] == drawn.waves[-1]]
    domains, roles = last.groupby("domain"), last.groupby(["role", "domain"])
    table = skills.shortfalls(program, drawn, ("domain",), level=level)
    by_role = skills.shortfalls(program, drawn, ("role", "domain"), level=level)
    by_role = by_role[by_role["people"] >= program.settings.minimum_group_size]
    change = skills.changes(program, drawn, level)
    return {
        "shortfall of a domain": _held(table, domains["gap"].mean()),
        "level reached in a domain": _held(table, domains["reached"].mean(), "reached_"),
        "share of people below target in a domain": _held(table, domains["is_below"].mean(), "share_"),
        "shortfall of a role in a domain": _held(by_role, roles["gap"].mean()),
        "share of a role below target in a domain": _held(by_role, roles["is_below"].mean(), "share_"),
        "change of a domain since the first wave": _held(change, _true_changes(true, drawn.waves))}


def _held(table, truth, prefix=""):
    """Share of the rows of a table whose interval holds the true value of their group."""
    joined = table.merge(truth.rename("true").reset_index(), on=truth.index.names)
    return float(joined["true"].between(joined[f"{prefix}low"], joined[f"{prefix}high"]).mean())


def _true_gaps(truth, program, drawn, cuts):
    """Level, target minus level, and who is below, per person assessed, wave and domain."""
    roles = program["people"].set_index("person_id")["role"]
    targets = skills.domain_targets(program)
    parts = []
    for (wave, domain), values in drawn.abilities.items():
        number = truth["domains"].index(domain)
        known = {person: row[number] for person, row in zip(truth["persons"], truth["waves"][wave]["ability"]) if row}
        frame = pd.DataFrame({"person_id": values.index, "wave": wave, "domain": domain})
        frame["role"] = frame["person_id"].map(roles)
        frame["reached"] = skills.continuous_level(frame["person_id"].map(known).to_numpy(float), *cuts[domain])
        frame["gap"] = targets.reindex(pd.MultiIndex.from_frame(frame[["role", "domain"]])).to_numpy(float) - frame["reached"]
        parts.append(frame.assign(is_below=frame["gap"] > 0))
    return pd.concat(parts, ignore_index=True)


def _true_changes(true, waves):
    """Mean change of level per domain, over those assessed in both waves."""
    first, last = (true[true["wave"] == wave] for wave in (waves[0], waves[-1]))
    both = first.merge(last, on=["person_id", "domain"])
    return (both["gap_x"] - both["gap_y"]).groupby(both["domain"]).mean()


def alpha_intervals(seed, level, persons=100, items=8, correlation=0.3):
    """Coefficient alpha of equally correlated normal scores, where k r / (1 + (k - 1) r) is the true one."""
    random = np.random.default_rng([seed, 3])
    common = np.sqrt(correlation) * random.standard_normal((persons, 1))
    found = skills.coefficient_alpha(common + np.sqrt(1 - correlation) * random.standard_normal((persons, items)), level)
    true = items * correlation / (1 + (items - 1) * correlation)
    return {"coefficient alpha of 8 items, 100 people": float(found.low <= true <= found.high)}
