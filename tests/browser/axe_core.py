"""axe-core, the accessibility checker: its one file, fetched once from npm's registry and held to its hash.

`make test` calls this file; it keeps what it fetched in .venv, which is never committed.
"""

import base64
import hashlib
import io
import json
import tarfile
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
LOCK = json.loads((HERE / "axe.lock").read_text(encoding="utf-8"))
KEPT = HERE.parents[1] / ".venv" / f"{LOCK['name']}-{LOCK['version']}.js"


def axe_source():
    """Return the source of axe-core, fetching it if that was not done yet."""
    if not KEPT.exists():
        content = unpacked(fetch(LOCK["url"]))
        KEPT.parent.mkdir(exist_ok=True)
        part = KEPT.with_suffix(f".{hashlib.sha256(str(id(content)).encode()).hexdigest()[:8]}")
        part.write_bytes(content)
        part.replace(KEPT)
    return KEPT.read_text(encoding="utf-8")


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read()
    except OSError as error:
        raise SystemExit(f"axe-core, which checks that pages are accessible, cannot be fetched from {url}: {error}.\n"
                         "Run `make test` once where npm's registry answers, or put the package's file "
                         f"{LOCK['file']} at {KEPT}.") from None


def unpacked(package):
    """Return the one file from a package whose hash is the one of the lock; anything else is refused."""
    kind, _, expected = LOCK["integrity"].partition("-")
    found = base64.b64encode(hashlib.new(kind, package).digest()).decode()
    if found != expected:
        raise SystemExit(f"{LOCK['url']} is not what axe.lock names: {kind}-{found}")
    with tarfile.open(fileobj=io.BytesIO(package)) as files:
        return files.extractfile(LOCK["file"]).read()


if __name__ == "__main__":
    axe_source()
