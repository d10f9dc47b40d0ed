"""A program in a database: the same tables, checks and faults as in a folder, and no password anywhere."""

import json
import os
import sqlite3
import subprocess
import sys
from urllib.parse import quote

import nbformat
import pandas as pd
import postgres
import pytest

from upskill import data
from upskill.data.address import PASSWORD
from upskill.data.read import load
from upskill.paths import ROOT

SETTINGS = "name: Acme\ncurrency: EUR\n"


@pytest.fixture(scope="module")
def port():
    """The port of a PostgreSQL server of our own; without PostgreSQL the test is skipped."""
    binaries = postgres.find_binaries()
    if binaries is None:
        pytest.skip("no PostgreSQL server on this machine")
    with postgres.server(binaries) as started:
        yield started


@pytest.fixture(scope="module")
def company(example):
    return data.read_program(example)


@pytest.fixture(scope="module")
def stored(port, company):
    """The example company in a schema of its own."""
    settings = (ROOT / "data" / "example" / "program.yml").read_text(encoding="utf-8")
    postgres.fill(postgres.address(port), company.tables, settings, "acme")
    return postgres.address(port, schema="acme")


@pytest.fixture
def execute(port):
    """Run statements in the schema `small`, which is made anew with SETTINGS; returns its address."""
    import sqlalchemy as sa

    def run(*statements, settings=SETTINGS):
        engine = sa.create_engine(postgres.address(port))
        with engine.begin() as connection:
            for one in ("DROP SCHEMA IF EXISTS small CASCADE", "CREATE SCHEMA small", "SET search_path TO small",
                        "CREATE TABLE program_settings (file text, content text)"):
                connection.exec_driver_sql(one)
            connection.execute(sa.text("INSERT INTO program_settings VALUES ('program.yml', :text)"), {"text": settings})
            for one in statements:
                connection.exec_driver_sql(one)
        engine.dispose()
        return postgres.address(port, schema="small")
    return run


def in_sqlite(path, tables, settings=SETTINGS):
    with sqlite3.connect(path) as connection:
        for name, frame in tables.items():
            frame.to_sql(name, connection, index=False)
        connection.execute("CREATE TABLE program_settings (file TEXT, content TEXT)")
        connection.execute("INSERT INTO program_settings VALUES ('program.yml', ?)", (settings,))
    connection.close()
    return f"sqlite:///{path}"


def assert_same_rows(first, second):
    by = list(first.columns)
    first, second = (frame[by].sort_values(by).reset_index(drop=True) for frame in (first, second))
    pd.testing.assert_frame_equal(first, second)


def test_postgresql_gives_what_the_folder_gives(stored, company):
    program = data.read_program(stored)
    assert list(program.tables) == list(company.tables)
    assert program.faults == () and program.as_of == company.as_of
    assert program.settings == company.settings
    for name, frame in company.tables.items():
        assert_same_rows(frame, program[name])


def test_sqlite_gives_what_the_folder_gives(tmp_path, company, example):
    address = in_sqlite(tmp_path / "example.db", company.tables, (example / "program.yml").read_text(encoding="utf-8"))
    program = data.read_program(address)
    assert program.slug == "example" and program.as_of == company.as_of
    for name, frame in company.tables.items():
        assert_same_rows(frame, program[name])


def test_a_team_and_a_day_cut_the_same(stored, example):
    team = data.read_program(example)["people"]["team"].iat[0]
    there, here = (data.read_program(place, team=team, as_of="2026-05-31") for place in (stored, example))
    for name in here.tables:
        assert_same_rows(here[name], there[name])


def test_rows_come_in_the_order_of_their_key(execute):
    address = execute("CREATE TABLE waves (wave text, starts_on date, ends_on date)",
                      "INSERT INTO waves VALUES ('b', '2026-02-01', '2026-03-01'), ('a', '2026-01-01', '2026-02-01')")
    assert data.read_program(address)["waves"]["wave"].tolist() == ["a", "b"]


