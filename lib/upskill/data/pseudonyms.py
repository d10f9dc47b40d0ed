"""People named in an export by e-mail or name become keyed hashes while it is read; the key stays outside the folder."""

import pandas as pd

from upskill.data.sources.git import SourceError
from upskill.data.sources.people import KEY_FILE, Pseudonyms, read_key
from upskill.data.sources.record import read_record

PERSONS = ("person_id", "author_id", "rater_id", "respondent_id")


def pseudonymous(cells, pseudonyms):
    """Return a column in which each name or e-mail is the person's id: the same as `upskill import git` gives."""
    ids = {cell: pseudonyms.person_id("", cell) if "@" in cell else pseudonyms.person_id(cell, "")
           for cell in cells.dropna().unique()}
    return cells.map(ids).astype(cells.dtype)


def without_names(frame, mapping, table):
    """Return (frame, faults): persons under ids, and no column that the contract does not know, for it may name them.

    Without a usable key the columns are empty: no name is ever read in place of an id.
    """
    frame = frame[[column.name for column in table.columns if column.name in frame]].copy()
    try:
        pseudonyms, faults = Pseudonyms(read_key(KEY_FILE, outside=mapping.yaml.folder)), []
    except (SourceError, OSError) as error:
        pseudonyms, faults = None, [mapping.fault(("pseudonyms",), ", ".join(mapping.pseudonyms),
                                                  f"a key in {KEY_FILE}", f"{error}.")]
    for name in mapping.pseudonyms:
        if name in frame:
            empty = pd.Series(None, index=frame.index, dtype=frame[name].dtype)
            frame[name] = pseudonymous(frame[name], pseudonyms) if pseudonyms else empty
    return frame, faults or _other_key(mapping, pseudonyms)


def _other_key(mapping, pseudonyms):
    """Return a fault where the folder holds ids that an import made with another key: nobody would be found again."""
    if mapping.yaml.folder is None:
        return []
    try:
        known = read_record(mapping.yaml.folder).get("person_key", pseudonyms.fingerprint)
    except SourceError as error:
        return [mapping.fault(("pseudonyms",), ", ".join(mapping.pseudonyms), "a readable provenance.yml", f"{error}.")]
    if known == pseudonyms.fingerprint:
        return []
    return [mapping.fault(("pseudonyms",), ", ".join(mapping.pseudonyms), f"the key that the imports of this folder used "
                          f"(fingerprint {known})", f"Put that key into {KEY_FILE}.")]
