"""What the page takes from the program itself: who waits for training, names, gates and risks in words."""

from upskill import skills


def training_rows(program):
    """Return the rows of the rollout that are trainings, or None without such a table."""
    if "rollout" not in program:
        return None
    rows = program["rollout"]
    return rows[rows["event"] == "training"]


def trained_teams(program):
    """Return the teams whose training has started."""
    rows = training_rows(program)
    return set() if rows is None else set(rows.loc[rows["starts_on"] <= program.as_of, "team"])


def people_waiting(program):
    """Count the present people of teams whose training has not started; None where no dates say so."""
    rows = training_rows(program)
    if rows is None or rows.empty or "people" not in program:
        return None
    people = program["people"]
    present = ~(people["end_date"] < program.as_of)
    return int((present & people["team"].isin(set(rows["team"]) - trained_teams(program))).sum())


def domain_name(slug, program):
    """Return the name of a domain from its form in facts."""
    return _name(slug, program, "competencies", "domain")


def role_name(slug, program):
    """Return the name of a role from its form in facts."""
    return _name(slug, program, "role_targets", "role")


def _name(slug, program, table, column):
    names = program[table][column].dropna().unique() if table in program else ()
    return next((name for name in names if skills.slug(name) == slug), slug.replace("_", " "))


def risks(program):
    """Return the risks of the roadmap that have a name."""
    roadmap = program.settings.roadmap
    given = roadmap.get("risks") or () if isinstance(roadmap, dict) else ()
    return [risk for risk in given if isinstance(risk, dict) and risk.get("name")]


def has_gates(program):
    """Tell whether the roadmap names any gate."""
    roadmap = program.settings.roadmap
    return isinstance(roadmap, dict) and bool(roadmap.get("gates"))
