"""Pilots: published effects of staggered starts, and formulas worked out by hand."""

from functools import cache, partial
from importlib import resources

import numpy as np
import pandas as pd

from upskill.kpi import benjamini_hochberg, minimum_detectable_effect, rollout_effect
from upskill.kpi.imputation import imputation_error
from upskill.kpi.panel import read_panel
from upskill.kpi.randomization import overall_weights
from upskill.kpi.rollout_methods import prepare
from upskill.kpi.twoway import two_way
from upskill.validation.case import Case

AREA = "Pilot"
DID = "R package did: county teen employment and minimum wages 2003-2007 (Callaway and Sant'Anna 2021)"
PEER = "diff-diff 3.13.0 on the same data"
WAVES = "csdid 0.4.3 and diff-diff 3.13.0 on twelve made-up teams"
WAVES_PEER = "diff-diff 3.13.0 on twelve made-up teams"
WAVES_FIXEST = "pyfixest 0.60.0 on twelve made-up teams; CRV3 by leaving out one team at a time"
BENJAMINI = "Benjamini and Hochberg 1995, JRSS B 57, 15 p values; R p.adjust"
# (group, period): effect and standard error, never-treated controls
CELLS = {
    (2004, 2004): (-0.0105032462209624, 0.0232510363681664), (2004, 2005): (-0.0704231581031467, 0.0309847667572767),
    (2004, 2006): (-0.137258738889403, 0.0364356642876865), (2004, 2007): (-0.100811363085404, 0.0343592258346732),
    (2006, 2004): (0.00652011242423301, 0.0233268051418047), (2006, 2005): (-0.00275081875051882, 0.0195585610358817),
    (2006, 2006): (-0.00459460695286304, 0.0177551966592763), (2006, 2007): (-0.0412244715462175, 0.0202291807041068),
    (2007, 2004): (0.0305066555832928, 0.01503356028013), (2007, 2005): (-0.00272589288611625, 0.0163958328955344),
    (2007, 2006): (-0.0310871193896889, 0.0178775113133435), (2007, 2007): (-0.0260544107191966, 0.0166554353492522)}
AVERAGES = {
    ("never", "simple", None): (-0.0399512751551763, 0.0120340127701854),
    ("never", "group", None): (-0.0310182822287484, 0.0124460593209979),
    ("never", "dynamic", None): (-0.0772398214573151, 0.0199649890618494),
    ("never", "calendar", None): (-0.0417004321312822, 0.01597185188456),
    ("not_yet", "simple", None): (-0.0397636256230437, 0.0120524247873419),
    ("not_yet", "group", None): (-0.030462228112565, 0.0125751201316818),
    ("not_yet", "dynamic", None): (-0.0773993139705847, 0.0195601769463944),
    ("not_yet", "calendar", None): (-0.0442670834758837, 0.0155709044211449)}
LABELED = {
    ("dynamic", -3): (0.0305066556, 0.0150335603), ("dynamic", -2): (-0.0005630846, 0.0132916447),
    ("dynamic", -1): (-0.0244587450, 0.0142364022), ("dynamic", 0): (-0.0199318168, 0.0118263641),
    ("dynamic", 1): (-0.0509573671, 0.0168934763), ("dynamic", 2): (-0.1372587389, 0.0364356643),
    ("dynamic", 3): (-0.1008113631, 0.0343592258), ("group", 2004): (-0.079749127, None),
    ("group", 2006): (-0.022909539, None), ("group", 2007): (-0.026054411, None),
    ("calendar", 2005): (-0.0704232, None), ("calendar", 2006): (-0.0488160, None), ("calendar", 2007): (-0.0370593, None)}
WAVE_AVERAGES = {
    ("never", "simple"): (-0.05726502331825125, 0.05295583032665869),
    ("not_yet", "simple"): (-0.055565787154706975, 0.0476662194707251),
    ("not_yet", "dynamic"): (-0.06845063547703685, 0.05015031880632408),
    ("not_yet", "group"): (-0.04787776287504442, 0.04626793639230533),
    ("not_yet", "calendar"): (-0.053425304829917426, 0.04770119498987638)}
