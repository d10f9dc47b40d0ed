"""Canary birds: every personal text of a program is marked, whole reports are made of it, and no byte of them sings."""

import base64
import io
import json
import os
import re
import stat
import zipfile

from marked_batch import ENDS, MARK, REPORTS


def songs(content):
    """Return every canary in a file, also in pictures that a page holds as data and in the sheets of a workbook, however the letters are cased."""
    pictures = [base64.b64decode(code) for code in re.findall(rb"base64,([A-Za-z0-9+/=]+)", content)]
    packed = []
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            packed = [book.read(name) for name in book.namelist()]
    return [match.group() for part in (content, *pictures, *packed)
            for match in re.finditer(rb"(?i).{0,40}" + MARK[:5].encode() + rb".{0,20}", part)]


def test_the_program_is_full_of_canaries(batch):
    folder, _ = batch
    for name in ("people", "feedback", "test_responses", "pull_requests", "interview_ratings", "climate_responses"):
        assert len(songs((folder / "marked" / f"{name}.csv").read_bytes())) > 30, name


def test_reports_were_made_and_the_leaking_ones_failed(batch):
    folder, log = batch
    out = folder / "out" / "marked"
    status = {path.parent.relative_to(out).as_posix(): json.loads(path.read_text(encoding="utf-8"))
              for path in out.rglob("run.json")}
    assert len(status) == sum(REPORTS.values()) + len(REPORTS) + len(ENDS)
    assert {found["status"] for name, found in status.items() if name.split("/")[0] in REPORTS} == {"ok"}, log.decode()
    assert {found["status"] for name, found in status.items() if name.split("/")[0] in ENDS} == {"failed", "skipped"}
    assert "PrivacyError" in status["says/company"]["reason"]


def test_no_canary_sings_in_any_byte_of_the_outputs(batch):
    folder, _ = batch
    private = folder / "out" / "private"
    files = [path for path in (folder / "out").rglob("*") if path.is_file() and private not in path.parents]
    assert {path.suffix for path in files} >= {".html", ".ipynb", ".json", ".csv", ".svg", ".xlsx"}
    heard = {path.relative_to(folder).as_posix(): songs(path.read_bytes()) for path in files}
    assert {name: found for name, found in heard.items() if found} == {}
    assert not [path for path in files if MARK in path.name]


def test_own_pages_lie_apart_and_name_nobody(batch):
    """Only the name of the file says whose page it is; nothing else in the outputs knows of it."""
    folder, _ = batch
    pages = sorted((folder / "out" / "private").rglob("*.html"))
    assert len(pages) > 20 and all(MARK in path.name for path in pages)
    assert [path.name for path in pages if songs(path.read_bytes())] == []
    assert b"private" not in (folder / "out" / "index.html").read_bytes()
    assert not list((folder / "out" / "private").rglob("*.xlsx"))
    if os.name == "posix":
        assert {stat.S_IMODE(path.stat().st_mode) for path in pages} == {0o600}
        assert {stat.S_IMODE(place.stat().st_mode) for place in pages[0].parents[:2]} == {0o700}


def test_no_canary_sings_in_the_log(batch):
    _, log = batch
    assert b"reports in" in log and songs(log) == []


def test_the_reader_is_told_that_something_was_withheld(batch):
    folder, _ = batch
    page = (folder / "out/marked/prints_a_table/company/report.html").read_text(encoding="utf-8")
    assert "withheld: shown without upskill.show" in page and "more lines withheld" in page
