"""The simulated schedule: how probable it is that each phase ends when it is planned to."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from upskill.roi.uncertainty import two_piece_normal


@dataclass(frozen=True)
class Simulated:
    """Draws of days: `starts`, `ends` (draws × phases, days after the first planned start); `phases`, `first_day`.

    `is_short`: draws × phases, whether the sessions that are planned have too few seats; such an end is no end, so that no
    date holds there.
    """

    phases: tuple
    first_day: pd.Timestamp
    starts: np.ndarray
    ends: np.ndarray
    is_short: np.ndarray

    def table(self, level=0.90):
        """Return one row per phase: phase, planned_end, low, middle, high (dates of its end), chance (to end as planned)."""
        tail = (1 - level) / 2
        rows = []
        for place, phase in enumerate(self.phases):
            planned = (phase.ends_on - self.first_day).days
            low, middle, high = (self.first_day + pd.Timedelta(days=float(day)).round("D")
                                 for day in np.quantile(self.ends[:, place], [tail, 0.5, 1 - tail]))
            rows.append({"phase": phase.name, "planned_end": phase.ends_on, "low": low, "middle": middle, "high": high,
                         "chance": float(self._has_ended(place, planned).mean())})
        return pd.DataFrame(rows)

    def _has_ended(self, places, day):
        return (self.ends[:, places] <= day + 0.5) & ~self.is_short[:, places]

    def short_of_seats(self):
        """Return, by phase, the share of futures in which planned sessions have too few seats for it, or for a phase that it needs."""
        return pd.Series(self.is_short.mean(axis=0), index=[phase.name for phase in self.phases])

    def chance_by(self, day, phase):
        """Return the chance that a phase has ended by a day."""
        place = [each.name for each in self.phases].index(phase)
        return float(self._has_ended(place, (pd.Timestamp(day) - self.first_day).days).mean())

    def chance_of_gate(self, day):
        """Return the chance that a gate can be held on its day: that each phase planned to end by then has ended by then.

        >>> from upskill.roadmap import read_phases
        >>> plan = {"phases": [{"name": "pilot", "starts_on": "2026-01-05", "ends_on": "2026-03-02"}]}
        >>> simulated = simulate_schedule(read_phases(plan), "2026-04-01")
        >>> simulated.chance_of_gate("2026-05-01")
        1.0
        """
        before = [place for place, phase in enumerate(self.phases) if phase.ends_on <= pd.Timestamp(day)]
        return float(self._has_ended(before, (pd.Timestamp(day) - self.first_day).days).all(axis=1).mean())

    def drivers(self):
        """Return, by phase, how strongly its length moves the end of the last phase (rank correlation, 0 to 1)."""
        length, last = self.ends - self.starts, self.ends.max(axis=1)
        return pd.Series({phase.name: _rank_correlation(length[:, place], last) for place, phase in enumerate(self.phases)})


def schedule_of(program, phases, seed=20261123):
    """Return the `Simulated` schedule of a program as seen on the last day of its data, with the seats of its sessions."""
    return simulate_schedule(phases, program.as_of, seed=seed, sessions=program.tables.get("course_sessions"))


def simulate_schedule(phases, today, draws=4000, seed=20261123, sessions=None):
    """Return the `Simulated` schedule as seen on a day.

    A phase starts when what it needs has ended and not before its planned start; its length is drawn from a two-piece normal of
    its (low, mode, high) weeks. What ended before `today` is as it was planned to be; what runs lasts at least until tomorrow, and is not taken to be
    late because it did not end early, as work fills the time that was planned for it. Lengths
    of phases share half of their variance, since what delays one delays others. `sessions`: course_id, starts_on,
    seats; a phase that trains people cannot end before the session begins in which the last of them finds a seat, counted
    from the day on which the phase starts: who misses a session waits for the next.
    """
    today, first = pd.Timestamp(today), phases[0].starts_on
    random = np.random.default_rng(seed)
    common, own = random.standard_normal((draws, 1)), random.standard_normal((draws, len(phases)))
    points = _normal_share(np.sqrt(0.5) * common + np.sqrt(0.5) * own)
    now = (today - first).days
    starts, ends, is_short = np.empty((draws, len(phases))), np.empty((draws, len(phases))), np.zeros((draws, len(phases)), dtype=bool)
    names = [phase.name for phase in phases]
    for place, phase in enumerate(phases):
        planned_start, planned_end = (phase.starts_on - first).days, (phase.ends_on - first).days
        ready = np.max([ends[:, names.index(need)] for need in phase.needs], axis=0) if phase.needs else np.full(draws, -np.inf)
        if planned_end < now:
            starts[:, place], ends[:, place] = planned_start, planned_end
            continue
        if planned_start < now:
            starts[:, place] = planned_start
            ends[:, place] = np.maximum(planned_start + _days(phase, points[:, place]), now + 1)
        else:
            starts[:, place] = np.maximum(ready, planned_start)
            ends[:, place] = starts[:, place] + _days(phase, points[:, place])
        is_short[:, place] = np.any([is_short[:, names.index(need)] for need in phase.needs], axis=0) if phase.needs else False
        for course, people in phase.trains if sessions is not None else ():
            seated, has_too_few = _day_of_last_seat(starts[:, place], sessions[sessions["course_id"] == course], people, first)
            is_short[:, place] |= has_too_few
            ends[:, place] = np.fmax(ends[:, place], seated)
    return Simulated(tuple(phases), first, starts, ends, is_short)


def _day_of_last_seat(starts, sessions, people, first):
    """Return, by draw, the day of the session with which so many people have a seat, else of the last one, and whether seats are too few."""
    sessions = sessions.dropna(subset=["starts_on", "seats"]).sort_values("starts_on")
    days = (sessions["starts_on"] - first).dt.days.to_numpy(dtype=float)
    seats = np.concatenate([[0.0], np.cumsum(sessions["seats"].to_numpy(dtype=float))])
    taken = seats[np.searchsorted(days, np.floor(starts))]
    last = np.searchsorted(seats, taken + people) - 1
    return np.append(days, np.nan)[np.minimum(last, max(len(days) - 1, 0))], last >= len(days)


def _days(phase, points):
    """Return lengths in days at these shares of the distribution."""
    return np.maximum(7 * two_piece_normal(points, *phase.weeks), 1.0)


def _normal_share(values):
    return np.clip(ndtr(values), 1e-6, 1 - 1e-6)


def _rank_correlation(first, second):
    first, second = (pd.Series(values).rank().to_numpy() for values in (first, second))
    if first.std() == 0 or second.std() == 0:
        return 0.0
    return float(max(np.corrcoef(first, second)[0, 1], 0.0))
