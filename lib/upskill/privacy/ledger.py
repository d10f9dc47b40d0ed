"""The ledger of released groups: what was shown about whom before, so that a later report cannot be subtracted.

It lies outside outputs/, in the user's state folder, and holds hashes of ids, with team and role, and no id.
"""

import contextlib
import hashlib
import json
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

try:
    import fcntl
except ImportError:  # Windows; there two labelled runs at once are the user's care
    fcntl = None

from upskill.data import NotEnoughData
from upskill.privacy.subtraction import derivable_groups

PLACE = "UPSKILL_LEDGER"  # environment variable: another file
LABEL = "UPSKILL_LABEL"  # environment variable: label of this run; only labelled runs are written down
LABEL_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class LedgerError(ValueError):
    """A ledger or a label that cannot be used."""


@dataclass(frozen=True)
class Frozen:
    """The people of one measurement as they were shown first.

    `people`: index = ids, of those who are not known any more "?" and a hash;
    `lost`: their number; `is_former`: whether an earlier report fixed them.
    """

    people: pd.DataFrame
    lost: int = 0
    is_former: bool = False


def check_label(label):
    """Return a label, or raise LedgerError for one that is no plain name.

    >>> check_label("2026-06")
    '2026-06'
    """
    if label and not LABEL_FORM.fullmatch(label):
        raise LedgerError(f"The label {label!r} is not a plain name: expected up to 64 letters, digits, hyphens, "
                          "underscores and dots, a letter or digit first, such as 2026-06.")
    return label


def ledger_path(name, folder=None):
    """Return where the ledger of a program lies, by its name in program.yml.

    A ledger that an earlier version kept by the place of `folder` is used where there is none by name; a program in a
    database has none such.
    """
    if os.environ.get(PLACE):
        return Path(os.environ[PLACE])
    home = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "upskill"
    plain = " ".join(str(name).casefold().split())
    path = home / f"{re.sub(r'[^a-z0-9]+', '-', plain).strip('-')[:40]}-{_digest(plain)[:12]}" / "ledger.jsonl"
    former = home / _digest(str(Path(folder).resolve()))[:16] / "ledger.jsonl" if isinstance(folder, (str, Path)) else path
    return former if former.is_file() and not path.is_file() else path


