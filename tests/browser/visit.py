"""Open a page from disk as a reader would, with the network off, and write down all that it tries."""

from contextlib import suppress

HEIGHT = 900


def kinds_of_pages(folder, failing):
    """Return {kind: file} of a batch: index, each report for the company and a team, pages without a report, private ones."""
    out = folder / "out"
    program = out / "marked"
    pages = {"index": out / "index.html"}
    for report in sorted(place for place in program.iterdir() if place.is_dir() and place.name not in failing):
        if not (report / "company").is_dir():
            continue
        pages[f"{report.name}, company"] = report / "company" / "report.html"
        team = next(iter(sorted(place for place in report.iterdir() if place.name != "company")), None)
        if team:
            pages[f"{report.name}, team"] = team / "report.html"
    pages["failed"] = program / "prints_a_table" / "company" / "report.html"
    pages["skipped"] = program / "lacks" / "company" / "report.html"
    return pages | {"own page": min((out / "private").rglob("*.html")), "rater's page": folder / "rater.html",
                    "framework": folder / "framework.html"}


class Visitor:
    """Opens pages; keeps one context for each combination of settings."""

    def __init__(self, browser):
        self.browser, self.contexts = browser, {}

    def __call__(self, file, width=1440, dark=False, script="", offline=True, **settings):
        """Return the Visit of a page that has loaded; `script` is run before the page."""
        key = (width, dark, script, offline, *settings.items())
        if key not in self.contexts:
            context = self.browser.new_context(viewport={"width": width, "height": HEIGHT},
                                               color_scheme="dark" if dark else "light", offline=offline, **settings)
            if script:
                context.add_init_script(script)
            self.contexts[key] = (context, context.new_page())
        return Visit(self.contexts[key][1], file)

    def close(self):
        for context, _ in self.contexts.values():
            context.close()


class Visit:
    """One page that was opened: `requests` other than itself, `said` on the console or by dialogs and errors."""

    def __init__(self, page, file):
        self.page, self.address = page, file.absolute().as_uri()
        self.requests, self.said = [], []
        self.listeners = {"request": self._asked, "console": lambda message: self.said.append(message.text),
                          "dialog": self._dialog, "pageerror": lambda error: self.said.append(str(error)),
                          "popup": lambda popup: self.said.append("opened a window")}

    def __enter__(self):
        for event, listener in self.listeners.items():
            self.page.on(event, listener)
        self.page.goto(self.address, wait_until="load")
        return self

    def __exit__(self, *error):
        for event, listener in self.listeners.items():
            self.page.remove_listener(event, listener)

    def _asked(self, request):
        if request.url.partition("#")[0] != self.address and not request.url.startswith("data:"):
            self.requests.append(request.url)

    def _dialog(self, dialog):
        self.said.append(f"dialog: {dialog.message}")
        with suppress(Exception):
            dialog.dismiss()

    def settle(self):
        """Wait until all that has been asked for would have happened."""
        self.page.evaluate("() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)))")
