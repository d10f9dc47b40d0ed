"""A panel on the items of a program, all its domains at once."""

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.skills.levels import read_cuts
from upskill.skills.panel.cuts import angoff_cuts, bookmark_cuts
from upskill.skills.panel.made_up import made_up_angoff


def panel_of_program(calibration, ratings):
    """Return the table `cuts` of all domains that were rated.

    calibration : `ProgramCalibration`; ratings : as for `angoff_cuts`, items
    of any domains; or as for `bookmark_cuts`, with a column scale_id (the domain).
    Raises ValueError where an item or a domain is not known, NotEnoughData where no domain
    has cuts; `attrs["refused"]` says why single domains have none.
    """
    scales = calibration.scales
    if "page" in ratings:
        if "scale_id" not in ratings:
            raise ValueError("Bookmarks need a column scale_id that names their domain.")
        domains, cuts_of = ratings["scale_id"], bookmark_cuts
    elif "item_id" in ratings:
        domain_of = {str(item): domain for domain, scale in scales.items() for item in scale.items}
        ratings = ratings.assign(item_id=ratings["item_id"].astype(str))
        domains, cuts_of = ratings["item_id"].map(domain_of), angoff_cuts
    else:
        raise ValueError("Ratings need a column item_id (probabilities) or page (bookmarks).")
    unknown = ratings.loc[~domains.isin(list(scales)), "item_id" if cuts_of is angoff_cuts else "scale_id"].unique()
    if len(unknown):
        raise ValueError(f"Not on the scale of any domain: {', '.join(map(str, unknown[:5]))}.")
    parts, refused = [], []
    for domain, part in ratings.groupby(domains, sort=False):
        try:
            parts.append(cuts_of(part, scales[domain].calibration, domain))
        except NotEnoughData as error:
            refused.append(str(error))
    if not parts:
        raise NotEnoughData(" ".join(refused) or "There are no ratings.")
    result = pd.concat(parts, ignore_index=True)
    result.attrs["refused"] = tuple(refused)
    return result


def panel_rounds(ratings, calibration):
    """Return one row per round: how far raters are apart, and what moved since the round before.

    Arguments as for `panel_of_program`; the ratings have a column round.
    Columns: round, panel_size, standard_error (mean over levels), moved (mean
    absolute change of a cut since the round before, NaN in the first),
    changed (share of ratings that were changed). Empty where rounds are not given.
    """
    columns = ["round", "panel_size", "standard_error", "moved", "changed"]
    if "round" not in ratings or ratings["round"].isna().any():
        return pd.DataFrame(columns=columns)
    value = "probability" if "probability" in ratings else "page"
    keys = [name for name in ("rater_id", "item_id", "scale_id", "level") if name in ratings]
    rows, before, given = [], None, None
    for number, part in ratings.groupby("round"):
        cuts = panel_of_program(calibration, part.drop(columns="round")).set_index(["scale_id", "level"])
        now = part.set_index(keys)[value].astype(float)
        moved = changed = np.nan
        if before is not None:
            moved = float((cuts["cut"] - before).abs().mean())
            both = now.index.intersection(given.index)
            changed = float((now[both] != given[both]).mean()) if len(both) else np.nan
        rows.append((number, int(cuts["panel_size"].max()), float(cuts["standard_error"].mean()), moved, changed))
        before, given = cuts["cut"], now
    return pd.DataFrame(rows, columns=columns)


def made_up_panel(program, calibration, raters=8, seed=20261123):
    """Return ratings of a panel that sees the cuts of the program with errors, or cuts one sd apart where it has none."""
    known = read_cuts(program)
    parts = []
    for number, (domain, scale) in enumerate(calibration.scales.items()):
        cuts = known.get(domain)
        places = dict(zip(map(int, cuts.levels), cuts.places)) if cuts is not None else {
            level: level - 2.6 for level in range(1, 6)}
        parts.append(made_up_angoff(scale.calibration, places, raters, seed + number))
    return pd.concat(parts, ignore_index=True)
