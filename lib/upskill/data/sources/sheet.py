"""A spreadsheet export by its columns, in any case; of names that stand there twice the first counts."""

from collections import Counter
from dataclasses import dataclass, field

from upskill.data.source import fold
from upskill.data.sources.git import SourceError


@dataclass(frozen=True)
class Sheet:
    """The records of an Export that is no JSON. `numbers`: the row of each, as a spreadsheet counts."""

    export: object
    columns: dict = field(repr=False)  # folded name: name

    @property
    def name(self):
        return self.export.name

    @property
    def numbers(self):
        return self.export.rows

    def __len__(self):
        return len(self.export.records)

    def has(self, *names):
        """Say whether each of these columns is there, in any case."""
        return all(fold(name) in self.columns for name in names)

    def cells(self, *names):
        """Return the cells of the first column that has one of these names; empty ones where none is there."""
        name = next((self.columns[fold(name)] for name in names if fold(name) in self.columns), None)
        return [record[name] if name else "" for record in self.export.records]


def sheet_of(export):
    """Return the Sheet of an Export."""
    return Sheet(export, {fold(name): name for name in reversed(export.columns)})


def is_sheet(export, *names):
    """Say whether an Export is a spreadsheet with these columns, in any case."""
    return export.form == "csv" and sheet_of(export).has(*names)


def uneven(export):
    """Return a Counter of rows that are longer or shorter than the header; what is beyond it is left out.

    Raises SourceError where the last row, and no other, is too short: the file was cut off there.
    """
    short = [row for row, cells in export.ragged.items() if cells < len(export.columns)]
    if short and short == export.rows[-1:]:
        raise SourceError(f"{export.name}, row {short[0]}: ends after {export.ragged[short[0]]} of {len(export.columns)} cells, so the "
                          "file seems to be cut off; export it again")
    return Counter({"rows longer than the header: cells beyond it left out": len(export.ragged) - len(short),
                    "rows shorter than the header: the rest taken as empty": len(short)})
