"""Warm kernels: forked from a process that has imported everything, each a process of its own all the same.

A kernel provisioner of jupyter_client, so that papermill, nbclient and nbval use it unmodified:
`JUPYTER_DEFAULT_PROVISIONER_NAME=upskill-warm papermill …`. Where forking is not to be had, the kernel is an ordinary
one and does the same.
"""

import asyncio
import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from importlib.metadata import EntryPoint
from pathlib import Path

from jupyter_client.provisioning import KernelProvisionerFactory, LocalProvisioner

NAME = "upskill-warm"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
FIXED = ("MPLBACKEND", "PYTHONHASHSEED", "PYTHONPATH")  # what a process cannot change after its start
NO_THREADS = {**ONE_THREAD, "JE_ARROW_MALLOC_CONF": "background_thread:false"}
SOCKET_PATH_LIMIT = 100  # Unix socket paths end at 104 bytes on macOS, 108 on Linux
STARTS_WITHIN = 120
GOODBYE = b"."  # from an owner who clears up itself


def is_possible():
    """Tell whether kernels can be forked here: on Linux, where libraries bear it and children can be found."""
    return sys.platform == "linux" and hasattr(os, "fork") and not os.environ.get("UPSKILL_ORDINARY_KERNELS")


def private_folder():
    """Make a folder for sockets that only we can read, with a path short enough for them."""
    prefix = f"upskill-{os.getpid()}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    if len(str(folder)) > SOCKET_PATH_LIMIT - 20:
        shutil.rmtree(folder)
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
    for left in folder.parent.glob("upskill-*-*"):
        if _is_of_the_dead(left):
            shutil.rmtree(left, ignore_errors=True)
    return folder


def _is_of_the_dead(folder):
    """Tell whether a folder was made by a process of ours that was killed before it could clear up."""
    number = folder.name.split("-")[1]
    if not number.isdigit() or not hasattr(os, "getuid"):
        return False
    try:
        if folder.stat().st_uid != os.getuid():
            return False
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


class Zygote:
    """The parent of warm kernels, started with one environment; ends with this process at the latest."""

    def __init__(self, environment):
        self.folder = private_folder()
        self.path, self.fixed = str(self.folder / "z"), {name: environment.get(name) for name in FIXED}
        command = [sys.executable, "-m", "upskill.batch.zygote", self.path]
        self.has_served = False
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, env={**environment, **NO_THREADS},
                                        start_new_session=True, **silent)

    def fits(self, environment):
        """Tell whether it is alive and was started with what a kernel of this environment needs."""
        return self.process.poll() is None and self.fixed == {name: environment.get(name) for name in FIXED}

    def fork(self, arguments, environment, folder):
        """Return a ForkedProcess that runs an IPython kernel; raises OSError or ValueError where there is none."""
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._connect(connection)
            request = {"arguments": arguments, "env": dict(environment), "cwd": str(folder)}
            connection.settimeout(STARTS_WITHIN)
            connection.sendall(json.dumps(request).encode() + b"\n")
            self.has_served = True
            return ForkedProcess(connection)
        except BaseException:
            connection.close()
            raise

    def _connect(self, connection):
        deadline = time.monotonic() + STARTS_WITHIN
        while True:
            try:
                return connection.connect(self.path)
            except (FileNotFoundError, BlockingIOError, ConnectionRefusedError):
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)

    def close(self):
        """End it and all its kernels."""
        with contextlib.suppress(OSError):
            self.process.stdin.write(GOODBYE)
            self.process.stdin.close()
        if not self.has_served:  # it may still be importing, and would not hear us
            self.process.kill()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class ForkedProcess:
    """A kernel that was forked elsewhere, with the methods of `subprocess.Popen` that jupyter_client uses."""

    stdin = stdout = stderr = None

    def __init__(self, connection):
        self.connection, self.pending, self.returncode = connection, b"", None
        self.lock = threading.Lock()
        self.pid = self._next()["pid"]

    def _next(self):
        while b"\n" not in self.pending:
            received = self.connection.recv(4096)
            if not received:
                raise ConnectionResetError("the parent of the kernels has ended")
            self.pending += received
        line, self.pending = self.pending.split(b"\n", 1)
        return json.loads(line)

    def wait(self, timeout=None):
        """Return the exit status as soon as it is known; negative for a signal. Raises subprocess.TimeoutExpired."""
        with self.lock:
            if self.returncode is None:
                try:
                    self.connection.settimeout(timeout)
                    self.returncode = self._next()["exit"]
                except (TimeoutError, BlockingIOError):
                    raise subprocess.TimeoutExpired("kernel", timeout) from None
                except OSError:  # its parent was killed, and it with its parent
                    self.returncode = -signal.SIGKILL
                self.connection.close()
            return self.returncode

    def poll(self):
        """Return the exit status, or None while it runs."""
        if not self.lock.acquire(blocking=False):
            return self.returncode
        self.lock.release()
        try:
            return self.wait(timeout=0)
        except subprocess.TimeoutExpired:
            return None

    def send_signal(self, number):
        """Send a signal to the kernel and its children."""
        with contextlib.suppress(OSError):
            self.connection.send(b"%d\n" % number)

    def kill(self):
        """End the kernel and all its children, also those that left its process group."""
        self.send_signal(signal.SIGKILL)

    def terminate(self):
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)


class WarmProvisioner(LocalProvisioner):
    """Starts IPython kernels of this very Python as forks, all others as usual."""

    async def launch_kernel(self, cmd, **kwargs):
        """Launch a kernel; see `LocalProvisioner.launch_kernel`."""
        environment = kwargs.get("env") or dict(os.environ)
        process = None
        if is_possible() and _is_our_kernel(cmd) and all(environment.get(name, "1") == "1" for name in ONE_THREAD):
            process = await asyncio.to_thread(_fork, cmd[3:], environment, kwargs.get("cwd") or os.getcwd())
        if process is None:
            return await super().launch_kernel(cmd, **kwargs)
        self.process, self.pid, self.pgid = process, process.pid, None
        return self.connection_info


def _is_our_kernel(cmd):
    return cmd[1:3] == ["-m", "ipykernel_launcher"] and bool(shutil.which(cmd[0])) and (
        os.path.realpath(shutil.which(cmd[0])) == os.path.realpath(sys.executable))


def _fork(arguments, environment, folder):
    try:
        return zygote_for(environment).fork(arguments, environment, folder)
    except (OSError, ValueError, KeyError):
        return None


_zygotes, _lock = [], threading.Lock()


def zygote_for(environment):
    """Return the parent of kernels with this environment, started when first asked for."""
    with _lock:
        found = next((zygote for zygote in _zygotes if zygote.fits(environment)), None)
        if found is None:
            found = Zygote(environment)
            _zygotes.append(found)
        return found


@atexit.register
def close_zygotes():
    """End all parents of kernels that this process has started."""
    with _lock:
        while _zygotes:
            _zygotes.pop().close()


def register():
    """Make the provisioner known where the package was installed before it had the entry point."""
    entry = EntryPoint(NAME, "upskill.batch.warm:WarmProvisioner", KernelProvisionerFactory.GROUP_NAME)
    factory = KernelProvisionerFactory.instance()
    factory.provisioners.setdefault(NAME, entry)
    return NAME
