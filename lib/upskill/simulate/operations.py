"""What follows from changes: deployments, incidents, mending; and planned work."""

import numpy as np
import pandas as pd

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
    frame = grouped.agg(first_commit_at=("first_commit_at", "min"), rate=("change_failure_rate", "first"))
    frame = frame.reset_index(names=["team", "finished_at"]).assign(status="success", is_rework=False)
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
                           "started_at": bad["finished_at"] + hours(random.lognormal(0, 0.7, len(bad)))})
    counts = random.poisson(0.04, len(teams) * calendar.weeks)
    week = np.repeat(np.tile(np.arange(calendar.weeks), len(teams)), counts)
    other = pd.DataFrame({"team": np.repeat(np.repeat(teams["team"].to_numpy(), calendar.weeks), counts),
                          "deployment": -1, "started_at": office_times(random, calendar, week)})
    frame = pd.concat([caused, other], ignore_index=True)
    lasts = random.lognormal(np.log(DELIVERY.restore_median_hours), DELIVERY.restore_sd, len(frame))
    frame["resolved_at"] = frame["started_at"] + hours(lasts)
    return frame.assign(severity=random.choice(["1", "2", "3"], len(frame), p=[0.1, 0.35, 0.55]))


def make_mending(random, incidents, teams, roster, calendar):
    """Return the reverts and the rework deployments that mend incidents.

    Of the incidents that a deployment caused 15 % are mended by a revert and
    another 51 % by a rework deployment when service is restored.
    """
    caused = incidents[incidents["deployment"] >= 0]
    draw = random.random(len(caused))
    rework = caused[draw > 0.49]
    mended = pd.DataFrame({
        "team": rework["team"], "finished_at": rework["resolved_at"], "status": "success",
        "first_commit_at": rework["started_at"], "needed_intervention": False, "is_rework": True})
    reverts = _reverts(caused[draw < DELIVERY.revert_share])
    week = ((reverts["created_at"] - calendar.first_day).dt.days // 7).clip(upper=calendar.weeks - 1)
    author = roster.draw(random, pd.Index(teams["team"]).get_indexer(reverts["team"]), week)
    return reverts.assign(author_id=author).dropna(subset="author_id"), mended


def _reverts(incidents):
    """Return one small pull request per incident, opened soon after it and live when service is restored."""
    opened = incidents["started_at"] + pd.Timedelta(minutes=5)
    resolved = incidents["resolved_at"]
    live = resolved.where(resolved > opened, opened + pd.Timedelta(minutes=10))
    merged = (opened + (live - opened) / 2).dt.floor("min")
    return pd.DataFrame({
        "team": incidents["team"], "created_at": opened, "first_commit_at": opened - pd.Timedelta(minutes=2),
        "first_review_at": opened, "merged_at": merged, "closed_at": merged, "deployed_at": live,
        "additions": 12, "deletions": 30, "is_revert": True})


def _numbered(frame, column, letter, by):
    """Sort and number rows with short ids."""
    frame = frame.sort_values(by, ignore_index=True, kind="stable")
    width = max(4, len(str(len(frame))))
    return frame.assign(**{column: [f"{letter}{i + 1:0{width}d}" for i in range(len(frame))]})


def make_operations(seed, requests, teams, roster, calendar):
    """Return the tables `pull_requests` (with reverts), `deployments`, `incidents`, as seen at the end."""
    random = generator(seed, "operations")
    deployments = make_deployments(random, requests)
    incidents = make_incidents(random, deployments, teams, calendar)
    reverts, mended = make_mending(random, incidents, teams, roster, calendar)
    deployments = _deployments_table(deployments, mended, calendar)
    caused_by = deployments[deployments["row"] >= 0].set_index("row")["deployment_id"]
    incidents = seen(incidents, calendar, "started_at", "resolved_at")
    incidents["deployment_id"] = incidents["deployment"].map(caused_by)
    incidents = _numbered(incidents, "incident_id", "i", ["started_at", "team"])
    return _requests_table(requests, reverts, calendar), deployments, incidents


def _deployments_table(deployments, mended, calendar):
    both = pd.concat([deployments.assign(row=deployments.index), mended.assign(row=-1)], ignore_index=True)
    both = seen(both.assign(repository=both["team"]), calendar, "finished_at")
    return _numbered(both, "deployment_id", "d", ["finished_at", "team", "status", "row"])


def _requests_table(requests, reverts, calendar):
    both = pd.concat([requests, reverts], ignore_index=True)
    both = seen(both, calendar, "created_at", "first_review_at", "merged_at", "closed_at", "deployed_at")
    both = both.sort_values(["created_at", "team", "author_id"], ignore_index=True, kind="stable")
    number = both.groupby("team").cumcount() + 101
    return both.assign(repository=both["team"], pull_request_id=number.astype(str))


def make_work_items(seed, preset, panel, roster, calendar):
    """Return the table `work_items`; a fifth has no owner.

    Equation: counts Poisson(0.45 * heads * season); log(hours from start to done) =
    log(110 h) + training effect + Normal(0, 0.8); the wait for a promise is
    Lognormal(log 30 h, 1), from there to the start Lognormal(log 20 h, 1).
    """
    random, d = generator(seed, "work"), DELIVERY
    counts = random.poisson(d.work_items_per_engineer_week * panel["heads"] * panel["season"])
    rows = panel.loc[panel.index.repeat(counts)].reset_index(drop=True)
    n = len(rows)
    owner = roster.draw(random, pd.factorize(panel["team"])[0].repeat(counts), rows["week"])
    created = office_times(random, calendar, rows["week"])
    committed = created + hours(random.lognormal(np.log(30), 1, n))
    started = committed + hours(random.lognormal(np.log(20), 1, n))
    log_hours = np.log(d.work_item_median_hours) + rows["training_effect"].to_numpy()
    lasts = np.exp(log_hours + duration_noise(random, n, d.work_item_sd, preset.tail_df)).clip(0.5, 24 * 365)
    frame = pd.DataFrame({
        "team": rows["team"], "kind": random.choice(list(KINDS), n, p=list(KINDS.values())),
        "person_id": np.where(random.random(n) < 0.2, None, owner), "created_at": created,
        "committed_at": committed, "started_at": started, "done_at": started + hours(lasts)})
    frame = seen(frame, calendar, "created_at", "committed_at", "started_at", "done_at")
    return _numbered(frame, "work_item_id", "w", ["created_at", "team"])
