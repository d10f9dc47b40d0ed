"""What follows from changes: deployments, incidents, mending; and planned work."""

import numpy as np
import pandas as pd

from upskill.simulate.company import members
from upskill.simulate.delivery import duration_noise, hours, office_times, seen
from upskill.simulate.presets import DELIVERY, generator

KINDS = {"feature": 0.50, "bug": 0.20, "task": 0.25, "experiment": 0.05}


def make_deployments(random, requests):
    """Return one successful deployment per team and half hour with something to release.

    A deployment needs intervention with the change failure rate of its team
    and week. Before 2.5 % of them an attempt failed 20 to 60 minutes earlier.
    """
    done = requests.dropna(subset="deployed_at")
    grouped = done.groupby(["team", "deployed_at"], sort=True)
    frame = grouped.agg(first_commit_at=("first_commit_at", "min"), rate=("change_failure_rate", "first")).reset_index()
    frame = frame.rename(columns={"deployed_at": "finished_at"}).assign(status="success", is_rework=False)
    frame["needed_intervention"] = random.random(len(frame)) < frame["rate"]
    failed = frame[random.random(len(frame)) < DELIVERY.failed_deployment_share].copy()
    failed["finished_at"] -= pd.to_timedelta(random.integers(20, 61, len(failed)), "min")
    failed["first_commit_at"] = failed[["first_commit_at", "finished_at"]].min(axis=1)
    return pd.concat([frame, failed.assign(status="failure", needed_intervention=False)], ignore_index=True)


def make_incidents(random, deployments, teams, calendar):
    """Return one incident per deployment that needed intervention, and some that no deployment caused.

    Equation: starts Lognormal(log 1 h, 0.7) after the deployment; lasts
    Lognormal(log 3 h, 1). Others: Poisson(0.04) per team and week.
    """
    bad = deployments[deployments["needed_intervention"]]
    caused = pd.DataFrame({"team": bad["team"], "deployment": bad.index,
                           "started_at": bad["finished_at"] + hours(np.exp(random.normal(0, 0.7, len(bad))))})
    counts = random.poisson(0.04, len(teams) * calendar.weeks)
    week = np.repeat(np.tile(np.arange(calendar.weeks), len(teams)), counts)
    other = pd.DataFrame({"team": np.repeat(np.repeat(teams["team"].to_numpy(), calendar.weeks), counts),
                          "deployment": -1, "started_at": office_times(random, calendar, week)})
    frame = pd.concat([caused, other], ignore_index=True)
    lasts = np.exp(np.log(DELIVERY.restore_median_hours) + random.normal(0, DELIVERY.restore_sd, len(frame)))
    frame["resolved_at"] = frame["started_at"] + hours(lasts)
    return frame.assign(severity=random.choice(["1", "2", "3"], len(frame), p=[0.1, 0.35, 0.55]))


def make_mending(random, requests, incidents):
    """Return the reverts (15 % of incidents that a deployment caused) and rework deployments (60 % of the others)."""
    caused = incidents[incidents["deployment"] >= 0]
    draw = random.random(len(caused))
    revert = caused[draw < DELIVERY.revert_share]
    opened = revert["started_at"] + pd.to_timedelta(5, "min")
    ended = revert["resolved_at"].where(revert["resolved_at"] > opened, opened + pd.to_timedelta(10, "min"))
    author = requests.drop_duplicates("team").set_index("team")["author_id"]
    merged = opened + (ended - opened) / 2
    reverts = pd.DataFrame({
        "team": revert["team"], "author_id": author[revert["team"]].to_numpy(), "created_at": opened,
        "first_commit_at": opened - pd.to_timedelta(2, "min"), "first_review_at": opened, "merged_at": merged,
        "closed_at": merged, "deployed_at": ended, "additions": 12, "deletions": 30, "is_revert": True})
    rework = caused[(draw < 0.15) | (draw > 0.49)]
    mended = pd.DataFrame({"team": rework["team"], "finished_at": rework["resolved_at"], "status": "success",
                           "first_commit_at": rework["started_at"], "needed_intervention": False, "is_rework": True})
    return reverts, mended


