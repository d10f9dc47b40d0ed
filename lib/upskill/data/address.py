"""Where a program lives when it is no folder: the address of a database, which never shows its password."""

import os
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from upskill.data.schema import ProgramError

PASSWORD = "UPSKILL_DATABASE_PASSWORD"
OWN_OPTIONS = ("schema", "settings")  # what stands behind `?` for us and not for the driver
ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\+[A-Za-z0-9_]+)?://")
SECRET = re.compile(r"([A-Za-z][A-Za-z0-9_+]*://[^\s:/@?#'\"]*):[^\s/?#'\"]*@")
TELLING = re.compile("pass|pwd|secret|token|key", re.IGNORECASE)
# What SQLAlchemy would take without a driver's name is not what comes with this package.
OWN_DRIVERS = {"postgresql": "postgresql+pg8000", "postgres": "postgresql+pg8000", "sqlite": "sqlite"}


@dataclass(frozen=True)
class Address:
    """The address of a program in a database; printed, pickled and compared without its password.

    `url`: an SQLAlchemy address without password and without our options. `schema`: "" = the
    connection's own. `settings`: a program.yml outside the database, "" = the table program_settings.
    """

    url: str
    schema: str = ""
    settings: str = ""

    def __str__(self):
        options = [f"{name}={getattr(self, name)}" for name in OWN_OPTIONS if getattr(self, name)]
        return self.url + (("&" if "?" in self.url else "?") + "&".join(options) if options else "")

    @property
    def name(self):
        """The name of the database, with the schema where one is chosen."""
        path = PurePosixPath(self.url.partition("?")[0].partition("://")[2].partition("/")[2])
        plain = path.stem if self.is_sqlite else path.name
        return f"{plain}-{self.schema}" if self.schema else plain

    @property
    def is_sqlite(self):
        return self.url.startswith("sqlite")

    @property
    def file(self):
        """The file of an SQLite database."""
        return Path("/" + self.url.partition("?")[0].partition("://")[2].lstrip("/")) if self.is_sqlite else None


def is_address(given):
    """Say whether this is the address of a database, not a folder.

    >>> is_address("postgresql://reader@localhost/upskill"), is_address("data/example")
    (True, False)
    """
    return isinstance(given, Address) or bool(ADDRESS.match(str(given).strip()))


def without_passwords(text):
    """Return a text in which no address has a password.

    >>> without_passwords("cannot reach postgresql://reader:se:cret@db/upskill")
    'cannot reach postgresql://reader@db/upskill'
    """
    return SECRET.sub(r"\1@", text)


def read_address(given):
    """Return (Address, password or "") of what a user wrote; raises ProgramError where it is no such address."""
    from sqlalchemy.engine import make_url  # slow to import, and few programs need it
    from sqlalchemy.exc import ArgumentError

    if isinstance(given, Address):
        return given, ""
    try:
        url = make_url(str(given).strip())
    except (ArgumentError, ValueError) as error:
        raise ProgramError(f"{without_passwords(str(given))!r} is no address of a database; write it as "
                           "postgresql://user@host:5432/database or sqlite:////folder/file.db.") from error
    options = {name: _one(url.query.get(name, "")) for name in OWN_OPTIONS}
    telling = [name for name in url.query if name not in OWN_OPTIONS and TELLING.search(name)]
    if telling:
        raise ProgramError(f"The address of the database says {telling[0]}=…, which would stand in every report. Take it "
                           f"out, and put the password into the environment as {PASSWORD}.")
    password = url.password or ""
    url = url.set(drivername=OWN_DRIVERS.get(url.drivername, url.drivername)).difference_update_query(OWN_OPTIONS)
    if url.get_backend_name() == "sqlite":
        if not url.database or url.database == ":memory:":
            raise ProgramError("An SQLite program is a file: write sqlite:////folder/file.db.")
        url = url.set(database=str(Path(url.database).expanduser().absolute()))
    if options["settings"]:
        options["settings"] = str(Path(options["settings"]).expanduser().absolute())
    return Address(_without_password(url).render_as_string(hide_password=False), **options), password


def _one(value):
    return value if isinstance(value, str) else value[0]


def _without_password(url):
    from sqlalchemy.engine import URL

    return URL.create(url.drivername, url.username, None, url.host, url.port, url.database, url.query)


def public_address(given):
    """Return a program's place as reports, logs and errors may print it: a folder as it is, an address without password.

    >>> public_address("data/example")
    'data/example'
    """
    try:
        return str(read_address(given)[0]) if is_address(given) else str(given)
    except ProgramError:
        return without_passwords(str(given))


def program_name(given):
    """Return the name of a program's folder or database.

    >>> program_name("work/my-company"), program_name("postgresql://reader@localhost/upskill?schema=acme")
    ('my-company', 'upskill-acme')
    """
    return read_address(given)[0].name if is_address(given) else Path(given).name


def keep_password(given):
    """Return `public_address`, with the password put where this process and those it starts find it.

    >>> keep_password("data/example")
    'data/example'
    """
    if not is_address(given):
        return str(given)
    address, password = read_address(given)
    if password:
        os.environ[PASSWORD] = password
    return str(address)


def password_of(address):
    """Return the password that the environment holds for an address without one, or ""."""
    return os.environ.get(PASSWORD) or (os.environ.get("PGPASSWORD", "") if address.url.startswith("postgresql") else "")
