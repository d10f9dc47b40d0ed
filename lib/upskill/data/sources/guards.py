"""What an import refuses or leaves out, so that nothing counts twice and every person and team can be found."""

from upskill.data.contract import TABLES
from upskill.data.schema import fault_lines
from upskill.data.sources import write
from upskill.data.sources.git import SourceError

MAXIMUM_SET_ASIDE = 0.02


def check_record(folder, context):
    """Return the record of earlier imports; raises SourceError where they were made with another key."""
    record = write.read_record(folder)
    if record.get("person_key", context.pseudonyms.fingerprint) != context.pseudonyms.fingerprint:
        raise SourceError(f"{folder}: was made with another key, so people would get second ids; "
                          "name that key with --key-file, or import into a new folder")
    return record


def refuse_many(table, total, faults, settings):
    """Raise SourceError with every fault where a column is missing, or more rows than the program allows are faulty."""
    allowed = settings.maximum_set_aside if settings else MAXIMUM_SET_ASIDE
    rows = {(fault.file, fault.row) for fault in faults}
    if any(fault.code == "missing_column" for fault in faults) or len(rows) > allowed * total:
        lines = "\n".join(f"- {line}" for line in fault_lines(faults))
        raise SourceError(f"{table}: {len(rows):,} of {total:,} rows have faults, more than {allowed:.1%}; nothing was written:\n"
                          f"{lines}")


def refuse_second_source(folder, table, rows):
    """Raise SourceError where the folder has the same repository under another name: its changes would count twice."""
    _, old = write.read_rows(folder, table)
    known = {row["repository"]: row.get("source") or "another way" for row in old if row.get("repository")}
    fresh = {row["repository"]: row["source"] for row in rows if row.get("repository") and row.get("source")}
    wrong = [f"{table}: repository {old!r} came in by {source} before, {new!r} comes by {fresh[new]}: the same work would count "
             f"twice. Import into another folder, or remove its rows from {table}.csv first"
             for new in fresh for old, source in known.items() if source != fresh[new] and _is_same(old, new)]
    if wrong:
        raise SourceError("\n".join(wrong))


def _is_same(one, other):
    """Say whether two names may be of one repository: git knows no owner, hosts do."""
    if "/" in one and "/" in other:
        return one.casefold() == other.casefold()
    return one.split("/")[-1].casefold() == other.split("/")[-1].casefold()


def refuse_two_grains(merged):
    """Raise SourceError where the same use of a tool would stand there by team and by person: it would count twice."""
    seen = {}
    for row in merged["ai_usage"][1] if "ai_usage" in merged else ():
        seen.setdefault((row["tool"], row["measure"]), set()).add(bool(row.get("person_id")))
    both = sorted(measure for (_, measure), grains in seen.items() if len(grains) > 1)
    if both:
        raise SourceError(f"ai_usage: {', '.join(both[:4])} would be there by person and by team, so the same use would count twice. "
                          "Import one of the two into another folder, or remove the other's rows from ai_usage.csv")


def of_known(table, rows, known, notes):
    """Return the rows whose persons are in people; where a person may be empty it becomes so, else the row is left out.

    Without any people there is nothing to be in, but use by person, which counts for teams only, needs some.
    """
    if not known and table != "ai_usage":
        return rows
    columns = [column for column in TABLES[table].columns if column.refers_to == "people.person_id" and column.name != "author_id"]
    for column in columns:
        lost = {row[column.name] for row in rows if row.get(column.name) and row[column.name] not in known}
        if not lost:
            continue
        is_needed = column.required or table == "ai_usage"
        kept = [row for row in rows if row.get(column.name) not in lost] if is_needed else [
            row | ({column.name: ""} if row.get(column.name) in lost else {}) for row in rows]
        notes.append(f"{table}: {len(lost):,} persons are in no list of people" + (
            f", so {len(rows) - len(kept):,} of {len(rows):,} rows are left out. " if is_needed else ", so their work names nobody. ")
            + "Bring in who is in which team (people, or --team), and import again")
        if not kept:
            raise SourceError(notes[-1])
        rows = kept
    return rows


def strangers(fresh, crew):
    """Say how many persons of the rows are not among the company's own people: they count for no team."""
    if not crew.is_own:
        return
    for table, column in (("pull_requests", "author_id"), ("work_items", "person_id"), ("ai_usage", "person_id")):
        seen = {row[column] for row in fresh.get(table, ()) if row.get(column)}
        if seen - crew.people:
            yield (f"{table}: {len(seen - crew.people):,} of {len(seen):,} persons are not in people, so what has no team counts for "
                   "none; map their logins to ids of people, or to the e-mails that these were made of, with --identities")
