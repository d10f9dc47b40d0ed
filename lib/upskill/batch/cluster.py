"""Reports on the workers of a Dask cluster that is there already; pages are written here, where the plan is.

A worker needs this package, the program folder at the same path, and about 400 MB. It keeps one warm parent of
kernels. When a worker dies in mid-report, the scheduler gives that report to another one.
"""

import threading

import nbformat

from upskill.batch.execute import Ending, Ran, Runner

_lock, _runners = threading.Lock(), {}


class ClusterRunner:
    """Runs notebooks on a Dask cluster, with the methods of `Runner`.

    Raises OSError where no scheduler answers, ModuleNotFoundError where Dask is not installed.
    """

    def __init__(self, address, label=""):
        from distributed import Client

        self.label, self.stopped, self.waiting = label, False, set()
        self.client = Client(address, timeout="20s", set_as_default=False)
        self.workers = sum(self.client.nthreads().values()) or 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        self.client.close()

    def stop(self):
        """Ask for nothing more and wait for nothing: what runs on a worker goes on to its end, unheard."""
        self.stopped = True
        for future in list(self.waiting):
            future.cancel(force=True)

    def run(self, notebook, parameters, time_limit_seconds):
        """Run a notebook node on a worker and return its `Ran`."""
        from distributed import CancelledError, KilledWorker

        if self.stopped:
            raise InterruptedError("the batch was stopped")
        future = self.client.submit(run_there, nbformat.writes(notebook), parameters, time_limit_seconds, self.label,
                                    pure=False)
        self.waiting.add(future)
        try:
            text, ending, seconds, reads = future.result()
        except CancelledError:
            raise InterruptedError("the batch was stopped") from None
        except KilledWorker:
            return Ran(notebook, Ending("died", "Every worker that made this report died."), 0.0)
        finally:
            self.waiting.discard(future)
        return Ran(nbformat.reads(text, as_version=4), Ending(*ending), seconds, reads)


def run_there(text, parameters, time_limit_seconds, label):
    """Run a notebook, given as text, on this worker; returns (its text, fields of its Ending, seconds, what it read)."""
    with _lock:
        if label not in _runners:
            _runners[label] = Runner(label)
    ran = _runners[label].run(nbformat.reads(text, as_version=4), parameters, time_limit_seconds)
    ending = ran.ending
    return (nbformat.writes(ran.notebook), (ending.status, ending.reason, ending.cell, ending.ename, ending.evalue),
            ran.seconds, ran.reads)
