"""Ways to damage a sound program folder, each with what the check must say; `python tests/damages.py` writes the docs."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from upskill import data
from upskill.paths import ROOT

PAGE = ROOT / "docs" / "damages.md"
SETTINGS = "name: Test\ncurrency: EUR\n"
SOUND = {
    "people": "person_id,team,role,end_date\np1,red,dev,\np2,blue,dev,\np3,red,lead,2026-06-30\n",
    "waves": "wave,starts_on,ends_on\nstart,2025-01-06,2025-01-24\n",
    "items": "item_id,instrument,minimum_score,maximum_score\nt1,test,,1\n",
    "test_responses": "person_id,wave,item_id,score,date\np1,start,t1,1,2025-01-14\np2,start,t1,,2025-01-15\n",
    "competencies": "competency_id,domain,competency,level,anchor\nA,D,a,1,x\nA,D,a,2,y\nB,D,b,1,z\n",
    "prerequisites": "competency_id,requires,minimum_level\nA,B,1\n",
    "pull_requests": "repository,pull_request_id,author_id,created_at,merged_at,additions\n"
                     "r,1,p1,2025-02-01,2025-02-02,10\nr,2,p1,2025-02-01,2025-02-03,20\n",
    "deployments": "deployment_id,team,finished_at,status\nd1,red,2025-02-03,success\n",
    "ai_usage": "date,team,person_id,tool,measure,value\n2025-02-01,red,,x,y,1\n",
    "spend": "date,category,amount\n2025-02-01,licenses,100\n2025-02-02,travel,50\n",
}


@dataclass(frozen=True)
class Damage:
    """`do` changes the folder; the check then says `code` of `file`, at `row` and `column`, with `words`."""

    title: str
    do: object
    code: str
    file: str = ""
    row: int | None = None
    column: str = ""
    words: str = ""


def sound_program(folder):
    """Write the sound program into a folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "program.yml").write_text(SETTINGS, encoding="utf-8")
    for name, text in SOUND.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def messages(folder):
    """Return {code: first message} of a folder's check, the folder's own path left out."""
    try:
        faults = data.check_program(folder)
    except data.ProgramError as error:
        return {"no_program": str(error).replace(str(folder), "FOLDER")}
    return {fault.code: str(fault) for fault in reversed(faults)}


# --- what can be done to a folder


def swap(name, old, new):
    """Replace text that is there."""
    def do(folder):
        path = folder / (name if "." in name else f"{name}.csv")
        text = path.read_text(encoding="utf-8")
        assert old in text, "the damage must hit"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return do


def put(name, content):
    """Write a file."""
    def do(folder):
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    return do


def remove(name):
    return lambda folder: (folder / name).unlink()


def settings(lines):
    return put("program.yml", SETTINGS + lines)


def all_of(*steps):
    def do(folder):
        for step in steps:
            step(folder)
    return do


def workbook(*sheets, instead=""):
    """Write book.xlsx with (name, rows) sheets, in the place of a CSV."""
    def do(folder):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in sheets:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        book.save(folder / "book.xlsx")
        if instead:
            (folder / f"{instead}.csv").unlink()
    return do


def folder_instead(folder):
    (folder / "people.csv").unlink()
    (folder / "people.csv").mkdir()


def dangling(folder):
    (folder / "people.csv").unlink()
    os.symlink("nowhere.csv", folder / "people.csv")


def pipe_instead(folder):
    (folder / "spend.csv").unlink()
    os.mkfifo(folder / "spend.csv")


def to_itself(folder):
    (folder / "spend.csv").unlink()
    os.symlink("spend.csv", folder / "spend.csv")


def lists_in_parquet(folder):
    (folder / "spend.csv").unlink()
    table = pa.table({"date": ["2025-02-01"], "category": [["travel", "food"]], "amount": [1.0]})
    pq.write_table(table, folder / "spend.parquet")


HEADER = SOUND["people"].split("\n")[0].split(",")
PULLS = SOUND["pull_requests"]
NAMED = {
    "a script": "<script>alert(1)</script>", "a spreadsheet formula": '=HYPERLINK("http://x.example")',
    "a path": "../../etc/passwd", "an emoji": "🦄", "right-to-left text": "\u202egro.elpmaxe",
}

