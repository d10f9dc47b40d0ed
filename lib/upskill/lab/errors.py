"""Errors that the library raises on purpose: what is wrong and the line of the notebook, not forty frames."""

import linecache
import traceback
from pathlib import Path

LIBRARY = str(Path(__file__).resolve().parents[1])
MOST_LINES = 20
BACK = "%tb shows the way through the library."


def show_short_errors(shell):
    """Make a shell show deliberate errors of the library in a few lines; `%tb` shows the whole traceback of the last."""
    shell.set_custom_exc((Exception,), _show)


def _show(shell, kind, error, trace, tb_offset=None):
    if is_deliberate(error, trace):
        error._render_traceback_ = lambda: short_lines(error, trace, shell.user_ns)
    try:
        shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
    finally:
        vars(error).pop("_render_traceback_", None)


def is_deliberate(error, trace):
    """Tell whether the library raised an error to be read: a class of its own, or a check that says `raise`."""
    if type(error).__module__.startswith("upskill."):
        return True
    frames = traceback.extract_tb(trace)
    return bool(frames) and frames[-1].filename.startswith(LIBRARY) and (frames[-1].line or "").lstrip().startswith("raise ")


def short_lines(error, trace, namespace):
    """Return what a reader needs of an error: its name and message, and where the notebook called."""
    message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    said, *more = f"{type(error).__name__}: {message}".splitlines()
    lines = [f"\x1b[31m{said}\x1b[0m", *more[:MOST_LINES]]
    lines += [f"… and {len(more) - MOST_LINES} more lines"] if len(more) > MOST_LINES else []
    called = [(frame, number) for frame, number in traceback.walk_tb(trace) if frame.f_globals is namespace]
    if called:
        frame, number = called[-1]
        source = linecache.getline(frame.f_code.co_filename, number).strip()
        lines.append(f"Line {number} of the cell: {source}")
    return [*lines, f"\x1b[2m{BACK}\x1b[0m"]
