"""What an import did, in words and for the record."""

from upskill.data.schema import fault_lines


def summarize(result, folder):
    """Return what an import did as text: read, repaired, left out, changed, and what these exports cannot tell."""
    lines = []
    for source, exports, reading in result.read:
        records = sum(len(export.records) for export in exports)
        names = ", ".join(export.name for export in exports[:5]) + (f" and {len(exports) - 5} more" if len(exports) > 5 else "")
        lines.append(f"{source.title}: {names}, {records:,} records"
                     + (f", exported {reading.extracted_at}" if reading.extracted_at else ""))
        lines += [f"  repaired: {count:,} {what}" for what, count in sorted(reading.repaired.items()) if count]
        lines += [f"  left out: {count:,} {what}" for what, count in sorted(reading.left_out.items()) if count]
        lines += [f"  note: {note}" for note in reading.notes]
    lines += [f"left out: {line}" for line in fault_lines([*result.faults, *(
        fault for _, _, reading in result.read for fault in reading.faults)])]
    lines += ["", f"{folder}: " + (f"wrote {', '.join(result.files)}" if result.files else "nothing changed")]
    lines += [f"  {table}: {counts['new']:,} new, {counts['restated']:,} restated, {counts['unchanged']:,} unchanged, "
              f"{counts['absent']:,} not in this export and kept"
              + (f", {counts['older']:,} older than what is there" if counts["older"] else "")
              + (f", {counts['gone']:,} withdrawn" if counts["gone"] else "")
              + (f"; {counts['dated']:,} dated by their deployment" if counts["dated"] else "")
              for table, counts in result.changed.items()]
    lines += [f"Warning: {note}" for note in result.notes]
    cannot = dict.fromkeys(words for source, _, _ in result.read for words in source.cannot_tell)
    return "\n".join([*lines, *(["", "These exports cannot tell:", *(f"- {words}" for words in cannot)] if cannot else [])])


def exports_of(read):
    """Return what the record keeps of each export, under the beginning of its digest: no clock, no name of a person."""
    found = {}
    for source, exports, reading in read:
        for export in exports:
            found[export.digest[:16]] = {
                "source": source.name, "file": export.name, "extracted_at": reading.extracted_at, "records": len(export.records)}
        found[exports[0].digest[:16]] |= {
            "rows": {table: len(rows) for table, rows in reading.tables.items()}, "files_read_together": len(exports),
            "repaired": _counted(reading.repaired), "left_out": _counted(reading.left_out),
            "notes": list(reading.notes)}
    return found


def _counted(counts):
    return {what: count for what, count in sorted(counts.items()) if count}


def files_of(read, table):
    """Return the names of the exports that brought rows of a table, short."""
    names = [export.name for _, exports, reading in read if table in reading.tables for export in exports]
    names = names or [export.name for _, exports, _ in read for export in exports]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