def test_typed_columns_become_those_of_the_contract(execute):
    address = execute(
        "CREATE TABLE deployments (deployment_id bigint, team varchar(9), repository text, finished_at timestamptz, status text, "
        "needed_intervention boolean, first_commit_at timestamp, notes jsonb, ratio numeric)",
        "INSERT INTO deployments VALUES (7, 'web', NULL, '2026-03-29 02:30:00.25+02', 'success', true, "
        "'2026-03-28 09:00:00', '[1]', 'NaN'), (8, 'web', '', '2026-03-30 00:00:00+00', 'failure', NULL, NULL, NULL, 0.5)")
    frame = data.read_program(address)["deployments"]
    assert frame["deployment_id"].tolist() == ["7", "8"]
    assert frame["finished_at"].tolist() == [pd.Timestamp("2026-03-29 00:30:00.25"), pd.Timestamp("2026-03-30")]
    assert frame["first_commit_at"].iat[0] == pd.Timestamp("2026-03-28 09:00") and pd.isna(frame["first_commit_at"].iat[1])
    assert frame["needed_intervention"].iat[0] and pd.isna(frame["needed_intervention"].iat[1])
    assert frame["repository"].isna().all()
    assert "notes" not in frame and frame["ratio"].isna().tolist() == [True, False]


PEOPLE = ("CREATE TABLE people (person_id text, team text, role text, start_date date)",
          "INSERT INTO people VALUES ('p1', 'web', 'dev', '2020-01-01'), ('p2', 'web', 'dev', 'infinity')",
          "INSERT INTO people VALUES ('p2', 'data', 'dev', NULL), ('p3', NULL, 'dev', NULL)")
CSV = "person_id,team,role,start_date\np1,web,dev,2020-01-01\np2,data,dev,\np2,web,dev,infinity\np3,,dev,\n"


def test_faults_are_those_of_the_file_and_name_the_row_by_its_key(execute, tmp_path):
    (tmp_path / "program.yml").write_text(SETTINGS)
    (tmp_path / "people.csv").write_text(CSV)
    here, there = (load(place).program.faults for place in (tmp_path, execute(*PEOPLE)))
    assert [(one.code, one.column, one.value) for one in here] == [(one.code, one.column, one.value) for one in there]
    duplicate = next(fault for fault in there if fault.code == "duplicate_key")
    assert (duplicate.file, duplicate.row, duplicate.key) == ("table people", 3, "person_id=p2")
    assert "table people, row 3 (person_id=p2)" in str(duplicate)


def test_sqlite_may_hold_any_mixture_in_a_column(tmp_path):
    frame = pd.DataFrame({"date": ["2026-01-01", "2026-01-02", "soon"], "category": ["a", 3, 2.0], "amount": [1, "2.5", "x"]},
                         dtype=object)
    program = load(in_sqlite(tmp_path / "small.db", {"spend": frame})).program
    assert program["spend"]["category"].tolist() == ["a", "3"]
    assert [fault.code for fault in program.faults].count("wrong_type") == 2


def test_mapping_yml_lies_beside_program_yml(execute):
    mapping = "spend:\n  file: ledger\n  columns: {date: booked, amount: usd, category: account}\n"
    address = execute('CREATE TABLE ledger (booked date, usd numeric, account text)',
                      "INSERT INTO ledger VALUES ('2026-01-01', 12.5, 'training')",
                      "INSERT INTO program_settings VALUES ('mapping.yml', '" + mapping + "')")
    assert data.read_program(address)["spend"]["amount"].tolist() == [12.5]


def test_a_table_that_the_mapping_misses_is_a_fault(execute):
    address = execute("CREATE TABLE ledger (x text)",
                      "INSERT INTO program_settings VALUES ('mapping.yml', 'spend: {file: ledgr}')")
    fault, = data.check_program(address)
    assert fault.code == "bad_setting" and "ledger" in fault.cure


def test_settings_may_be_a_file_outside(tmp_path, port, stored):
    (tmp_path / "program.yml").write_text("name: Outside\ncurrency: CHF\n")
    program = data.read_program(f"{stored}&settings={quote(str(tmp_path))}")
    assert program.settings.name == "Outside" and "people" in program


def test_views_are_read_and_tables_of_others_are_not(execute):
    address = execute("CREATE TABLE raw_spend (d date, c text, a numeric)", "INSERT INTO raw_spend VALUES ('2026-01-01', 'x', 1)",
                      "CREATE VIEW spend AS SELECT d AS date, c AS category, a AS amount FROM raw_spend",
                      "CREATE TABLE invoices (x text)", "CREATE TABLE deployment (x text)")
    program = load(address).program
    assert list(program.tables) == ["spend"]
    assert [(fault.code, fault.file) for fault in program.faults] == [("unknown_table", "table deployment")]


