"""The truth that is written beside the data, and that no analysis reads."""

from dataclasses import asdict

import numpy as np
import pandas as pd

from upskill.simulate.abilities import levels, shortfalls
from upskill.simulate.delivery import training_curve
from upskill.simulate.framework import domains
from upskill.simulate.learning import true_gain_by_domain
from upskill.simulate.presets import ASSESSMENT, DELIVERY, PILOT


def _effect_curve(preset):
    weeks = np.arange(0, 53)
    d = DELIVERY
    return training_curve(weeks, preset.training, d.ramp_weeks, preset.dip, d.dip_weeks).round(6).tolist()


def _weekly(panel, column, digits=4):
    """Return a panel column as {team: [one value per week of the data]}."""
    seen = panel[panel["week"] >= 0]
    return {team: part[column].round(digits).tolist() for team, part in seen.groupby("team", sort=False)}


def delivery_truth(preset, panel, teams, calendar):
    """Return parameters and expectations of delivery; medians in hours, effects as log ratios."""
    seen = panel[panel["week"] >= 0]
    treated = seen.loc[seen["since_training"] >= 0, "training_effect"]
    medians = panel.assign(hours=np.exp(panel["expected_log_hours"]))
    return {
        "parameters": asdict(DELIVERY), "weeks": [str(day.date()) for day in calendar.mondays],
        "training_effect_by_week": _effect_curve(preset), "full_effect": preset.training,
        "mean_effect_on_treated_team_weeks": round(float(treated.mean()), 6),
        "team_intercepts": rounded(teams.set_index("team")["intercept"]),
        "expected_median_lead_time_hours": _weekly(medians, "hours"),
        "change_failure_rate": rounded(seen.groupby("team", sort=False)["change_failure_rate"].first()),
    }


def skills_truth(people, waves, abilities, assessed, cuts, true_gains):
    """Return abilities, levels and shortfalls of everybody at every wave; null = not assessed."""
    by_wave = {wave: _wave_truth(people, abilities[:, number], assessed[:, number], cuts)
               for number, wave in enumerate(waves["wave"])}
    return {"parameters": asdict(ASSESSMENT), "domains": domains(), "persons": people["person_id"].tolist(),
            "waves": by_wave, "core_course_gain": true_gain_by_domain(true_gains)}


def _wave_truth(people, abilities, there, cuts):
    by_role = shortfalls(people[there].reset_index(drop=True), abilities[there], cuts)
    heads = by_role["role"].map(people.loc[there, "role"].value_counts())
    company = by_role[["gap", "shortfall"]].mul(heads, axis=0).groupby(by_role["domain"], sort=False).sum()
    company = (company / int(there.sum())).round(6)
    return {"ability": [row.round(4).tolist() if ok else None for row, ok in zip(abilities, there)],
            "level": [row.tolist() if ok else None for row, ok in zip(levels(abilities, cuts), there)],
            "shortfall_by_role": _nested(by_role, "shortfall"), "gap_by_role": _nested(by_role, "gap"),
            "mean_shortfall": company["shortfall"].to_dict(), "mean_gap": company["gap"].to_dict()}


def _nested(by_role, column):
    return {role: rounded(part.set_index("domain")[column]) for role, part in by_role.groupby("role")}


def pilot_truth(preset):
    """Return the truth of the pilot: effect on log minutes, time saved as a share."""
    relative = round(float(np.expm1(preset.task_effect)), 6)
    return {"parameters": asdict(PILOT), "effect": preset.task_effect, "relative": relative,
            "training_time_saving": -relative}


def item_truth(test_items):
    """Return true item parameters: {item_id: {a, b}}."""
    return {row.item_id: {"a": float(row.a), "b": list(map(float, row.b)), "waves": row.waves}
            for row in test_items.itertuples()}


def rounded(values, digits=6):
    """Return a mapping of numbers, rounded."""
    return {key: round(float(value), digits) for key, value in pd.Series(values).items()}
