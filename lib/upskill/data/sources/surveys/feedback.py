"""From the export of a forms tool to feedback: scores of participants by cohort and week, comments only where asked for."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from upskill.data.folder import SETTINGS_FILE
from upskill.data.names import tidy
from upskill.data.source import fold
from upskill.data.sources import forms, write
from upskill.data.sources.git import SourceError
from upskill.data.sources.surveys.respondents import respondents

KEY = ("respondent_id", "week", "question")


@dataclass(frozen=True)
class Options:
    """Which cohort answered in which week after its start; `scores`: {folded word: score}; `key`: of respondents."""

    cohort: str
    week: int
    comments: tuple = ()
    scores: dict = field(default_factory=dict)
    points: int = 0
    key: bytes = b""
    encoding: str = ""
    header_row: int = 0


@dataclass(frozen=True)
class Result:
    """What an import did: answers, questions with scores, columns of comments, columns not taken, and rows changed."""

    answers: int
    questions: tuple
    comments: tuple
    not_taken: tuple
    changed: Counter
    tool: str
    left_out: dict
    notes: tuple


def import_feedback(path, folder, options):
    """Import one export into the table feedback and return the Result; on any SourceError the folder is untouched.

    Questions are the columns of scores, by their wording. Comments are kept for the columns that `options.comments` names,
    and for no other: free text may name people. Answers of the same cohort, week and questions are replaced.
    """
    folder = Path(folder)
    if not (folder / SETTINGS_FILE).is_file():
        raise SourceError(f"{folder} has no program.yml; start one with: upskill new {folder}")
    form = forms.open_export(Path(path), options)
    own = {*form.beside, *form.points.values()}
    frame = form.raw.frame[[name for name in form.raw.frame if name not in own]]
    comments = [_column(form, frame, name) for name in options.comments]
    scores, rest = forms.scores_of(frame.drop(columns=comments), options.scores, points=options.points)
    if not scores and not comments:
        raise SourceError("no column holds scores, as 1 to 5 or words of a usual scale; say what words count: --score 'Agree=4'")
    ids = respondents(form, options.key, f"{options.cohort} {options.week}", "f")
    fresh = [row for name in [*scores, *comments] for row in _rows(form, name, scores, ids, options)]
    columns, old = write.read_rows(folder, "feedback")
    asked = {row["question"] for row in fresh}
    ours = [row for row in old if (row["cohort"], row["week"]) == (options.cohort, str(options.week)) and row["question"] in asked]
    before, after = ({tuple(row[name] for name in KEY): row for row in rows} for rows in (ours, fresh))
    changed = Counter(new=len(after.keys() - before.keys()), gone=len(before.keys() - after.keys()), restated=sum(
        any(before[one].get(name, "") != value for name, value in after[one].items()) for one in before.keys() & after.keys()))
    # An analyst's theme stays with the comment that it codes.
    merged = [before.get(key, {}) | row for key, row in after.items()]
    rows = sorted([row for row in old if row not in ours] + merged,
                  key=lambda row: (row["cohort"], int(row["week"]), row["question"], row["respondent_id"]))
    write.write_files(folder, {"feedback.csv": write.as_csv(write.order_columns("feedback", columns, fresh), rows)})
    return Result(len(ids), tuple(scores), tuple(comments), rest, changed, form.tool, dict(form.left_out), form.notes)


def _column(form, frame, name):
    found = next((one for one in frame if fold(name) in (fold(one), fold(form.wording.get(one, "")))), None)
    if found is None:
        raise SourceError(f"--comments {name}: there is no such question. There are: {', '.join(frame)}")
    return found


def _rows(form, name, scores, ids, options):
    """Return the rows of one question; who did not answer it has none."""
    question = tidy(forms.bare_name(form.wording.get(name) or form.points.get(name) or name))
    cells = scores[name][0] if name in scores else form.raw.frame[name]
    for at, cell in cells.items():
        if pd.notna(cell):
            told = {"score": f"{cell:g}", "comment": ""} if name in scores else {"score": "", "comment": tidy(cell)}
            row = {"respondent_id": ids[at], "cohort": options.cohort, "week": str(options.week), "question": question} | told
            yield row if options.comments else {key: value for key, value in row.items() if key != "comment"}


def summarize(result, path, folder):
    """Return what an import of feedback did as text."""
    tool = f" ({result.tool})" if result.tool else ""
    counts = ", ".join(f"{number:,} {what}" for what, number in result.changed.items() if number) or "unchanged"
    lines = [f"read {Path(path).name}{tool}: {result.answers:,} answers, {len(result.questions):,} questions with scores",
             *(f"left out, {what}: {number:,} rows" for what, number in result.left_out.items()),
             *(f"note: {note}" for note in result.notes)]
    lines += [f"kept as comments: {', '.join(result.comments)} (read and code them under theme; reports count themes only)"
              ] if result.comments else []
    lines += [f"not taken, holds no scores: {', '.join(result.not_taken)} (free text comes in with --comments 'QUESTION')"
              ] if result.not_taken else []
    return "\n".join([*lines, f"{folder}: feedback {counts}"])
