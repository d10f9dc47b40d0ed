"""The documentation site: every page is in it, links lead somewhere, commands and examples are real."""

import doctest
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from urllib.parse import unquote

import click
import pytest
import yaml

from upskill.cli import COMMANDS, main
from upskill.documentation.docstrings import fenced
from upskill.documentation.equations import mathml
from upskill.documentation.pages import site_pages
from upskill.paths import ROOT

FENCE = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


class Page(HTMLParser):
    """What a page holds that can be linked to, links to, and fetches."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.fetched = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.update(filter(None, (attrs.get("id"), attrs.get("name"))))
        if tag == "a" and attrs.get("href"):
            self.links.append(attrs["href"])
        if tag in ("script", "img", "iframe") and attrs.get("src"):
            self.fetched.append(attrs["src"])
        if tag == "link" and attrs.get("rel") != "canonical" and attrs.get("href"):
            self.fetched.append(attrs["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The built site: parsed pages by path."""
    folder = tmp_path_factory.mktemp("site")
    for name, content in site_pages().items():
        path = folder / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    settings = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    settings = settings.replace("docs_dir: .site-source", "docs_dir: source").replace("paths: [lib]", f'paths: ["{ROOT / "lib"}"]')
    (folder / "mkdocs.yml").write_text(settings, encoding="utf-8")
    run = subprocess.run([sys.executable, "-m", "zensical", "build"], cwd=folder, capture_output=True, text=True,
                         check=False)
    assert run.returncode == 0, run.stderr[-3000:]
    assert "No issues found" in run.stdout + run.stderr, (run.stdout + run.stderr)[-3000:]
    built = folder / "site"
    return built, {path.relative_to(built).as_posix(): Page(path.read_text(encoding="utf-8"))
                   for path in built.rglob("*.html") if path.name != "404.html"}


def in_nav(entries):
    for entry in entries:
        value = entry if isinstance(entry, str) else next(iter(entry.values()))
        yield from [value] if isinstance(value, str) else in_nav(value)


def test_every_page_is_in_the_list_of_contents():
    nav = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), yaml.BaseLoader)["nav"]
    assert sorted(in_nav(nav)) == sorted(name for name in site_pages() if name.endswith(".md"))


def test_every_link_leads_to_a_page_and_a_place_on_it(site):
    built, pages = site
    wrong = []
    for name, page in pages.items():
        for link in page.links:
            address, _, place = link.partition("#")
            if re.match(r"[a-z]+:", link):
                continue
            target = (built / name).parent / unquote(address) if address else built / name
            found = target.resolve().relative_to(built.resolve()).as_posix()
            if not target.is_file() or place and found in pages and unquote(place) not in pages[found].ids:
                wrong.append(f"{name}: {link}")
    assert len(pages) > 40
    assert not wrong


def test_nothing_is_fetched_from_a_network(site):
    _, pages = site
    assert sum(len(page.fetched) for page in pages.values()) > 40
    assert not [source for page in pages.values() for source in page.fetched if "//" in source]


def test_public_calls_have_a_place_of_their_own(site):
    import upskill.kpi
    import upskill.roi
    _, pages = site
    for module in (upskill.roi, upskill.kpi):
        ids = pages[f"api/{module.__name__.split('.')[1]}.html"].ids
        calls = {name for name in module.__all__ if callable(getattr(module, name))}
        assert not {name for name in calls if not ids & {f"{module.__name__}.{name}", f"{module.__name__}.{name}.{name}"}}


def fences(kind):
    for path in [*sorted(ROOT.glob("docs/**/*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md"]:
        for language, body in FENCE.findall(path.read_text(encoding="utf-8")):
            if language == kind:
                yield path.relative_to(ROOT).as_posix(), body


def called():
    """Every call of our command line in a fence of shell: where it stands, and its words."""
    for name, body in fences("sh"):
        for line in body.replace("\\\n", " ").splitlines():
            for part in re.split(r"\s(?:&&|\||;)\s", line):
                words = shlex.split(part, comments=True)
                start = next((place + 1 for place, word in enumerate(words) if word.rsplit("/", 1)[-1] == "upskill"), None)
                if start is not None and start < len(words):
                    yield name, words[start:]


def test_commands_in_the_pages_and_their_options_exist():
    calls = list(called())
    assert len(calls) > 20
    for name, (command, *words) in calls:
        assert command in COMMANDS, f"{name}: upskill {command}"
        known = main.get_command(click.Context(main), command)
        if isinstance(known, click.Group):
            known = known.get_command(click.Context(known), next((word for word in words if word in known.commands), "")) or known
        if known.ignore_unknown_options:
            continue
        options = {option for parameter in known.params for option in parameter.opts + parameter.secondary_opts}
        unknown = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)} - options - {"--help"}
        assert not unknown, f"{name}: upskill {command} has no {unknown}"


def test_examples_in_the_pages_run():
    tests = [doctest.DocTestParser().get_doctest(body, {}, name, name, 0) for name, body in fences("pycon")]
    assert all(test.examples for test in tests)
    assert [doctest.DocTestRunner(verbose=False).run(test).failed for test in tests] == [0] * len(tests)


def test_examples_in_docstrings_are_fenced():
    assert fenced("Add.\n\n>>> 1 + 1\n2\n\nMore.") == "Add.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nMore."


def test_yaml_in_the_pages_can_be_read():
    bodies = [body for kind in ("yaml", "yml") for _, body in fences(kind)]
    assert bodies
    assert all(yaml.safe_load(body) is not None for body in bodies)


def test_an_equation_becomes_mathml_with_its_words():
    text = mathml(r"\frac{a}{b}", "block")
    assert "<mfrac>" in text and r'alttext="\frac{a}{b}"' in text


def test_equations_stand_on_the_pages_as_mathml(site):
    built, _ = site
    for name in ("skills", "money", "kpi", "charts", "pilot", "pilot-evaluation", "learning", "adoption"):
        text = (built / "docs" / "methods" / f"{name}.html").read_text(encoding="utf-8")
        assert text.count('<math xmlns="http://www.w3.org/1998/Math/MathML"') >= 1, name
        assert "wzxhzdk" not in text and "$`" not in text
