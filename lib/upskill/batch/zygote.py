"""The parent of warm kernels: a process that has imported everything, keeps no threads, and forks on request.

It is started by `warm.Zygote` and ends with whoever started it. Each kernel has one connection, over which its
process number, signals and in the end its exit status go; a closed connection ends the kernel with all its children.
"""

import atexit
import contextlib
import ctypes
import gc
import glob
import importlib.util
import json
import os
import pkgutil
import random
import select
import shutil
import signal
import socket
import sys
import traceback

INLINE = "module://matplotlib_inline.backend_inline"  # what IPython kernels draw with; loaded by each for itself
KERNEL = ("IPython.core.completerlib", "IPython.core.debugger", "IPython.core.ultratb", "IPython.extensions.storemagic",
          "comm", "encodings.idna", "encodings.utf_8_sig", "faulthandler", "ipykernel.debugger", "ipykernel.ipkernel",
          "ipykernel.kernelapp", "sqlite3", "tornado.platform.asyncio", "zmq.eventloop.zmqstream")
LIBRARIES = ("matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "matplotlib.figure", "numpy",
             "pandas", "pandas.core.reshape.reshape", "pandas.io.formats.string", "pyarrow.csv", "pyarrow.dataset",
             "pyarrow.pandas_compat", "pyarrow.parquet", "scipy.interpolate", "scipy.linalg", "scipy.optimize",
             "scipy.signal", "scipy.special", "scipy.stats", "yaml")
NOT_FOR_REPORTS = {"batch", "documentation", "framework", "lab", "own", "simulate", "validation"}
DIES_WITH_PARENT, ADOPTS_ORPHANS = 1, 36  # of prctl; Linux only


def preload():
    """Import what reports use; a module that is not there is not missed."""
    os.environ.setdefault("MPLBACKEND", INLINE)
    for name in (*KERNEL, *LIBRARIES, *_our_modules()):
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _draw_once()


def _our_modules():
    """Yield the names of all that reports import from upskill, without commands."""
    import upskill

    parts = [part.name for part in pkgutil.iter_modules(upskill.__path__)
             if part.ispkg and part.name not in NOT_FOR_REPORTS]
    for part in parts:
        package = importlib.import_module(f"upskill.{part}")
        yield from (found.name for found in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
                    if not found.name.endswith("cli"))


def _draw_once():
    """Draw a figure to nowhere: fonts are found and read once, for all kernels."""
    import io

    from matplotlib.figure import Figure

    figure = Figure(layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], label="0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ −%.,:()")
    axes.set_title("Title", weight="bold")
    axes.legend()
    figure.savefig(io.StringIO(), format="svg")


