"""Time the index of many reports in a browser, beside the same rows as one plain table.

Rows are copies of the reports in a folder (made by `upskill run`) under made-up names of teams, with three labels of a
past whose numbers were moved by a seeded draw. Needs Playwright and Chromium.
"""

import argparse
import copy
import html
import json
import random
import statistics
import tempfile
import time
from pathlib import Path

from upskill.batch.history import problems
from upskill.batch.index import read_records, write_index

LETTER, SEED, LABELS = "z", 20261125, 3
CONTROLS = """<label>Search <input id="by-words"></label><p id="count"></p><script>
const box = document.getElementById("by-words"), rows = [...document.querySelectorAll("tbody tr")];
box.addEventListener("input", () => {
  const word = box.value.toLowerCase();
  let found = 0;
  for (const row of rows) { row.hidden = !row.textContent.toLowerCase().includes(word); found += !row.hidden; }
  document.getElementById("count").textContent = found + " reports";
});
document.documentElement.dataset.ready = 1;
</script>"""
# Runs before the page does: when the first key was handled and its result was on the screen, by the page's own clock.
PROBE = """addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("by-words");
  box.addEventListener("input", () => requestAnimationFrame(() => setTimeout(() => {
    window.shown = performance.now(); window.handled = window.shown - window.pressed; })), {once: true});
  box.focus();
  window.loaded = performance.now();
  requestAnimationFrame(() => setTimeout(() => {
    window.pressed = performance.now();
    box.value = "LETTER";
    box.dispatchEvent(new InputEvent("input", {bubbles: true}));
  }));
});""".replace("LETTER", LETTER)


def write_reports(source, output, count):
    """Write `count` reports below a folder, as copies of real ones: their records, facts, names of files; and a past."""
    records = [record for record in read_records(source) if record["status"] == "ok"]
    real = [record for record in records if record["parameters"].get("team")]
    whole = [record for record in records if not record["parameters"].get("team")]
    names = sorted({record["report"] for record in real})
    draw, folders = random.Random(SEED), {}
    for number in range(count):
        record = copy.deepcopy(whole[number] if number < len(whole) and number < count / 2 else
                               draw.choice([found for found in real if found["report"] == names[number % len(names)]]))
        if record["parameters"].get("team"):
            team = f"{draw.choice(('Checkout', 'Search', 'Payments', 'Mobile', 'Data', 'Web'))} {number // len(names):03}"
            record["parameters"]["team"], record["slug"] = team, team.lower().replace(" ", "-")
        folder = output / record["program"] / record["report"] / record["slug"]
        (folder / "tables").mkdir(parents=True, exist_ok=True)
        for name in ("report.html", "report.ipynb", *record["files"], *(f"tables/{table}" for table in record["tables"])):
            (folder / name).touch()
        if record["thumbnail"]:
            (folder / "thumbnail.svg").write_text(record["thumbnail"], encoding="utf-8")
        folders[folder] = record
        facts = {"report": record["report"], "data_as_of": record["data_as_of"], "facts": record["facts"]}
        kept = {key: value for key, value in record.items() if key not in ("facts", "tables", "files", "folder", "thumbnail")}
        (folder / "run.json").write_text(json.dumps(kept), encoding="utf-8")
        (folder / "facts.json").write_text(json.dumps(facts), encoding="utf-8")
    write_past(output, records[0]["program"], folders.values(), draw)


def write_past(output, program, records, draw):
    """Write what the reports said under former labels, as labelled runs do, but for the reasons why."""
    (output / program / "history").mkdir(exist_ok=True)
    for number in range(1, LABELS + 1):
        points = {f"{record['report']}/{record['slug']}": {
            "key": f"old {number}", "data_as_of": "", "why": {"tables": {}},
            "facts": [moved(fact, draw) for fact in record["facts"]]} for record in records}
        content = {"label": f"2026-0{number}", "number": number, "reports": points, "unchanged": {}, "shared": {}}
        (output / program / "history" / f"2026-0{number}.json").write_text(json.dumps(content), encoding="utf-8")
    if wrong := problems(output, program):
        raise ValueError(wrong[0])


def moved(fact, draw):
    """Return a fact as it may have been: moved by up to its interval, one in twenty by five times as much."""
    if fact["value"] is None or fact["low"] is None:
        return fact
    step = draw.uniform(-0.5, 0.5) * (fact["high"] - fact["low"]) * (5 if draw.random() < 0.05 else 1)
    return fact | {key: fact[key] + step for key in ("value", "low", "high")}