DAMAGES = [
    # --- the file itself
    Damage("program.yml missing", remove("program.yml"), "no_program", words="A program folder holds a program.yml"),
    Damage("an empty file", put("people.csv", ""), "empty_file", "people.csv", words="a header"),
    Damage("a header only", put("people.csv", "person_id,team,role\n"), "unknown_key", "ai_usage.csv", 2, "team"),
    Damage("Latin-1 instead of UTF-8", put("people.csv", "person_id,team,role\np1,Köln,dev\n".encode("latin-1")),
           "not_text", "people.csv", 2, words="encoding: windows-1252"),
    Damage("NUL bytes in a line", put("spend.csv", "date,category,amount\n2025-02-01,a\0b,1\n"), "not_text",
           "spend.csv", 2, words="CSV UTF-8"),
    Damage("a workbook named .csv", put("spend.csv", b"PK\x03\x04\x14\0\x06\0\x08\0"), "not_text", "spend.csv", 1,
           words="name it .xlsx"),
    Damage("binary garbage named .csv", put("spend.csv", bytes(range(128, 256)) * 4), "not_text", "spend.csv", 1),
    Damage("binary garbage named .xlsx", put("book.xlsx", b"\x00\x01garbage"), "unreadable_file", "book.xlsx"),
    Damage("garbage named .parquet", all_of(remove("spend.csv"), put("spend.parquet", b"PAR1")), "unreadable_file",
           "spend.parquet"),
    Damage("an old .xls workbook", put("people.xls", b"\xd0\xcf\x11\xe0"), "unread_file", "people.xls", words=".xlsx"),
    Damage("a table as JSON", put("rollout.json", "[]"), "unread_file", "rollout.json"),
    Damage("a folder named people.csv", folder_instead, "unread_file", "people.csv/"),
    Damage("a link that leads nowhere", dangling, "unreadable_file", "people.csv"),
    Damage("a link to itself", to_itself, "unreadable_file", "spend.csv", words="levels of symbolic links"),
    Damage("a pipe for a file", pipe_instead, "unread_file", "spend.csv", words="not read"),
    Damage("a table as CSV in a folder", all_of(remove("spend.csv"), lambda folder: (folder / "spend").mkdir(),
           put("spend/2025.csv", SOUND["spend"])), "unread_file", "spend/"),
    Damage("a table as CSV and as Parquet", lambda folder: pq.write_table(pa.table({"wave": ["start"]}),
           folder / "waves.parquet"), "table_twice", "waves.parquet", words="waves.csv holds it too"),
    Damage("UTF-16 without its mark", put("spend.csv", SOUND["spend"].encode("utf-16-le")), "not_text", "spend.csv", 1,
           words="encoding: utf-16-le"),
    Damage("a workbook locked by a password", put("book.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600)), "unreadable_file",
           "book.xlsx", words="password"),
    Damage("lists in the cells of a Parquet file", lists_in_parquet, "unreadable_file", "spend.parquet",
           column="category", words="one value per cell"),
    Damage("the same table twice", put("people.tsv", SOUND["people"].replace(",", "\t")), "table_twice", "people.tsv",
           words="people.csv holds it too"),
    Damage("a file named nearly like a table", put("pull_request.csv", PULLS), "unknown_table", "pull_request.csv",
           words="Did you mean pull_requests?"),
    Damage("a file of another kind", put("budget 2026.csv", "a,b\n1,2\n"), "unknown_table", "budget 2026.csv"),
    # --- lines
    Damage("a quotation mark without its partner", swap("people", "p2,blue", 'p2,"blue'), "broken_quotes",
           "people.csv", 3, words="Close the mark"),
    Damage("a comma too many", swap("people", "p2,blue,dev,", "p2,blue,dev,,x"), "ragged_row", "people.csv", 3),
    Damage("each line quoted as a whole", put("spend.csv", "".join(f'"{line}"\n' for line in
           SOUND["spend"].splitlines())), "missing_column", "spend.csv", 1, "amount", "quoted as a whole"),
    Damage("marks of a merge in git", swap("people", "p2,blue", "<<<<<<< HEAD\np2,blue"), "ragged_row", "people.csv", 3,
           words="git could not merge"),
    Damage("a cell too few", swap("people", "p2,blue,dev,", "p2,blue"), "ragged_row", "people.csv", 3),
    Damage("money written 1,100 in a file of commas", swap("spend", "licenses,100", "licenses,1,100"), "ragged_row",
           "spend.csv", 2),
    # --- columns
    Damage("a column missing", put("waves.csv", "wave,starts_on\nstart,2025-01-06\n"), "missing_column", "waves.csv", 1,
           "ends_on"),
    Damage("a column misspelled", swap("people", "role", "rolle"), "missing_column", "people.csv", 1, "role",
           "Is it the column rolle?"),
    Damage("an optional column misspelled", swap("people", "end_date", "end_dat"), "similar_column", "people.csv", 1,
           "end_dat"),
    Damage("a column twice", swap("people", "end_date", "role"), "repeated_column", "people.csv", 1, "role"),
    Damage("columns in another language", put("spend.csv", "Datum;Art;Betrag\n2025-02-01;a;1,5\n"),
           "missing_column", "spend.csv", 1, "amount", "mapping.yml"),
    Damage("no header at all", put("spend.csv", "2025-02-01,licenses,100\n"), "missing_column", "spend.csv", 1, "amount"),
    # --- cells
    Damage("a word for a number", swap("spend", ",100", ",hundred"), "wrong_type", "spend.csv", 2, "amount"),
    Damage("a number with its unit", swap("spend", ",100", ",100 EUR"), "wrong_type", "spend.csv", 2, "amount"),
    Damage("a decimal comma in a file of commas", swap("spend", ",100", ',"100,5"'), "wrong_type", "spend.csv", 2,
           "amount"),
    Damage("semicolons and 1,234 that may mean two things",
           put("spend.csv", "date;category;amount\n2025-02-01;a;1,234\n"), "wrong_type", "spend.csv", 2, "amount"),
    Damage("N/A for a number that is not known", swap("pull_requests", ",10\n", ",N/A\n"), "wrong_type",
           "pull_requests.csv", 2, "additions", "Leave it empty"),
    Damage("infinity", swap("spend", ",100", ",inf"), "wrong_type", "spend.csv", 2, "amount"),
    Damage("half a line of code", swap("pull_requests", ",10\n", ",10.5\n"), "wrong_type", "pull_requests.csv", 2,
           "additions"),
    Damage("30 February", swap("spend", "2025-02-02", "2025-02-30"), "wrong_type", "spend.csv", 3, "date",
           "There is no such day"),
    Damage("dates in two orders", put("spend.csv", "date,category,amount\n31/01/2025,a,1\n01/31/2025,b,1\n"),
           "wrong_type", "spend.csv", 2, "date"),
    Damage("dates that may mean two things", put("spend.csv", "date,category,amount\n01/02/2025,a,1\n03/04/2025,b,1\n"),
           "wrong_type", "spend.csv", 2, "date", "mapping.yml"),
    Damage("a time zone by its name", swap("deployments", "2025-02-03", "2025-02-03 14:05 CET"), "wrong_type",
           "deployments.csv", 2, "finished_at", "offset from UTC"),
    Damage("one date of another form", swap("spend", "2025-02-02", "2.2.2025"), "wrong_type", "spend.csv", 3, "date"),
    Damage("Excel's day numbers for dates", swap("spend", "2025-02-02", "45690"), "wrong_type", "spend.csv", 3, "date",
           "dates: excel"),
    Damage("a year mistyped", swap("spend", "2025-02-02", "2205-02-02"), "impossible_date", "spend.csv", 3, "date"),
    Damage("an open end written 9999", swap("people", "2026-06-30", "9999-12-31"), "impossible_date", "people.csv", 4,
           "end_date"),
    Damage("merged before created", swap("pull_requests", "2025-02-03", "2025-01-03"), "wrong_order",
           "pull_requests.csv", 3, "merged_at"),
    Damage("an empty cell", swap("people", "p2,blue,dev", "p2,,dev"), "empty_cell", "people.csv", 3, "team"),
    Damage("a number out of range", swap("competencies", "B,D,b,1", "B,D,b,6"), "out_of_range", "competencies.csv", 4,
           "level"),
    Damage("a score above the item's maximum", swap("test_responses", "t1,1,", "t1,2,"), "out_of_range",
           "test_responses.csv", 2, "score"),
    Damage("a word that is not in the list", swap("deployments", "success", "succes"), "not_in_choices",
           "deployments.csv", 2, "status", "Did you mean success?"),
    Damage("an e-mail address for an id", swap("people", "p3,", "jo@x.example,"), "not_pseudonymous", "people.csv", 4,
           "person_id"),
    Damage("two spellings of a team", swap("people", "p3,red", "p3,Red"), "inconsistent", "people.csv", 4, "team"),
    Damage("the example row of a template left in", swap("spend", "2025-02-02,travel,50", "2025-06-30,EXAMPLE licenses,9"),
           "example_row", "spend.csv", 3, "category"),
    # --- rows against others
    Damage("a key twice", swap("people", "p2,", "p1,"), "duplicate_key", "people.csv", 3, "person_id", "Row 2"),
    Damage("a person twice, in capitals", swap("people", "p2,", "P1,"), "inconsistent", "people.csv", 3, "person_id",
           "Keep one"),
    Damage("an unknown team", swap("deployments", "red", "rde"), "unknown_key", "deployments.csv", 2, "team",
           "Did you mean red?"),
    Damage("an unknown person", swap("test_responses", "p2,", "p7,"), "unknown_key", "test_responses.csv", 3, "person_id"),
    Damage("a reference to a faulty row", swap("people", "p2,blue,dev", "p2,blue,"), "key_set_aside",
           "test_responses.csv", 3, "person_id"),
    Damage("prerequisites in a circle", swap("prerequisites", "A,B,1", "A,B,1\nB,A,1"), "cycle", "prerequisites.csv", 2,
           "requires", "B → A"),
    Damage("a domain named in two ways", swap("competencies", "A,D,a,2", "A,E,a,2"), "inconsistent", "competencies.csv",
           3, "domain"),
    Damage("usage of nobody", swap("ai_usage", "red,,", ",,"), "one_of_two", "ai_usage.csv", 2, "team"),
    Damage("more faults than maximum_set_aside", swap("spend", ",100", ",x"), "too_many_set_aside", "spend.csv"),
    # --- hostile names
    *[Damage(f"{title} for a team", swap("deployments", "red", '"' + name.replace('"', '""') + '"'), "unknown_key",
             "deployments.csv", 2, "team") for title, name in NAMED.items()],
    Damage("a line break in a team", swap("deployments", "red", '"red\nblue"'), "unknown_key", "deployments.csv", 2,
           "team"),
    # --- workbooks
    Damage("a workbook without a sheet named like a table", workbook(("Sheet1", [HEADER, ["p1", "red", "dev", None]]),
           instead="people"), "unknown_table", "book.xlsx", words="Sheet1"),
    Damage("a sheet with titles above another header", workbook(("people", [["Staff list"], [], ["No", "Squad"],
           ["p1", "red"]]), instead="people"), "missing_column", "book.xlsx, sheet people", 1, "person_id"),
    Damage("a second row of headings", workbook(("spend", [["date", "category", "amount"], ["(day)", "", "(EUR)"],
           ["2025-02-01", "travel", 1]]), instead="spend"), "wrong_type", "book.xlsx, sheet spend", 2, "amount"),
    Damage("an error of a formula", workbook(("spend", [["date", "category", "amount"], ["2025-02-01", "travel",
           "#REF!"]]), instead="spend"), "wrong_type", "book.xlsx, sheet spend", 2, "amount"),
    Damage("a formula without a value", workbook(("people", [HEADER, ["p1", "red", "=A2", None], ["p2", "blue", "dev",
           None]]), instead="people"), "empty_cell", "book.xlsx, sheet people", 2, "role"),
    Damage("merged cells", workbook(("people", [HEADER, ["p1", "red", "dev", None], ["p2", None, "dev", None]]),
           instead="people"), "empty_cell", "book.xlsx, sheet people", 3, "team"),
    # --- program.yml
    Damage("program.yml a list", put("program.yml", "- name\n"), "bad_setting", "program.yml", words="a mapping"),
    Damage("a tab for indentation", settings("roles:\n\tdev: {}\n"), "broken_yaml", "program.yml", 4),
    Damage("a colon in a name", put("program.yml", "name: AI: the program\n"), "broken_yaml", "program.yml", 1),
    Damage("a setting twice", settings("currency: USD\n"), "setting_twice", "program.yml", 3, "currency"),
    Damage("a setting misspelled", settings("minimum_groupsize: 8\n"), "unknown_setting", "program.yml", 3,
           "minimum_groupsize", "Did you mean minimum_group_size?"),
    Damage("a word for a group size", settings("minimum_group_size: five\n"), "bad_setting", "program.yml", 3,
           "minimum_group_size"),
    Damage("a group of two", settings("minimum_group_size: 2\n"), "group_too_small", "program.yml", 3,
           "minimum_group_size"),
    Damage("an assumption misspelled", settings("assumptions:\n  enginers: 80\n"), "unknown_assumption", "program.yml",
           4, "assumptions.enginers", "Did you mean engineers?"),
    Damage("a range upside down", settings("assumptions:\n  engineers: {low: 9, mode: 5, high: 1}\n"), "bad_setting",
           "program.yml", 4, "assumptions.engineers", "ascending"),
    Damage("a share of 45", settings("assumptions:\n  realized_share: 45\n"), "bad_setting", "program.yml", 4,
           "assumptions.realized_share", "from 0 to 1"),
    Damage("an amount with its currency", settings("assumptions:\n  program_cost: 60,000 EUR\n"), "bad_setting",
           "program.yml", 4, "assumptions.program_cost"),
    Damage("program.yaml for program.yml", put("program.yaml", SETTINGS), "unread_file", "program.yaml"),
    # --- mapping.yml
    Damage("a mapping of an unknown table", put("mapping.yml", "peopel: {}\n"), "bad_setting", "mapping.yml", 1, "peopel",
           "Did you mean people?"),
    Damage("a mapping to a column that the file lacks", put("mapping.yml", "people:\n  columns: {team: Squad}\n"),
           "bad_setting", "mapping.yml", 2, "people.columns.team", "It has: person_id"),
    Damage("a mapping of a file that is not there", put("mapping.yml", "people: {file: peple.csv}\n"), "bad_setting",
           "mapping.yml", 1, "people.file", "Did you mean people.csv?"),
    Damage("a unit that does not fit", put("mapping.yml", "spend: {units: {amount: hours}}\n"), "bad_setting",
           "mapping.yml", 1, "spend.units.amount", "cents"),
    Damage("a mapping to a word that is not in the list",
           put("mapping.yml", "deployments: {values: {status: {success: sucess}}}\n"), "bad_setting", "mapping.yml", 1,
           "deployments.values.status.success", "Did you mean success?"),
]

HEAD = """# Damage done, message given

{count} ways to damage a sound program folder, and what `upskill check` says to each (the first message of its kind).
Generated by `python tests/damages.py`; a test does each damage again and compares. Messages name the file, the row as
a spreadsheet counts it, the column, what was found, what was expected and how to mend it; the word in brackets is what
`accepted_faults` takes. Nothing is written by a check; a run refuses before it makes a page.

| damage done | message given |
|---|---|
"""


def page(found):
    """Return the page of (damage, message) pairs."""
    rows = [f"| {damage.title} | {_cell(message)} |" for damage, message in found]
    return HEAD.format(count=len(rows)) + "\n".join(rows) + "\n"


def _cell(message):
    text = message.replace("\n", " ").replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    return text.replace("\u202e", "\\u202e").replace("*", "\\*")


def messages_of_all(place):
    """Return (damage, message or None) of every damage, done under a folder."""
    found = []
    for number, damage in enumerate(DAMAGES):
        folder = sound_program(place / f"damage {number}")
        damage.do(folder)
        found.append((damage, messages(folder).get(damage.code)))
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        PAGE.write_text(page([(one, text or "NOT NAMED") for one, text in messages_of_all(Path(place))]),
                        encoding="utf-8")