P_VALUES = (.0001, .0004, .0019, .0095, .0201, .0278, .0298, .0344, .0459, .3240, .4262, .5719, .6528, .7590, 1.0)
ADJUSTED = (.0015, .003, .0095, .035625, .0603, .063857, .063857, .0645, .0765, .486, .581182, .714875, .753231, .813214, 1.0)
POWER_WEEKS, POWER_AUTOCORRELATIONS = (26, 52, 104), (0.0, 0.2, 0.4, 0.6)
POWER = {  # teams: smallest detectable effect by autocorrelation and weeks, log points
    6: ((.357, .253, .179), (.427, .306, .217), (.515, .375, .269), (.633, .477, .347)),
    12: ((.211, .149, .106), (.252, .181, .129), (.304, .222, .159), (.374, .282, .205)),
    24: ((.141, .100, .070), (.168, .121, .086), (.203, .148, .106), (.249, .188, .137)),
    48: ((.097, .069, .049), (.116, .083, .059), (.140, .102, .073), (.172, .130, .095)),
    96: ((.068, .048, .034), (.081, .058, .041), (.098, .071, .051), (.120, .091, .066))}


@cache
def counties():
    """County teen employment, one row per county and year: county, year, log_employment, log_population, first_treated."""
    wide = pd.read_csv(resources.files("upskill.validation") / "minimum_wage.csv")
    names = [name for name in wide if name.startswith("teens_")]
    long = wide.melt(["county", "first_treated", "population_thousands"], names, "year", "teens")
    return long.assign(year=long["year"].str[-4:].astype(int), log_employment=np.log(long["teens"]),
                       log_population=np.log(long["population_thousands"]))


def made_up_waves():
    """Twelve teams over 52 weeks in three waves and a rest, without random numbers: team, week, start (0 = never), y."""
    team, week = (grid.ravel() for grid in np.meshgrid(np.arange(1, 13), np.arange(1, 53), indexing="ij"))
    start = np.select([team <= 3, team <= 6, team <= 9], [17, 25, 33], 0)
    effect = np.where((start > 0) & (week >= start), -0.10 * (1 - np.exp(-(week - start + 1) / 8)), 0.0)
    y = 3 + 0.2 * np.sin(1.7 * team) + 0.01 * week + 0.15 * np.sin(0.9 * team * week + 0.3 * week) + effect
    return pd.DataFrame({"team": team, "week": week, "start": start, "y": y})


@cache
def _counties(method="group_time", control="never", covariates=()):
    return rollout_effect(counties(), "log_employment", "county", "year", "first_treated", method, control,
                          covariates=covariates, false_alarm_draws=0)


@cache
def _waves(method="group_time", control="never"):
    return rollout_effect(made_up_waves(), "y", "team", "week", "start", method, control, false_alarm_draws=0, draws=99)


def _cell(group, period, column):
    table = _counties().group_time
    return table.loc[(table["group"] == group) & (table["period"] == period), column].item()


def _average(found, kind, label, column):
    table = found.aggregations[found.aggregations["kind"] == kind]
    chosen = table["label"].isna() if label is None else table["label"] == label
    return table.loc[chosen, column].item()


def _events(event, column="value"):
    table = _counties("imputation").event_study.set_index("event_time")
    return table.loc[event, column]


def _two_way(which):
    panel = read_panel(made_up_waves(), "y", "team", "week", "start")
    found = two_way(panel.outcome, panel.observed, panel.after)
    return getattr(found, which)


def _imputation_error():
    panel = read_panel(made_up_waves(), "y", "team", "week", "start")
    ready = prepare(panel)
    return imputation_error(overall_weights(panel.observed, panel.first)[None], ready.fit, panel.first)[0]


def _ours(found, column):
    return found().overall[column]