@pytest.mark.parametrize("change, words", [
    ({"password": "wr0ng-one"}, "password authentication failed"),
    ({"password": None}, f"Put the password into the environment as {PASSWORD}; there is none now"),
    ({"database": "nowhere"}, 'database "nowhere" does not exist'),
    ({"schema": "akme"}, "There is no schema 'akme'"),
    ({}, "there is no table program_settings"),
])
def test_what_is_wrong_is_said_and_no_password(port, stored, change, words, monkeypatch):
    monkeypatch.delenv(PASSWORD, raising=False)
    monkeypatch.delenv("PGPASSWORD", raising=False)
    with pytest.raises(data.ProgramError) as error:
        data.read_program(postgres.address(port, **change))
    assert words in str(error.value)
    assert "wr0ng-one" not in str(error.value) and postgres.PASSWORD not in str(error.value)


@pytest.mark.parametrize("address, words", [
    ("postgresql://u:t0psecret@127.0.0.1:1/x", "No connection to postgresql+pg8000://u@127.0.0.1:1/x"),
    ("postgresql+psycopg2://u:t0psecret@h/x", "There is no driver for postgresql+psycopg2 here"),
    ("postgresql://u:t0psecret@h:many/x", "is no address of a database"),
    ("postgresql://u@h/x?sslpassword=t0psecret", "would stand in every report"),
    ("sqlite:///nowhere/t0.db", "there is no file"),
    ("sqlite://", "An SQLite program is a file"),
])
def test_addresses_that_lead_nowhere(address, words):
    with pytest.raises(data.ProgramError) as error:
        data.read_program(address)
    assert words in str(error.value) and "t0psecret" not in str(error.value)


def test_a_password_may_come_from_the_environment(port, stored, monkeypatch):
    monkeypatch.delenv(PASSWORD, raising=False)
    public = data.keep_password(stored)
    assert postgres.PASSWORD not in public and os.environ[PASSWORD] == postgres.PASSWORD
    program = data.read_program(public)
    assert str(program.folder) == public and program.slug == "postgres-acme"


def test_digest_follows_rows_and_settings_not_their_order(execute):
    table = "CREATE TABLE spend (date date, category text, amount numeric)"
    rows = ["('2026-01-01', 'a', 1)", "('2026-01-02', 'b', 2)"]
    digests = [data.program_digest(execute(table, f"INSERT INTO spend VALUES {', '.join(order)}", settings=text))
               for order, text in ((rows, SETTINGS), (rows[::-1], SETTINGS), ([*rows, rows[0]], SETTINGS),
                                   (rows, SETTINGS + "locale: de_DE\n"))]
    assert digests[0] == digests[1] and len(set(digests)) == 3


def test_no_password_in_anything_that_a_run_leaves(stored, tmp_path):
    done = subprocess.run([sys.executable, "-m", "upskill", "run", "--program", stored, "--only", "06_roi_model",
                           "--team", "", "--output", str(tmp_path / "out"), "--workers", "1"],
                          capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads(next((tmp_path / "out").rglob("run.json")).read_text(encoding="utf-8"))
    assert record["parameters"]["program"] == data.public_address(stored)
    assert_no_password(tmp_path / "out", done.stdout + done.stderr)


def test_no_password_on_the_page_of_a_notebook_run_by_hand(stored, tmp_path):
    notebook = nbformat.read(ROOT / "notebooks" / "06_roi_model.ipynb", as_version=4)
    for cell in notebook.cells:
        cell.source = cell.source.replace('program: str = "data/example"', f"program: str = {json.dumps(stored)}")
        if cell.cell_type == "code":
            cell.update(execution_count=1, outputs=[])
    nbformat.write(notebook, tmp_path / "by_hand.ipynb")
    subprocess.run([sys.executable, "-m", "upskill", "render", "by_hand.ipynb", "--output", "page"], cwd=tmp_path, check=False,
                   capture_output=True)
    assert "postgresql+pg8000" in (tmp_path / "page" / "report.ipynb").read_text(encoding="utf-8")
    assert_no_password(tmp_path / "page", "")


def assert_no_password(folder, said):
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for form in (postgres.PASSWORD, quote(postgres.PASSWORD, safe=""), quote(postgres.PASSWORD)):
        assert form not in said
        assert not [path for path in files if form.encode() in path.read_bytes()]


def test_the_check_reads_an_address(stored):
    done = subprocess.run([sys.executable, "-m", "upskill", "check", stored], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0 and "no faults" in done.stdout
    assert postgres.PASSWORD not in done.stdout + done.stderr


def test_what_changes_a_folder_refuses_a_database(tmp_path):
    from upskill.privacy.purge import read_parts

    with pytest.raises(data.ProgramError, match="works on program folders only"):
        read_parts(f"sqlite:///{tmp_path}/x.db")
