"""A panel of teams by periods with staggered starts: read once, checked once, then plain arrays."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData


@dataclass(frozen=True)
class Panel:
    """Outcomes of units by period.

    `outcome`: units × periods, NaN = gap. `first`: position of the first treated
    period of each unit, `periods` = not within these data. `clock`: whole steps from
    the first period, so that event times count calendar steps where periods are
    missing. `strata`: the lottery's, by unit;
    `covariates`: units × covariates, or None. `notes`: what was left out,
    in words.
    """

    outcome: np.ndarray = field(repr=False)
    first: np.ndarray = field(repr=False)
    clock: np.ndarray = field(repr=False)
    units: pd.Index = field(repr=False)
    labels: pd.Index = field(repr=False)
    strata: np.ndarray = field(repr=False)
    covariates: np.ndarray | None = field(default=None, repr=False)
    notes: tuple = ()

    @property
    def observed(self):
        """Units × periods, True where there is a value."""
        return np.isfinite(self.outcome)

    @property
    def periods(self):
        return self.outcome.shape[1]

    @property
    def after(self):
        """Units × periods, True from the unit's start on."""
        return np.arange(self.periods) >= self.first[:, None]

    @property
    def cohorts(self):
        """Positions of the starts within the data, ascending."""
        return np.unique(self.first[self.first < self.periods])

    @property
    def balanced(self):
        return bool(self.observed.all())

    def event_time(self, first=None):
        """Units × periods: steps since the start (0 = first treated period); large and negative for never treated."""
        first = self.first if first is None else np.asarray(first)
        start = np.append(self.clock, 10**9)[first]
        return self.clock[None, :] - start[..., None]


def read_panel(panel, outcome, unit, period, starts, strata=None, covariates=()):
    """Turn a long table, one row per unit and period, into a `Panel`.

    `starts`: first treated period, the same in every row of a unit; empty, 0 (where
    all periods are above 0), infinite or after the last period = not treated within
    these data. Dates that fall into a period count from that period on. Units that
    are treated in their first period or from before, and units without a value,
    are left out and named. Raises ValueError for duplicates and for starts that
    differ within a unit, NotEnoughData where nothing can be compared.
    """
    columns = list(dict.fromkeys([outcome, unit, period, starts, *([strata] if strata else []), *covariates]))
    missing = [name for name in columns if name not in panel.columns]
    if missing:
        raise ValueError(f"the panel has no column {', '.join(map(repr, missing))}; it has {', '.join(map(str, panel.columns))}")
    rows = panel[columns].dropna(subset=[unit]).copy()
    left = len(panel) - len(rows)
    notes = [f"{left} rows without {unit} left out"] if left else []
    rows["_period"] = _times(rows[period], period)
    _refuse_duplicates(rows, unit, period)
    values = pd.to_numeric(rows[outcome], errors="coerce").astype(float)
    if (values.isna() & rows[outcome].notna()).any():
        raise ValueError(f"{outcome} is not a number: {rows.loc[values.isna() & rows[outcome].notna(), outcome].iloc[0]!r}")
    rows["_value"] = values.where(np.isfinite(values))
    wide = rows.pivot(index=unit, columns="_period", values="_value").sort_index(axis=1)
    wide = wide.loc[:, wide.notna().any()]
    if wide.shape[1] < 2:
        raise NotEnoughData(f"{outcome} has values in {wide.shape[1]} period(s); an effect needs at least two")
    first = _first_periods(rows, unit, starts, wide, notes)
    return _panel(rows, wide, first, notes, unit, strata, covariates, period)


def _panel(rows, wide, first, notes, unit, strata, covariates, period):
    observed = wide.notna().to_numpy()
    empty = ~observed.any(axis=1)
    earliest = np.where(empty, 0, observed.argmax(axis=1))
    always = ~empty & (first <= earliest)
    for which, why in ((empty, "without any value"), (always, "treated from their first value on, so nothing to compare with")):
        if which.any():
            notes.append(f"{which.sum()} {unit}(s) {why}, left out: {_some(wide.index[which])}")
    keep = ~(empty | always)
    if not (first[keep] < wide.shape[1]).any():
        raise NotEnoughData("no unit has both values before its start and after: " + ("; ".join(notes) or "nobody is treated"))
    per_unit = rows.groupby(unit).first().reindex(wide.index)
    extra = per_unit[list(covariates)].to_numpy(float)[keep] if covariates else None
    if extra is not None and not np.isfinite(extra).all():
        raise ValueError("covariates must be known for every unit")
    layers = pd.factorize(per_unit[strata])[0][keep] if strata else np.zeros(keep.sum(), dtype=int)
    if np.ptp(wide.to_numpy()[keep][observed[keep]]) == 0:
        raise NotEnoughData("the outcome is the same everywhere, so there is nothing to estimate")
    labels = wide.columns
    if pd.api.types.is_float_dtype(labels) and (labels == labels.round()).all():
        labels = labels.astype(int)
    return Panel(wide.to_numpy()[keep], first[keep], _clock(labels), wide.index[keep], labels, layers, extra, tuple(notes))


