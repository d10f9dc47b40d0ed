"""What each key performance indicator (KPI) means: definitions.yml, as data that reports print and code follows."""

from dataclasses import dataclass, fields

from upskill.data.kpis import kpi_name, read_kpis


@dataclass(frozen=True)
class Definition:
    """One way to compute a KPI; definitions.yml says what each entry means.

    `distribution`: "duration" (median hours between two columns, unfinished ones
    count), "rate" (events per exposure), "share" (part of a whole), "count" or "score".
    `better`: "lower", "higher", or "" where nobody said. `table`, `start`, `end`: where
    a duration comes from; `start` names columns of which the first that is filled
    holds. `from_history`: True for ways that read a library's git history, where
    releases stand for deployments; `landed_as`: the only kind of change that counts
    there; `kinds`: the only kinds of work item that count. `base`: of what a share is a
    share. `is_steady`: False where there is no usual level before the training to set
    limits from.
    """

    name: str
    title: str
    question: str
    formula: str
    unit: str
    better: str
    distribution: str
    counter: str = ""
    family: str = ""
    place: str = "other"
    tables: tuple[str, ...] = ()
    table: str = ""
    start: tuple[str, ...] = ()
    end: str = ""
    opened: str = ""
    kinds: tuple[str, ...] = ()
    numerator: str = ""
    denominator: str = ""
    base: str = ""
    from_history: bool = False
    landed_as: str = ""
    is_steady: bool = True
    minimum: float | None = None
    maximum: float | None = None
    aliases: tuple[str, ...] = ()
    source: str = ""
    version: str = "1"

    @property
    def kind(self):
        """What its values are distributed like; the same as `distribution`."""
        return self.distribution

    @property
    def scale(self):
        """Scale of the chart: durations are skewed, so their limits are set on the log scale."""
        return "log" if self.distribution == "duration" else "linear"

    @property
    def is_reported(self):
        """Tell whether it comes ready-made from kpi_observations."""
        return self.table == "kpi_observations"


def _definition(entry):
    known = {field.name for field in fields(Definition)}
    return Definition(**{key: tuple(value) if isinstance(value, list) else value
                         for key, value in entry.items() if key in known})


# Several ways for one name: the first that the data can answer is used, under its own title.
DEFINITIONS = tuple(_definition(entry) for entry in read_kpis())
NAMES = tuple(dict.fromkeys(definition.name for definition in DEFINITIONS))


def names_at(place):
    """Return the names of the KPIs of one place ("board", "part", "people", "other"), in order."""
    return tuple(dict.fromkeys(definition.name for definition in DEFINITIONS if definition.place == place))


BOARD = names_at("board")


def variants(name, from_history=False):
    """Return every way to compute a KPI, best first; KeyError for an unknown name.

    `name`: or one of its aliases. `from_history`: True for a git history. Where a KPI
    has a way of its own for these, the others are left out: they would read times that
    git does not record.
    """
    found = tuple(definition for definition in DEFINITIONS if definition.name == kpi_name(name))
    own = tuple(definition for definition in found if definition.from_history)
    found = own if from_history and own else tuple(definition for definition in found if not definition.from_history)
    if not found:
        raise KeyError(f"no KPI named {name!r}; there are {', '.join(NAMES)}")
    return found


def reported(name, unit=""):
    """Return the definition of a KPI as it comes ready-made in kpi_observations.

    One that definitions.yml knows keeps its meaning; one of the company's own gets a
    neutral definition: no direction, so nothing is called better or worse. `unit`:
    "share" where every row of an unknown one has numerator, denominator and a value
    between 0 and 1.

    >>> reported("lead_time").title, reported("pages_read").title, reported("pages_read").better
    ('Change lead time, as reported', 'Pages read, as reported', '')
    """
    known = next((one for one in DEFINITIONS if one.name == name and not one.from_history), None)
    how = {"tables": ("kpi_observations",), "table": "kpi_observations"}
    if known is None:
        title = name.replace("_", " ").strip().capitalize() or name
        return Definition(name, f"{title}, as reported", "What does the other system report?",
                          "as the system that it comes from defines it", unit, "", "share" if unit == "share" else "rate",
                          base="the whole" if unit == "share" else "", **how)
    if known.is_reported:
        return known
    formula = f"{known.formula}; ready-made from another system"
    kept = {field.name: getattr(known, field.name) for field in fields(Definition)}
    # Medians that others computed are pooled like a rate: weighted by what they rest on.
    distribution = "rate" if known.distribution == "duration" else known.distribution
    return Definition(**{**kept, **how, "title": f"{known.title}, as reported", "formula": formula,
                         "distribution": distribution, "start": (), "end": "", "opened": "", "kinds": ()})
