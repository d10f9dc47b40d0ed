"""Results that are the same for all reports of a program, computed by the first of a batch and read by the others.

Nothing is kept unless the environment names a folder for it, as a batch does for the time that it runs. The folder is
its owner's alone: it holds what the program holds. Every caller gets a copy of its own.
"""

import contextlib
import functools
import hashlib
import os
import pickle
import tempfile
from pathlib import Path

from upskill.data import reads

try:
    import fcntl
except ImportError:  # Windows; there two may compute the same at once
    fcntl = None

PLACE = "UPSKILL_COMPUTED_ONCE"  # environment variable: the folder


def computed_once(function=None, *, key=None):
    """Make a pure function compute only once, in a batch, for the same arguments.

    `key`: turns the arguments into what the result depends on (bytes, or None where it cannot be said); without it,
    all that they hold counts. Errors are not kept.
    """
    if function is None:
        return functools.partial(computed_once, key=key)

    @functools.wraps(function)
    def found(*arguments, **options):
        folder = _folder()
        if folder is None:
            return function(*arguments, **options)
        content = key(*arguments, **options) if key else pickle.dumps((arguments, sorted(options.items())), 5)
        if content is None:
            return function(*arguments, **options)
        name = f"{function.__module__}.{function.__qualname__}".encode()
        path = folder / hashlib.blake2b(name + b"\0" + content, digest_size=20).hexdigest()
        known = _read(path)
        if known is None:
            with _alone(path):
                known = _read(path)
                if known is None:
                    with reads.collected() as read:
                        result = function(*arguments, **options)
                    known = pickle.dumps((read, result), 5)
                    _write(path, known)
        read, result = pickle.loads(known)  # also for the first, so that all go on from the same
        reads.note(read)
        return result
    return found


def _folder():
    """Return the folder that the environment names, if it is ours alone."""
    place = os.environ.get(PLACE)
    if not place:
        return None
    with contextlib.suppress(OSError):
        found = os.stat(place)
        if not hasattr(os, "getuid") or (found.st_uid == os.getuid() and not found.st_mode & 0o077):
            return Path(place)
    return None


def _read(path):
    try:
        return path.read_bytes()
    except OSError:
        return None


def _write(path, content):
    """Keep a result; where there is no room, the next one computes again."""
    with contextlib.suppress(OSError):
        handle, fresh = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.replace(fresh, path)
        except OSError:
            os.unlink(fresh)


@contextlib.contextmanager
def _alone(path):
    """Let others who need the same wait; whoever dies lets go."""
    try:
        guard = open(path.with_suffix(".lock"), "w")  # noqa: SIM115 - closed below
    except OSError:
        yield
        return
    with guard:
        if fcntl is not None:
            fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def state_of(folder):
    """Return what tells one state of a folder or file from another: names, sizes, times and places of all files."""
    folder = Path(folder)
    files = [folder] if folder.is_file() else sorted(path for path in folder.rglob("*") if path.is_file()
                                                     and not path.relative_to(folder).as_posix().startswith("."))
    marks = [(str(path), found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
             for path in files for found in [path.stat()]]
    return repr((str(folder.resolve()), marks)).encode()
