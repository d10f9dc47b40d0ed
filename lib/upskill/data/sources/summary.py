"""What an import did, in words."""

REPAIRED = {
    "bad_author_dates": "author dates missing or before 1990: the commit date stands in",
    "author_after_commit": "author dates after the commit date (clocks): set to the commit date",
    "bad_commit_dates": "commits with a commit date before 1990 or in the future: not used for times",
    "first_commit_lost": "changes whose first commit is not known (squashed, or cut off): created_at is the "
                         "merge, first_commit_at is empty",
    "release_before_merge": "changes merged after the release with them (clocks): released when merged",
    "tag_before_commit": "tags older than their commit (clocks): dated by the commit",
    "no_line_counts": "changes without line counts: files are missing from this clone",
}
LEFT_OUT = {
    "changes_by_bots": "changes by bots (name or address says so)",
    "changes_before_since": "changes before --since",
    "changes_without_date": "changes without a usable date",
    "changes_at_shallow_edge": "changes at the edge of a shallow clone",
    "empty_merges": "merges that brought nothing",
    "other_tags": "tags that do not read as a version",
    "pre_releases": "pre-releases whose final version came",
    "odd_tags": "tags that do not point to a commit",
    "tags_without_commits": "tags that brought no new commit",
}
HABITS = {"merge": "merge commits", "squash": 'squash "(#N)"', "direct": "single commits without a number"}
CANNOT_TELL = """\
A git history cannot tell: when a change was opened or reviewed, what was abandoned or is still open,
where software runs, or whether anybody was hurt by a fault. Releases of a library are not deployments:
read lead times as release lead times. Failures follow the rules above, not reports."""


def summarize(result, folder):
    """Return the summary of a Result as text: read, repaired, left out, and what git cannot tell."""
    lines = []
    for name, record in result.repositories.items():
        lines += _repository(name, record)
    lines += ["", f"{folder}: {_changed(result)}"]
    lines += [f"Warning: {warning}" for warning in result.warnings]
    return "\n".join([*lines, "", CANNOT_TELL])


def _repository(name, record):
    landed, rows, rules = record["landed_as"], record["rows"], record["rules"]
    total = sum(landed.values())
    shares = ", ".join(f"{words} {_share(landed[kind], total)}" for kind, words in HABITS.items())
    changes = (f"{name}: {record['branch']}, {record['commits']:,} commits, of them {total:,} changes by "
               f"{record['people']:,} people ({shares})")
    released = f"  releases: {rows['deployments']:,}; {record['unreleased']:,} changes not yet in one"
    failed = (f"  failures: {rows['incidents']:,} of {rows['deployments']:,} releases (followed by a patch "
              f"of the same series within {rules['patch_days']} days, or a change of theirs undone within "
              f"{rules['revert_days']} days)")
    lines = [changes, released, failed]
    lines += [f"  repaired: {count:,} {REPAIRED[code]}" for code, count in record["repaired"].items()]
    lines += [f"  left out: {count:,} {LEFT_OUT[code]}" for code, count in record["left_out"].items()]
    if record["is_shallow"]:
        lines.append("  this clone is shallow: what lies before its edge is unknown; "
                     "git fetch --unshallow brings it")
    return lines


def _share(count, total):
    return f"{100 * count / total:.0f} %" if total else "none"


def _changed(result):
    if not result.files:
        return "nothing changed"
    parts = [f"{table}: {counts['new']:,} new, {counts['restated']:,} restated, {counts['gone']:,} gone"
             for table, counts in result.changed.items()]
    return "wrote " + ", ".join(result.files) + " (" + "; ".join(parts) + ")"
