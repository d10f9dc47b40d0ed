"""Warm kernels: forked from one parent, yet processes of their own that leave the same bytes and nobody behind."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat
import papermill
import pytest
from sample_reports import FACT, SHOWN, make_notebook, make_program, make_spec
from test_batch import digests, run

from upskill.batch import warm
from upskill.batch.execute import Runner, kernel_environment

pytestmark = pytest.mark.skipif(not warm.is_possible(), reason="kernels are forked on Linux only")
FIGURE = 'import matplotlib.pyplot as plt\nplt.plot([1, 2])'
TELL = """import json, os, random, sys
import numpy as np
print(json.dumps({"pid": os.getpid(), "parent": os.getppid(), "draws": [random.random(), np.random.rand()],
                  "hash": hash("a"), "leak": "leak" in dir(np), "threads": os.environ["OMP_NUM_THREADS"],
                  "nice": os.getpgid(0) == os.getpid(), "modules": "pandas" in sys.modules}))
np.leak = 1"""
STRAY = """import os, signal, subprocess, time
signal.signal(signal.SIGHUP, signal.SIG_IGN)
plain = subprocess.Popen(["sleep", "100"]).pid
apart = subprocess.Popen(["sleep", "100"], start_new_session=True).pid
lost = int(subprocess.check_output(["sh", "-c", "setsid sleep 100 > /dev/null 2>&1 & echo $!"]))
print(plain, apart, lost)
"""


@pytest.fixture(scope="module")
def runner():
    with Runner() as runner:
        yield runner


def printed(runner, tmp_path, *code, limit=60):
    """Run cells; returns (what the first printed, Ending)."""
    notebook = nbformat.read(make_notebook(tmp_path / "n.ipynb", *code), as_version=4)
    ran = runner.run(notebook, {}, limit)
    notebook, ending = ran.notebook, ran.ending
    outputs = [cell.outputs for cell in notebook.cells if cell.cell_type == "code"][1]
    return "".join(output.get("text", "") for output in outputs), ending


def is_alive(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state != "Z"


def gone(pids, seconds=10):
    """Wait until none of these processes is left; returns those that are."""
    deadline = time.monotonic() + seconds
    while (left := [pid for pid in pids if is_alive(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def test_each_report_is_a_fresh_process_with_everything_imported(runner, tmp_path):
    first, second = (json.loads(printed(runner, tmp_path, TELL)[0]) for _ in range(2))
    parent = warm.zygote_for(kernel_environment()).process.pid
    assert first["parent"] == second["parent"] == parent
    assert first["pid"] != second["pid"] and first["draws"][0] != second["draws"][0]
    assert first["draws"][1] != second["draws"][1] and first["hash"] == second["hash"]
    assert not second["leak"] and first["modules"] and first["nice"] and first["threads"] == "1"


def test_the_parent_keeps_no_threads(runner, tmp_path):
    printed(runner, tmp_path, "1")
    assert len(os.listdir(f"/proc/{warm.zygote_for(kernel_environment()).process.pid}/task")) == 1


@pytest.mark.parametrize(("code", "words"), [
    ("import os\nos.kill(os.getpid(), 9)", "killed by SIGKILL"), ("import os\nos._exit(7)", "exit status 7"),
    ("import ctypes\nctypes.string_at(0)", "killed by SIGSEGV"),
])
def test_how_a_kernel_ended_is_known(runner, tmp_path, code, words):
    ending = printed(runner, tmp_path, code)[1]
    assert ending.status == "died" and words in ending.reason


@pytest.mark.parametrize(("then", "status"), [("time.sleep(100)", "timed_out"), ("os.kill(os.getpid(), 9)", "died"),
                                              ("1", "ok")])
def test_children_of_cells_end_with_their_report(runner, tmp_path, then, status):
    text, ending = printed(runner, tmp_path, STRAY, "import os, time\n" + then, limit=5)
    pids = [int(word) for word in text.split()]
    assert ending.status == status and len(pids) == 3 and not gone(pids)


def test_a_killed_owner_takes_parent_and_kernels_along(tmp_path):
    notebook = make_notebook(tmp_path / "n.ipynb", f"import os, time\nopen({str(tmp_path / 'pid')!r}, 'w').write("
                             "f'{os.getppid()} {os.getpid()} ')\ntime.sleep(100)")
    code = f"""import nbformat
from upskill.batch.execute import Runner
with Runner() as runner:
    runner.run(nbformat.read({str(notebook)!r}, as_version=4), {{}}, 60)"""
    owner = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 60
    while not (tmp_path / "pid").is_file() or not (tmp_path / "pid").read_text().endswith(" "):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    assert not gone([int(word) for word in (tmp_path / "pid").read_text().split()])
    assert not list(Path(tempfile.gettempdir()).glob(f"upskill-{owner.pid}-*"))


def test_what_a_killed_process_left_is_cleared_by_the_next(monkeypatch):
    place = Path(tempfile.mkdtemp(prefix="u", dir="/tmp"))  # sockets bear short paths only
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    ended = subprocess.Popen(["true"])
    ended.wait()
    left, ours = place / f"upskill-{ended.pid}-abc", place / f"upskill-{os.getpid()}-abc"
    left.mkdir()
    ours.mkdir()
    warm.private_folder()
    assert ours.exists() and not left.exists()
    shutil.rmtree(place)


def test_a_killed_parent_is_replaced(runner, tmp_path):
    printed(runner, tmp_path, "1")
    old = warm.zygote_for(kernel_environment())
    old.process.kill()
    old.process.wait()
    assert json.loads(printed(runner, tmp_path, TELL)[0])["modules"]
    assert warm.zygote_for(kernel_environment()) is not old


def test_plain_papermill_takes_warm_kernels_by_name(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DEFAULT_PROVISIONER_NAME", warm.register())
    for name, value in kernel_environment().items():
        monkeypatch.setenv(name, value)
    path = make_notebook(tmp_path / "n.ipynb", "import os\nos.getppid()", FIGURE)
    factory = warm.KernelProvisionerFactory
    before = factory.instance().default_provisioner_name
    factory.clear_instance()  # it has read its default already
    try:
        made = papermill.execute_notebook(str(path), None, progress_bar=False, kernel_name="python3")
    finally:
        factory.clear_instance()
        factory.instance().default_provisioner_name = before
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    assert int(code[1].outputs[0].data["text/plain"]) == warm.zygote_for(kernel_environment()).process.pid
    assert any("image/png" in output.get("data", {}) for output in code[2].outputs)


def test_warm_and_ordinary_kernels_leave_the_same_bytes(tmp_path, monkeypatch):
    program = make_program(tmp_path / "sample")
    draw = "import numpy as np\nfrom upskill import data, show\nfrom upskill.show.theme import new_figure\n" \
           "company = data.read_program(program)\nshow.scope(company)\nfigure, axes = new_figure()\n" \
           "axes.plot(np.random.default_rng(seed).normal(size=9))\n" \
           "show.figure(figure, 'It goes up', 'A line.', 'line')"
    make_notebook(tmp_path / "good.ipynb", FACT, SHOWN, draw)
    make_notebook(tmp_path / "fails.ipynb", FACT, FIGURE, "import re\nre.compile('(')")
    make_spec(tmp_path / "reports.yml", program, '{notebook: good, grid: {team: ["", "*"]}}', "fails")
    assert run(tmp_path).exit_code == 1
    forked = digests(tmp_path / "out")
    monkeypatch.setenv("UPSKILL_ORDINARY_KERNELS", "1")
    assert run(tmp_path, "--force").exit_code == 1
    assert digests(tmp_path / "out") == forked
