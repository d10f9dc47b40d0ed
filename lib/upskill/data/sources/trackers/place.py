"""Whose work an item of a tracker is, where its project is called like no team."""

from upskill.data.source import fold
from upskill.data.sources.beside import table, team_of_person


def team_words(context, named, units, persons, repaired):
    """Return {team, unit} per row for the framework to place: by name of a team, by project, else by the person's team.

    The person's present team counts only where people is there, nothing else was told (--team, --teams, --team-column),
    and no team is called like the project; it is counted.
    """
    people = table(context, "people")
    told = context.team or context.teams or context.team_column
    if told or people is None:
        return [{"team": name, "unit": unit} for name, unit in zip(named, units, strict=True)]
    usual = {fold(team): team for team in people["team"].dropna().unique()}
    of_person, found = team_of_person(context), []
    for name, unit, person in zip(named, units, persons, strict=True):
        team = usual.get(fold(name)) or usual.get(fold(unit)) or of_person(person)
        by_person = team and fold(team) not in (fold(name), fold(unit))
        repaired["no team is called like the project or team of the tracker: counted for the assignee's team"] += bool(by_person)
        found.append({"team": team or name, "unit": unit})
    return found
