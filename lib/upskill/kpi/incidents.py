"""Which deployment an incident is blamed on: the rule has a name, and how much the answer depends on it can be seen."""

import numpy as np
import pandas as pd

# An incident later than this after a deployment is not blamed on it, unless somebody wrote that it was.
WINDOW_HOURS = 24.0
EXPLICIT, MOST_RECENT, NONE = "named in the incident", "most recent deployment before it", "no deployment"


def link_incidents(deployments, incidents, within_hours=WINDOW_HOURS):
    """Link each incident to a deployment, and say by which rule.

    Where the incident names a deployment, that one. Else the most recent successful
    deployment of the same team that finished before the incident began, if that was no
    more than `within_hours` before (None = however long ago, which blames a deployment
    for everything). `deployments`, `incidents`: tables of the contract. Returns the
    incidents with `linked_to` (deployment_id, or missing) and `rule`.
    """
    good = deployments[(deployments["status"] == "success").to_numpy(dtype=bool) & deployments["finished_at"].notna()]
    found = incidents.reset_index(drop=True)
    keyed = found[["team", "started_at"]].assign(place=np.arange(len(found)), team=found["team"].astype(str))
    before = good[["team", "finished_at", "deployment_id"]].rename(columns={"deployment_id": "recent"})
    reach = None if within_hours is None else pd.Timedelta(hours=within_hours)
    matched = pd.merge_asof(
        keyed.dropna(subset="started_at").sort_values("started_at"),
        before.assign(team=before["team"].astype(str)).sort_values("finished_at"), left_on="started_at",
        right_on="finished_at", by="team", tolerance=reach, allow_exact_matches=False).set_index("place")["recent"]
    recent = matched.reindex(range(len(found)))
    named = found["deployment_id"].notna()
    rule = np.select([named, recent.notna()], [EXPLICIT, MOST_RECENT], NONE)
    return found.assign(linked_to=found["deployment_id"].astype(object).where(named, recent), rule=rule)


def link_dependence(deployments, incidents, windows=(1.0, 4.0, 24.0, 72.0, 168.0, None)):
    """Compute the change failure rate that each window would give, as if no incident named its deployment.

    Returns window_hours (NaN = no limit), linked (incidents), failed (deployments),
    deployments (successful ones), rate (share).
    """
    good = deployments[(deployments["status"] == "success").to_numpy(dtype=bool)]
    unnamed = incidents.assign(deployment_id=None)
    rows = []
    for window in windows:
        linked = link_incidents(good, unnamed, window)["linked_to"].dropna()
        rows.append((np.nan if window is None else window, len(linked), linked.nunique(), len(good),
                     linked.nunique() / len(good) if len(good) else np.nan))
    return pd.DataFrame(rows, columns=["window_hours", "linked", "failed", "deployments", "rate"])
