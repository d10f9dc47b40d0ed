"""Each kind of damage gets its message: file, row, column, value, what was expected, how to mend it."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from upskill import data
from upskill.data.cli import check_command
from upskill.data.relations import edges_on_cycles
from upskill.data.schema import FAULT_CODES, Fault, fault_lines

TABLES = {
    "people": "person_id,team,role,end_date\np1,red,dev,\np2,blue,dev,\np3,red,lead,2026-06-30\n",
    "memberships": "person_id,team,starts_on,ends_on\np1,blue,2025-01-01,2025-06-30\np1,red,2025-07-01,\n",
    "waves": "wave,starts_on,ends_on\nstart,2025-01-06,2025-01-24\n",
    "competencies": "competency_id,domain,competency,level,anchor\nA,D,a,1,x\nA,D,a,2,y\nB,D,b,1,z\nC,D,c,1,z\n",
    "cuts": "scale,scale_id,level,cut\ndomain,D,1,-1\ndomain,D,2,0\ncompetency,A,1,0.5\n",
    "prerequisites": "competency_id,requires,minimum_level\nA,B,1\nB,C,1\n",
    "items": "item_id,instrument,minimum_score,maximum_score\nt1,test,,1\ns1,survey,1,5\nc1,climate,1,7\n",
    "test_responses": "person_id,wave,item_id,score,date\np1,start,t1,1,2025-01-14\np2,start,t1,,2025-01-15\n",
    "climate_responses": "respondent_id,team,wave,item_id,score\na1,red,start,c1,6\na2,blue,start,c1,7\n",
    "courses": "course_id,title,mode,provider,hours,price,price_per\nc1,T,workshop,us,8,100,person\nc2,U,live,us,8,0,year\n",
    "course_gains": "course_id,competency_id,from_level,to_level,gain,gain_standard_error\nc1,A,0,2,0.5,0.1\n",
    "course_prerequisites": "course_id,requires\nc2,c1\n",
    "pull_requests": "repository,pull_request_id,author_id,created_at,merged_at\nr,1,p1,2025-02-01,2025-02-02\n"
                     "r,2,p1,2025-02-01,2025-02-03\nr,3,p9,2025-02-01,\n",
    "deployments": "deployment_id,team,finished_at,status\nd1,red,2025-02-03,success\n",
    "incidents": "incident_id,team,started_at,deployment_id\ni1,red,2025-02-03,d1\n",
    "ai_usage": "date,team,person_id,tool,measure,value\n2025-02-01,red,,x,y,1\n2025-02-01,,p1,x,y,1\n",
    "feedback": "respondent_id,cohort,week,question\nf1,c,1,q\n",
}


@pytest.fixture
def folder(tmp_path):
    """Return a function that writes the sound program with changes: table = (old text, new text), or bytes."""
    def write(settings="", **changes):
        (tmp_path / "program.yml").write_text(f"name: Test\ncurrency: USD\n{settings}")
        for name, content in TABLES.items():
            change = changes.get(name)
            if isinstance(change, tuple):
                assert change[0] in content, "the damage must hit"
                content = content.replace(*change, 1)
            raw = change if isinstance(change, bytes) else content.encode()
            (tmp_path / f"{name}.csv").write_bytes(raw)
        return tmp_path
    return write


def test_the_sound_program_has_no_fault(folder):
    assert data.check_program(folder()) == ()
    assert data.read_program(folder(), strict=True)


DAMAGE = [
    # table, old, new, code, row, column, value, words of the message
    ("people", "p2,blue,dev", "p2,blue,", "empty_cell", 3, "role", "", "Fill it in"),
    ("people", "p3,red", "p3,Red", "inconsistent", 4, "team", "Red", "Write red"),
    ("people", "p2,blue", "p1,blue", "duplicate_key", 3, "person_id", "p1", "Row 2 has the same person_id"),
    ("people", "p3,", "jo@x.org,", "not_pseudonymous", 4, "person_id", "jo@x.org", "e-mail"),
    ("people", "2026-06-30", "30.6.", "wrong_type", 4, "end_date", "30.6.", "Write it as 2026-03-31"),
    ("people", "2026-06-30", "9999-12-31", "impossible_date", 4, "end_date", "9999-12-31", "leave it empty"),
    ("people", "2026-06-30", "1926-06-30", "impossible_date", 4, "end_date", "1926-06-30", "1950"),
    ("people", "role", "rolle", "missing_column", 1, "role", "person_id, team, rolle, end_date",
     "Is it the column rolle?"),
    ("people", "end_date", "end_dat", "similar_column", 1, "end_dat", "end_dat", "Rename it to end_date"),
    ("people", "end_date", "role", "repeated_column", 1, "role", "role", "each column once"),
    ("people", "p2,blue,dev,", "p2,blue,dev", "ragged_row", 3, "", "3 cells", "4 cells as in the header"),
    ("people", "p2,blue,dev,", "p2,blue,dev,,x", "ragged_row", 3, "", "5 cells", "4 cells as in the header"),
    ("memberships", "2025-06-30", "2025-08-30", "overlap", 3, "starts_on", "2025-07-01", "ends_on"),
    ("memberships", "2025-06-30", "2024-06-30", "wrong_order", 2, "ends_on", "2024-06-30", "starts_on (2025-01-01)"),
    ("memberships", "p1,red", "p7,red", "unknown_key", 3, "person_id", "p7", "a person_id of people.csv"),
    ("waves", "2025-01-24", "2025-01-04", "wrong_order", 2, "ends_on", "2025-01-04", "Correct starts_on or ends_on"),
    ("competencies", "A,D,a,2", "A,E,a,2", "inconsistent", 3, "domain", "E", "the same domain"),
    ("competencies", "B,D,b,1", "B,D,b,6", "out_of_range", 4, "level", "6", "from 1 to 5"),
    ("cuts", "domain,D,2,0", "domain,D,2,-2", "wrong_order", 3, "cut", "-2", "no less than"),
    ("cuts", "competency,A", "competency,Z", "unknown_key", 4, "scale_id", "Z", "competencies"),
    ("cuts", "competency,A", "competence,A", "not_in_choices", 4, "scale", "competence", "Did you mean competency?"),
    ("prerequisites", "B,C", "B,B", "cycle", 3, "requires", "B", "B → B"),
    ("items", "s1,survey,1,5", "s1,survey,5,5", "wrong_order", 3, "maximum_score", "5", "minimum_score (5)"),
    ("test_responses", "start,t1,1", "start,t1,2", "out_of_range", 2, "score", "2", "from 0 to 1"),
    ("test_responses", "start,t1,1", "start,t1,one", "wrong_type", 2, "score", "one", "decimal point"),
    ("test_responses", "p2,start", "p2,strat", "unknown_key", 3, "wave", "strat", "Did you mean start?"),
    ("test_responses", "2025-01-15", "2052-01-15", "impossible_date", 3, "date", "2052-01-15", "Correct it"),
    ("test_responses", "p2,start,t1,,", "p1,start,t1,,", "duplicate_key", 3, "person_id, wave, item_id",
     "p1, start, t1", "Row 2 has the same key"),
    ("climate_responses", "a2,blue", "a2,bleu", "unknown_key", 3, "team", "bleu", "Did you mean blue?"),
    ("climate_responses", "c1,7", "c1,8", "out_of_range", 3, "score", "8", "from 1 to 7"),
    ("climate_responses", "a1,", "p1,", "not_pseudonymous", 2, "respondent_id", "p1", "no person_id"),
    ("courses", "workshop", "workshp", "not_in_choices", 2, "mode", "workshp", "Did you mean workshop?"),
    ("courses", "8,100,person", '8,"1,100",person', "wrong_type", 2, "price", "1,100", "thousands separators"),
    ("course_gains", "0,2,0.5", "2,2,0.5", "wrong_order", 2, "to_level", "2", "more than from_level (2)"),
    ("course_gains", "0,2,0.5", "0,2.5,0.5", "wrong_type", 2, "to_level", "2.5", "whole number"),
    ("course_prerequisites", "c2,c1", "c2,c2", "cycle", 2, "requires", "c2", "Remove one of"),
    ("course_prerequisites", "c2,c1", "c2,c9", "unknown_key", 2, "requires", "c9", "courses.csv"),
    ("pull_requests", "2025-02-03", "2025-01-03", "wrong_order", 3, "merged_at", "2025-01-03", "created_at"),
    ("pull_requests", "r,2,", "r,1,", "duplicate_key", 3, "repository, pull_request_id", "r, 1", "Row 2"),
    ("incidents", "d1", "d7", "unknown_key", 2, "deployment_id", "d7", "deployments.csv"),
    ("ai_usage", "2025-02-01,red,,", "2025-02-01,red,p1,", "one_of_two", 2, "team", "red", "exactly one"),
    ("ai_usage", ",,p1,", ",,,", "one_of_two", 3, "team", "", "exactly one"),
    ("ai_usage", "y,1", "y,-1", "out_of_range", 2, "value", "-1", "at least 0"),
    ("feedback", "f1", "p1", "not_pseudonymous", 2, "respondent_id", "p1", "no person_id"),
]


@pytest.mark.parametrize(("table", "old", "new", "code", "row", "column", "value", "words"), DAMAGE,
                         ids=[f"{case[0]}-{case[3]}-{case[5]}" for case in DAMAGE])
def test_each_damage_has_its_message(folder, table, old, new, code, row, column, value, words):
    faults = [one for one in data.check_program(folder(**{table: (old, new)})) if one.table == table]
    fault = next(one for one in faults if one.code == code)
    assert (fault.file, fault.row, fault.column, fault.value) == (f"{table}.csv", row, column, value)
    assert words in str(fault) and f"[{code}]" in str(fault)
    assert {one.code for one in faults} <= {code, "too_many_set_aside"}


@pytest.mark.parametrize(("raw", "code", "row", "words"), [
    (b"", "empty_file", None, "header"),
    (b"\xef\xbb\xbf\n", "empty_file", None, "header"),
    (b"PK\x03\x04\x00\x00", "not_text", 1, "Excel"),
    ("person_id,team,role\np1,Köln,dev\n".encode("latin-1"), "not_text", 2, "CSV UTF-8"),
    (b'person_id,team,role\np1,"red,dev\np2,red,dev\n', "broken_quotes", 2, "pairs"),
])
def test_files_that_cannot_be_read(folder, raw, code, row, words):
    fault = next(one for one in data.check_program(folder(people=raw)) if one.table == "people")
    assert (fault.code, fault.file, fault.row) == (code, "people.csv", row) and words in str(fault)
    with pytest.raises(data.ProgramError, match="people.csv"):
        data.read_program(folder(people=raw))


def test_damaged_parquet_and_excel_are_named(folder):
    place = folder()
    (place / "spend.parquet").write_bytes(b"PAR1")
    (place / "book.xlsx").write_bytes(b"no workbook")
    faults = {fault.file: fault.code for fault in data.check_program(place)}
    assert faults == {"spend.parquet": "unreadable_file", "book.xlsx": "unreadable_file"}


@pytest.mark.parametrize("table", data.TABLES)
@pytest.mark.parametrize("fill", [None, "", "x", "-1", "2026-13-45"])
def test_no_content_breaks_the_check_itself(tmp_path, table, fill):
    (tmp_path / "program.yml").write_text("name: x")
    names = [column.name for column in data.TABLES[table].columns]
    for other, content in TABLES.items():
        (tmp_path / f"{other}.csv").write_text(content)
    rows = [] if fill is None else [[fill] * len(names), ["own", *[fill] * (len(names) - 1)]]
    (tmp_path / f"{table}.csv").write_text("\n".join(",".join(row) for row in [names, *rows]) + "\n")
    for fault in data.check_program(tmp_path):
        assert fault.expected and fault.cure and fault.code in FAULT_CODES


def test_unknown_and_doubled_tables(folder):
    place = folder()
    (place / "pull_request.csv").write_text("a,b\n1,2\n")
    (place / "people.tsv").write_text(TABLES["people"].replace(",", "\t"))
    codes = {fault.code: fault for fault in data.check_program(place)}
    assert "Did you mean pull_requests?" in str(codes["unknown_table"])
    assert "people.csv" in str(codes["table_twice"]) and "people.tsv" in str(codes["table_twice"])
    with pytest.raises(data.ProgramError):
        data.read_program(place)


def test_rows_are_counted_as_a_spreadsheet_does(folder):
    raw = b'respondent_id,cohort,week,question\n\nf1,c,1,"two\nlines"\nf2,c,x,q\n'
    fault = next(one for one in data.check_program(folder(feedback=raw)) if one.code == "wrong_type")
    assert (fault.row, fault.value) == (4, "x")


def test_references_to_rows_set_aside_are_named(folder):
    place = folder("maximum_set_aside: 0.9\n", items=("t1,test,,1", "t1,test,,0"))
    faults = [fault for fault in data.check_program(place) if fault.table == "test_responses"]
    assert [fault.code for fault in faults if fault.row] == ["key_set_aside"] * 2
    assert all("items.csv" in str(fault) for fault in faults if fault.row)


def test_teams_of_the_past_are_teams(folder):
    place = folder(memberships=("p1,blue", "p1,green"), deployments=("d1,red", "d1,green"))
    assert data.check_program(place) == ()


def test_all_faults_come_at_once(folder):
    place = folder(people=("p2,blue,dev", "p2,blue,"), courses=("workshop", "x"), incidents=("d1", "d7"))
    with pytest.raises(data.ProgramError) as caught:
        data.read_program(place)
    assert {"people", "courses", "incidents"} <= {fault.table for fault in caught.value.faults}
    assert "Test cannot be read" in str(caught.value)


# --- setting aside, accepting, refusing


def many(rows, bad):
    lines = [f"r,{number},p1,2025-02-01," + ("2025-01-01" if number < bad else "2025-02-03") for number in range(rows)]
    return ("repository,pull_request_id,author_id,created_at,merged_at\n" + "\n".join(lines) + "\n").encode()


def test_few_faulty_rows_are_set_aside_and_counted(folder):
    company = data.read_program(folder(pull_requests=many(100, 2)))
    counts = company.set_aside.set_index("table").loc["pull_requests"]
    assert counts.tolist() == [100, 2] and len(company["pull_requests"]) == 98
    assert [fault.row for fault in company.faults] == [2, 3]
    with pytest.raises(data.ProgramError):
        data.read_program(folder(pull_requests=many(100, 2)), strict=True)


def test_too_many_faulty_rows_refuse(folder):
    with pytest.raises(data.ProgramError, match=r"not 3 of 100 \(3\.0%\)"):
        data.read_program(folder(pull_requests=many(100, 3)))


@pytest.mark.parametrize("entry", ["wrong_order", "pull_requests.wrong_order",
                                   "{code: wrong_order, table: pull_requests, column: merged_at}",
                                   "{code: wrong_order, until: 2025-02-03}"])
def test_accepted_faults_do_not_refuse(folder, entry):
    company = data.read_program(folder(f"accepted_faults: [{entry}]", pull_requests=many(100, 30)), strict=True)
    assert all(fault.accepted for fault in company.faults) and len(company["pull_requests"]) == 70


@pytest.mark.parametrize("entry", ["overlap", "incidents.wrong_order", "{code: wrong_order, column: closed_at}",
                                   "{code: wrong_order, until: 2025-02-02}"])
def test_other_faults_stay_open(folder, entry):
    with pytest.raises(data.ProgramError):
        data.read_program(folder(f"accepted_faults: [{entry}]", pull_requests=many(100, 30)))


@pytest.mark.parametrize("change", [("p2,blue", "p1,blue"), ("p2,", ","), ("person_id", "id")])
def test_a_broken_key_table_always_refuses(folder, change):
    with pytest.raises(data.ProgramError, match="people.csv"):
        data.read_program(folder("maximum_set_aside: 1", people=change))


# --- the command


def test_the_command_is_silent_about_nothing(folder):
    result = CliRunner().invoke(check_command, [str(folder())])
    assert result.exit_code == 0 and "no faults" in result.output


def test_the_command_groups_what_repeats(folder):
    result = CliRunner().invoke(check_command, [str(folder(pull_requests=many(200, 50), incidents=("d1", "d7")))])
    assert result.exit_code == 1
    assert "47 more rows with this fault, up to row 51" in result.output
    assert "incidents.csv: 2 faults" in result.output
    assert "53 faults, 0 of them accepted in program.yml.\n" in result.output


def test_accepted_faults_leave_the_exit_status_alone(folder):
    place = folder("accepted_faults: [wrong_order]", pull_requests=many(100, 2))
    result = CliRunner().invoke(check_command, [str(place)])
    assert result.exit_code == 0 and "(accepted)" in result.output


def test_the_command_without_a_program(tmp_path):
    result = CliRunner().invoke(check_command, [str(tmp_path / "none")])
    assert result.exit_code == 1 and "program.yml" in result.output


def test_every_code_used_is_explained():
    from upskill.data import assumptions, folder, read, relations, rules, settings, source, yaml_file
    for module in (assumptions, folder, read, relations, rules, settings, source, yaml_file):
        text = Path(module.__file__).read_text(encoding="utf-8")
        used = {part.split('"')[1] for start in ("Fault(\"", "mark(\"", "mark_file(\"")
                for part in (start + rest for rest in text.split(start)[1:])}
        assert used <= set(FAULT_CODES), module.__name__


def test_cycles():
    flags, words = edges_on_cycles([("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")])
    assert flags == [True, True, True, False] and words[0] == "a → b → c → a"


def test_a_cause_is_told_in_full_up_to_the_limit():
    faults = [Fault("wrong_type", "a.csv", "x", "y", row) for row in range(2, 22)]
    assert len(fault_lines(faults)) == 20
    assert len(fault_lines([*faults, Fault("wrong_type", "a.csv", "x", "y", 22)])) == 4
