"""A Chromium of this machine that prints pages: led over a pipe, shown pages from memory, with no way out.

It is led over a pipe by its DevTools protocol, so it opens no port that others on the machine could use. It gets each
page under an address that is nowhere, and every other request is refused.
"""

import base64
import contextlib
import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge")
ELSEWHERE = ("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
             "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge")
FLAGS = ("--headless", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-background-networking",
         "--disable-sync", "--disable-extensions", "--disable-component-update", "--disable-dev-shm-usage",
         "--host-resolver-rules=MAP * ~NOTFOUND", "--remote-debugging-pipe")
# Puts the ends of the pipes where the browser looks for them and becomes it; first out of each other's way.
HAND_OVER = """import fcntl, os, sys
ends = [fcntl.fcntl(int(end), fcntl.F_DUPFD, 10) for end in sys.argv[1:3]]
os.dup2(ends[0], 3), os.dup2(ends[1], 4)
os.execv(sys.argv[3], sys.argv[3:])"""


class BrowserError(RuntimeError):
    """A browser that does not do what it was asked; says why."""


def find_browser():
    """Return the browser that prints, as a path: $UPSKILL_BROWSER, else the first that is known; "" where there is none."""
    if named := os.environ.get("UPSKILL_BROWSER"):
        return shutil.which(named) or ""
    found = [*map(shutil.which, NAMES), *(path for path in ELSEWHERE if Path(path).is_file())]
    return next(filter(None, found), "")


def why_no_browser():
    """Say why no browser was found and how to mend it."""
    if named := os.environ.get("UPSKILL_BROWSER"):
        return f"UPSKILL_BROWSER names {named}, which is no program here."
    return "No Chromium, Chrome or Edge was found: install one (Debian: apt install chromium), or name it in UPSKILL_BROWSER."


class Browser:
    """One running browser; all calls wait for their answer."""

    def __init__(self, path, limit):
        self.limit, self.count, self.answers = limit, 0, queue.Queue()
        self.profile = tempfile.mkdtemp(prefix="upskill-print-")
        to_read, self.to = os.pipe()
        self.back, to_write = os.pipe()
        try:
            self.process = _started([path, *FLAGS, *_without_sandbox(), f"--user-data-dir={self.profile}", "about:blank"],
                                    to_read, to_write)
        except BaseException:
            self._close_ends()
            raise
        finally:
            os.close(to_read)
            os.close(to_write)
        threading.Thread(target=self._listen, daemon=True).start()

    def printed(self, html, address, paper):
        """Return a page as the bytes of a PDF; `paper`: width and height in inches."""
        until = time.monotonic() + self.limit
        target = self.call("Target.createTarget", {"url": "about:blank"}, until)["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True}, until)["sessionId"]
        for method in ("Page.enable", "Fetch.enable"):
            self.call(method, {}, until, session)
        self._load(html, address, until, session)
        width, height = paper
        data = self.call("Page.printToPDF", {
            "paperWidth": width, "paperHeight": height, "preferCSSPageSize": False, "printBackground": True,
            "displayHeaderFooter": False, "generateTaggedPDF": True, "generateDocumentOutline": True}, until, session)["data"]
        self.call("Target.closeTarget", {"targetId": target}, until)
        return base64.b64decode(data)

    def _load(self, html, address, until, session):
        """Open a page from memory; whatever it asks for is refused."""
        body = base64.b64encode(html.encode()).decode()
        head = [{"name": "Content-Type", "value": "text/html; charset=utf-8"}]
        self._send("Page.navigate", {"url": address}, session)
        while True:
            event = self._next(until)
            if event.get("method") == "Fetch.requestPaused":
                request = event["params"]["requestId"]
                is_page = event["params"]["request"]["url"].partition("#")[0] == address
                answer = {"requestId": request} | ({"responseCode": 200, "responseHeaders": head, "body": body} if is_page
                                                   else {"errorReason": "BlockedByClient"})
                self._send("Fetch.fulfillRequest" if is_page else "Fetch.failRequest", answer, session)
            elif event.get("method") == "Page.loadEventFired" and event.get("sessionId") == session:
                return
            elif "error" in event:
                raise BrowserError(event["error"].get("message", "the browser refused"))

    def call(self, method, params, until, session=None):
        """Send a command and return what it answers."""
        number = self._send(method, params, session)
        while True:
            message = self._next(until)
            if message.get("id") == number:
                if "error" in message:
                    raise BrowserError(f"{method}: {message['error'].get('message', 'refused')}")
                return message["result"]

    def _send(self, method, params, session=None):
        self.count += 1
        message = {"id": self.count, "method": method, "params": params} | ({"sessionId": session} if session else {})
        text = json.dumps(message).encode() + b"\0"
        while text:
            text = text[os.write(self.to, text):]
        return self.count

    def _next(self, until):
        message = self.answers.get(timeout=max(until - time.monotonic(), 0.01))
        if message is None:
            raise BrowserError("the browser ended")
        return message

    def _listen(self):
        rest = b""
        with contextlib.suppress(OSError):
            while part := os.read(self.back, 1 << 20):
                *whole, rest = (rest + part).split(b"\0") if b"\0" in part else (rest + part,)
                for text in whole:
                    self.answers.put(json.loads(text))
        self.answers.put(None)

    def end(self):
        """End the browser and all its processes, and remove what it kept."""
        self._close_ends()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(2)
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        shutil.rmtree(self.profile, ignore_errors=True)

    def _close_ends(self):
        for end in (self.to, self.back):
            with contextlib.suppress(OSError):
                os.close(end)


def _without_sandbox():
    """Chromium refuses its sandbox to the superuser, as whom containers often run."""
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []


def _started(command, to_read, to_write):
    """Start a browser that reads commands from its file 3 and answers to its file 4."""
    if os.name != "posix":
        raise BrowserError("PDFs are made on Linux and macOS only; print report.html from a browser instead")
    return subprocess.Popen([sys.executable, "-ISc", HAND_OVER, str(to_read), str(to_write), *command], start_new_session=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            pass_fds=(to_read, to_write))