def _times(values, name):
    """Periods as numbers or timestamps."""
    if isinstance(values.dtype, pd.PeriodDtype):
        return values.dt.to_timestamp()
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.dt.tz_localize(None) if values.dt.tz is not None else values
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return values.astype(float)
    filled = values.where(values.notna() & (values.astype(str).str.strip() != ""))
    numbers = pd.to_numeric(filled, errors="coerce")
    if numbers.notna().sum() == filled.notna().sum():
        return numbers.astype(float)
    try:
        dates = pd.to_datetime(filled, format="ISO8601")
    except (ValueError, TypeError) as error:
        raise ValueError(f"{name} must hold numbers or ISO dates: {error}") from None
    return dates.dt.tz_localize(None) if getattr(dates.dt, "tz", None) is not None else dates


def _refuse_duplicates(rows, unit, period):
    if rows["_period"].isna().any():
        raise ValueError(f"{rows['_period'].isna().sum()} rows have no {period}")
    twice = rows.duplicated([unit, "_period"], keep=False)
    if twice.any():
        pairs = rows.loc[twice, [unit, period]].drop_duplicates()
        raise ValueError(f"{len(pairs)} pairs of {unit} and {period} occur more than once, first {tuple(pairs.iloc[0])}; "
                         "an estimate needs one row each")


def _first_periods(rows, unit, starts, wide, notes):
    """Position of the first treated period by unit; the number of periods where there is none."""
    times, dated = _times(rows[starts], starts), isinstance(wide.columns, pd.DatetimeIndex)
    rows = rows.assign(_start=times)
    if not dated:
        if pd.api.types.is_datetime64_any_dtype(rows["_start"]) and rows["_start"].notna().any():
            raise ValueError(f"{starts} holds dates but periods are numbers")
        rows["_start"] = rows["_start"].astype(float).where(np.isfinite(rows["_start"].astype(float)))
        if (rows["_start"] == 0).any() and wide.columns.min() > 0:
            rows["_start"] = rows["_start"].where(rows["_start"] != 0)
            notes.append(f"{starts} = 0 read as never treated")
    elif not pd.api.types.is_datetime64_any_dtype(rows["_start"]):
        zero = pd.to_numeric(rows["_start"], errors="coerce")
        if (zero.notna() & (zero != 0) & np.isfinite(zero)).any():
            raise ValueError(f"{starts} holds numbers but periods are dates")
        rows["_start"] = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    kinds = rows.groupby(unit)["_start"].agg(lambda s: s.nunique(dropna=False))
    if (kinds > 1).any():
        raise ValueError(f"{starts} differs within {(kinds > 1).sum()} {unit}(s): {_some(kinds.index[kinds > 1])}")
    start = rows.groupby(unit)["_start"].first().reindex(wide.index)
    labels = wide.columns
    if dated:  # a date inside a period counts from that period on
        step = pd.Series(labels).diff().min()
        place = labels.searchsorted(start.fillna(labels[0]), side="right") - 1
        between = start.notna() & ~start.isin(labels) & (start > labels[0])
        place = np.where(start >= labels[-1] + step, len(labels), place)
        if between.any():
            notes.append(f"{between.sum()} start dates lie inside a period, which counts as treated")
    else:
        place = labels.searchsorted(start.fillna(labels[0]))
    later = start.notna() & (place >= len(labels))
    if later.any():
        notes.append(f"{later.sum()} {unit}(s) start after the last period and serve as not treated")
    return np.where(start.isna(), len(labels), np.maximum(place, 0)).astype(int)


def _clock(labels):
    """Whole steps since the first period; positions where the spacing has no common step."""
    if isinstance(labels, pd.DatetimeIndex):
        if len(set(labels.day)) == 1 and (labels == labels.normalize()).all() and len(set(labels.month)) > 1:
            steps = (labels.year * 12 + labels.month).to_numpy()
        else:
            steps = ((labels - labels[0]) // pd.Timedelta(days=1)).to_numpy()
    else:
        steps = labels.to_numpy(float)
        if not np.allclose(steps, np.round(steps)):
            return np.arange(len(labels))
    steps = np.round(steps).astype(np.int64)
    gaps = np.diff(steps)
    if (gaps <= 0).any():
        return np.arange(len(labels))
    return (steps - steps[0]) // np.gcd.reduce(gaps)


def _some(names, most=5):
    names = [str(name) for name in names]
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