def _numbered(frame, column, letter, by):
    """Sort and number rows with short ids."""
    frame = frame.sort_values(by, ignore_index=True)
    width = max(4, len(str(len(frame))))
    return frame.assign(**{column: [f"{letter}{i + 1:0{width}d}" for i in range(len(frame))]})


def make_operations(seed, requests, teams, calendar):
    """Return the tables `pull_requests` (with reverts), `deployments` and `incidents`, cut at the end of the data."""
    random = generator(seed, "faults")
    deployments = make_deployments(random, requests)
    incidents = make_incidents(random, deployments, teams, calendar)
    reverts, mended = make_mending(random, requests, incidents)
    deployments = pd.concat([deployments.assign(row=deployments.index), mended.assign(row=-2)], ignore_index=True)
    deployments = seen(deployments.assign(repository=deployments["team"]), calendar, "finished_at")
    deployments = _numbered(deployments, "deployment_id", "d", ["finished_at", "team", "status", "row"])
    incidents = seen(incidents, calendar, "started_at", "resolved_at")
    named = deployments[(deployments["row"] >= 0) & (deployments["status"] == "success")].set_index("row")["deployment_id"]
    incidents["deployment_id"] = incidents["deployment"].map(named)
    incidents = _numbered(incidents, "incident_id", "i", ["started_at", "team"])
    requests = pd.concat([requests, reverts], ignore_index=True).assign(repository=lambda frame: frame["team"])
    requests = seen(requests, calendar, "created_at", "first_review_at", "merged_at", "closed_at", "deployed_at")
    requests = requests.sort_values(["created_at", "team", "author_id"], ignore_index=True)
    number = requests.groupby("repository").cumcount() + 101
    return requests.assign(pull_request_id=number.astype(str)), deployments, incidents


def make_work_items(seed, preset, panel, memberships, calendar):
    """Return the table `work_items`.

    Equation: counts Poisson(0.45 * heads * season); log(hours from start to done) =
    log(110 h) + training effect + Normal(0, 0.8); waits before it are Lognormal(log 30 h, 1).
    """
    random = generator(seed, "work")
    rate = DELIVERY.work_items_per_engineer_week * panel["heads"] * panel["expected_count"] / (
        DELIVERY.volume_per_engineer_week * panel["heads"]).clip(lower=1e-9)
    row = np.repeat(np.arange(len(panel)), random.poisson(rate))
    n = len(row)
    created = office_times(random, calendar, panel["week"].to_numpy()[row])
    committed = created + hours(np.exp(random.normal(np.log(30), 1, n)))
    started = committed + hours(np.exp(random.normal(np.log(20), 1, n)))
    lasts = DELIVERY.work_item_median_hours * np.exp(
        panel["training_effect"].to_numpy()[row] + duration_noise(random, n, DELIVERY.work_item_sd, preset.tail_df))
    frame = pd.DataFrame({
        "team": panel["team"].to_numpy()[row], "kind": random.choice(list(KINDS), n, p=list(KINDS.values())),
        "created_at": created, "committed_at": committed, "started_at": started,
        "done_at": started + hours(np.clip(lasts, 0.5, 24 * 365))})
    frame["person_id"] = _owners(random, frame, memberships)
    frame = seen(frame, calendar, "created_at", "committed_at", "started_at", "done_at")
    return _numbered(frame, "work_item_id", "w", ["created_at", "team"])


def _owners(random, frame, memberships):
    """Draw an owner among the members of the team in the month of creation; a fifth has none."""
    owners = pd.Series(None, index=frame.index, dtype=object)
    for month, part in frame.groupby(frame["created_at"].dt.to_period("M")):
        there = members(memberships, month.to_timestamp() + pd.Timedelta(days=14)).groupby("team")["person_id"].apply(np.array)
        for team, rows in part.groupby("team"):
            owners[rows.index] = random.choice(there.get(team, np.array([None])), len(rows))
    return owners.where(random.random(len(frame)) > 0.2, None)
