"""Files that other systems export, read as records before anybody knows what they are: JSON in all its forms, CSV, workbooks."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from upskill.data.folder import WORKBOOKS
from upskill.data.names import tidy, unguarded
from upskill.data.schema import Fault
from upskill.data.source import HEADER_WITHIN, MARKS, sheet_names, sheet_records
from upskill.data.sources.git import SourceError

ENDINGS = (".json", ".ndjson", ".jsonl", ".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
DELIMITERS = ",;\t|"
TASTE = 200_000  # characters by which a delimiter is judged
# Keys under which answers of programming interfaces hold their records.
WRAPPERS = ("items", "workflow_runs", "seats", "day_totals", "usageItems", "values", "issues", "statements", "incidents",
            "builds", "results")


@dataclass(frozen=True)
class Export:
    """One file as records.

    `records`: dicts, of a CSV {column: text} (a repeated column's later ones end in .1, .2, as pandas names them;
    `None` holds cells beyond the header); `rows`: the number of each, as a spreadsheet counts (header = 1), of JSON
    the record's place from 1 on. `columns`: those of the header, of JSON the keys of all records. `around`: what
    stood around the records of a JSON answer. `ragged`: rows with more or fewer cells than the header.
    """

    name: str
    form: str  # "json" or "csv"
    records: list
    rows: list
    columns: tuple
    digest: str
    around: dict = field(default_factory=dict)
    ragged: dict = field(default_factory=dict)

    def has(self, *columns):
        """Say whether the export has all these columns or keys."""
        return set(columns) <= set(self.columns)


def list_files(paths):
    """Return the files of paths, folders replaced by the exports in them; SourceError where there is none."""
    found = []
    for path in map(Path, paths):
        inside = sorted(one for one in path.glob("[!.~]*") if one.suffix.lower() in ENDINGS) if path.is_dir() else [path]
        if not inside:
            raise SourceError(f"{path}: holds no export; expected files that end in {', '.join(ENDINGS)}")
        found += inside
    return found


def read_export(path):
    """Return the Export in a file; raises SourceError with file, row and cure where it cannot be read."""
    path = Path(path)
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror or error}; let this user read it") from error
    digest = hashlib.sha256(raw).hexdigest()
    if path.suffix.lower() in WORKBOOKS:
        return _of_cells(path, _sheet(path), digest)
    text = _decode(path, raw)
    if re.match(r"\s*[\[{]", text):
        return _of_json(path, text, digest)
    return _of_cells(path, _split(path, text), digest)


def _decode(path, raw):
    if not raw.strip():
        raise SourceError(f"{path}: is empty; export it again")
    name = next((name for mark, name in MARKS if raw.startswith(mark)), "") or wide(raw) or "utf-8-sig"
    try:
        return raw.decode(name)
    except UnicodeDecodeError as error:
        row = raw[:error.start].count(b"\n") + 1
        raise SourceError(str(Fault("not_text", path.name, "text in UTF-8", "Save it as CSV UTF-8, or export it again.",
                                    row, value=repr(raw[error.start:error.start + 1])[2:-1]))) from error


def wide(raw):
    """Return the UTF-16 in which bytes without a mark are written, "" for none: Latin letters have a zero in every other byte.

    >>> wide("ID,Name".encode("utf-16-le")), wide(b"ID,Name")
    ('utf-16-le', '')
    """
    taste = raw[:4000]
    zeros = [taste[at::2].count(0) / max(len(taste[at::2]), 1) for at in (0, 1)]
    return ("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le") if max(zeros) > 0.5 and min(zeros) < 0.1 else ""


# --- JSON


def _of_json(path, text, digest):
    """Read one document, several one after another (pages, as `gh api --paginate` gives them), or one per line."""
    found, around, at, decoder = [], {}, 0, json.JSONDecoder()
    while (at := re.compile(r"[\s,\x1e]*").match(text, at).end()) < len(text):
        try:
            document, at = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            line = text.count("\n", 0, getattr(error, "pos", at)) + 1
            raise SourceError(f"{path.name}, line {line}: is no whole JSON ({getattr(error, 'msg', 'nested too deep')}); it "
                              "may have been cut off, so export it again") from error
        found += _records_in(document, around)
    wrong = [number for number, record in enumerate(found, 1) if not isinstance(record, dict)]
    if wrong:
        raise SourceError(f"{path.name}, record {wrong[0]}: expected an object {{…}} as each record, not {found[wrong[0] - 1]!r}")
    columns = dict.fromkeys(key for record in found for key in record)
    return Export(path.name, "json", found, list(range(1, len(found) + 1)), tuple(columns), digest, around)


def _records_in(document, around):
    if isinstance(document, list):
        return [record for part in document for record in _records_in(part, around)]
    wrapper = next((key for key in WRAPPERS if isinstance(document, dict) and isinstance(document.get(key), list)
                    and all(isinstance(part, dict) for part in document[key])), None)
    if wrapper is None:
        return [document]
    around |= {key: value for key, value in document.items() if key != wrapper} | {"wrapper": wrapper}
    return document[wrapper]


# --- cells


def _split(path, text):
    hint = re.match(r"sep=(.)\r?\n", text)  # Excel's own hint, which is not a record
    delimiter = hint[1] if hint else sniff(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records = []
    try:
        records.extend(reader)
    except csv.Error as error:
        raise SourceError(str(Fault("broken_quotes", path.name, f"quotation marks in pairs ({error})",
                                    "Close the mark, or export it again.", len(records) + 1))) from error
    return [[], *records[1:]] if hint else records


def sniff(text):
    """Return the delimiter under which the first records are most alike, and then widest; names may hold the others.

    >>> sniff('id;"sure, or not; why";when\\n1;2,5;3\\n')
    ';'
    """
    def alike(delimiter):
        rows = []
        try:
            rows += [row for row, _ in zip(csv.reader(io.StringIO(text[:TASTE], newline=""), delimiter=delimiter), range(200)) if row]
        except csv.Error:
            return 0, 0
        width, often = max(Counter(map(len, rows)).items(), key=lambda one: (one[0] > 1, one[1], one[0]), default=(1, 0))
        return (round(often / len(rows), 1), width) if width > 1 else (0, 0)
    return max(DELIMITERS, key=alike)


def _sheet(path):
    try:
        return sheet_records(path, sheet_names(path)[0])
    except ValueError as error:
        raise SourceError(f"{path.name}: cannot be opened: {error}") from error


def _header_at(cells):
    """Return the place of the header: the first filled row, or the first one below titles, which fill less than half a row."""
    filled = {at: sum(bool(cell.strip()) for cell in row) for at, row in enumerate(cells[:HEADER_WITHIN])}
    widest = max(filled.values(), default=0)
    first = next((at for at, count in filled.items() if count and 2 * count >= widest), None)
    return first if first is not None else next((at for at, row in enumerate(cells) if any(map(str.strip, row))), None)


def _of_cells(path, cells, digest):
    first = _header_at(cells)
    if first is None:
        raise SourceError(f"{path.name}: is empty; export it again")
    header = [tidy(unguarded(name)) for name in cells[first]]
    while header and not header[-1]:  # a delimiter at the end of every line
        header.pop()
    names, seen = [], {}
    for name in header:
        names.append(f"{name}.{seen[name]}" if name in seen else name)
        seen[name] = seen.get(name, 0) + 1
    records, rows, ragged = [], [], {}
    for row, values in enumerate(cells[first + 1:], first + 2):
        if not any(value.strip() for value in values):
            continue
        record = dict.fromkeys(names, "") | dict(zip(names, (unguarded(value.strip()) for value in values), strict=False))
        beyond = [value for value in values[len(names):] if value.strip()]
        if len(values) < len(names) or beyond:
            ragged[row] = len(values)
            record |= {None: beyond} if beyond else {}
        records.append(record)
        rows.append(row)
    return Export(path.name, "csv", records, rows, tuple(names), digest, ragged=ragged)
