"""What all tests share: the example program, and skips that are counted and, in CI, forbidden."""

import os
import shutil

import pytest
from marked_batch import made_once, make_batch

from upskill.paths import EXAMPLE, ROOT


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def example():
    """The made-up company that ships with the workbook."""
    return EXAMPLE


@pytest.fixture(scope="session", autouse=True)
def ledger_of_nobody(tmp_path_factory):
    """Keep tests away from what was really released on this machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
        for name in ("UPSKILL_LEDGER", "UPSKILL_LABEL"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session")
def batch(tmp_path_factory, example):
    """All reports of a hostile program, failing ones and private pages among them: (folder, bytes of the log)."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    folder = shared / "hostile batch"
    return folder, made_once(folder, lambda place: make_batch(place, example))


@pytest.fixture(scope="session")
def chromium():
    """A browser to look at pages with; without one the test is skipped."""
    found = os.environ.get("UPSKILL_BROWSER") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no Chromium on this machine")
    return found


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    terminalreporter.write_line(f"{len(skipped)} tests were skipped for want of a system tool")


def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("UPSKILL_FORBID_SKIPS"):
        session.exitstatus = 1
