"""What earlier imports into a folder said of themselves."""

from pathlib import Path

import yaml

from upskill.data.sources.git import SourceError

RECORD = "provenance.yml"


def read_record(folder):
    """Return the record of earlier imports into a folder, {} without one."""
    path = Path(folder, RECORD)
    if not path.is_file():
        return {}
    try:
        record = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = str(error).splitlines()[0]
        raise SourceError(f"{path}: cannot be read ({reason}); restore it or take a new folder") from error
    if not isinstance(record, dict):
        raise SourceError(f"{path}: is not a record of an import; move it away")
    return record
