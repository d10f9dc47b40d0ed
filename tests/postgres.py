"""A PostgreSQL server of one's own, on loopback, in a folder that goes away."""

import glob
import io
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from upskill.data import TABLES

OWNER, PASSWORD = "analyst", "s3cr:t/p@ss%w?rd#1"


def find_binaries():
    """Return the folder that holds initdb and postgres, newest first, or None."""
    on_path = shutil.which("initdb")
    places = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda place: int(place.split("/")[4]), reverse=True)
    places += [os.path.dirname(os.path.realpath(on_path))] if on_path else []
    return next((Path(place) for place in places if (Path(place) / "postgres").exists()), None)


@contextmanager
def server(binaries, memory="32MB"):
    """Start a server and yield its port; the server refuses root, so that root lends it to nobody."""
    place = Path(tempfile.mkdtemp(prefix="upskill-pg-", dir="/tmp"))
    other = _other_user()
    if other:
        os.chown(place, other["user"], other["group"])
    try:
        (place / "password").write_text(PASSWORD)
        os.chmod(place / "password", 0o644)
        subprocess.run([binaries / "initdb", "-D", place / "data", "-U", OWNER, "--auth=scram-sha-256", "--locale=C",
                        "--encoding=UTF8", f"--pwfile={place / 'password'}", "--no-sync"], check=True, cwd=place,
                       stdout=subprocess.DEVNULL, **other)
        port = _free_port()
        process = subprocess.Popen([binaries / "postgres", "-D", place / "data", "-k", place, "-p", str(port),
                                    "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off", "-c", f"shared_buffers={memory}"],
                                   cwd=place, stdout=subprocess.DEVNULL, stderr=(place / "log").open("wb"), **other)
        try:
            _wait(place / f".s.PGSQL.{port}", process, place / "log")
            yield port
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def address(port, database="postgres", user=OWNER, password=PASSWORD, **options):
    """Return the address of a database of the server, as a user would write it."""
    from sqlalchemy.engine import URL

    url = URL.create("postgresql+pg8000", user, password, "127.0.0.1", port, database, options)
    return url.render_as_string(hide_password=False)


TYPES = {"text": "text", "choice": "text", "number": "double precision", "share": "double precision", "whole": "bigint",
         "date": "date", "timestamp": "timestamptz", "flag": "boolean"}


def fill(url, tables, settings, schema="public", typed=True):
    """Write tables with the types that a database would have, and program.yml beside them."""
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(f'CREATE SCHEMA IF NOT EXISTS "{schema}"')
        connection.exec_driver_sql(f'CREATE TABLE "{schema}".program_settings (file text PRIMARY KEY, content text)')
        connection.execute(sa.text(f'INSERT INTO "{schema}".program_settings VALUES (\'program.yml\', :text)'),
                           {"text": settings})
        for name, frame in tables.items():
            kinds = {column.name: TYPES[column.kind] for column in TABLES[name].columns} if typed else {}
            columns = ", ".join(f'"{one}" {kinds.get(one, "text")}' for one in frame)
            connection.exec_driver_sql(f'CREATE TABLE "{schema}"."{name}" ({columns})')
            copy(connection, f'"{schema}"."{name}"', frame)
    engine.dispose()


def copy(connection, table, frame):
    """Append the rows of a frame to a table; times without a zone are in UTC."""
    connection.exec_driver_sql("SET TIME ZONE 'UTC'")
    text = io.BytesIO(frame.to_csv(index=False, header=False).encode())
    connection.connection.cursor().execute(f"COPY {table} FROM STDIN WITH (FORMAT csv)", stream=text)


def _other_user():
    if os.geteuid():
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    return {}


def _free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def _wait(sock, process, log, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with socket.socket(socket.AF_UNIX) as one:
                one.connect(str(sock))
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}")
