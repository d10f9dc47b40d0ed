"""docs/first-report.md: what stands there is typed, with small exports of the same form."""

import re
import shlex
import shutil

import pytest
from click.testing import CliRunner

from upskill import data
from upskill.cli import COMMANDS, main
from upskill.paths import ROOT

PAGE = (ROOT / "docs" / "first-report.md").read_text(encoding="utf-8")
PEOPLE = """\
Personalnr.;Name;E-Mail;Team;Funktion;Eintritt;Austritt
1001;Müller, Anna;anna@x.example;Check-out ;Software Engineer;19.08.2019;
1002;Schmidt, Jürgen;juergen@x.example;Checkout;Data Scientist;09.09.2017;30.04.2026
1003;Weber, Lea;lea@x.example;Platform;SRE;01.02.2020;
"""
PULLS = """\
Number,Title,Repository,Author,Created,First Review,Merged,Additions,Deletions
1,Fix,x/web,amueller,2026-01-05 09:00,2026-01-05 10:00,2026-01-06 09:00,3,1
2,Add,x/web,jschmidt,2026-07-05 09:00,,2026-07-06 09:00,3,1
3,Bump,x/web,dependabot[bot],2026-01-05 09:00,,2026-01-06 09:00,3,1
"""
TEST = """\
Timestamp,Email Address,Q1,Sure?,Comments
01/19/2026 08:00:00,ANNA@x.example,1,4,ok
01/20/2026 08:00:00,lea@x.example,,2,
"""


@pytest.fixture
def typed(tmp_path, monkeypatch):
    """Return a function that types the commands of the page's n-th block; `.folder` is the program folder."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(ROOT / "data" / "reference", tmp_path / "data" / "reference")
    (tmp_path / "Skills check.csv").write_text(TEST)

    def typed(number):
        outputs = []
        for line in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)[number].splitlines():
            command, *arguments = shlex.split(line, comments=True)
            if command == "upskill" and arguments[0] != "run":
                outputs.append(CliRunner().invoke(main, arguments))
            elif command == "cp":
                for path in arguments[:-1]:
                    shutil.copy(path, arguments[-1])
        return outputs

    typed.folder = tmp_path / "my-company"
    return typed


def test_the_page_leads_to_data_that_can_be_read(typed):
    assert typed(0)[0].exit_code == 0
    folder = typed.folder
    (folder / "HR_Liste.csv").write_text(PEOPLE, encoding="cp1252")
    (folder / "merged_prs.csv").write_text(PULLS)
    (folder / "mapping.yml").write_text(*re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL), encoding="utf-8")
    assert "Wrote 2 new items" in typed(1)[0].output
    items = (folder / "items.csv").read_text(encoding="utf-8-sig")
    (folder / "items.csv").write_text(items.replace("q1,test,", "q1,test,A1").replace("q2,test", "q2,survey"))
    assert "test_responses 2 new; survey_responses 2 new" in typed(2)[0].output
    checked, = typed(3)
    assert checked.exit_code == 0, checked.output
    assert "No targets" not in checked.output and "belong to no team" not in checked.output
    company = data.read_program(folder, strict=True)
    assert company["people"]["team"].tolist() == ["Check-out", "Check-out", "Platform"]
    assert company["people"]["role"].tolist() == ["developer", "data scientist", "reliability engineer"]
    assert company["pull_requests"]["author_id"].tolist() == ["1001", "1002"]
    assert company["pull_requests"]["created_at"].dt.hour.tolist() == [8, 7]
    assert len(data.read_program(folder, team="Check-out")["pull_requests"]) == 2


def test_addresses_in_place_of_numbers(typed, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    typed(0)
    folder = typed.folder
    (folder / "HR_Liste.csv").write_text(PEOPLE, encoding="cp1252")
    (folder / "merged_prs.csv").write_text(PULLS)
    mapping, = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    mapping = mapping.replace("person_id: Personalnr.", "person_id: E-Mail").replace(": 1001", ": anna@x.example")
    mapping = mapping.replace(": 1002", ": Juergen@x.example").replace("people:\n", "people:\n  pseudonyms: [person_id]\n")
    mapping = mapping.replace("pull_requests:\n", "pull_requests:\n  pseudonyms: [author_id]\n")
    (folder / "mapping.yml").write_text(mapping, encoding="utf-8")
    (folder / "items.csv").write_text("item_id,instrument,text,maximum_score\nq1,test,Q1,1\n")
    imported = CliRunner().invoke(main, ["import", "answers", "Skills check.csv", "--into", "my-company", "--wave", "start",
                                         "--person", "Email Address", "--pseudonyms"])
    assert "test_responses 2 new" in imported.output
    company = data.read_program(folder, strict=True)
    persons = company["people"]["person_id"]
    assert set(company["pull_requests"]["author_id"]) == set(persons[:2]) and not persons.str.contains("@").any()


def test_the_page_names_commands_and_options_that_there_are():
    for line in re.findall(r"^upskill .*", PAGE, re.MULTILINE):
        words = shlex.split(line, comments=True)[1:]
        assert words[0] in COMMANDS
        help_text = CliRunner().invoke(main, [*words[:2 if words[0] == "import" else 1], "--help"]).output
        assert all(word in help_text for word in words if word.startswith("--"))


def test_the_page_lists_the_roles_of_the_framework():
    roles = data.read_program("data/example")["role_targets"]["role"].unique()
    assert ", ".join(sorted(roles)) in PAGE.replace("\n  ", " ")
