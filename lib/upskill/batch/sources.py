"""What the numbers of a report rest on, gathered from what it published: data, figures, notes, documents, versions."""

import re
from html import unescape

from upskill.batch.execute import own_code_cells
from upskill.batch.markup import plain_text

# Sections that say how it is known, whatever the notebook calls them.
RESTS_ON = re.compile(r"how we know|how sure|assum|source|inputs come from", re.IGNORECASE)
DOCUMENT = re.compile(r"\bdocs/[\w/-]+\.md\b|https?://[^\s)>\]\"'`]+")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
# Tables in which a report lists them itself (`show.sources`).
LISTED = {"data_used": "Data", "assumptions": "Assumption", "works": "Published work"}
MARKED = re.compile(r"[^\w ,.:;()%“”’–−+=?/-]")


def words_of(markdown):
    """Return Markdown as a reader sees it.

    >>> words_of("**AT&T** *said* [so](https://example.com), <b>")
    'AT&T said so, <b>'
    """
    return unescape(plain_text(markdown)) if MARKED.search(markdown) else markdown


def source_rows(outcome, record):
    """Return rows (kind, about, what it says) for the sources of a report."""
    tables = sorted({str(entry[-1]) for entry in record.get("reads") or [] if isinstance(entry, (list, tuple)) and entry})
    rows = [(LISTED[table["name"]], *_listed(table["columns"], row))
            for table in outcome.tables if table.get("name") in LISTED for row in table["rows"] if row]
    rows += [("Data", "tables of the program that were read", ", ".join(tables))] if tables else []
    aside = record.get("set_aside") or {}
    rows += [("Data", "rows set aside as faulty", f"{aside['rows']:,} of {aside['of']:,}")] if aside.get("rows") else []
    rows += [("Report", "takes facts from", need) for need in record.get("needs") or []]
    rows += [("Figure", str(figure.get("title") or ""), words_of(str(figure["source"])))
             for figure in outcome.figures if figure.get("source")]
    rows += [("Table", str(table.get("caption") or ""), words_of(str(table["note"])))
             for table in outcome.tables if table.get("note")]
    prose = list(_prose(outcome.notebook))
    rows += [("How we know", heading, text) for heading, text in prose if RESTS_ON.search(heading)]
    documents = dict.fromkeys(name.rstrip(".,;") for _, text in prose for name in DOCUMENT.findall(text))
    rows += [("Document", "", name) for name in documents]
    return rows + [("Version", name, str(version)) for name, version in sorted(record["versions"].items())]


def _listed(columns, row):
    """Return (what it is, the rest of its row in words)."""
    return str(row[0]), "; ".join(f"{name}: {cell}" for name, cell in list(zip(columns, row))[1:] if cell not in (None, ""))


def _prose(notebook):
    """Yield (heading above, paragraph without marks) of all prose, also of what cells said."""
    heading, own = "", own_code_cells(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            texts = [cell.source]
        else:
            said = "application/vnd.upskill.say+json"
            texts = [output.data[said].get("markdown") for output in cell.get("outputs", ())
                     if any(cell is known for known in own) and isinstance(output.get("data", {}).get(said), dict)]
        for block in (block.strip() for text in texts if isinstance(text, str) for block in re.split(r"\n\s*\n", text)):
            found = HEADING.match(block)
            heading = words_of(found[2]) if found else heading
            block = block[found.end():].strip() if found else block
            if block:
                yield heading, words_of(block)
