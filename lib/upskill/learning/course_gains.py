"""What courses brought: learnt from own people against those not yet enrolled, with shrinkage to the catalogue."""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData

FEWEST = 10


def learnt_gains(program, before, after, day_before, day_after):
    """Return the gain of each course on each competency, catalogue and own data joined.

    Parameters
    ----------
    before, after : levels of each person by domain at two waves: person_id, domain, level (0 to 5, a
        number with decimals, from tests alone).
    day_before, day_after : last day of the first wave, first day of the second: a course counts for
        those who completed it between them.

    Change of level is regressed on the level before and on each completed course, domain by domain:
    people picked for low scores rise by themselves, as do those who were not trained, and the level
    before carries that (analysis of covariance; Van Breukelen 2006, Journal of Clinical Epidemiology 59). Errors
    are those
    of heteroskedastic least squares (HC3). The estimate of a domain is joined with the catalogue's gains on its
    competencies by precision (`joined`).

    Returns the columns of `course_gains`, and: completed (people behind the estimate), own, own_standard_error
    (levels, mean over the competencies of the domain), own_gain, own_gain_standard_error (the same in levels of this
    competency, had the whole domain shifted alike), source ("own data and catalogue", "catalogue: not
    enough data"). Below ten completions, or ten not enrolled, the catalogue stands.
    Raises NotEnoughData without both waves.
    """
    program.require("course_gains", "competencies", "enrolments")
    both = before.merge(after, on=["person_id", "domain"], suffixes=("_before", "_after"))
    if both.empty:
        raise NotEnoughData("nobody was assessed in both waves")
    domains = program["competencies"].drop_duplicates("competency_id").set_index("competency_id")["domain"]
    table = program["course_gains"].drop_duplicates(["course_id", "competency_id"]).copy()
    table["domain"] = table["competency_id"].map(domains)
    done = program["enrolments"].dropna(subset=["completed_on"])
    done = done[(done["completed_on"] > day_before) & (done["completed_on"] <= day_after)]
    own = {
        domain: _estimates(rows, done, table.loc[table["domain"] == domain, "course_id"].unique())
        for domain, rows in both.groupby("domain")
    }
    rows = [_joined(row, own.get(row.domain, {}).get(row.course_id), table, domains) for row in table.itertuples()]
    return pd.DataFrame(rows)


def _estimates(rows, done, courses):
    """Return {course: (own gain, standard error, completions)} of one domain."""
    change = (rows["level_after"] - rows["level_before"]).to_numpy(float)
    took = {
        course: rows["person_id"].isin(done.loc[done["course_id"] == course, "person_id"]).to_numpy()
        for course in courses
    }
    enough = [course for course, mask in took.items() if mask.sum() >= FEWEST and (~mask).sum() >= FEWEST]
    found = {course: (np.nan, np.nan, int(mask.sum())) for course, mask in took.items()}
    if not enough:
        return found
    start = rows["level_before"].to_numpy(float)
    design = np.column_stack(
        [np.ones(len(rows)), start - start.mean(), *[took[course].astype(float) for course in enough]]
    )
    if np.linalg.matrix_rank(design) < design.shape[1] or len(rows) <= design.shape[1] + 2:
        return found
    values, errors = _least_squares(design, change)
    for place, course in enumerate(enough):
        found[course] = (values[2 + place], errors[2 + place], int(took[course].sum()))
    return found


def _least_squares(design, outcome):
    """Return coefficients and HC3 standard errors."""
    inverse = np.linalg.inv(design.T @ design)
    values = inverse @ design.T @ outcome
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    residual = (outcome - design @ values) / np.maximum(1 - leverage, 1e-6)
    return values, np.sqrt(np.diag(inverse @ (design.T * residual**2) @ design @ inverse))


def _joined(row, own, table, domains):
    own_gain, own_error, completed = own if own is not None else (np.nan, np.nan, 0)
    result = {
        "course_id": row.course_id,
        "competency_id": row.competency_id,
        "from_level": row.from_level,
        "to_level": row.to_level,
        "gain": row.gain,
        "gain_standard_error": row.gain_standard_error,
        "completed": completed,
        "own": own_gain,
        "own_standard_error": own_error,
        "own_gain": np.nan,
        "own_gain_standard_error": np.nan,
        "catalogue": row.gain,
        "source": "catalogue: not enough data",
    }
    if not np.isfinite(own_gain) or not own_error > 0:
        return result
    # A domain's level is the mean of its competencies, of which this course teaches some.
    size = int((domains == row.domain).sum())
    same = table[(table["course_id"] == row.course_id) & (table["domain"] == row.domain)].dropna(subset=["gain"])
    gains = same["gain"].to_numpy(float)
    if not gains.sum() > 0 or row.competency_id not in set(same["competency_id"]):
        return result
    # A promise without an error may be wrong altogether.
    errors = same["gain_standard_error"].fillna(same["gain"]).to_numpy(float)
    found, found_errors = joined(gains, errors, own_gain, own_error, size)
    listed = gains.sum() / size
    result["own_gain"], result["own_gain_standard_error"] = row.gain * own_gain / listed, row.gain * own_error / listed
    place = int(np.flatnonzero(same["competency_id"] == row.competency_id)[0])
    result["gain"], result["gain_standard_error"] = max(0.0, float(found[place])), float(found_errors[place])
    result["source"] = "own data and catalogue"
    return result


def joined(gains, errors, own, own_error, size):
    """Return (gains, standard errors) of a course's competencies, the catalogue joined with own people's mean over the domain.

    Gaussian conditioning on own = sum of gains ÷ size, the catalogue's errors independent of each other: what is surest in the
    catalogue moves least.

    >>> [round(float(part[0]), 2) for part in joined(np.array([0.6]), np.array([0.2]), 0.4, 0.2, 1)]
    [0.5, 0.14]
    """
    share = 1 / size
    moves = errors**2 * share  # covariance of each gain with the domain's mean
    spread = float(((errors * share) ** 2).sum()) + own_error**2
    listed, variance = gains.sum() * share, errors**2 - moves**2 / spread
    return gains + moves * (own - listed) / spread, np.sqrt(np.maximum(variance, 0.0))
