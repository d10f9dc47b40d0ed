"""Import git repositories into a program folder: read all, then write all."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from upskill.data.contract import TABLES as KEYS
from upskill.data.settings import read_settings
from upskill.data.sources import git, place, write
from upskill.data.sources.git_tables import import_repository
from upskill.data.sources.merge import LOG, log_text, merge_table
from upskill.data.team_level import AUTHOR

TABLES = ("pull_requests", "deployments", "incidents")


@dataclass(frozen=True)
class Result:
    """What an import did: record per repository, rows changed per table, files changed, people, warnings."""

    repositories: dict
    changed: dict
    files: tuple
    people: int
    warnings: tuple


def name_repositories(arguments):
    """Return {name: path} of arguments such as `path` or `name=path`; every fault at once (SourceError)."""
    found, wrong = {}, []
    for argument in arguments:
        is_named = "=" in argument and not Path(argument).exists()
        name, path = argument.split("=", 1) if is_named else ("", argument)
        try:
            git.check_repository(path)
            name = name or git.repository_name(path)
        except git.SourceError as error:
            wrong.append(str(error))
            continue
        if name in found:
            wrong.append(f"{path}: a second repository named {name!r}; give one of them a name: NAME={path}")
        found[name] = path
    if wrong:
        raise git.SourceError("\n".join(wrong))
    return found


def import_git(arguments, folder, pseudonyms, options):
    """Import repositories into a folder and return the Result; on any SourceError the folder is untouched."""
    record = _check_record(folder, pseudonyms)
    crew = place.read_crew(folder, record)
    own = {person.casefold(): person for person in crew.people} if crew.is_own else {}
    pseudonyms = replace(pseudonyms, own=own)
    imports = _read_all(name_repositories(arguments), pseudonyms, options)
    settings = Path(folder, "program.yml")
    is_team_only = settings.is_file() and read_settings(settings)[0].team_only
    texts, changed, merged, warnings, log = {}, {}, {}, [], []
    for table in TABLES:
        fresh = [_of_team(row) if is_team_only else row for one in imports for row in one.rows[table]]
        columns, rows, changed[table], lines = _merge(folder, table, fresh, {one.repository for one in imports})
        merged[table] = [_of_team(row) if is_team_only else row for row in rows]
        log += [("git history", table, *line) for line in lines]
        if merged[table] or Path(folder, f"{table}.csv").is_file():
            texts[f"{table}.csv"] = write.as_csv(columns, merged[table])
    columns, people = ([], None) if is_team_only else _people(folder, record, merged, warnings)
    if people is not None:
        texts["people.csv"] = write.as_csv(columns, people)
    repositories = record.get("repositories", {}) | {one.repository: one.record for one in imports}
    texts[write.RECORD] = write.as_record(record | {
        "source": "git", "person_key": pseudonyms.fingerprint, "people_from_git": people is not None,
        "repositories": repositories})
    if log:
        day = datetime.fromtimestamp(options.now, UTC).strftime("%Y-%m-%d")
        texts[LOG] = log_text(Path(folder, LOG), [(day, *line) for line in log])
    if not Path(folder, "program.yml").is_file():
        texts["program.yml"] = write.as_program("Git history of " + ", ".join(sorted(repositories)), write.GIT_NOTE)
    files = tuple(write.write_files(folder, texts))
    records = {one.repository: one.record for one in imports}
    return Result(records, changed, files, len(people or ()), tuple(warnings))


def _merge(folder, table, fresh, repositories):
    """Merge rows of these repositories; what their histories do not have any more goes, rows of others stay."""
    _, old = write.read_rows(folder, table)
    theirs = [row for row in old if row.get("repository") in repositories]
    others = sorted({(row["repository"], row["source"]) for row in theirs if row.get("source")})
    if others:
        raise git.SourceError("\n".join(f"{table}: repository {name!r} came in by {source} before, and git would replace what it "
                                        "told; import into another folder" for name, source in others))
    withdrawn = {tuple(row[name] for name in KEYS[table].key): "" for row in theirs}
    fresh = [{name: str(value) for name, value in row.items()} for row in fresh]
    columns, rows, counts, lines = merge_table(folder, table, fresh, withdrawn=withdrawn)
    return columns, write.in_order(table, rows), counts, lines


def _of_team(row):
    """Put the team in the place of an author, so that nobody's work is kept."""
    return row | {"author_id": AUTHOR + (row.get("team") or "unknown")} if "author_id" in row else row


def _check_record(folder, pseudonyms):
    record = write.read_record(folder)
    if record.get("person_key", pseudonyms.fingerprint) != pseudonyms.fingerprint:
        raise git.SourceError(f"{folder}: was made with another key, so people would get second ids; "
                              "name that key with --key-file, or import into a new folder")
    return record


def _read_all(repositories, pseudonyms, options):
    imports, wrong = [], []
    for name, path in repositories.items():
        try:
            imports.append(import_repository(path, name, pseudonyms, options))
        except git.SourceError as error:
            wrong.append(str(error))
    if wrong:
        raise git.SourceError("\n".join(wrong))
    empty = [one.repository for one in imports if not one.rows["pull_requests"]]
    if empty:
        names = ", ".join(empty)
        raise git.SourceError(f"no change by a person was found in {names}; see --since and --branch")
    return imports


def _people(folder, record, merged, warnings):
    """Return (columns, rows) of people; rows are None where the folder has a list of people of its own."""
    columns, present = write.read_rows(folder, "people")
    used = {row["team"] for rows in merged.values() for row in rows if row.get("team")}
    if present and not record.get("people_from_git"):
        missing = sorted(used - {row.get("team") for row in present})
        if missing:
            warnings.append("people.csv is yours and was left as it is, but has no team "
                            f"{', '.join(missing)}: name the team with --team")
        return columns, None
    people = write.list_people(merged["pull_requests"], present)
    return write.order_columns("people", columns, people), people
