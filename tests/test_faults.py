"""What can go wrong with a batch, each tried for real: nothing that was made before is lost, and nothing bad looks good.

Kernels that are killed, hang, fork children or crash: test_batch.py and test_warm.py. A clock moved back: test_keys.py.
"""

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time

import pytest
from sample_reports import FACT, SHOWN, make_notebook, make_program, make_spec
from test_batch import digests, record, run

from upskill.batch.cli import run_command  # noqa: F401 - imported before any clock runs

ORDINARY = {"UPSKILL_ORDINARY_KERNELS": "1"}  # one or two reports do not pay for a warm parent


def command(folder, *options):
    return [sys.executable, "-m", "upskill", "run", str(folder / "reports.yml"), "--output", str(folder / "out"),
            "--workers", "1", *options]


def start(folder, *options, **environment):
    """Start `upskill run` as a process of its own."""
    return subprocess.Popen(command(folder, *options), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            env={**os.environ, **environment})


def wait_for(path, seconds=60):
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, path
        time.sleep(0.05)


@pytest.fixture
def pair(tmp_path):
    """A report that is made, and one that is slow until a file says go."""
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "good.ipynb", FACT, SHOWN)
    slow = f"""import os, time
open({str(tmp_path / 'began')!r}, "w").close()
while not os.path.exists({str(tmp_path / 'go')!r}):
    time.sleep(0.05)"""
    make_notebook(tmp_path / "slow.ipynb", FACT, slow)
    make_spec(tmp_path / "reports.yml", program, "good", "slow")
    return tmp_path


def test_a_runner_killed_in_mid_batch_loses_the_running_report_only(pair):
    runner = start(pair, **ORDINARY)
    wait_for(pair / "began")
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    kept = digests(pair / "out/sample/good")
    (pair / "go").touch()
    again = run(pair)
    assert again.exit_code == 0 and "1 kept, 1 ok" in again.output
    assert digests(pair / "out/sample/good") == kept
    assert not list((pair / "out").rglob(".*.new")) and record(pair, "slow")["status"] == "ok"


def test_two_runners_at_once_the_second_refuses_and_says_who(pair):
    first = start(pair, **ORDINARY)
    wait_for(pair / "began")
    second = run(pair)
    assert second.exit_code == 1 and f"Another run (process {first.pid} on " in second.output
    (pair / "go").touch()
    output, _ = first.communicate(timeout=60)
    assert first.returncode == 0 and "2 ok" in output


def test_a_termination_keeps_what_is_done_and_the_next_run_goes_on(pair):
    runner = start(pair, **ORDINARY)
    wait_for(pair / "began")
    runner.terminate()
    output, _ = runner.communicate(timeout=60)
    assert runner.returncode == 130 and "Stopped. Finished reports are kept" in output
    assert 'good/company/report.html"' in (pair / "out/index.html").read_text(encoding="utf-8")
    (pair / "go").touch()
    assert "1 kept, 1 ok" in run(pair).output


def test_a_notebook_deleted_in_mid_run_fails_alone(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "first.ipynb", FACT, f"import os\nos.unlink({str(tmp_path / 'gone.ipynb')!r})")
    make_notebook(tmp_path / "gone.ipynb", FACT)
    make_notebook(tmp_path / "last.ipynb", FACT)
    make_spec(tmp_path / "reports.yml", program, "first", "{notebook: gone, needs: first}", "last")
    result = run(tmp_path)
    assert result.exit_code == 1
    assert {record(tmp_path, name)["status"] for name in ("first", "last")} == {"ok"}
    assert record(tmp_path, "gone")["status"] == "failed"
    assert "Its notebook is not there any more" in record(tmp_path, "gone")["reason"]


def test_a_report_without_memory_fails_alone_and_one_killed_for_it_is_tried_again(tmp_path):
    program = make_program(tmp_path / "sample")
    greedy = "import resource\nresource.setrlimit(resource.RLIMIT_AS, (2 ** 32, 2 ** 32))\nbytearray(2 ** 33)"
    make_notebook(tmp_path / "greedy.ipynb", FACT, greedy)
    once = f"""import os, signal
if not os.path.exists({str(tmp_path / 'tried')!r}):
    open({str(tmp_path / 'tried')!r}, "w").close()
    os.kill(os.getpid(), signal.SIGKILL)"""
    make_notebook(tmp_path / "killed.ipynb", FACT, once)
    make_spec(tmp_path / "reports.yml", program, "greedy", "killed")
    result = run(tmp_path, "--retries", "1")
    assert result.exit_code == 1 and "killed/company: ok" in result.output and "(tried 2 times)" in result.output
    assert record(tmp_path, "greedy")["reason"] == "Code cell 3 stopped with MemoryError."
    assert len(record(tmp_path, "greedy")["attempts"]) == 1
    assert [attempt["status"] for attempt in record(tmp_path, "killed")["attempts"]] == ["died", "ok"]