class Nursery:
    """Forks kernels, hands on signals, collects who ended; one loop, no threads."""

    def __init__(self, path):
        self.owner, self.owner_number, self.folder = sys.stdin.fileno(), os.getppid(), os.path.dirname(path)
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.door.bind(path + ".new")
        self.door.listen(64)
        os.rename(path + ".new", path)
        self.kernels = {}  # process number -> connection; None when the other side has closed it
        self.woken, self.waker = os.pipe()
        for end in (self.woken, self.waker):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.waker, warn_on_full_buffer=False)

    def run(self):
        """Serve until the owner is gone."""
        while True:
            talking = {connection.fileno(): pid for pid, connection in self.kernels.items() if connection}
            ready, _, _ = select.select([self.owner, self.woken, self.door, *talking], [], [])
            if self.owner in ready:
                self.end()
            if self.woken in ready:
                os.read(self.woken, 4096)
                self.collect()
            for source in ready:
                if talking.get(source) in self.kernels:
                    self.heed(talking[source])
            if self.door in ready:
                self.admit()

    def admit(self):
        """Fork a kernel for a new connection."""
        connection, _ = self.door.accept()
        try:
            connection.settimeout(10)
            request = json.loads(connection.makefile("rb").readline())
            connection.setblocking(False)
            pid = os.fork()
        except (OSError, ValueError):
            connection.close()  # the other side takes an ordinary kernel
            return
        if pid == 0:
            become_kernel(request, self)
        self.kernels[pid] = connection
        say(connection, {"pid": pid})

    def heed(self, pid):
        """Send a kernel and its children the signals asked for; a closed connection means the last one."""
        try:
            asked = self.kernels[pid].recv(4096).split()
        except OSError:
            asked = []
        if not asked:
            self.kernels[pid].close()
            self.kernels[pid] = None
        for number in map(int, asked or [signal.SIGKILL]):
            kill_tree(pid) if number == signal.SIGKILL else signal_group(pid, number)

    def collect(self):
        """Collect all who ended; a child that is not known was left behind by a kernel that has ended."""
        while (pid := ended_child()) is not None:
            if pid in self.kernels:
                kill_tree(pid)  # before its number can be given to another
            _, status = os.waitpid(pid, 0)
            connection = self.kernels.pop(pid, None)
            if connection:
                say(connection, {"exit": os.waitstatus_to_exitcode(status)})
                connection.close()
        for pid in children_of(os.getpid()):
            if pid not in self.kernels:
                kill_tree(pid)

    def end(self):
        """Leave nobody behind."""
        for pid in children_of(os.getpid()):
            kill_tree(pid)
        if not os.read(self.owner, 1):  # killed, so that it could not clear up
            for folder in glob.glob(f"{os.path.dirname(self.folder)}/upskill-{self.owner_number}-*"):
                shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)

    def leave(self):
        """Close in a fork all that is the parent's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for connection in [self.door, *filter(None, self.kernels.values())]:
            connection.close()
        os.close(self.woken)
        os.close(self.waker)


def ended_child():
    """Return the number of a child that has ended and waits to be collected, or None."""
    try:
        found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except ChildProcessError:
        return None
    return found.si_pid if found else None


def say(connection, words):
    """Send a line; nobody listening is no fault of ours."""
    with contextlib.suppress(OSError):
        connection.send(json.dumps(words).encode() + b"\n")


def become_kernel(request, nursery):
    """Turn this fork into the kernel that was asked for; never returns."""
    code = 1
    try:
        os.setsid()
        nursery.leave()
        ask_system(DIES_WITH_PARENT, signal.SIGKILL)
        ask_system(ADOPTS_ORPHANS, 1)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for place in (0, 1, 2):
            os.dup2(nowhere, place)
        os.chdir(request["cwd"])
        os.environ.clear()
        os.environ.update(request["env"])
        os.environ.pop("JPY_PARENT_PID", None)  # the system tells when the parent ends
        fresh_chance()
        code = run_kernel(request["arguments"])
    except BaseException:  # noqa: BLE001 - whatever it is, this process must not go on as the parent
        traceback.print_exc()
    finally:
        os._exit(code)


def fresh_chance():
    """Seed the generators anew, as in a process of its own."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def run_kernel(arguments):
    """Run an IPython kernel as `python -m ipykernel_launcher` would; returns the exit status."""
    from ipykernel import kernelapp

    gc.enable()
    sys.argv = [importlib.util.find_spec("ipykernel_launcher").origin, *arguments]
    code = 0
    try:
        kernelapp.launch_new_instance()
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    atexit._run_exitfuncs()
    return code


def ask_system(option, value):
    """Set an option of this process, where the system knows it."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


def signal_group(pid, number):
    """Signal a process and its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number) if os.getpgid(pid) != pid else os.killpg(pid, number)


def kill_tree(pid):
    """Kill a process, its group, and all its descendants, also those that left the group."""
    for one in [pid, *descendants(pid)]:
        signal_group(one, signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(one, signal.SIGKILL)


def descendants(pid):
    """Return the numbers of all processes below one."""
    found, new = [], [pid]
    while new:
        new = [child for parent in new for child in children_of(parent)]
        found += new
    return found


def children_of(pid):
    """Return the numbers of the children of a process; none where the system does not tell."""
    found = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            with contextlib.suppress(OSError), open(f"/proc/{pid}/task/{thread}/children") as file:
                found += [int(word) for word in file.read().split()]
    return found


def main():
    """Serve at the socket that the command line names."""
    if not sys.flags.safe_path:
        del sys.path[0]  # as ipykernel_launcher does; IPython adds the working directory again
    ask_system(ADOPTS_ORPHANS, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    nursery = Nursery(sys.argv[1])
    preload()
    gc.collect()
    gc.freeze()
    nursery.run()


if __name__ == "__main__":
    main()