def _digest(text):
    return hashlib.sha256(text.encode()).hexdigest()


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
        self.salt, self.groups, self.frozen = secrets.token_hex(16), {}, {}

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
                self._write({"about": about, "label": label, "members": sorted(group)})
        return frozenset(ids[one] for one in group)

    def freeze(self, about, people, label="", everyone=()):
        """Return the Frozen people of a measurement: those shown first, as they were then; else `people`.

        `people`: one row per person, index = ids, columns of text (team,
        role, …) and `parts`, a frozenset of texts (what the person has, such
        as answered items). `label`, `everyone`: as in `refuse_or_record`.
        """
        with self._alone():
            self._read()
            ids = {self._hash(one): one for one in {*everyone, *map(str, people.index)}}
            known = [record for record in self.frozen.get(about, []) if _known(record, ids)]
            # Where nobody is known, the record is about the people of another program of this name.
            record = max(known, key=lambda record: _known(record, ids), default=None) or self._packed(people)
            if not known:
                self.frozen.setdefault(about, []).append(record)
            if label and self.path:
                self._write({"about": about, "label": label} | record)
        return Frozen(_unpacked(record, ids), len(record["people"]) - _known(record, ids), bool(known))

    def starting(self, prefix, everyone):
        """Return {about: people} of all that was frozen under names that start so, among `everyone`."""
        with self._alone():
            self._read()
        ids = {self._hash(one): one for one in everyone}
        return {about: _unpacked(record, ids) for about, records in self.frozen.items() if about.startswith(prefix)
                for record in records if _known(record, ids)}

    def begin(self):
        """Make the file where there is none, so that reports that run at once hash alike; raises OSError."""
        with self._alone(), os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
            file.write("" if self.path.stat().st_size else json.dumps({"salt": self.salt}) + "\n")

    def _packed(self, people):
        """Return what is written down of people: parts that several have by number, those of one only by themselves."""
        counts = pd.Series([part for own in people["parts"] for part in own], dtype=object).value_counts()
        parts = sorted(counts.index[counts > 1])
        place, traits = {part: 1 << number for number, part in enumerate(parts)}, people.drop(columns="parts")
        rows = [[self._hash(str(person)), *map(str, row), f"{sum(place.get(part, 0) for part in own):x}",
                 sorted(part for part in own if part not in place)]
                for person, row, own in zip(people.index, traits.to_numpy().tolist(), people["parts"], strict=True)]
        return {"traits": list(traits), "parts": parts, "people": sorted(rows)}

    def _hash(self, person):
        return hashlib.sha256(f"{self.salt}\0{person}".encode()).hexdigest()[:20]

    @contextlib.contextmanager
    def _alone(self):
        """Keep reports that run at the same time from deciding without knowing of each other."""
        if self.path is None or fcntl is None or not self.path.parent.is_dir() or not os.access(self.path.parent, os.W_OK):
            yield
            return
        with self.path.with_suffix(".lock").open("w") as guard:
            fcntl.flock(guard, fcntl.LOCK_EX)
            yield

    def _read(self):
        """Take in what the file holds; what this report asked for before stays known."""
        if self.path is None or not self.path.is_file():
            return
        first, *lines = read_lines(self.path)
        if first["salt"] != self.salt and not self.groups and not self.frozen:
            self.salt = first["salt"]
        for line in lines:
            if "members" in line:
                group, known = frozenset(line["members"]), self.groups.setdefault(line["about"], [])
                known += [group] if group not in known else []
            elif "people" in line:
                record, known = {key: line[key] for key in ("traits", "parts", "people")}, self.frozen.setdefault(
                    line["about"], [])
                known += [record] if record not in known else []

    def _write(self, content):
        """Write a line once; what another label wrote already is only named, so that the file stays small."""
        written = read_lines(self.path)[1:] if self.path.is_file() else []
        same = [line["label"] for line in written if content | {"label": line["label"]} == line]
        if same and same[0] != content["label"]:
            content = {"about": content["about"], "label": content["label"], "as": same[0]}
        if content not in written:
            start = json.dumps({"salt": self.salt}) + "\n"
            with os.fdopen(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a") as file:
                file.write(("" if self.path.stat().st_size else start) + json.dumps(content) + "\n")


def _known(record, ids):
    return sum(row[0] in ids for row in record["people"])


def _unpacked(record, ids):
    rows = [(ids.get(first, f"?{first}"), *traits, _parts(record["parts"], int(mask, 16)) | frozenset(own))
            for first, *traits, mask, own in record["people"]]
    return pd.DataFrame(rows, columns=["person_id", *record["traits"], "parts"]).set_index("person_id").sort_index()


def _parts(names, mask):
    return frozenset(name for number, name in enumerate(names) if mask >> number & 1)


def read_lines(path):
    """Return the lines of a ledger file as dicts, the one with the salt first; raises LedgerError for a broken file."""
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        if not lines or "salt" not in lines[0]:
            raise ValueError
    except ValueError:
        raise LedgerError(f"The ledger {path} cannot be read. Nothing is shown without it; restore it from a "
                          "backup.") from None
    return lines


def open_ledger(name, minimum, folder=None, label=None):
    """Return the Ledger of a program and the label of this run ("" for a run without one).

    `name`: of the program; `label`: None = what the environment says.

    Raises LedgerError for a label that is no plain name, OSError where a labelled run cannot write.
    """
    path, label = ledger_path(name, folder), check_label(os.environ.get(LABEL, "") if label is None else label)
    ledger = Ledger(path, minimum)
    if label:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        ledger.begin()
    return ledger, label


def labels(path):
    """Return {label: what was released under it}, in the order of the file."""
    found = {}
    for line in read_lines(path)[1:] if path.is_file() else []:
        found.setdefault(line["label"], []).append(line["about"])
    return found


def forget(path, label):
    """Remove what was written down under a label; what another label names stays under that. Returns how many lines."""
    first, *lines = read_lines(path) if path.is_file() else [{}]
    kept = [line for line in lines if line["label"] != label]
    for line in lines:
        heirs = [other for other in kept if other["about"] == line["about"] and other.get("as") == label]
        if line["label"] == label and "as" not in line and heirs:
            kept[kept.index(heirs[0])] = line | {"label": heirs[0]["label"]}
            for other in heirs[1:]:
                other["as"] = heirs[0]["label"]
    if len(kept) < len(lines):
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.writelines(json.dumps(line) + "\n" for line in [first, *kept])
        fresh.replace(path)
    return len(lines) - len(kept)
