"""Tiny programs and report notebooks for the tests of the batch, made by the tests themselves."""

import nbformat

PARAMETERS = '''program: str = "data/example"  # program folder
team: str = ""  # one team; empty = the whole company
as_of: str = ""  # ISO date; empty = the latest date in the data
seed: int = 7  # seed of every random draw'''

FACT = '''from IPython.display import display
fact = {"name": "test.seed", "value": float(seed), "low": seed - 1.0, "high": seed + 1.0, "level": 0.9,
        "unit": "", "better": "higher", "text": f"{seed} ({seed - 1} to {seed + 1})"}
display({"application/vnd.upskill.fact+json": fact, "text/plain": fact["text"]}, raw=True)'''

SHOWN = '''who = team or "whole company"
svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 72 36"><path d="M0 36L72 0" stroke="#1a4f8b"/></svg>'
display({"application/vnd.upskill.answer+json": {"sentences": [f"The answer for {who} is {seed}.", "Sure.", "Go."]}},
        raw=True)
display({"application/vnd.upskill.cards+json": {"cards": [{"label": "Seed", "value": str(seed), "note": who}]}},
        raw=True)
display({"application/vnd.upskill.say+json": {"markdown": f"We looked at **{who}** and drew {seed}."}}, raw=True)
display({"application/vnd.upskill.table+json": {"name": "teams", "caption": f"What {who} did", "note": "Made up.",
         "columns": ["Team", "Value"], "rows": [[who, -1.5], ["=1+1", None]]}}, raw=True)
display({"application/vnd.upskill.figure+json": {"name": "line", "title": f"{who} goes up", "source": "Made up.",
         "alt": f"A line that rises to {seed}."}, "image/svg+xml": svg}, raw=True)'''

PEOPLE = "person_id,team,role\n"


def make_program(folder, teams=("core", "web"), people=6):
    """Write a program folder with some people in each team."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "program.yml").write_text("name: Sample Company\ncurrency: USD\n", encoding="utf-8")
    rows = [f'"person{100 + 10 * place + number}","{team.replace(chr(34), 2 * chr(34))}","developer"'
            for place, team in enumerate(teams) for number in range(people)]
    (folder / "people.csv").write_text(PEOPLE + "\n".join(rows) + "\n", encoding="utf-8")
    return folder


def make_notebook(path, *code, title="A sample", parameters=PARAMETERS):
    """Write a report notebook with these code cells after its parameters."""
    cells = [nbformat.v4.new_markdown_cell(f"# {title}\n\nWhat do we see here?"),
             nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
    for number, source in enumerate(code, start=1):
        cells += [nbformat.v4.new_markdown_cell(f"## Part {number}\n\nSome words."), nbformat.v4.new_code_cell(source)]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


def make_spec(path, program, *reports):
    """Write a reports.yml; each report is a line of YAML after the dash."""
    lines = ["defaults:", f"  program: '{program}'", "  time_limit_seconds: 60", "reports:"]
    path.write_text("\n".join([*lines, *(f"  - {report}" for report in reports)]) + "\n", encoding="utf-8")
    return path
