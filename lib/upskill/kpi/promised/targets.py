"""Targets of program.yml: how far off each is, and the chance that what is measured on the day meets it."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from upskill.data.kpis import bounds_of, kpi_name
from upskill.data.schema import NotEnoughData
from upskill.kpi.autoregression import contrast, fit_levels, mixture_interval
from upskill.kpi.definitions import NAMES, Definition, reported, variants
from upskill.kpi.forecast import FEWEST_PERIODS, foresee
from upskill.kpi.people.surveys import constructs, wave_levels, wave_order
from upskill.kpi.promised.measured import from_scale, measure_series, to_scale

LIKELY, UNLIKELY = 0.8, 0.2
# A written baseline that is farther than this factor from what was measured at first is probably in another unit.
OTHER_UNIT = 5.0
NAN = float("nan")


@dataclass(frozen=True)
class Promise:
    """One target and where it stands, all in the unit of the KPI.

    `now`, `low`, `high`: level over the last quarter (`measured` says which) with its
    interval; `distance`: what is still to go (negative = beyond the target) with
    `distance_low`, `distance_high`; `chance`: probability, 0 to 1, that the level
    measured over the quarter that ends on the day meets the target (NaN where nothing
    can be said); `expected_low`, `expected_high`: interval of what will be measured
    then; `people`: number of people behind it, 0 = not about people; `verdict`: "met",
    "missed", "reached", "likely", "open", "unlikely", "not known"; `reason`: why
    something is not known; `doubt`: what looks wrong with the entry.
    """

    name: str
    definition: Definition
    target: float
    baseline: float = NAN
    by: pd.Timestamp = pd.NaT
    owner: str = ""
    now: float = NAN
    low: float = NAN
    high: float = NAN
    level: float = 0.90
    measured: str = ""
    better: str = ""
    chance: float = NAN
    expected_low: float = NAN
    expected_high: float = NAN
    people: int = 0
    verdict: str = "not known"
    reason: str = ""
    doubt: str = ""

    @property
    def distance(self):
        return self._toward(self.now)

    @property
    def distance_low(self):
        return min(self._toward(self.low), self._toward(self.high))

    @property
    def distance_high(self):
        return max(self._toward(self.low), self._toward(self.high))

    def _toward(self, value):
        return value - self.target if self.better == "lower" else self.target - value


def promises(program, level=0.90):
    """Return a Promise for each target of program.yml, in its order; () where there are none.

    `level`: of the intervals. A target that cannot be held against data is returned
    with its reason.
    """
    return tuple(_promise(program, entry, level) for entry in program.settings.targets)


def _promise(program, entry, level):
    name = kpi_name(entry["kpi"])
    promise = Promise(name, _meaning(name), float(entry["target"]), _number(entry.get("baseline")),
                      pd.to_datetime(str(entry["by"])) if entry.get("by") else pd.NaT, str(entry.get("owner") or ""),
                      level=level)
    promise = replace(promise, better=_direction(promise))
    low, high, words = bounds_of(name)
    if (low is not None and promise.target < low) or (high is not None and promise.target > high):
        return replace(promise, reason=f"the target of {promise.target:g} cannot be: expected {words}")
    try:
        found = _measured(program, promise) if promise.definition.place != "people" else _of_people(program, promise)
    except NotEnoughData as error:
        return replace(promise, reason=str(error))
    except KeyError:
        return replace(promise, reason="no KPI has this name, and kpi_observations does not have it either")
    if found.doubt:
        return replace(found, chance=NAN, expected_low=NAN, expected_high=NAN)
    return replace(found, verdict=_verdict(found, program.as_of))


def _number(value):
    return NAN if value is None else float(value)


def _meaning(name):
    return next(one for one in variants(name) if not one.from_history) if name in NAMES else reported(name)


def _direction(promise):
    """Which way is better: as the definition says; for a KPI of the company's own from baseline to target."""
    if promise.definition.better:
        return promise.definition.better
    return "lower" if promise.target < promise.baseline else "higher"


def _of_people(program, promise):
    """Where a KPI of people stands: from ready-made figures, else from the last wave of a survey."""
    minimum = program.settings.minimum_group_size
    try:
        found = _measured(program, promise)
    except NotEnoughData:
        found = _last_wave(program, promise)
    if found.people < minimum:
        raise NotEnoughData(f"fewer than {minimum} people answered")
    return found


def _last_wave(program, promise):
    asked = next((one for one in constructs(program) if one.name == promise.name), None)
    if asked is None:
        raise NotEnoughData(f"no survey asks about {promise.definition.title.lower()}, and kpi_observations does not have it")
    waves = wave_levels(asked, wave_order(program, asked.answers["wave"].unique()), promise.level)
    last = waves.iloc[-1]
    return replace(promise, now=last["value"], low=last["low"], high=last["high"], people=int(last["people"]),
                   measured=f"wave {last['wave']}", doubt=_doubt(promise, waves["value"].iloc[0]),
                   reason=f"{len(waves)} wave{'' if len(waves) == 1 else 's'}; foresight needs {FEWEST_PERIODS} periods")


