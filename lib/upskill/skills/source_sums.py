"""Interviews, self-ratings and tests of one wave as sums by person, ready for the model that joins them."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from upskill.skills.evidence import roles_and_teams
from upskill.skills.scoring import GRID


@dataclass(frozen=True)
class Data:
    """Sums over ratings, by person. `interview[m]`: those of competencies that m raters rated.

    In interview sums the axes are domains, then the person's slots of raters;
    in those of self-ratings, domains, then the person's shift.
    """

    persons: pd.Index
    domains: tuple
    role: np.ndarray
    roles: int
    raters: np.ndarray  # persons × slots, -1 = empty
    rater_names: tuple
    interview: dict[int, tuple]
    interview_count: np.ndarray  # persons × domains
    self_sums: tuple
    likelihood: np.ndarray  # persons × domains × points, log P(answers | theta)
    tested: np.ndarray  # persons × domains
    groups: pd.DataFrame  # person (number), competency_id, domain (number), sum
    group_axes: np.ndarray

    @property
    def slots(self):
        return self.raters.shape[1]

    def part(self, rows):
        """Return the data of some persons."""
        keep = np.isin(self.groups["person"].to_numpy(), rows)
        renumber = np.full(len(self.persons), -1)
        renumber[rows] = np.arange(len(rows))
        groups = self.groups[keep].assign(person=lambda frame: renumber[frame["person"]]).reset_index(drop=True)
        return replace(
            self, persons=self.persons[rows], role=self.role[rows], raters=self.raters[rows],
            interview={m: tuple(part[rows] for part in sums) for m, sums in self.interview.items()},
            interview_count=self.interview_count[rows], self_sums=tuple(part[rows] for part in self.self_sums),
            likelihood=self.likelihood[rows], tested=self.tested[rows], groups=groups, group_axes=self.group_axes[keep])


def prepare(program, likelihoods, interviews, selves):
    """Return `Data` of all who took a test or were interviewed.

    likelihoods : domain -> DataFrame persons × points of log P(answers | theta).
    """
    domains = tuple(likelihoods)
    tested = pd.Index(sorted({person for frame in likelihoods.values() for person in frame.index}
                             | set(interviews.table["person_id"])), name="person_id")
    likelihood = np.zeros((len(tested), len(domains), len(GRID)))
    there = np.zeros((len(tested), len(domains)), dtype=bool)
    for number, frame in enumerate(likelihoods.values()):
        rows = tested.get_indexer(frame.index)
        likelihood[rows, number], there[rows, number] = frame.to_numpy(), True
    role, roles = pd.factorize(roles_and_teams(program, tested)["role"].fillna(""))
    own = selves.table[selves.table["person_id"].isin(tested)]
    table = interviews.table.assign(person=tested.get_indexer(interviews.table["person_id"]),
                                    place=pd.Index(domains).get_indexer(interviews.table["domain"]))
    table, raters, names = _slots(table, len(tested))
    sums, groups, axes = _interview_sums(table, len(tested), len(domains), raters.shape[1])
    count = np.zeros((len(tested), len(domains)), dtype=int)
    np.add.at(count, (table["person"].to_numpy(), table["place"].to_numpy()), 1)
    return Data(tested, domains, np.asarray(role), max(len(roles), 1), raters, names, sums, count,
                _self_sums(own, tested, domains), likelihood, there, groups, axes)


def _slots(table, persons):
    """Number the raters of each person; return the table with `slot`, persons × slots of raters, and their names."""
    rater, names = pd.factorize(table["rater_id"], sort=True)
    pairs = pd.DataFrame({"person": table["person"], "rater": rater}).drop_duplicates().sort_values(["person", "rater"])
    pairs["slot"] = pairs.groupby("person").cumcount()
    raters = np.full((persons, int(pairs["slot"].max()) + 1 if len(pairs) else 0), -1)
    raters[pairs["person"], pairs["slot"]] = pairs["rater"]
    slot = pd.DataFrame({"person": table["person"].to_numpy(), "rater": rater}).merge(pairs, how="left")["slot"]
    return table.assign(slot=slot.to_numpy(int)), raters, tuple(names)


def _interview_sums(table, persons, domains, slots):
    """Return {m: (z'z, (z'1)(1'z), z'y, (z'1)(1'y), y'y, (1'y)^2, groups)} and one row per person and competency."""
    codes, _ = pd.factorize(pd.MultiIndex.from_arrays([table["person"], table["competency_id"]]))
    count = int(codes.max()) + 1 if len(codes) else 0
    axes, size = np.zeros((count, domains + slots)), np.bincount(codes, minlength=count)
    place, slot = table["place"].to_numpy(), domains + table["slot"].to_numpy()
    value = table["value"].to_numpy(float)
    np.add.at(axes, (codes, place), 1)
    np.add.at(axes, (codes, slot), 1)
    total = np.bincount(codes, value, count)
    first = table.assign(code=codes).drop_duplicates("code").sort_values("code")
    groups = pd.DataFrame({"person": first["person"].to_numpy(int), "competency_id": first["competency_id"].to_numpy(),
                           "domain": first["place"].to_numpy(int), "sum": total, "size": size})
    width, found = domains + slots, {}
    for m in np.unique(size):
        rows, mine = np.flatnonzero(size[codes] == m), np.flatnonzero(size == m)
        person, owner = table["person"].to_numpy()[rows], groups["person"].to_numpy()[mine]
        one, two = np.zeros((persons, width, width)), np.zeros((persons, width, width))
        for a, b in ((place, place), (place, slot), (slot, place), (slot, slot)):
            np.add.at(one, (person, a[rows], b[rows]), 1)
        np.add.at(two, owner, axes[mine, :, None] * axes[mine, None, :])
        y_one, y_two = np.zeros((persons, width)), np.zeros((persons, width))
        for a in (place, slot):
            np.add.at(y_one, (person, a[rows]), value[rows])
        np.add.at(y_two, owner, axes[mine] * total[mine, None])
        squares = np.bincount(person, value[rows] ** 2, persons), np.bincount(owner, total[mine] ** 2, persons)
        found[int(m)] = (one, two, y_one, y_two, *squares, np.bincount(owner, minlength=persons))
    return found, groups, axes


def _self_sums(table, persons, domains):
    """Return z'z, z'y, y'y and the number of self-ratings, by person."""
    person, place = persons.get_indexer(table["person_id"]), pd.Index(domains).get_indexer(table["domain"])
    value, last = table["value"].to_numpy(float), len(domains)
    one, linear = np.zeros((len(persons), last + 1, last + 1)), np.zeros((len(persons), last + 1))
    shift = np.full(len(person), last)
    for a, b in ((place, place), (place, shift), (shift, place), (shift, shift)):
        np.add.at(one, (person, a, b), 1)
    for a in (place, shift):
        np.add.at(linear, (person, a), value)
    return one, linear, np.bincount(person, value**2, len(persons)), np.bincount(person, minlength=len(persons))
