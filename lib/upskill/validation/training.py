"""How often the comparison of trained teams with those not yet trained holds the true effect."""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from upskill import data, skills
from upskill.simulate import simulate, write_program
from upskill.simulate.abilities import domain_gains
from upskill.simulate.learning import CORE
from upskill.simulate.presets import ASSESSMENT
from upskill.skills.training import ALL_DOMAINS

NEEDED = ("people", "waves", "competencies", "cuts", "role_targets", "courses", "items", "test_responses", "enrolments", "rollout")


def intervals(seed, level):
    """Difference in change between trained teams and others, against what the core course gave the trained people."""
    simulated = simulate(seed=seed, parts=("learning", "skills"))
    small = replace(simulated, tables={name: table for name, table in simulated.tables.items() if name in NEEDED})
    with tempfile.TemporaryDirectory() as folder:
        program = data.read_program(write_program(small, Path(folder) / "company"))
    random = np.random.default_rng([seed, 4])
    cuts = {domain: (cut.levels, random.normal(cut.places, cut.standard_errors))
            for domain, cut in skills.read_cuts(program).items()}
    found = skills.compare_with_untrained(program, level=level, seed=seed)
    true = true_effects(simulated, program, found, cuts)
    table = found.table.set_index("domain")
    held = true.between(table["low"].reindex(true.index), table["high"].reindex(true.index))
    return {"effect of training, a domain": float(held.drop(ALL_DOMAINS, errors="ignore").mean()),
            "effect of training, mean of domains": float(held[ALL_DOMAINS]) if ALL_DOMAINS in held else np.nan}


def true_effects(simulated, program, found, cuts):
    """Return by domain, and of all, how many levels the core course added to those of the trained teams.

    What a person gained is split over courses in proportion to their gains,
    as the simulator makes it: level now less level without the core course.
    """
    truth, waves = simulated.truth["skills"], program["waves"].set_index("wave")
    known = {wave: dict(zip(truth["persons"], truth["waves"][wave]["ability"], strict=True))
             for wave in (found.first_wave, found.last_wave)}
    ability = {wave: pd.DataFrame({person: row for person, row in rows.items() if row}, truth["domains"]).T
               for wave, rows in known.items()}
    gains = domain_gains(pd.DataFrame(simulated.truth["true_course_gains"]))
    done = program["enrolments"]
    done = done[(done["completed_on"] > waves.loc[found.first_wave, "starts_on"])
                & (done["completed_on"] <= waves.loc[found.last_wave, "starts_on"])]
    total, core = (rows.groupby("person_id")["course_id"].agg(lambda ids: gains.loc[ids].to_numpy().sum(axis=0))
                   for rows in (done, done[done["course_id"] == CORE]))
    drift = ASSESSMENT.drift_per_wave * (len(waves) - 1)
    people = program["people"].set_index("person_id")["team"]
    result = {}
    for number, domain in enumerate(truth["domains"]):
        if domain not in set(found.table["domain"]):
            continue
        before, after = ability[found.first_wave][domain], ability[found.last_wave][domain]
        trained = [person for person in before.index.intersection(after.index) if people[person] in found.trained]
        share = pd.Series([core[p][number] / total[p][number] if p in core.index and total[p][number] > 0 else 0.0
                           for p in trained], trained)
        without = after[trained] - (after[trained] - before[trained] - drift) * share
        gap = [skills.continuous_level(values.to_numpy(), *cuts[domain]) for values in (after[trained], without)]
        result[domain] = float((gap[0] - gap[1]).mean())
    return pd.Series(result | {ALL_DOMAINS: np.mean(list(result.values()))})
