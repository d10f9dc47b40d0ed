"""The study of scores from all sources: a few companies show that its intervals are not grossly wrong."""

import numpy as np
import pandas as pd

from upskill.validation import sources


def test_a_few_companies_with_and_without_halo():
    found = pd.DataFrame([sources.intervals(seed, 0.90) for seed in (6001, 6002)])
    assert found.notna().any().all()
    assert found.mean().between(0.8, 1).all()
    assert np.isnan(found.iloc[0]["ability of an interviewed person, raters without halo"])
