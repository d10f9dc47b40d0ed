"""A framework as one page to read: no script, nothing fetched, prints well."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


@cache
def _environment():
    return Environment(loader=PackageLoader("upskill.framework", "templates"), autoescape=True,
                       undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def render_page(framework):
    """Return a framework as HTML."""
    style, _, _ = _environment().loader.get_source(_environment(), "page.css")
    return _environment().get_template("page.html.j2").render(
        style=style, about=framework.about, roles=framework.roles, targets=_numbers(framework, "target_level"),
        important=_numbers(framework, "importance"),
        domains=[_domain(framework, number, name, ids) for number, (name, ids)
                 in enumerate(framework.domains.items(), start=1)],
        stages=_grouped(framework, "life_cycle", "stage"), topics=_grouped(framework, "curriculum", "topic"),
        titles=framework.titles)


def _numbers(framework, column):
    table = framework["role_targets"]
    return {(row.role, row.competency_id): getattr(row, column) for row in table.itertuples()}


def _grouped(framework, table, column):
    """Return {stage or topic: its competency ids}, in the order of the table."""
    return {name: list(rows["competency_id"]) for name, rows in framework[table].groupby(column, sort=False)}


def _domain(framework, number, name, ids):
    about = next((entry for entry in framework.about["domains"] if entry["name"] == name), {})
    return {"number": number, "name": name, "kind": about.get("kind", ""), "question": about.get("question", ""),
            "competencies": [_competency(framework, competency) for competency in ids]}


def _competency(framework, name):
    def rows(table):
        return framework[table][framework[table]["competency_id"] == name]

    anchors = rows("competencies").sort_values("level")
    return {"id": name, "title": framework.titles[name],
            "anchors": list(zip(anchors["level"], anchors["anchor"], strict=True)),
            "needs": list(zip(rows("prerequisites")["requires"], rows("prerequisites")["minimum_level"], strict=True)),
            "examples": list(zip(rows("role_examples")["role"], rows("role_examples")["example"], strict=True)),
            "stages": list(rows("life_cycle")["stage"])}