def plain_table(output):
    """Return the same reports as one plain table: report, team, status, answer, facts of its cards, the same links."""
    rows = []
    for record in read_records(output):
        where = record["folder"]
        cards = "; ".join(f"{card['label']}: {card['value']} {card.get('note') or ''}" for card in record["cards"][:4])
        files = ["report.html", "report.ipynb", "facts.json", *(f"tables/{name}" for name in record["tables"])]
        links = " ".join(f'<a href="{html.escape(where)}/{file}">{file}</a>' for file in files)
        cells = (record["title"], record["parameters"].get("team") or "Whole company", record["status"],
                 (record["answer"] or [""])[0], cards)
        rows.append("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells) + f"<td>{links}</td></tr>")
    head = "".join(f"<th>{name}</th>" for name in ("Report", "Team", "Status", "Answer", "Facts", "Files"))
    return (f"<!doctype html><meta charset=utf-8><title>Reports</title><table><thead><tr>{head}</tr></thead><tbody>"
            f"{''.join(rows)}</tbody></table>").replace("<table>", CONTROLS.partition("<script>")[0] + "<table>", 1) + \
        "<script>" + CONTROLS.partition("<script>")[2]


def wait_for(tab):
    """Wait until the first key was handled; the policy of the index forbids the waiting of Playwright, which evaluates text."""
    end = time.monotonic() + 120
    while tab.evaluate("window.handled") is None and time.monotonic() < end:
        time.sleep(0.05)


def look(browser, page, repeats):
    """Return medians over fresh pages: loaded, first key shown (both since the start), key to result, processor (all ms),
    nodes; and how many reports were found."""
    found = []
    for _ in range(repeats):
        context = browser.new_context(viewport={"width": 1280, "height": 800})
        tab = context.new_page()
        tab.add_init_script(PROBE)
        session = context.new_cdp_session(tab)
        session.send("Performance.setTimeDomain", {"timeDomain": "threadTicks"})  # processor time, whoever else is at work
        session.send("Performance.enable")
        tab.goto(page.as_uri(), timeout=120_000)
        wait_for(tab)
        numbers = {entry["name"]: entry["value"] for entry in session.send("Performance.getMetrics")["metrics"]}
        nodes = session.send("Memory.getDOMCounters")["nodes"]
        found.append([tab.evaluate("window.loaded"), tab.evaluate("window.shown"), tab.evaluate("window.handled"),
                      numbers["TaskDuration"] * 1000, nodes, tab.inner_text("#count").split()[0]])
        context.close()
    return [statistics.median(column) for column in list(zip(*found))[:-1]] + [found[0][-1]]


def resident(browser_type, options, page):
    """Return the proportional memory in MB of the process that shows a page, in a browser of its own."""
    browser = browser_type.launch(**options)
    try:
        tab = browser.new_page()
        tab.add_init_script(PROBE)
        tab.goto(page.as_uri(), timeout=120_000)
        wait_for(tab)
        pids = {process["id"] for process in browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
                if process["type"] == "renderer"}
        sizes = [int(line.split()[1]) / 1024 for pid in pids for line in
                 Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines() if line.startswith("Pss:")]
        return max(sizes)
    finally:
        browser.close()


def main():
    """Print one line for each size and way, and the ratios."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("source", type=Path, help="folder of reports made by `upskill run`")
    parser.add_argument("--sizes", type=int, nargs="*", default=[100, 1000, 5000])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--chromium", default="/usr/bin/chromium")
    parser.add_argument("--keep", type=Path, help="keep the reports here, and take them from here the next time")
    given = parser.parse_args()
    options = {"executable_path": given.chromium, "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]}
    print("| reports | page | size, MB | written in, s | loaded, ms | first key shown, ms | key to result, ms | "
          "processor, ms | nodes | memory, MB | found |\n|" + " ---: |" * 11)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for size in given.sizes:
            output = (given.keep or Path(folder)) / f"out{size}"
            if not output.exists():
                output.mkdir(parents=True)
                write_reports(given.source, output, size)
            began, clock = time.perf_counter(), time.process_time()
            index = write_index(output)
            spent = time.process_time() - clock
            print(f"<!-- {size}: written in {time.perf_counter() - began:.1f} s on the clock -->")
            plain = output / "plain.html"
            plain.write_text(plain_table(output), encoding="utf-8")
            results = {}
            browser = playwright.chromium.launch(**options)
            for name, page in (("index", index), ("plain table", plain)):
                results[name] = [page.stat().st_size / 1e6, *look(browser, page, given.repeats)]
            browser.close()
            for name, page in (("index", index), ("plain table", plain)):
                megabytes, loaded, shown, handled, busy, nodes, count = results[name]
                memory = resident(playwright.chromium, options, page)
                results[name].append(memory)
                wrote = f"{spent:.2f}" if name == "index" else ""
                print(f"| {size} | {name} | {megabytes:.2f} | {wrote} | {loaded:.0f} | {shown:.0f} | {handled:.0f} | "
                      f"{busy:.0f} | {nodes:.0f} | {memory:.0f} | {count} |", flush=True)
            ratios = {words: results["plain table"][place] / results["index"][place] for words, place in
                      (("first key shown", 2), ("key to result", 3), ("processor", 4), ("memory", -1), ("size", 0))}
            lists = [page.stat().st_size for page in output.glob("*/lists/*.html")]
            print(f"<!-- {size}: plain table ÷ index: " + ", ".join(f"{words} {ratio:.1f}" for words, ratio in ratios.items())
                  + (f"; {len(lists)} pages of lists, {max(lists) / 1e3:.0f} kB at most" if lists else "") + " -->")


if __name__ == "__main__":
    main()
