"""Changes that are still open, or were closed without merging, against numbers worked out by hand and simulated truth."""

import numpy as np
import pytest

from upskill.kpi import censored_quantile, cumulative_incidence, incidence_quantile, quantile_given_event


def test_incidence_by_hand():
    # Ends at 1 (merged), 2 (closed), 3 (merged), 5 (merged); open at 2 and 4. At risk: 6, 5, 3, 1.
    found = cumulative_incidence([1, 2, 2, 3, 4, 5], [1, 2, 0, 1, 0, 1])
    assert found.times.tolist() == [1, 2, 3, 5]
    survival = np.array([1, 5 / 6, 5 / 6 * 4 / 5, 5 / 6 * 4 / 5 * 2 / 3])
    assert found.share == pytest.approx(np.cumsum([1 / 6, 0, survival[2] / 3, survival[3]]))
    assert found.known == pytest.approx(1)


def test_all_ways_to_end_and_the_open_add_up_to_one():
    random = np.random.default_rng(5)
    hours, outcome = random.exponential(10, 300).round(), random.integers(0, 3, 300)
    merged, closed = (cumulative_incidence(hours, outcome, event) for event in (1, 2))
    assert (merged.times == closed.times).all()
    assert merged.share[-1] + closed.share[-1] == pytest.approx(merged.known)


def test_without_rivals_it_is_kaplan_meier_and_without_open_ones_the_plain_median():
    random = np.random.default_rng(6)
    hours, finished = random.exponential(10, 101).round(1), random.random(101) < 0.8
    assert quantile_given_event(hours, finished.astype(int))[0] == censored_quantile(hours, finished)
    outcome = np.where(random.random(101) < 0.3, 2, 1)
    assert quantile_given_event(hours, outcome)[0] == np.median(hours[outcome == 1])


def test_interval_covers_the_median_of_what_gets_merged():
    random, hits = np.random.default_rng(7), []
    for _ in range(400):
        merged, closed = random.exponential(10, 80), random.exponential(30, 80)
        seen = random.uniform(0, 60, 80)
        ended = np.minimum(merged, closed)
        outcome = np.where(ended > seen, 0, np.where(merged < closed, 1, 2))
        _, low, high = quantile_given_event(np.minimum(ended, seen), outcome)
        hits.append(low <= 7.5 * np.log(2) <= high)  # the earlier of the two is exponential with mean 7.5
    assert 0.86 <= np.mean(hits) <= 0.97


def test_closed_ones_count_among_all_but_not_among_the_merged():
    hours, outcome = [1, 1, 2, 2, 3, 4], [2, 2, 1, 1, 1, 1]
    assert quantile_given_event(hours, outcome)[0] == 2.5
    assert incidence_quantile(hours, outcome)[0] == 3.5


@pytest.mark.parametrize("hours, outcome", [([], []), ([np.nan], [1]), ([3, 4], [0, 0]), ([3, 4], [2, 2])])
def test_too_little_gives_no_number(hours, outcome):
    assert np.isnan([*quantile_given_event(hours, outcome), *incidence_quantile(hours, outcome)]).all()


def test_wrong_arguments_are_named():
    with pytest.raises(ValueError, match="one entry per change"):
        cumulative_incidence([1, 2], [1])
    with pytest.raises(ValueError, match="not 0"):
        cumulative_incidence([1, 2], [1, 0], event=0)
