"""Rows of an export that are no data, such as totals and robots, left out as its mapping says."""

from dataclasses import replace

import pandas as pd

from upskill.data.near import did_you_mean
from upskill.data.source import column_key, fold


def leave_out(raw, mapping):
    """Return (RawTable, faults, number left out) without the rows that have one of the mapping's words in the column named beside it.

    Words and names of columns are found in any case. The other rows keep their numbers.
    """
    gone, faults = pd.Series(False, index=raw.frame.index), []
    for name, words in mapping.leave_out.items():
        column = next((one for one in raw.frame if column_key(one) == column_key(name)), None)
        if column is None:
            cure = did_you_mean(name, list(raw.frame), "It has: " + ", ".join(map(str, raw.frame)) + ".")
            faults.append(mapping.fault(("leave_out", name), name, "the name of a column of the file", cure))
        else:
            gone |= raw.frame[column].map(fold, na_action="ignore").isin({fold(word) for word in words})
    if not gone.any():
        return raw, faults, 0
    kept = ~gone.to_numpy(bool)
    files = raw.files if isinstance(raw.files, str) else [file for file, keep in zip(raw.files, kept, strict=True) if keep]
    frame = raw.frame[kept].reset_index(drop=True)
    return replace(raw, frame=frame, rows=raw.rows[kept], files=files), faults, int(gone.sum())
