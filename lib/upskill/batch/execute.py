"""Run one notebook through papermill, in a kernel of its own, and tell what really happened.

papermill's own record says "completed" for timeouts and dead kernels, so the
status here comes from the exception, the watchdog and the outputs.
"""

import contextlib
import logging
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import papermill
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError

from upskill.batch import warm
from upskill.data.computed_once import PLACE
from upskill.data.reads import PLACE as READS
from upskill.data.reads import read_notes

BAD = ("failed", "timed_out", "died", "invalid")


@dataclass(frozen=True)
class Ending:
    """How a run ended: status, the code cell (counted from 1) where it stopped, and why."""

    status: str = "ok"
    reason: str = ""
    cell: int | None = None
    ename: str = ""
    evalue: str = ""


@dataclass(frozen=True)
class Ran:
    """A notebook that was run: as it was left, how it ended, and what it read (team, as_of, table) of its program."""

    notebook: object
    ending: Ending
    seconds: float
    reads: list | None = None


class CapturingEngine(NBClientEngine):
    """papermill's engine, which also hands out the notebook in case the run does not end well."""

    @classmethod
    def execute_managed_notebook(cls, nb_man, kernel_name, capture=None, **kwargs):
        capture.append(nb_man.nb)
        return super().execute_managed_notebook(nb_man, kernel_name, **kwargs)


papermill_engines.register("upskill", CapturingEngine)


def kernel_environment():
    """Return the environment that every kernel of the batch has: the same hashes, one thread for linear algebra."""
    return {**os.environ, **warm.ONE_THREAD, "PYTHONHASHSEED": "0"}


class PrivateKernelManager(AsyncKernelManager):
    """Starts this Python's kernel with sockets in a private folder, so that parallel kernels share no ports."""

    @classmethod
    def within(cls, folder, label="", once="", is_warm=True):
        """Make a manager whose kernel has all its files in `folder`; `label`: of the release that it works for.

        `once`: folder of what the first report computes for all."""
        manager = cls(transport="ipc", ip=str(folder / "s"), connection_file=str(folder / "c.json"))
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
        stanza = {"kernel_provisioner": {"provisioner_name": warm.register()}} if is_warm else {}
        manager._kernel_spec = KernelSpec(argv=argv, display_name="Python 3", language="python", metadata=stanza)
        manager.environment = kernel_environment() | {"IPYTHONDIR": str(folder), "UPSKILL_LABEL": label, PLACE: str(once),
                                                       READS: str(folder / "reads")}
        manager.killed = False
        return manager

    async def start_kernel(self, **kwargs):
        # What C code or a child process prints would go to the terminal past every check.
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        await super().start_kernel(**kwargs | silent | {"env": self.environment})
        if self.killed:
            self.kill()

    def kill(self):
        """End the kernel and all its children at once, also one that is just starting."""
        self.killed = True
        process = getattr(self.provisioner, "process", None)
        group = getattr(self.provisioner, "pgid", None)
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL) if group else process.kill()

    def reap(self):
        """Kill what is left and collect it; returns the exit status, negative for a signal."""
        process = getattr(self.provisioner, "process", None)
        before = process.poll() if process else None
        self.kill()
        if process:
            process.wait()
        self.cleanup_ipc_files()
        return before