def in_own_mounts(script):
    """Run a shell script that may mount; skipped where nobody may."""
    if shutil.which("unshare") is None or subprocess.run(["unshare", "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no private mounts on this machine")
    return subprocess.run(["unshare", "-rm", "sh", "-ec", script], capture_output=True, text=True, check=False,
                          env={**os.environ, **ORDINARY})


def test_a_full_disk_is_told_and_costs_no_earlier_report(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "good.ipynb", FACT, SHOWN)
    make_notebook(tmp_path / "large.ipynb", FACT, "from upskill import show\nshow.say('many words ' * 200_000)")
    make_spec(tmp_path / "reports.yml", program, "good", "large")
    out, kept = tmp_path / "out", tmp_path / "kept"
    once = shlex.join(map(str, command(tmp_path)))
    done = in_own_mounts(f"mkdir {out}; mount -t tmpfs -o size=400k none {out}\n{once} --only good\ncp -r {out}/sample/good {kept}\n"
                         f"{once} || echo status $?\ncp {out}/index.html {kept}; cp -r {out}/sample/good {kept}/later")
    assert "status 1" in done.stdout and "No space left on device" in done.stdout, done.stdout + done.stderr
    before = digests(kept / "company")
    assert before and digests(kept / "later/company") == before
    page = (kept / "index.html").read_text(encoding="utf-8")
    assert "1 ready" in page and "1 failed" in page


def test_an_output_folder_that_is_read_only_is_told(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "good.ipynb", FACT)
    make_spec(tmp_path / "reports.yml", program, "good")
    out = tmp_path / "out"
    done = in_own_mounts(f"mkdir {out}; mount -t tmpfs -o ro none {out}\n{shlex.join(map(str, command(tmp_path)))} || echo status $?")
    assert "status 1" in done.stdout and f"Cannot write to {out}: Read-only file system" in done.stderr
    assert "Traceback" not in done.stderr


def test_shards_make_all_reports_between_them_and_the_rest_comes_after(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "first.ipynb", FACT)
    make_notebook(tmp_path / "after.ipynb", FACT)
    make_spec(tmp_path / "reports.yml", program, '{notebook: first, grid: {team: ["", "*"]}}',
              "{notebook: after, needs: first}")
    assert "2 reports in" in run(tmp_path, "--shard", "1/2").output
    assert "1 reports in" in run(tmp_path, "--shard", "2/2").output
    assert "3 kept, 1 ok" in run(tmp_path).output
    wrong = run(tmp_path, "--shard", "3/2")
    assert wrong.exit_code == 1 and "expected K/N" in wrong.output


def test_machines_are_told_in_lines_of_json(tmp_path):
    program = make_program(tmp_path / "sample")
    make_notebook(tmp_path / "good.ipynb", FACT)
    make_notebook(tmp_path / "bad.ipynb", "1/0")
    make_spec(tmp_path / "reports.yml", program, "good", "bad")
    lines = [json.loads(line) for line in run(tmp_path, "--json", "--workers", "1").output.splitlines()]
    assert sorted(line["event"] for line in lines) == ["ended", "ended", "finished", "started", "started"]
    first, second = [line for line in lines if line["event"] == "ended"]
    assert (first["status"], first["done"], first["failed"], first["left"] + first["running"]) == ("ok", 1, 0, 1)
    assert (second["status"], second["done"], second["failed"], second["left"]) == ("failed", 2, 1, 0)
    assert lines[-1]["statuses"] == {"failed": 1, "ok": 1}


@pytest.fixture
def cluster(tmp_path):
    """A Dask scheduler and two workers, processes of their own, on loopback."""
    pytest.importorskip("distributed")
    place = tmp_path / "scheduler.json"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": tmp_path}
    tool = [sys.executable, "-m", "dask"]
    processes = [subprocess.Popen([*tool, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard",
                                   "--scheduler-file", str(place)], **quiet)]
    wait_for(place)
    processes += [subprocess.Popen([*tool, "worker", "--scheduler-file", str(place), "--no-nanny", "--nthreads", "1",
                                    "--no-dashboard", "--local-directory", str(tmp_path / f"w{number}"),
                                    "--host", "127.0.0.1"], **quiet) for number in (1, 2)]
    yield json.loads(place.read_text(encoding="utf-8"))["address"], processes[1:]
    for process in processes:
        process.kill()
        process.wait()


def test_a_dask_worker_that_dies_costs_its_report_one_retry(tmp_path, cluster):
    address, workers = cluster
    program = make_program(tmp_path / "sample")
    killer = f"""import os, signal
parents = [os.getppid()]
while parents[-1] > 1:
    parents.append(int(open(f"/proc/{{parents[-1]}}/stat").read().rsplit(")", 1)[1].split()[1]))
victim = next((pid for pid in {[worker.pid for worker in workers]} if pid in parents), None)
if not os.path.exists({str(tmp_path / 'tried')!r}):
    open({str(tmp_path / 'tried')!r}, "w").write(str(victim))
    os.kill(victim, signal.SIGKILL)"""
    make_notebook(tmp_path / "good.ipynb", FACT, SHOWN)
    make_notebook(tmp_path / "killer.ipynb", FACT, killer)
    make_spec(tmp_path / "reports.yml", program, '{notebook: good, grid: {team: ["", "*"]}}', "killer")
    result = run(tmp_path, "--cluster", address)
    assert result.exit_code == 0 and "4 ok" in result.output, result.output
    assert int((tmp_path / "tried").read_text()) in {worker.pid for worker in workers}
    assert sum(worker.poll() is not None for worker in workers) == 1
    on_cluster = digests(tmp_path / "out/sample")
    assert run(tmp_path, "--force").exit_code == 0
    assert digests(tmp_path / "out/sample") == on_cluster
