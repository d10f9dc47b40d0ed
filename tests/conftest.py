"""What all tests share: the example program, and skips that are counted and, in CI, forbidden."""

import os
import shutil
import tempfile
from collections import Counter

import pandas as pd
import pytest
from click.testing import CliRunner
from jupyter_client.provisioning import KernelProvisionerFactory
from marked_batch import made_once, make_batch

from upskill.batch import warm
from upskill.batch.cli import run_command
from upskill.batch.execute import kernel_environment
from upskill.data.computed_once import PLACE
from upskill.paths import EXAMPLE, OUTPUTS, ROOT

# Files of few tests that take long: first, so that no processor stands still while the last of them runs.
LONG = ("browser/test_axe.py", "test_summary_report.py", "test_pilot_report.py", "test_batch.py", "test_ledger.py", "test_warm.py",
        "test_faults.py", "test_check.py", "test_damage.py", "browser/test_disk.py", "browser/test_print.py", "browser/test_looks.py",
        "test_kpi_report.py", "test_database.py", "test_roi_report.py", "01_skill_assessment.ipynb", "test_notebooks.py",
        "09_program_summary.ipynb", "08_roadmap.ipynb", "04_pilot_evaluation.ipynb")


def pytest_configure(config):
    """Let nbval and papermill take warm kernels, and the processes of a run share what the library computes only once."""
    fixed = kernel_environment()
    os.environ.update({name: fixed[name] for name in (*warm.ONE_THREAD, "PYTHONHASHSEED")})
    name = warm.register()
    KernelProvisionerFactory.instance().default_provisioner_name = name  # of this process only
    warm.close_zygotes = lambda: None  # batches leave their parent of kernels to the next; Python ends it, by another name
    if not hasattr(config, "workerinput"):
        os.environ[PLACE] = tempfile.mkdtemp(prefix="upskill-tests-")


def pytest_unconfigure(config):
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(PLACE, ""), ignore_errors=True)


def pytest_collection_modifyitems(items):
    """Long files first, then those with many tests."""
    counts = Counter(item.path for item in items)
    ranks = {path: next((place for place, name in enumerate(LONG) if path.as_posix().endswith("/" + name)), len(LONG)) for path in counts}
    items.sort(key=lambda item: (ranks[item.path], -counts[item.path]))


@pytest.fixture(autouse=True)
def compute_anew(monkeypatch):
    """What a test itself computes is computed; fixtures of modules and notebooks share what others computed from the same."""
    monkeypatch.delenv(PLACE, raising=False)


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


def shared_folder(tmp_path_factory):
    """Return the folder that all processes of a test run have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session")
def batch(tmp_path_factory, example):
    """All reports of a hostile program, failing ones and private pages among them: (folder, bytes of the log)."""
    folder = shared_folder(tmp_path_factory) / "hostile batch"
    return folder, made_once(folder, lambda place: make_batch(place, example))


@pytest.fixture(scope="session")
def reports(tmp_path_factory, example):
    """The reports on the example's company and what tests ask of teams, made once by the batch, or kept from `make reports`."""
    first_trained = pd.read_csv(example / "rollout.csv").query("event == 'training'").dropna(subset="starts_on")["team"].iloc[0]
    wanted = ["*/company", f"05_kpi_tracking/{first_trained}", "06_roi_model/platform"]

    def make(folder):
        for pattern in wanted:
            for made in OUTPUTS.glob(f"example/{pattern}"):
                shutil.copytree(made, folder / made.relative_to(OUTPUTS))
        only = [word for pattern in wanted for word in ("--only", pattern)]
        done = CliRunner().invoke(run_command, [*only, "--output", str(folder), "--workers", "2"])
        assert done.exit_code == 0, done.output
        return done.output.encode()
    folder = shared_folder(tmp_path_factory) / "reports"
    made_once(folder, make)
    return folder / "example"


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