def _measured(program, promise):
    """Where any other KPI stands, and what it will be measured at on the day."""
    found = measure_series(program, promise.name)
    promise = replace(promise, definition=found.definition)
    values, positions = found.scaled(), found.positions
    due = promise.by + pd.Timedelta(days=1) if not pd.isna(promise.by) else found.ends.iloc[-1]
    # The last period that is over on the day; one day of grace, since calendar months differ in length.
    ahead = int(np.floor((due - found.ends.iloc[-1] + pd.Timedelta(days=1.5)) / pd.Timedelta(days=found.days)))
    is_past = ahead <= 0 and not pd.isna(promise.by) and due <= program.as_of + pd.Timedelta(days=1)
    last = positions[-1] + min(ahead, 0) if is_past else positions[-1]
    places = np.flatnonzero((positions <= last) & (positions > last - found.window))
    if not len(places):
        raise NotEnoughData("nothing was measured in the quarter before the day")
    promise = replace(promise, **_now(found, values, positions, places, promise.level),
                      doubt=_doubt(promise, found.level(np.arange(min(found.window, len(positions))))))
    promise = replace(promise, people=_people_behind(found, places))
    if found.definition.base == "licensed people" and promise.people < program.settings.minimum_group_size:
        raise NotEnoughData(f"fewer than {program.settings.minimum_group_size} people have a license")
    if pd.isna(promise.by) or is_past:
        return promise
    return _foreseen(promise, found, values, positions, max(ahead, 0))


def _people_behind(found, places):
    """People behind a level: the fewest answers, or licensed people, of any of its periods; 0 where it is not of people."""
    fewest = found.series["base"].iloc[places].min()
    if found.definition.base == "licensed people":
        return int(fewest * 7 / found.days)
    return int(fewest) if found.definition.family == "people" else 0


def _now(found, values, positions, places, level):
    """Level over some periods, its interval from the noise of the whole history, and words for when it was."""
    center = found.level(places)
    estimate = _noise_interval(found, values, positions, len(places), level)
    ends = (NAN, NAN)
    if estimate is not None and np.isfinite(center):
        middle = to_scale(center, found.definition)
        ends = from_scale(middle + estimate.low, found.definition), from_scale(middle + estimate.high, found.definition)
    first, last = found.series["period"].iloc[places[0]], found.ends.iloc[places[-1]] - pd.Timedelta(days=1)
    return {"now": center, "low": float(ends[0]), "high": float(ends[1]), "measured": f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"}


def _noise_interval(found, values, positions, count, level):
    """Interval of the noise of a mean of `count` periods, around zero; None where there are too few periods."""
    if len(values) >= FEWEST_PERIODS and np.ptp(values) > 0:
        noise = foresee(values, positions, 0, count, found.series["base"].to_numpy(float))
        return mixture_interval(0.0, noise.noise, noise.weights, noise.degrees, level)
    if len(values) < 3 or np.ptp(values) == 0:
        return None
    estimate = contrast(fit_levels(values, np.ones(len(values), dtype=bool), positions.astype(int)), level=level)
    return replace(estimate, value=0.0, low=estimate.low - estimate.value, high=estimate.high - estimate.value)


def _foreseen(promise, found, values, positions, ahead):
    """Add the chance of being there, and what will be measured."""
    try:
        coming = foresee(values, positions, ahead, found.window, found.series["base"].to_numpy(float))
    except NotEnoughData as error:
        return replace(promise, reason=str(error))
    if ahead == 0:
        return replace(promise, reason="the quarter that counts is measured already")
    below = coming.chance_below(to_scale(promise.target, found.definition))
    low, high = (float(from_scale(end, found.definition)) for end in coming.interval(promise.level))
    return replace(promise, chance=below if promise.better == "lower" else 1 - below, expected_low=low, expected_high=high)


def _doubt(promise, first):
    """Say where a written number looks as if it were in another unit."""
    written = promise.baseline if np.isfinite(promise.baseline) else promise.target
    if promise.definition.distribution == "score" or not (np.isfinite(first) and first > 0 and written > 0):
        return ""
    ratio = written / first
    if 1 / OTHER_UNIT <= ratio <= OTHER_UNIT:
        return ""
    what = "baseline" if np.isfinite(promise.baseline) else "target"
    times = f"{ratio:.0f} times" if ratio > 1 else f"1/{1 / ratio:.0f} of"
    return f"the {what} written is {times} what was measured at first: another unit?"


def _verdict(promise, as_of):
    """Say where a target stands, from the interval of now and the chance."""
    beyond, short = promise.distance_high <= 0, promise.distance_low > 0
    is_past = not pd.isna(promise.by) and promise.by <= as_of
    if is_past:
        return "met" if beyond else "missed" if short else "not known"
    if np.isfinite(promise.chance):
        return ("reached" if beyond and promise.chance >= LIKELY else "likely" if promise.chance >= LIKELY else
                "unlikely" if promise.chance <= UNLIKELY else "open")
    return "reached" if beyond else "not known"

