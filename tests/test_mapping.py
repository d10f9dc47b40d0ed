"""Exports with other names, words, units and dates are read as mapping.yml says, and messages speak of the file."""

import re

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner

from upskill import data
from upskill.data.cli import check_command, new_command
from upskill.data.mapping import KEYS
from upskill.data.translate import UNITS, date_format
from upskill.paths import ROOT

PAGE = (ROOT / "docs" / "own-data.md").read_text(encoding="utf-8")
PEOPLE = "person_id,team,role\np1,red,dev\n"


@pytest.fixture
def read(tmp_path):
    """Return a function that writes files and a mapping, and reads one table strictly."""
    def write(mapping, table, **files):
        (tmp_path / "program.yml").write_text("name: Test")
        (tmp_path / "mapping.yml").write_text(mapping, encoding="utf-8")
        for name, content in files.items():
            raw = content if isinstance(content, bytes) else content.encode()
            (tmp_path / name.replace("__", ".")).write_bytes(raw)
        return data.read_program(tmp_path, strict=True)[table]
    return write


def faults(folder):
    return [str(fault) for fault in data.check_program(folder)]


# --- the page of the ugly spreadsheet


def tables_of_page():
    """Return the rows of each sheet as the page shows them."""
    found = []
    for block in re.findall(r"\| row \|.*\n\|---.*\n((?:\|.*\n)+)", PAGE):
        rows = [[cell.strip() for cell in line.strip("|\n").split("|")][1:] for line in block.splitlines()]
        found.append([[int(cell) if cell.isdigit() else cell or None for cell in row] for row in rows])
    return found


def save(folder, headcount, study):
    book = openpyxl.Workbook()
    book.active.title = "Headcount"
    for row in headcount:
        book.active.append(row)
    sheet = book.create_sheet("Time study")
    for row in study:
        sheet.append(row)
    book.save(folder / "Headcount 2026.xlsx")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def check():
    return CliRunner().invoke(check_command, ["my-company"]).output


