"""Pages as PDF beside them, printed by a Chromium that is on this machine: one browser for many pages."""

import json
import queue
import re
import threading
from pathlib import Path

from upskill.batch.browser import Browser, BrowserError
from upskill.batch.write import write_file

NOWHERE = "http://report.invalid/"
LETTER = {"US", "CA", "MX", "CL", "CO", "CR", "PA", "PH", "GT", "SV", "NI", "DO", "PR", "VE"}  # countries, as CLDR has them
INCHES = {"A4": (8.27, 11.69), "Letter": (8.5, 11.0)}
DATES = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}")
LINK = re.compile(rb"/URI \(" + NOWHERE.encode() + rb"((?:[^()\\]|\\.)*)\)")
TIME_LIMIT_SECONDS = 120


class PrintError(RuntimeError):
    """A page that could not be printed; says why."""


def paper_of(locale):
    """Return the paper that a place prints on.

    >>> paper_of("en_US"), paper_of("de_DE.UTF-8"), paper_of("es"), paper_of("")
    ('Letter', 'A4', 'A4', 'A4')
    """
    country = re.search(r"[_-]([A-Z]{2})(?![A-Za-z])", str(locale))
    return "Letter" if country and country[1] in LETTER else "A4"


class Printer:
    """Prints pages to PDF, one after the other, from any thread; the browser starts with the first and ends with `close`."""

    def __init__(self, browser, paper="A4", time_limit_seconds=TIME_LIMIT_SECONDS):
        self.browser, self.paper, self.limit = browser, paper, time_limit_seconds
        self.lock, self.running = threading.Lock(), None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def pdf(self, html, address, data_as_of=""):
        """Return a page as the bytes of a tagged PDF with its title, language and links.

        `address`: program/report/slug, from which links to other reports count; `data_as_of`: ISO date, which takes
        the place of the time of printing, so that the same page gives the same bytes.
        Raises PrintError where the browser cannot.
        """
        with self.lock:
            try:
                if self.running is None:
                    self.running = Browser(self.browser, self.limit)
                return settled(self.running.printed(html, f"{NOWHERE}{address}/report.html",
                                                    INCHES[self.paper]), address, data_as_of)
            except (OSError, BrowserError, queue.Empty) as error:
                self._end()
                what = f"no answer within {self.limit:g} seconds" if isinstance(error, queue.Empty) else str(error)
                raise PrintError(f"The PDF could not be made: {what}") from None

    def close(self):
        """End the browser."""
        with self.lock:
            self._end()

    def _end(self):
        if self.running is not None:
            self.running.end()
            self.running = None


def settled(pdf, address, data_as_of=""):
    """Return a PDF without the time of its printing, and with links from its own folder; every byte stays in its place.

    A shorter link is filled up with blanks behind it, so that the table of places at the end of the file holds.
    """
    date = (re.sub(r"\D", "", str(data_as_of))[:8].ljust(8, "0") if data_as_of else "20000101") + "000000"
    pdf = DATES.sub(lambda found: b"/" + found[1] + b" (D:" + date.encode(), pdf)
    depth = address.count("/") + 1

    def own(found):
        path = found[1].decode("latin-1")
        program = address.split("/")[0] + "/"
        short = "../" * (depth - 1) + path.removeprefix(program) if path.startswith(program) else "../" * depth + path
        return f"/URI ({short})".encode("latin-1").ljust(len(found[0]))
    return LINK.sub(own, pdf)


def add_pdf(folder, printer):
    """Print the page of a report beside it, unless that was done already; returns why not, "" where all is well."""
    folder = Path(folder)
    path, html = folder / "report.pdf", (folder / "report.html").read_text(encoding="utf-8")
    if path.is_file():
        return ""
    data_as_of = json.loads((folder / "facts.json").read_text(encoding="utf-8"))["data_as_of"]
    try:
        write_file(path, printer.pdf(html, "/".join(folder.absolute().parts[-3:]), data_as_of or ""))
    except PrintError as error:
        return str(error)
    except OSError as error:
        return f"The PDF could not be written: {error.strerror or error}"
    return ""
