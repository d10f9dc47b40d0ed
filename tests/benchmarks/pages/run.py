"""Our page of a report beside what nbconvert makes of the same executed notebook by default, point by point.

    .venv/bin/python tests/benchmarks/pages/run.py outputs/example/06_roi_model/company
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "browser"))
from axe_core import axe_source

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
PICTURE = re.compile(r"data:image/[^\"')]+")
LOOK = """() => {
  const shown = element => element.offsetParent !== null && element.getBoundingClientRect().height > 0;
  const all = selector => [...document.querySelectorAll(selector)];
  const code = all("pre").filter(shown).filter(pre => pre.closest(".jp-InputArea, .input, details, .code, .highlight"));
  return {
    title: document.title, h1: all("h1").length, scripts: all("script").length,
    policy: !!document.querySelector("meta[http-equiv='Content-Security-Policy']"),
    figures: all("img, svg[role=img]").length,
    unworded: all("img").filter(img => !(img.alt || "").trim() || /No description/.test(img.alt)).length,
    tables: all("table").length, uncaptioned: all("table").filter(table => !table.caption).length,
    unscoped: all("table").filter(table => !table.querySelector("th[scope]")).length,
    codeLines: code.reduce((sum, pre) => sum + pre.innerText.trim().split("\\n").length, 0),
    contents: all("nav a[href^='#']").length,
    answerWithin: document.body.innerText.split("In short")[0].length,
    narrow: document.documentElement.scrollWidth - document.documentElement.clientWidth };
}"""


def looked_at(browser, path, axe):
    """Return what a page is and does, by name."""
    asked = []
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
    page.goto(path.as_uri(), wait_until="load")
    found = page.evaluate(LOOK)
    pages = page.pdf(format="A4").count(b"/Type /Page\n")
    page.evaluate(axe.replace("</script>", ""))
    faults = page.evaluate("() => axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => [v.id, v.nodes.length]))")
    page.set_viewport_size({"width": 360, "height": 740})
    narrow = page.evaluate(LOOK)["narrow"]
    context.close()
    text = path.read_text(encoding="utf-8")
    return found | {"bytes": len(text.encode()), "without pictures": len(PICTURE.sub("", text).encode()), "asked": len(set(asked)),
                    "addresses": len(set(re.findall(r"(?:src|href)=\"(https?://[^\"]+\.(?:js|css)[^\"]*)", text))),
                    "faults": faults, "beyond the width of a phone": narrow, "paper": pages}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    with tempfile.TemporaryDirectory() as work, sync_playwright() as play:
        command = [sys.executable, "-m", "nbconvert", "--to", "html", str(folder / "report.ipynb"), "--output-dir", work]
        subprocess.run(command, check=True, capture_output=True)
        browser = play.chromium.launch(executable_path=shutil.which("chromium") or shutil.which("google-chrome"), args=FLAGS)
        ours, theirs = (looked_at(browser, path, axe_source()) for path in (folder / "report.html", Path(work) / "report.html"))
        browser.close()
    print("| point | ours | nbconvert, default |\n|---|---|---|")
    for name in ours:
        print(f"| {name} | {ours[name]} | {theirs[name]} |")


if __name__ == "__main__":
    main()