def _group_time_cases():
    for (group, period), (value, error) in CELLS.items():
        yield f"effect of starts {group} in {period}", value, 1e-9, DID, partial(_cell, group, period, "value")
        yield f"effect of starts {group} in {period}: standard error", error, 1e-9, DID, partial(_cell, group, period, "standard_error")
    for (control, kind, label), (value, error) in AVERAGES.items():
        for column, number in (("value", value), ("standard_error", error)):
            yield (f"{kind} average, {control.replace('_', '-')} treated: {column.replace('_', ' ')}", number, 1e-9, DID,
                   lambda c=control, k=kind, n=label, w=column: _average(_counties(control=c), k, n, w))
    for (kind, label), (value, error) in LABELED.items():
        digits = 1e-7 if kind == "calendar" else 1e-9 if kind == "group" else 1e-10
        yield f"{kind} average at {label}", value, digits, DID, lambda k=kind, n=label: _average(_counties(), k, n, "value")
        if error is not None:
            yield (f"{kind} average at {label}: standard error", error, 1e-10, DID,
                   lambda k=kind, n=label: _average(_counties(), k, n, "standard_error"))
    for column, number in (("value", -0.0419686124215432), ("standard_error", 0.0114448297682151)):
        yield (f"simple average, log population by outcome regression: {column.replace('_', ' ')}", number, 1e-9, DID,
               lambda w=column: _average(_counties(covariates=("log_population",)), "simple", None, w))


def _other_county_cases():
    yield "imputation", -0.04770991827782, 1e-9, PEER, partial(_ours, partial(_counties, "imputation"), "value")
    yield "imputation: standard error", 0.0132224887, 1e-10, PEER, partial(_ours, partial(_counties, "imputation"), "standard_error")
    for event, value in enumerate((-0.031067, -0.052235, -0.136078, -0.104707)):
        yield f"imputation, {event} years after the start", value, 1e-6, PEER, partial(_events, event)
    yield "two-way fixed effects", -0.036549, 1e-6, "pyfixest 0.60.0 on the same data", partial(_ours, partial(_counties, "two_way"), "value")
    yield ("two-way fixed effects: standard error (CRV1)", 0.013265, 1e-6, "pyfixest 0.60.0 on the same data",
           partial(_ours, partial(_counties, "two_way"), "standard_error"))


def _wave_cases():
    yield "twelve teams: sum of outcomes", 2028.9130271046997, 1e-8, "arithmetic", lambda: made_up_waves()["y"].sum()
    yield "twelve teams: two-way fixed effects", -0.06068369621575962, 1e-9, WAVES_FIXEST, partial(_two_way, "value")
    for name, which, error in (("CRV1", "cluster", 0.009238418218415591), ("CRV3", "jackknife", 0.009825269438005236),
                               ("independent", "iid", 0.015454241195239402)):
        yield f"twelve teams: two-way fixed effects, standard error ({name})", error, 1e-9, WAVES_FIXEST, partial(_two_way, which)
    yield "twelve teams: imputation", -0.07831785240631085, 1e-9, WAVES_PEER, partial(_ours, partial(_waves, "auto"), "value")
    yield "twelve teams: imputation, standard error", 0.004351104015492701, 1e-9, WAVES_PEER, _imputation_error
    for (control, kind), (value, error) in WAVE_AVERAGES.items():
        for column, number in (("value", value), ("standard_error", error)):
            yield (f"twelve teams: {kind} average, {control.replace('_', '-')} treated: {column.replace('_', ' ')}", number, 1e-9,
                   WAVES, lambda c=control, k=kind, w=column: _average(_waves(control=c), k, None, w))


def _formula_cases():
    for place, adjusted in enumerate(ADJUSTED):
        yield (f"Benjamini-Hochberg: adjusted p value {place + 1}", adjusted, 1e-6, BENJAMINI,
               lambda at=place: benjamini_hochberg(P_VALUES)[at])
    quick = partial(minimum_detectable_effect, 6, 6, 26, 26, 0.3, 0.4)
    source = "closed form, checked by simulation"
    yield "smallest detectable effect, 12 teams, 52 weeks", 0.22165, 5e-6, source, quick
    yield "the same by the noncentral t distribution", 0.22185, 5e-6, source, partial(quick, exact=True)
    for teams, rows in POWER.items():
        for rho, row in zip(POWER_AUTOCORRELATIONS, rows):
            for weeks, value in zip(POWER_WEEKS, row):
                yield (f"smallest detectable effect, {teams} teams, {weeks} weeks, autocorrelation {rho}", value, 1e-3, source,
                       partial(minimum_detectable_effect, teams // 2, teams // 2, weeks // 2, weeks // 2, 0.3, rho))


def cases():
    """Return every case of this area."""
    parts = (_group_time_cases(), _other_county_cases(), _wave_cases(), _formula_cases())
    return [Case(AREA, name, expected, tolerance, source, compute) for part in parts for name, expected, tolerance, source, compute in part]


