"""A program in a database: its settings, and which of its tables hold which table of the contract."""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from upskill.data.address import PASSWORD, password_of, read_address, without_passwords
from upskill.data.contract import TABLES
from upskill.data.folder import SETTINGS_FILE, Source, table_name
from upskill.data.near import did_you_mean, nearest
from upskill.data.schema import Fault, ProgramError

SETTINGS_TABLE = "program_settings"  # columns file and content: program.yml, and mapping.yml where there is one


@dataclass(frozen=True)
class StoredFile:
    """A file of settings that a database holds; `text` None where it does not."""

    name: str
    text: str | None
    program: str

    @property
    def parent(self):
        return PurePosixPath(self.program)

    def is_file(self):
        return self.text is not None

    def read_bytes(self):
        return self.text.encode()


class Database:
    """An open program in a database; `address` is all that may leave it."""

    def __init__(self, address, connection):
        from sqlalchemy import inspect

        self.address, self.connection, self.name = address, connection, address.name
        self.inspector = inspect(connection)
        self.names = {}
        self.tables = self._tables()
        self.files = self._files()

    @property
    def schema(self):
        return self.address.schema or None

    @property
    def is_postgresql(self):
        return self.connection.dialect.name == "postgresql"

    def __truediv__(self, name):
        """Return program.yml or mapping.yml as a StoredFile, or as the file outside that the address names."""
        if self.address.settings:
            place = Path(self.address.settings)
            return (place if place.is_dir() else place.parent) / (name if place.is_dir() or name != SETTINGS_FILE else place.name)
        return StoredFile(name, self.files.get(name), self.name)

    def _tables(self):
        schemas = self.inspector.get_schema_names() if self.schema else ()
        if self.schema and self.schema not in schemas:
            raise ProgramError(f"There is no schema {self.schema!r} in {self.address}. " + did_you_mean(
                self.schema, schemas, f"It has: {', '.join(sorted(schemas))}."))
        found = self.inspector.get_table_names(self.schema) + self.inspector.get_view_names(self.schema)
        if self.is_postgresql:
            found += self.inspector.get_materialized_view_names(self.schema)
        return sorted(found)

    def _files(self):
        if self.address.settings:
            return {}
        if SETTINGS_TABLE not in self.tables:
            raise ProgramError(
                f"No program at {self.address}: there is no table {SETTINGS_TABLE} (columns file and content; the row "
                f"{SETTINGS_FILE} holds the text of that file). Make it, choose the schema with ?schema=…, or name a file with "
                f"?settings=/folder/{SETTINGS_FILE}.")
        from sqlalchemy import column, select

        asked = select(column("file"), column("content")).select_from(self.table(SETTINGS_TABLE))
        try:
            files = {str(file).strip(): content for file, content in self.connection.execute(asked)}
        except Exception as error:
            raise ProgramError(f"The table {SETTINGS_TABLE} of {self.address} cannot be read: {reason(error)}. It needs the "
                               "columns file and content.") from error
        if files.get(SETTINGS_FILE) is None:
            raise ProgramError(f"The table {SETTINGS_TABLE} of {self.address} has no row whose file is {SETTINGS_FILE}.")
        return {name: str(text) for name, text in files.items() if text is not None}

    def table(self, name):
        """Return a table as SQLAlchemy selects from it."""
        from sqlalchemy import table

        return table(name, schema=self.schema)

    def sources(self, mappings):
        """Return (sources by table, faults): tables and views named like those of the contract, or named in mapping.yml."""
        found, faults = {}, []
        for name, mapping in mappings.items():
            if mapping.file and mapping.file in self.tables:
                found[name] = self._source(name, mapping.file, mapping)
            elif mapping.file:
                cure = did_you_mean(mapping.file, self.tables, "It has: " + ", ".join(self.tables) + ".")
                faults.append(mapping.fault(("file",), mapping.file, "the name of a table or view", cure))
        used = {source.sheet for source in found.values()}
        for theirs in self.tables:
            ours = table_name(theirs)
            if theirs in used or theirs == SETTINGS_TABLE:
                continue
            if ours in found:
                faults.append(Fault("table_twice", f"table {theirs}", f"one source of {ours}; table {found[ours].sheet} "
                                    "holds it too", "Keep one of the two, or name it in mapping.yml.", table=ours))
            elif ours in TABLES:
                found[ours] = self._source(ours, theirs, mappings.get(ours))
            elif near := nearest(ours, TABLES, 0.85):  # a database may well hold tables of others
                faults.append(Fault("unknown_table", f"table {theirs}", "the name of a table of the contract (data/README.md)",
                                    f"Did you mean {near!r}?", value=theirs))
        return found, faults

    def _source(self, table, name, mapping):
        return Source(table, "table", self, f"table {name}", name, mapping)


