"""People without names: keyed hashes of their addresses, one per person, the same every month."""

import csv
import hmac
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from upskill.data.sources.git import SourceError

KEY_FILE = Path("~/.config/upskill/person.key")
KEY_BYTES = 32
BOT = re.compile(
    r"\[bot\]|(?:^|[-_ .+])bot(?:$|[-_ .@])|^(?:\d+\+)?(?:dependabot|renovate|greenkeeper|pre-commit-ci"
    r"|github-actions|gitlab-ci|mergify|allcontributors|semantic-release|pyup|snyk|codecov|weblate|transifex"
    r"|imgbot|web-flow)\b",
    re.IGNORECASE)
NOREPLY = re.compile(r"^(?:\d+\+)?([^@+]+)@users\.noreply\.github\.com$")


@dataclass(frozen=True)
class Pseudonyms:
    """Turns an address into a person's id: `p` and 16 hexadecimal digits of HMAC-SHA256 under `key`.

    `identities`: address or login -> the canonical one, all in lower case. `own`: {id in lower case: id} of a list of
    people that the company keeps itself; where the identity map leads to one of these, it is taken as it stands.
    """

    key: bytes
    identities: dict = field(default_factory=dict)
    own: dict = field(default_factory=dict, repr=False)

    def person_id(self, name, email):
        """Return the id of an author; without an address the name stands for it."""
        address = canonical_address(email) or "name:" + name.strip().casefold()
        login = NOREPLY.match(address)
        names = [address, *([login.group(1)] if login else [])]
        address = next((self.identities[one] for one in names if one in self.identities), address)
        return self._id(address, is_mapped=address not in names)

    def _id(self, address, is_mapped):
        if is_mapped and address in self.own:
            return self.own[address]
        return "p" + hmac.digest(self.key, address.encode("utf-8", "surrogatepass"), "sha256").hex()[:16]

    def login_id(self, login, host="github.com"):
        """Return the id of a login on a host: that of its no-reply address there, unless the identity map joins it."""
        login = login.strip().casefold()
        address = f"{login}@users.noreply.{host}"
        known = [self.identities[name] for name in (login, f"{login}@{host}", address) if name in self.identities]
        own = [login] if login in self.identities.values() else []
        return self._id([*known, *own, address][0], is_mapped=bool(known))

    @property
    def fingerprint(self):
        """Eight digits that tell two keys apart and say nothing about either."""
        return hmac.digest(self.key, b"upskill: which key is this", "sha256").hex()[:8]


def canonical_address(email):
    """Return an address in lower case; GitHub's numbered no-reply address loses its number.

    >>> canonical_address(" 12+Ada@users.noreply.github.com")
    'ada@users.noreply.github.com'
    """
    address = email.strip().casefold()
    login = NOREPLY.match(address)
    return f"{login.group(1)}@users.noreply.github.com" if login else address


def is_bot(name, email):
    """Say whether an author is a robot, by a name or address that says so.

    >>> is_bot("dependabot[bot]", "support@github.com"), is_bot("Abbot", "abbot@example.org")
    (True, False)
    """
    return bool(BOT.search(name) or BOT.search(email))


def read_key(path=KEY_FILE, outside=None):
    """Return the key of a file; where there is none, make one that only its owner can read.

    Raises SourceError for a key inside the folder `outside`, one that others can read, or one too short.
    """
    path = Path(path).expanduser()
    if outside is not None and path.resolve().is_relative_to(Path(outside).resolve()):
        raise SourceError(f"{path}: the key must lie outside the program folder: both together name people")
    if not path.exists():
        _make_key(path)
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SourceError(f"{path}: others can read this key; type: chmod 600 {path}")
    text = path.read_text(encoding="ascii", errors="replace").strip()
    if not re.fullmatch("[0-9a-fA-F]{64,}", text) or len(text) % 2:
        raise SourceError(f"{path}: expected at least {2 * KEY_BYTES} hexadecimal digits; restore the key, "
                          "or name a new file and import into a new folder")
    return bytes.fromhex(text)


def _make_key(path):
    """Write the key beside its place, then link it there, so that two runs at once agree on one key."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".person.key.")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(draft)


def read_identities(path):
    """Return {address or login: canonical one} of a CSV with two columns: login or e-mail, canonical one.

    A header is skipped when its second cell is `canonical`. Chains and contradictions raise SourceError.
    """
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [(number, [cell.strip().casefold() for cell in row])
                for number, row in enumerate(csv.reader(file), 1) if any(cell.strip() for cell in row)]
    if rows and rows[0][1][1:2] == ["canonical"]:
        rows = rows[1:]
    found, wrong = {}, [f"row {number}: expected two cells, a login or e-mail and the canonical one"
                        for number, row in rows if len(row) != 2 or not all(row)]
    pairs = [(number, *map(canonical_address, row)) for number, row in rows if len(row) == 2]
    for number, one, canonical in pairs:
        if found.setdefault(one, canonical) != canonical:
            wrong.append(f"row {number}: the same login or e-mail has another canonical one above")
    wrong += [f"row {number}: the canonical one is itself mapped on; map each straight to the last"
              for number, _, canonical in pairs if found.get(canonical, canonical) != canonical]
    if wrong:
        raise SourceError(f"{path}:\n" + "\n".join("- " + line for line in wrong))
    return found
