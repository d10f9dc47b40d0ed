"""The arrows of the design: data flows left to right and never back."""

import ast

import pytest

from upskill.paths import ROOT

LIBRARY = ROOT / "lib" / "upskill"
ANALYSIS = {"skills", "learning", "roi", "kpi", "adoption", "roadmap", "summary"}
# Part of the package -> parts that it may import.
ALLOWED = {
    "paths": set(),
    "numerals": set(),
    "data": {"paths"},
    "simulate": {"data", "paths"},
    # Show and the batch ask privacy what may be seen; the batch writes changes of numbers as show writes numbers.
    "privacy": {"data", "paths"},
    "show": {"data", "numerals", "privacy"},
    "batch": {"data", "numerals", "paths", "privacy", "show"},
    # Validation holds the analyses against what is known; nothing imports it.
    "validation": {"data", "paths", "simulate", *ANALYSIS},
    # Own pages share the look of reports and pass through none.
    "own": {"batch", "data", "learning", "paths", "skills"},
    # A session in Lab shows what the page shows; the tour reads notebooks and checks folders.
    "lab": {"batch"},
    "tour": {"data", "paths"},
    "cli": set(),
    "develop": {"paths"},
    "documentation": {"cli", "paths"},
    "__main__": {"cli"},
    **{domain: {"data"} for domain in ANALYSIS},
    "summary": {"adoption", "data", "skills", "roadmap", "roi", "kpi"},
    # A plan starts from what people were found to lack.
    "learning": {"data", "skills"},
    # Dates are drawn like money; rules of gates are held against facts, whoever found them.
    "roadmap": {"data", "roi"},
    # What a report on skills may show depends on what subtraction would bare.
    "skills": {"data", "privacy"},
    "adoption": {"data", "privacy"},
    "framework": {"data", "paths"},
}
# What draws or writes for readers: `figures.py`, and what a long one was split into.
DRAWING = {"figures.py", "charts.py", "tables.py", "amounts.py"}
MODULES = sorted(LIBRARY.rglob("*.py"))
READERS = {"read_csv", "read_parquet", "read_excel", "read_text", "read_bytes", "write_text", "to_csv", "open"}


def part_of(path):
    return path.relative_to(LIBRARY).with_suffix("").parts[0]


def imported_parts(path):
    """Parts of upskill that a module imports, wherever in the module."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return {name.split(".")[1] for name in names if name.startswith("upskill.")}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(LIBRARY)))
def test_module_imports_only_what_its_place_allows(path):
    part = part_of(path)
    if part == "__init__":
        allowed = set()
    else:
        allowed = ALLOWED[part] | {part, "__version__"} | ({"numerals"} if part in {*ANALYSIS, "own"} else set())
        if path == LIBRARY / "privacy" / "cli.py":
            allowed |= {"batch"}  # to forget a label is to forget what its reports said, too
        if path.name in DRAWING and part in ANALYSIS:
            allowed |= {"show"}
    assert imported_parts(path) <= allowed


@pytest.mark.parametrize("path", [path for path in MODULES if part_of(path) in ANALYSIS and path.name not in DRAWING],
                         ids=lambda path: str(path.relative_to(LIBRARY)))
def test_analysis_reads_no_file_and_draws_nothing(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
              for node in ast.walk(tree) if isinstance(node, ast.Call)}
    assert not called & READERS
    assert "matplotlib" not in {alias.name.split(".")[0] for node in ast.walk(tree)
                                if isinstance(node, ast.Import) for alias in node.names}


def test_no_analysis_knows_the_simulated_truth():
    outside = [path for path in MODULES if part_of(path) not in ("simulate",)]
    assert not [path for path in outside if "truth.json" in path.read_text(encoding="utf-8")]


def test_package_is_the_one_of_this_checkout():
    import upskill
    assert upskill.__file__.startswith(str(ROOT))