def test_the_page_says_what_happens(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert CliRunner().invoke(new_command, ["my-company"]).exit_code == 0
    folder = tmp_path / "my-company"
    headcount, study = tables_of_page()
    save(folder, headcount, study)
    before, between, after = blocks("text")
    assert check() == before
    (folder / "mapping.yml").write_text(*blocks("yaml"), encoding="utf-8")
    assert check() == between
    headcount[6][4], headcount[7][0], study[3][3] = "01.02.2024", 10423, None
    save(folder, headcount[:8], study)
    assert check() == after
    company = data.read_program(folder, strict=True)
    people, tasks = company["people"], company["pilot_tasks"]
    assert people["team"].value_counts().to_dict() == {"Payments": 3, "Search": 2}
    assert people["role"].tolist() == ["developer", "developer", "data scientist", "developer", "developer"]
    assert people["full_time_equivalent"].tolist() == [1, .8, 1, .6, 1]
    assert people["start_date"].dt.strftime("%Y-%m-%d").tolist()[0] == "2021-04-03"
    assert tasks["minutes"].tolist()[:2] == [210, 300] and pd.isna(tasks["minutes"][2])
    assert tasks["arm"].tolist() == ["treatment", "control", "treatment"]


def test_the_page_lists_every_key_and_unit():
    assert all(f"| `{key}` | {meaning.replace('|', chr(92) + '|')} |" in PAGE for key, meaning in KEYS.items())
    assert all(f"`{unit}`" in PAGE for units in UNITS.values() for unit in units)


# --- each key


def test_columns_in_any_case_and_one_for_two(read):
    table = read("pull_requests: {columns: {repository: project, pull_request_id: no, author_id: by, created_at: OPENED, "
                 "first_commit_at: Opened}}", "pull_requests",
                 pull_requests__csv="Project,No,By,Opened,note\nr,007,a,2026-01-05T09:00:00Z,own\n")
    assert table["pull_request_id"][0] == "007" and table["note"][0] == "own"
    assert table["created_at"][0] == table["first_commit_at"][0] == pd.Timestamp("2026-01-05 09:00")


def test_words_are_text_and_yaml_does_not_guess(read):
    table = read("spend: {values: {one_off: {Yes: true, No: false, 007: true}, category: {x: licenses, y: ''}}, "
                 "constants: {team: '1e3'}}", "spend",
                 spend__csv="date,category,amount,one_off\n2026-01-01,X,1,yes\n2026-01-01,other,1,NO\n2026-01-01,x,1,007\n")
    assert table["one_off"].tolist() == [True, False, True]
    assert table["category"].tolist() == ["licenses", "other", "licenses"] and set(table["team"]) == {"1e3"}


@pytest.mark.parametrize(("decimal", "cell", "amount"), [
    (",", "1.234,50", 1234.5), (",", "1 234,5 €", 1234.5), (",", "-0,5", -.5), (",", "12", 12),
    (".", "1,234.50", 1234.5), (".", "$1,234", 1234), (".", "1'234.5", 1234.5)])
def test_decimal_marks(read, decimal, cell, amount):
    table = read(f"spend: {{decimal: '{decimal}'}}", "spend", spend__csv=f'date,category,amount\n2026-01-01,a,"{cell}"\n')
    assert table["amount"][0] == amount


@pytest.mark.parametrize(("decimal", "cell"), [(",", "1.5"), (",", "1,234,567"), (".", "1,5"), (".", "12,34.5")])
def test_a_number_against_the_mark_named_is_a_fault(read, tmp_path, decimal, cell):
    with pytest.raises(data.ProgramError, match="decimal mark"):
        read(f"spend: {{decimal: '{decimal}'}}", "spend", spend__csv=f'date,category,amount\n2026-01-01,a,"{cell}"\n')
    assert f"found {cell!r}" in faults(tmp_path)[0]


@pytest.mark.parametrize(("unit", "cells", "hours"), [("minutes", "90", 1.5), ("days", "0.5", 12), ("seconds", "36", .01),
                                                      ("working days", "2", 16)])
def test_units_of_hours(read, unit, cells, hours):
    table = read(f"courses: {{units: {{hours: {unit}}}}}", "courses", courses__csv=(
        f"course_id,title,mode,provider,hours,price,price_per\nc1,T,live,us,{cells},0,person\n"))
    assert table["hours"][0] == pytest.approx(hours)


def test_percent_and_money_with_semicolons(read):
    mapping = "people: {units: {full_time_equivalent: percent}}\nspend: {units: {amount: thousands}}"
    people = read(mapping, "people", people__csv="person_id;team;role;full_time_equivalent\na;b;c;62,5 %\n",
                  spend__csv="date;category;amount\n2026-01-01;a;1,5\n")
    assert people["full_time_equivalent"][0] == 0.625


@pytest.mark.parametrize(("form", "cell"), [
    ("DD.MM.YYYY", "3.4.2026"), ("MM/DD/YY", "04/03/26"), ("D MMM YYYY", "3 Apr 2026"), ("YYYYMMDD", "20260403"),
    ("DD.MM.YYYY", "2026-04-03"), ("excel", "46115"), ("excel", "46115.75"), ("DD/MM/YYYY hh:mm", "03/04/2026 10:30"),
    ("DD/MM/YYYY hh:mm", "03/04/2026"), ("MM/DD/YYYY hh:mm AM", "04/03/2026 09:15 PM")])
def test_forms_of_dates(read, form, cell):
    table = read(f"spend: {{dates: {form}}}", "spend", spend__csv=f"date,category,amount\n{cell},a,1\n")
    assert table["date"][0] == pd.Timestamp("2026-04-03")


def test_once_a_form_is_named_no_other_is_guessed(read, tmp_path):
    with pytest.raises(data.ProgramError, match="written MM/DD/YYYY"):
        read("spend: {dates: {date: MM/DD/YYYY}}", "spend", spend__csv="date,category,amount\n31/01/2026,a,1\n")
    assert "found '31/01/2026'" in faults(tmp_path)[0]


def test_times_of_a_zone_become_utc(read):
    mapping = "pull_requests: {dates: DD.MM.YYYY hh:mm, timezone: Europe/Berlin}"
    head = "repository,pull_request_id,author_id,created_at\n"
    table = read(mapping, "pull_requests", pull_requests__csv=head + (
        "r,1,a,05.01.2026 09:00\nr,2,a,05.07.2026 09:00\nr,3,a,2026-01-05T09:00:00Z\n"
        "r,4,a,29.03.2026 02:30\nr,5,a,25.10.2026 02:30\n"))
    assert table["created_at"].dt.strftime("%m-%d %H:%M").tolist() == [
        "01-05 08:00", "07-05 07:00", "01-05 09:00", "03-29 01:00", "10-25 01:30"]


def test_header_row_encoding_and_delimiter(read):
    text = "Bericht|über|alles\nNr.|Team|Rolle\np1|Köln|Entwicklung\n"
    table = read("people: {file: Liste.txt, header_row: 2, encoding: windows-1252, delimiter: '|', "
                 "columns: {person_id: Nr., role: Rolle}}", "people", Liste__txt=text.encode("cp1252"))
    assert table[["person_id", "team", "role"]].to_numpy().tolist() == [["p1", "Köln", "Entwicklung"]]


def test_two_tables_of_one_file(read, tmp_path):
    text = "Team,Started,Kind,Cost\nred,2026-01-01,training,500\n"
    mapping = ("rollout: {file: all.csv, columns: {starts_on: Started, event: Kind}, constants: {cohort: first}}\n"
               "spend: {file: all.csv, columns: {date: Started, category: Kind, amount: Cost}}\n")
    assert read(mapping, "spend", all__csv=text)["amount"].tolist() == [500]
    assert data.read_program(tmp_path)["rollout"]["cohort"].tolist() == ["first"]


def test_a_mapping_of_an_absent_table_waits(read):
    assert len(read("spend: {decimal: ','}", "people", people__csv=PEOPLE)) == 1


def test_empty_mappings_change_nothing(read):
    for mapping in ("", "# only a comment\n", "people:\n  columns: {}\n"):
        assert len(read(mapping, "people", people__csv=PEOPLE)) == 1


# --- what cannot be understood


@pytest.mark.parametrize(("mapping", "words"), [
    ("- people\n", "a mapping of tables"),
    ("people: staff.csv\n", "expected a mapping with file"),
    ("people: {colums: {team: Squad}}\n", "Did you mean columns?"),
    ("people: {columns: {taem: team}}\n", "Did you mean team?"),
    ("people: {columns: [team]}\n", "lines of `column: …`"),
    ("people: {columns: {team: squad}}\n", "It has: person_id, team, role."),
    ("people: {columns: {team: rol}}\n", "Did you mean 'role'?"),
    ("people: {header_row: first}\n", "the number of a row"),
    ("people: {file: people.csv, header_row: 9}\n", "a row of people.csv with names of columns"),
    ("people: {encoding: klingon}\n", "windows-1252"),
    ("people: {delimiter: '||'}\n", "one character"),
    ("people: {decimal: comma}\n", 'expected "," or "."'),
    ("people: {timezone: Berlin}\n", "Europe/Berlin"),
    ("people: {dates: day first}\n", "DD.MM.YYYY"),
    ("people: {dates: {team: DD.MM.YYYY}}\n", "a column of dates"),
    ("competencies: {dates: DD.MM.YYYY}\n", "a table with dates"),
    ("people: {units: {team: percent}}\n", "a column of numbers"),
    ("people: {units: {full_time_equivalent: per mille}}\n", "one of percent"),
    ("deployments: {values: {status: {ok: succes}}}\n", "Did you mean success?"),
    ("spend: {values: {one_off: {x: maybe}}}\n", "one of true, false"),
    ("people: {values: {role: developer}}\n", "pairs such as"),
    ("people: {columns: {team: team}, constants: {team: red}}\n", "Keep one of the two"),
    ("people: {sheet: Staff}\n", "Name the workbook with file:"),
    ("people: {file: nowhere.csv}\n", "the name of a file in the program folder"),
    ("people: {file: program.yml}\n", "a .csv, .tsv"),
    ("people: {empty: {a: b}}\n", "a list of words"),
    ("people: {file: people.csv}\npeople: {}\n", "each entry once"),
    ("people: {\n", "expected YAML"),
])
def test_each_slip_of_a_mapping_is_named_and_refused(read, tmp_path, mapping, words):
    with pytest.raises(data.ProgramError) as caught:
        read(mapping, "people", people__csv=PEOPLE)
    assert words in str(caught.value)
    assert any(one.startswith("mapping.yml") for one in faults(tmp_path))


def test_all_slips_come_at_once(read, tmp_path):
    with pytest.raises(data.ProgramError):
        read("people: {decimal: x, dates: y}\npeopel: {}\nspend: {columns: {a: b}}\n", "people", people__csv=PEOPLE)
    assert len([one for one in faults(tmp_path) if one.startswith("mapping.yml")]) == 4


def test_a_sheet_that_is_not_there(read, tmp_path):
    pd.DataFrame([["x"]]).to_excel(tmp_path / "book.xlsx", sheet_name="Staff", index=False)
    with pytest.raises(data.ProgramError, match="Did you mean Staff"):
        read("people: {file: book.xlsx, sheet: staf}", "people")


def test_accepting_a_fault_uses_our_name_of_the_column(read, tmp_path):
    with pytest.raises(data.ProgramError, match=r"column Squad \(read as team\)"):
        read("people: {columns: {team: Squad}}", "people", people__csv="person_id,Squad,role\np1,red,dev\np2,,dev\n")
    (tmp_path / "program.yml").write_text(
        "accepted_faults: [{code: empty_cell, table: people, column: team}]\nmaximum_set_aside: 0.9")
    assert len(data.read_program(tmp_path, strict=True)["people"]) == 1


@pytest.mark.parametrize(("form", "expected"), [
    ("DD.MM.YYYY", "%d.%m.%Y"), ("D. MMMM YY", "%d. %B %y"), ("MM.YYYY", ""), ("day", ""), ("", ""),
    ("YYYY-MM-DD hh:mm:ss", "%Y-%m-%d %H:%M:%S"), ("DD.MM.JJJJ", "")])
def test_date_formats(form, expected):
    assert date_format(form) == expected


# --- rows that are no data

BUDGET = "Item,Category,Date,Amount\na,Training,2026-01-15,10\nb,Tools,2026-01-16,5\nTotal ,,,15\n"
SPEND = "spend: {{columns: {{date: Date, category: Category, amount: Amount}}, leave_out: {{{}}}}}"


@pytest.mark.parametrize("said", ["Item: total", "ITEM: [Sum, Total]", "Item: Total, Category: none"])
def test_rows_of_totals_are_left_out(read, said):
    assert read(SPEND.format(said), "spend", spend__csv=BUDGET)["amount"].tolist() == [10, 5]


def test_rows_left_out_are_counted_and_the_others_keep_their_numbers(read, tmp_path):
    read(SPEND.format("Item: [a, Total]"), "spend", spend__csv=BUDGET)
    output = CliRunner().invoke(check_command, [str(tmp_path)]).output
    assert "read spend: 1 row; 2 left out, as mapping.yml says" in output
    (tmp_path / "spend.csv").write_text(BUDGET.replace("16,5", "16,x"))
    assert "spend.csv, row 3" in "".join(faults(tmp_path))


def test_a_row_of_totals_is_known_by_its_word(read, tmp_path):
    with pytest.raises(data.ProgramError):
        read("spend: {columns: {date: Date, category: Category, amount: Item}}", "spend",
             spend__csv="Item,Category,Date,What\n1,a,2026-01-15,x\n2,b,,y\n3,,,Summe:\n")
    said = faults(tmp_path)
    assert sum("row of totals" in line and "(leave_out: {What: Summe:})" in line for line in said) == 2
    assert sum("Fill it in" in line for line in said) == 1


def test_rows_are_left_out_of_folders_too(tmp_path):
    for team, amounts in (("red", [1, 2]), ("blue", [3])):
        (tmp_path / "spend" / f"team={team}").mkdir(parents=True)
        frame = pd.DataFrame({"date": "2026-01-15", "category": [str(each) for each in amounts], "amount": amounts})
        frame.to_parquet(tmp_path / "spend" / f"team={team}" / "part.parquet")
    (tmp_path / "program.yml").write_text("name: Test")
    (tmp_path / "mapping.yml").write_text("spend: {leave_out: {category: ['1', '3']}}")
    assert data.read_program(tmp_path)["spend"]["amount"].tolist() == [2]


@pytest.mark.parametrize(("said", "message"), [
    ("Itm: Total", "Did you mean Item?"), ("Kind: Total", "It has: Item, Category, Date, Amount."),
    ("Item: ''", "a word or a list of words"), ("Item: {a: b}", "a word or a list of words")])
def test_a_word_or_column_to_leave_out_that_cannot_be(read, tmp_path, said, message):
    with pytest.raises(data.ProgramError):
        read(SPEND.format(said), "spend", spend__csv=BUDGET)
    assert message in "".join(faults(tmp_path))