@contextmanager
def opened(given):
    """Open the program at an address for reading, all of it as it is at one moment; raises ProgramError with the reason."""
    address, password = read_address(given)
    if address.settings:
        place = Path(address.settings)
        if not (place / SETTINGS_FILE if place.is_dir() else place).is_file():
            raise ProgramError(f"The settings of {address} are not there: no file {place}.")
    engine = _engine(address, password or password_of(address))
    try:
        with _connected(engine, address, password or password_of(address)) as connection:
            yield Database(address, connection)
    finally:
        engine.dispose()


def _engine(address, password):
    from sqlalchemy import create_engine
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import NoSuchModuleError
    from sqlalchemy.pool import NullPool

    url = make_url(address.url)
    try:
        if address.is_sqlite:
            return create_engine("sqlite://", creator=_sqlite(address), poolclass=NullPool)
        return create_engine(url.set(password=password or None), poolclass=NullPool, hide_parameters=True)
    except (ImportError, NoSuchModuleError) as error:
        driver = url.drivername.partition("+")[2] or getattr(error, "name", "") or url.drivername
        raise ProgramError(f"There is no driver for {url.drivername} here. Install it (pip install {driver}), or write "
                           "postgresql+pg8000://…, which comes with this package.") from error


def _sqlite(address):
    import sqlite3

    def connect():
        if not address.file.is_file():  # SQLite would make an empty one
            raise ProgramError(f"No program at {address}: there is no file {address.file}.")
        return sqlite3.connect(f"file:{quote(str(address.file))}?mode=ro", uri=True)
    return connect


def _connected(engine, address, password):
    try:
        connection = engine.connect()
        if engine.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            for command in ("SET TIME ZONE 'UTC'", "SET DateStyle TO 'ISO, YMD'"):
                connection.exec_driver_sql(command)
        return connection
    except ProgramError:
        raise
    except Exception as error:  # noqa: BLE001 - drivers have kinds of their own, and fail on a missing password with any
        text = reason(error, password)
        is_refused = not password or any(word in text.lower() for word in ("password", "authentication"))
        hint = f"Put the password into the environment as {PASSWORD}{'' if password else '; there is none now'}." \
            if is_refused and not address.is_sqlite else "Check host, port and name of the database, and that it is running."
        raise ProgramError(f"No connection to {address}: {text}. {hint}") from None


def reason(error, password=""):
    """Return why a driver failed, in one line, without any password."""
    cause = getattr(error, "orig", None) or error
    text = cause.args[0] if cause.args and not isinstance(cause, OSError) else cause
    if isinstance(cause, AttributeError):
        text = "the server asks for a password"
    if isinstance(text, dict):  # pg8000 gives the fields of the server's message
        text = f"{text.get('M', text)} ({text.get('C', '')})"
    if error.__cause__ is not None and isinstance(cause.__cause__, OSError):
        text = f"{text}: {cause.__cause__.strerror or cause.__cause__}"
    text = without_passwords(" ".join(str(text).split())).rstrip(".")
    return text.replace(password, "…") if password else text


