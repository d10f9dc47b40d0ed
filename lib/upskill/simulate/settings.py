"""The program.yml of a made-up company."""

from upskill.simulate.learning import COURSES, CORE
from upskill.simulate.presets import DELIVERY, PILOT

COSTS = {"developer": 168000, "data scientist": 181000, "machine learning engineer": 194000, "quality engineer": 149000,
         "reliability engineer": 178000, "engineering manager": 212000, "tech lead": 205000}


def _assumptions(people, calendar):
    """Return what the company has confirmed; the rest stays with the shipped defaults."""
    finance = {"confirmed_by": "finance", "confirmed_on": "2026-06-15"}
    learning = {"confirmed_by": "learning and development", "confirmed_on": "2026-06-10"}
    core = COURSES.set_index("course_id").loc[CORE]
    cost = round(sum(COSTS[role] for role in people["role"]) / len(people), -2)
    return {
        "engineers": {"value": int(people["end_date"].isna().sum()), "source": "staff list", **finance},
        "loaded_cost_per_year": {"low": round(cost * 0.95), "mode": round(cost), "high": round(cost * 1.06),
                                 "source": "payroll, mean over roles", **finance},
        "hours_per_year": {"low": 1650, "mode": 1720, "high": 1780, "source": "working-time records", **finance},
        "training_hours_per_engineer": {"low": round(0.85 * core["hours"]), "mode": int(core["hours"]),
                                        "high": round(1.15 * core["hours"]), "source": "course plan and attendance", **learning},
        "training_price_per_engineer": {"low": core["price"] - 200, "mode": int(core["price"]), "high": core["price"] + 250,
                                        "source": "offer for the third cohort", **learning},
        "program_cost": {"low": 150000, "mode": 190000, "high": 240000, "source": "budget of the program office"},
        "exposed_share_of_time": {"low": 0.25, "mode": 0.35, "high": 0.50, "absolute": True,
                                  "source": "estimate of the team leads"},
        "discount_rate": {"value": 0.09, "source": "cost of capital", **finance},
        "attrition_per_year": {"low": 0.05, "mode": 0.08, "high": 0.14, "source": "exits of the last two years"},
        "horizon_months": {"value": 36, "source": "planning rule", **finance},
    }


def _options(people):
    count = int(people["end_date"].isna().sum())
    return {
        "no training": {"meaning": "licenses stay, nobody is trained", "price_per_engineer": 0, "hours_per_engineer": 0},
        "build": {"meaning": "own course on own code", "setup_cost": 60000, "price_per_engineer": 300,
                  "hours_per_engineer": 40, "start_delay_months": 4},
        "buy": {"meaning": "vendor course for everybody", "setup_cost": 5000, "price_per_engineer": 1400,
                "hours_per_engineer": 32, "start_delay_months": 1},
        "hybrid": {"meaning": "vendor basics, own practice weeks", "setup_cost": 30000, "price_per_engineer": 800,
                   "hours_per_engineer": 40, "start_delay_months": 2, "engineers": count},
    }


def _pilot(preset, calendar):
    start, end = (calendar.day(week) for week in calendar.pilot)
    return {
        "question": "Does the trained way of working with the assistant save time on everyday tasks?",
        "design": {
            "kind": "task level", "unit": "task", "assignment": "lottery",
            "arms": {"treatment": "task done in the trained way, with a coach's checklist", "control": "task done as before"},
            "note": "both arms have the same licenses", "people": PILOT.people, "tasks": PILOT.tasks,
            "starts_on": start.date(), "ends_on": end.date()},
        "rollout": {"assignment": preset.assignment, "cohorts": ["first", "second", "third"], "primary_kpi": "lead_time"},
        "registration": {
            "registered_on": calendar.day(calendar.pilot[0] - 2).date(), "registered_by": "program office",
            "primary_outcome": "minutes per task, log scale, forecast as covariate", "smallest_relevant_change": -0.05,
            "guardrails": {"change_failure_rate": 0.03, "failed_deployment_recovery_time": 0.15},
            "rule": "scale if the upper end of the 90 % interval is below zero and no guardrail is broken", "hash": ""},
    }


def _roadmap(calendar):
    def day(week):
        return calendar.day(week).date()
    first, second = calendar.training[0], calendar.training[1]
    return {
        "phases": [
            {"name": "prepare", "starts_on": day(0), "ends_on": day(calendar.pilot[0]), "goal": "policy, licenses, first assessment",
             "owner": "program office", "resources": "1.5 people"},
            {"name": "pilot", "starts_on": day(calendar.pilot[0]), "ends_on": day(first), "goal": "measure time on tasks",
             "owner": "head of engineering", "resources": f"{PILOT.people} engineers, 2 coaches"},
            {"name": "roll out", "starts_on": day(first), "ends_on": day(calendar.weeks), "goal": "train two cohorts drawn by lot",
             "owner": "head of engineering", "resources": "4 coaches"},
            {"name": "decide", "starts_on": day(calendar.weeks), "ends_on": day(calendar.weeks + 13), "goal": "third cohort or not",
             "owner": "chief technology officer", "resources": "program office"}],
        "gates": [
            {"name": "after the pilot", "on": day(first), "rule": "minutes per task fell, interval below zero"},
            {"name": "after the first cohort", "on": day(second), "rule": "change failure rate not worse by more than 3 points"},
            {"name": "before the third cohort", "on": day(calendar.weeks + 6), "rule": "net present value above zero in 80 of 100 futures"}],
        "risks": [
            {"name": "no time to practice", "trigger": "fewer than 70 % complete the course", "owner": "team leads",
             "contingency": "one protected afternoon a week"},
            {"name": "more change failures", "trigger": "change failure rate above 16 %", "owner": "head of reliability",
             "contingency": "review by two people for AI-written changes"},
            {"name": "licenses unused", "trigger": "fewer than 40 % active in a week", "owner": "program office",
             "contingency": "return licenses at the end of the quarter"}],
    }


def make_settings(preset, people, calendar):
    """Return the content of program.yml."""
    baseline = round(DELIVERY.median_lead_time_hours)
    return {
        "name": "Example company" if preset.name == "lottery" else "Example company, hostile data",
        "currency": "USD", "locale": "en_US", "minimum_group_size": 5, "maximum_set_aside": 0.02,
        "calendar": {"working_days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                     "holidays": ["2025-01-01", "2025-05-01", "2025-12-25", "2025-12-26", "2026-01-01", "2026-05-01"]},
        "roles": {role: {"loaded_cost_per_year": cost, "hours_per_year": 1720,
                         "heads": int((people["end_date"].isna() & (people["role"] == role)).sum())}
                  for role, cost in COSTS.items()},
        "targets": [
            {"kpi": "lead_time", "baseline": baseline, "target": round(0.85 * baseline), "by": "2026-12-31", "owner": "head of engineering"},
            {"kpi": "change_failure_rate", "baseline": 0.11, "target": 0.10, "by": "2026-12-31", "owner": "head of reliability"},
            {"kpi": "satisfaction", "baseline": 3.7, "target": 4.0, "by": "2026-12-31", "owner": "people team"},
            {"kpi": "task_automation_rate", "baseline": 0.18, "target": 0.30, "by": "2026-12-31", "owner": "head of engineering"}],
        "assumptions": _assumptions(people, calendar), "options": _options(people),
        "pilot": _pilot(preset, calendar), "roadmap": _roadmap(calendar),
    }