class Runner:
    """Runs notebooks, at most as many at once as there are threads that call it; `stop` ends them all."""

    workers = None

    def __init__(self, label="", is_warm=True):
        self.label, self.folder, self.is_warm = label, warm.private_folder(), is_warm and warm.is_possible()
        if self.is_warm:
            warm.zygote_for(kernel_environment())  # which imports while we get ready
        self.once = self.folder / "once"
        self.once.mkdir(mode=0o700)
        self.lock, self.running, self.stopped, self.count = threading.Lock(), set(), False, 0
        logging.getLogger("papermill").setLevel(logging.CRITICAL)
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        warm.close_zygotes()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self):
        """Kill every running kernel and start no more."""
        with self.lock:
            self.stopped = True
            for manager in self.running:
                manager.kill()

    def run(self, notebook, parameters, time_limit_seconds):
        """Run a notebook node and return its `Ran`. Never raises for what the notebook did."""
        manager = self._manager()
        expired = threading.Event()
        watchdog = threading.Timer(time_limit_seconds, lambda: (expired.set(), manager.kill()))
        watchdog.daemon = True
        began, captured, failure = time.monotonic(), [notebook], None
        watchdog.start()
        try:
            _execute(notebook, parameters, manager, captured)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is how this report ended
            failure = error
        finally:
            watchdog.cancel()
            code, reads = self._release(manager)
        limit = time_limit_seconds if expired.is_set() else None
        return Ran(captured[-1], ending_of(captured[-1], failure, limit, code), time.monotonic() - began, reads)

    def _manager(self):
        with self.lock:
            if self.stopped:
                raise InterruptedError("the batch was stopped")
            self.count += 1
            folder = self.folder / f"k{self.count}"
            folder.mkdir(mode=0o700)
            manager = PrivateKernelManager.within(folder, self.label, self.once, self.is_warm)
            self.running.add(manager)
            return manager

    def _release(self, manager):
        with self.lock:
            self.running.discard(manager)
        code = manager.reap()
        folder = Path(manager.connection_file).parent
        reads = read_notes(folder / "reads")
        shutil.rmtree(folder, ignore_errors=True)
        return code, reads


def _execute(notebook, parameters, manager, captured):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        papermill.execute_notebook(
            notebook, None, parameters, engine_name="upskill", kernel_name="python3", language="python",
            progress_bar=False, request_save_on_cell_execute=False, km=manager, capture=captured, iopub_timeout=60)


def ending_of(notebook, failure, time_limit_seconds, exit_code):
    """Tell how a run ended, from its exception and its outputs."""
    place, where = _last_started(notebook)
    if time_limit_seconds is not None:
        return Ending("timed_out", f"Stopped{where} after its time limit of {time_limit_seconds:g} seconds.", place)
    error = _error_output(notebook)
    if error is not None:
        return _ending_of_error(*error)
    if isinstance(failure, DeadKernelError) or (isinstance(failure, RuntimeError) and exit_code is not None):
        return Ending("died", f"The Python process ended{where} ({_exit_words(exit_code)}).", place, "DeadKernelError")
    if isinstance(failure, (PapermillExecutionError, CellTimeoutError)) or failure is not None:
        name = type(failure).__name__
        return Ending("failed", f"Stopped{where} with {name}.", place, name, str(failure))
    return Ending()


def _ending_of_error(place, output):
    ename, evalue = output.ename, output.evalue
    if ename == "NotEnoughData":
        return Ending("skipped", evalue, place, ename, evalue)
    if ename == "SystemExit":
        return Ending("failed", f"Code cell {place} called sys.exit; a report must run to its end.", place, ename,
                      evalue)
    said = f"{ename}: {evalue}" if str(evalue).strip() else f"{ename}."
    return Ending("failed", f"Code cell {place} stopped with {said}", place, ename, evalue)


def own_code_cells(notebook):
    """Return the code cells of the notebook's author, without what papermill injected."""
    return [cell for cell in notebook.cells
            if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", [])]


def _last_started(notebook):
    cells = own_code_cells(notebook)
    started = [number for number, cell in enumerate(cells, start=1)
               if cell.metadata.get("papermill", {}).get("start_time")]
    return (started[-1], f" in code cell {started[-1]}") if started else (None, " before the first code cell")


def _error_output(notebook):
    for number, cell in enumerate(own_code_cells(notebook), start=1):
        for output in cell.outputs:
            if output.output_type == "error" and "raises-exception" not in cell.metadata.get("tags", []):
                return number, output
    return None


def _exit_words(code):
    if code is None:
        return "no exit status"
    if code >= 0:
        return f"exit status {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
    return f"killed by {name}" + (", often for want of memory" if name == "SIGKILL" else "")
