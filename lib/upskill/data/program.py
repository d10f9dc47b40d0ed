"""A program: its tables, settings and what was wrong with them."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from upskill.data.names import tidy
from upskill.data.schema import Fault, NotEnoughData
from upskill.data.settings import Settings


@dataclass(frozen=True)
class Program:
    """One program folder, read and checked.

    `tables`: name -> DataFrame with the dtypes of the contract (text: str,
    whole: Int64, number and share: float64, date and timestamp: datetime64[ns]
    without zone, in UTC, flag: boolean); optional columns that the file lacks
    are there, all missing. `set_aside`: one row per table (`table`, `rows`,
    `set_aside`). `team`: "" = all. `as_of`: the day up to which data count.
    `team_sizes`: people by team of the whole company, where it was cut to one.
    """

    folder: Path
    tables: dict[str, pd.DataFrame]
    settings: Settings
    faults: tuple[Fault, ...] = ()
    set_aside: pd.DataFrame = field(default_factory=pd.DataFrame)
    team: str = ""
    as_of: pd.Timestamp = pd.NaT
    team_sizes: dict = field(default_factory=dict)

    def __getitem__(self, table):
        self.require(table)
        return self.tables[table]

    def __contains__(self, table):
        return table in self.tables

    @property
    def slug(self):
        """The folder's name, safe in file names and addresses."""
        name = self.folder.name
        plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "program"
        # Two names in a script that falls away must not share a folder of reports.
        mark = hashlib.sha256(tidy(name).encode()).hexdigest()[:6]
        return plain if not re.search(r"[^\W_]", re.sub("[ -~]", "", name)) else f"{plain}-{mark}"

    @property
    def left_out(self):
        """Faults of the tables that are there and could not be used."""
        return tuple(fault for fault in self.faults if fault.table and fault.table not in self.tables)

    def require(self, *tables):
        """Raise NotEnoughData that names every one of these tables that is absent or could not be used."""
        missing = [table for table in tables if table not in self.tables]
        broken = [str(fault) for fault in self.left_out if fault.table in missing]
        if broken:
            raise NotEnoughData(f"This needs data that cannot be used: {' '.join(broken)}")
        if missing:
            names = ", ".join(missing)
            raise NotEnoughData(
                f"This needs data that {self.folder.name} does not have: {names}. "
                f"Add {'a file or sheet' if len(missing) == 1 else 'files or sheets'} of "
                f"{'this name' if len(missing) == 1 else 'these names'}; data/README.md lists the columns.")
