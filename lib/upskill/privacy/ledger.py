"""The ledger of released groups: what was shown about whom before, so that a later report cannot be subtracted.

It lies outside outputs/, in the user's state folder, and holds hashes only.
"""

import contextlib
import hashlib
import json
import os
import secrets
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows; there two labelled runs at once are the user's care
    fcntl = None

from upskill.data import NotEnoughData
from upskill.privacy.subtraction import derivable_groups

PLACE = "UPSKILL_LEDGER"  # environment variable: another file
LABEL = "UPSKILL_LABEL"  # environment variable: label of this run; only labelled runs are written down


def ledger_path(folder):
    """Return where the ledger of a program folder lies."""
    if os.environ.get(PLACE):
        return Path(os.environ[PLACE])
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    return state / "upskill" / hashlib.sha256(str(Path(folder).resolve()).encode()).hexdigest()[:16] / "ledger.jsonl"


def former_group(groups, new, minimum):
    """Return what may be shown of a `new` group, given those released before about the same measurement.

    The new group itself where nobody can be had by subtraction; else the
    former group that differs from it by fewest people, all of them fewer than
    `minimum`; None where there is no such group, so that nothing may be shown.

    >>> before = [set("abcdefgh")]
    >>> "".join(sorted(former_group(before, set("abcdefghi"), 5)))
    'abcdefgh'
    >>> former_group([set("abcdefghijkl"), set("abcdef")], set("ghijk"), 5) is None
    True
    """
    new, before = frozenset(new), [frozenset(group) for group in groups]
    if new in before:
        return new
    known = set(derivable_groups(before, minimum))
    if len(new) >= minimum and not set(derivable_groups([*before, new], minimum)) - known:
        return new
    near = [group for group in before if len(group ^ new) < minimum <= len(group)]
    return min(near, key=lambda group: len(group ^ new), default=None)


class Ledger:
    """Groups released so far; in memory, and in a file where there is one.

    `about` names one measurement that does not change afterwards, such as
    "skills, wave start": only groups with the same `about` can be subtracted.
    """

    def __init__(self, path=None, minimum=5):
        self.path, self.minimum = Path(path) if path else None, minimum
        self.salt, self.groups = secrets.token_hex(16), {}

    def refuse_or_record(self, about, members, label="", everyone=()):
        """Return the people to compute with: `members`, or those of a former release that they differ little from.

        `label`: of this run; without one nothing is written to the file.
        `everyone`: all ids, needed to find former members who left. Raises
        NotEnoughData where neither group may be shown.
        """
        with self._alone():
            self._read()
            ids = {self._hash(one): one for one in {*everyone, *members}}
            group = former_group(self.groups.get(about, []), map(self._hash, members), self.minimum)
            if group is None or not group <= ids.keys():
                raise NotEnoughData(f"A result about these {len(set(members))} people ({about}) is not shown: taken "
                                    f"together with what was shown before, it would bare fewer than {self.minimum}.")
            if group not in self.groups.get(about, []):
                self.groups.setdefault(about, []).append(group)
            if label and self.path:
                self._write(about, label, group)
        return frozenset(ids[one] for one in group)

    def _hash(self, person):
        return hashlib.sha256(f"{self.salt}\0{person}".encode()).hexdigest()[:20]

    @contextlib.contextmanager
    def _alone(self):
        """Keep reports that run at the same time from deciding without knowing of each other."""
        if self.path is None or fcntl is None or not self.path.parent.is_dir():
            yield
            return
        with self.path.with_suffix(".lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield

    def _read(self):
        """Take in what the file holds; what this report asked for before stays known."""
        if self.path is None or not self.path.is_file():
            return
        first, *lines = map(json.loads, self.path.read_text(encoding="utf-8").splitlines())
        if first["salt"] != self.salt and not self.groups:
            self.salt = first["salt"]
        for line in lines:
            group, known = frozenset(line["members"]), self.groups.setdefault(line["about"], [])
            known += [group] if group not in known else []

    def _write(self, about, label, group):
        line = json.dumps({"about": about, "label": label, "members": sorted(group)})
        if self.path.is_file() and line in self.path.read_text(encoding="utf-8").splitlines():
            return
        with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
            file.write(("" if self.path.stat().st_size else json.dumps({"salt": self.salt}) + "\n") + line + "\n")


def open_ledger(folder, minimum):
    """Return the Ledger of a program folder and the label of this run ("" for a run without one)."""
    path, label = ledger_path(folder), os.environ.get(LABEL, "")
    ledger = Ledger(path, minimum)
    if label and not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(FileExistsError), os.fdopen(
                os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(json.dumps({"salt": ledger.salt}) + "\n")
    return ledger, label
