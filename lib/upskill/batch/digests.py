"""Fingerprints of the data that a report has read."""

import hashlib
import json
import pickle
from dataclasses import replace

import pandas as pd

from upskill.data.cut import cut_program


def digest(content):
    """Return a short fingerprint of anything that JSON holds."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()[:32]


class DataDigests:
    """Fingerprints of the tables of a program as the batch finds it: of the whole, of a team, at a day."""

    def __init__(self, program):
        self.program, self.cuts, self.known, self.states = program, {}, {}, {}
        faults = program.faults if len(program.set_aside) and program.set_aside["set_aside"].any() else ()
        aside = program.set_aside.to_dict("list") if faults else {}
        self.always = [_of_objects(program.settings), _of_objects([repr(fault) for fault in program.left_out]),
                       str(program.as_of), aside]

    def of(self, reads):
        """Return the fingerprint of what was read, and of what every report says: settings, dates, faults."""
        teams = sorted({(team, as_of) for team, as_of, _ in reads})
        sizes = [sorted(self._cut(*level).team_sizes.items()) for level in teams]
        return digest([self.always, sizes, [[*read, self.known_table(*read)] for read in sorted(map(tuple, reads))]])

    def _cut(self, team, as_of):
        if (team, as_of) not in self.cuts:
            try:
                self.cuts[team, as_of] = cut_program(self.program, team, as_of)
            except ValueError:  # the team is gone
                self.cuts[team, as_of] = replace(self.program, tables={})
        return self.cuts[team, as_of]

    def known_table(self, team, as_of, table):
        """Return the fingerprint of a table at a level."""
        if (team, as_of, table) not in self.known:
            frame = self._cut(team, as_of).tables.get(table)
            self.known[team, as_of, table] = "absent" if frame is None else of_frame(frame)
        return self.known[team, as_of, table]


def of_frame(frame):
    """Return the fingerprint of a table: names and types of columns, and all values in order."""
    total = hashlib.sha256(repr([(name, str(kind)) for name, kind in frame.dtypes.items()]).encode())
    if len(frame.columns):
        total.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
    return total.hexdigest()[:32]


def _of_objects(content):
    return hashlib.sha256(pickle.dumps(content, 5)).hexdigest()[:32]
