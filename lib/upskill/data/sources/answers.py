"""From the export of a forms tool, one row per person and one column per question, to answers, items and waves."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from upskill.data.contract import TABLES
from upskill.data.read import load
from upskill.data.source import fold
from upskill.data.sources import forms, write
from upskill.data.sources.git import SourceError
from upskill.data.sources.people import Pseudonyms
from upskill.data.sources.surveys.respondents import respondents

TABLE_OF = {"test": "test_responses", "survey": "survey_responses", "climate": "climate_responses"}


@dataclass(frozen=True)
class Options:
    """Which round of assessment this is, and which columns say who answered when.

    `person`: empty where the tool of the export names one. `known_as`: column of people in which its words stand; empty:
    they are person_ids. `pseudonyms`: makes the person_ids that people has of the words; None: the words are looked up
    as they are. `dates`: form of the dates, or day-first, month-first; empty: the one form that all of them have.
    `scores`: {folded word: score}; `points`: of scales of words. `key`: of anonymous respondents.
    """

    wave: str
    person: str = ""
    known_as: str = ""
    pseudonyms: Pseudonyms | None = None
    date: str = ""
    dates: str = ""
    instrument: str = "test"
    keep: str = "first"
    encoding: str = ""
    header_row: int = 0
    team: str = ""
    team_column: str = ""
    scores: dict = field(default_factory=dict)
    points: int = 0
    key: bytes = b""


@dataclass(frozen=True)
class Result:
    """What an import did; rows are counted as a spreadsheet does. `drafted`: new items; no answer was written then."""

    people: int
    questions: int
    days: tuple = ()
    twice: tuple = ()
    nobody: tuple = ()
    not_numbers: tuple = ()
    not_items: tuple = ()
    drafted: int = 0
    changed: dict = field(default_factory=dict)
    tool: str = ""
    left_out: dict = field(default_factory=dict)
    notes: tuple = ()


def import_answers(path, folder, options):
    """Import one export into a program folder and return the Result; on any SourceError the folder is untouched.

    A column is a question where an item has its heading as `text` or `item_id`. Where no item has, each column of
    scores (1, 0.5, "1.00 / 1", or words of a usual scale) is written as a new item, for a person to look at, and no answers
    yet. Answers of the same wave and items are replaced.
    """
    form = forms.open_export(Path(path), options)
    program = load(folder).program
    if "people" not in program:
        raise SourceError(f"{folder}: has no people that can be read; bring them in first, so that answers find them")
    days, items = forms.days_of(form, options), _items(program)
    asked = {name: item for name in _columns(form, days, options) if (item := _item_of(form, items, name))}
    highest = {name: float(item["maximum_score"]) for name, item in asked.items()}
    scores, not_numbers = forms.scores_of(form.raw.frame[_columns(form, days, options)], options.scores, highest, options.points)
    asked = {name: item for name, item in asked.items() if name in scores}
    is_anonymous = {item["instrument"] for item in asked.values()} <= {"climate"} if asked else options.instrument == "climate"
    who = None if is_anonymous else forms.persons(form, program["people"], options)
    kept = pd.Series(dtype=object) if who is None else who.dropna()[~who.dropna().duplicated(keep=options.keep)]
    told = {"tool": form.tool, "left_out": dict(form.left_out), "notes": form.notes}
    people = len(form.raw.rows) if who is None else len(kept)
    if not asked:
        fresh = _new_items(program, form, scores, options)
        columns, old = write.read_rows(folder, "items")
        text = write.as_csv(write.order_columns("items", columns, fresh), [*old, *fresh])
        # Excel takes a CSV for UTF-8 only where it begins with the byte order mark.
        write.write_files(folder, {"items.csv": "\ufeff" + text})
        return Result(people, 0, not_numbers=not_numbers, drafted=len(fresh), **told)
    _refuse_outside(form, scores, asked)
    fresh = _answers(kept, scores, asked, days, options.wave)
    fresh["climate_responses"] = _climate(form, program["people"], scores, asked, options)
    texts, changed = _merged(folder, fresh, options.wave, asked, items)
    rows = kept.index if who is not None and not fresh["climate_responses"] else form.raw.frame.index
    _add_wave(folder, program, texts, None if days is None else days[rows].dropna(), options.wave)
    write.write_files(folder, texts)
    dated = [] if days is None else sorted(days[rows].dropna())
    twice = () if who is None else tuple(form.raw.rows[who.dropna().index.difference(kept.index)].tolist())
    nobody = () if who is None else tuple(form.raw.rows[who.index[who.isna()]].tolist())
    return Result(people, len(asked), (dated[0], dated[-1]) if dated else (), twice, nobody, not_numbers,
                  tuple(name for name in scores if name not in asked), 0, changed, **told)


def _columns(form, days, options):
    """Return the columns that may be questions; of a quiz its points, and not the words that they judge."""
    own = {*form.beside, *form.points.values(), *([] if days is None else [days.name])}
    for name in (options.person, options.team_column):
        own |= {one for one in form.raw.frame if name and fold(one) == fold(name)}
    return [name for name in form.raw.frame if name not in own]


def _items(program):
    """Return {heading: item} of tests, self-ratings and climate questions, by wording and by id."""
    if "items" not in program:
        return {}
    table = program["items"]
    rows = table[table["instrument"].isin(TABLE_OF)].to_dict("records")
    return {fold(str(item[key])): item for key in ("text", "item_id") for item in rows if isinstance(item[key], str)}


def _item_of(form, items, name):
    """Return the item that a column asks: by the wording that the tool has for it, or by its name."""
    names = (form.wording.get(name, ""), form.points.get(name, ""), name)
    return next((items[forms.heading(one)] for one in names if one and forms.heading(one) in items), None)


def _new_items(program, form, scores, options):
    taken = set(program["items"]["item_id"]) if "items" in program else set()
    names = (name for name in (f"q{number}" for number in range(1, 10_000)) if name not in taken)
    if not scores:
        raise SourceError("no column holds scores, as 1, 0.5 or 1.00 / 1, or words of a usual scale; let the tool export points, "
                          "not words, or say what words count: --score 'Agree=4'")
    return [{"item_id": name, "instrument": options.instrument, "competency_id": "",
             "text": forms.bare_name(form.wording.get(column) or form.points.get(column) or column),
             "minimum_score": f"{lowest:g}", "maximum_score": f"{max(highest, 1):g}"}
            for name, (column, (_, lowest, highest)) in zip(names, scores.items(), strict=False)]


def _refuse_outside(form, scores, asked):
    """Raise SourceError for scores that their item does not have: survey tools number choices as they were first typed."""
    wrong = []
    for name, item in asked.items():
        low = item["minimum_score"] if pd.notna(item["minimum_score"]) else 0.0
        found = scores[name][0].dropna()
        odd = sorted(found[(found < low) | (found > item["maximum_score"])].unique())
        if odd:
            wrong.append(f"{name}: {', '.join(f'{one:g}' for one in odd[:5])} lie outside {low:g} to {item['maximum_score']:g}, as "
                         f"items says of {item['item_id']}")
    if wrong:
        cure = ("export choice text instead of numeric values, or put the recode values in order" if form.tool == "Qualtrics"
                else "correct minimum_score and maximum_score in items.csv, or the export")
        raise SourceError("\n- ".join([f"scores that no answer can have; {cure}:", *wrong]))


def _answers(kept, scores, asked, days, wave):
    """Return {table: rows} of those who are known; an empty cell stays empty, which is not a wrong answer."""
    rows = {table: [] for table in TABLE_OF.values()}
    for name, item in asked.items():
        if item["instrument"] == "climate":
            continue
        for at, person in kept.items():
            row = {"person_id": person, "wave": wave, "item_id": item["item_id"], "score": _cell(scores[name][0][at])}
            if item["instrument"] == "test" and days is not None:
                row["date"] = days[at] if isinstance(days[at], str) else ""
            rows[TABLE_OF[item["instrument"]]].append(row)
    return rows


def _climate(form, people, scores, asked, options):
    """Return rows of climate_responses: by team, under ids that lead to nobody."""
    asked = {name: item for name, item in asked.items() if item["instrument"] == "climate"}
    if not asked:
        return []
    ids, teams = respondents(form, options.key, options.wave, "a"), forms.teams(form, people, options)
    return [{"respondent_id": ids[at], "team": teams[at], "wave": options.wave, "item_id": item["item_id"],
             "score": _cell(scores[name][0][at])} for name, item in asked.items() for at in form.raw.frame.index]


def _cell(score):
    return "" if pd.isna(score) else f"{score:g}"


def _merged(folder, fresh, wave, asked, items):
    """Return ({file: text}, {table: Counter of new, restated and gone}); other waves and items stay.

    What an earlier import wrote for items that are no longer there, or of another instrument now, goes.
    """
    texts, changed = {}, {}
    imported = {item["item_id"] for item in asked.values()}
    instruments = {item["item_id"]: item["instrument"] for item in items.values()}
    for instrument, table in TABLE_OF.items():
        columns, old = write.read_rows(folder, table)
        ours = [row for row in old if row["wave"] == wave and (
            row["item_id"] in imported or instruments.get(row["item_id"]) != instrument)]
        if not fresh[table] and not ours:
            continue
        key = TABLES[table].key
        before = {tuple(row[name] for name in key): row["score"] for row in ours}
        after = {tuple(row[name] for name in key): row["score"] for row in fresh[table]}
        changed[table] = Counter(new=len(after.keys() - before.keys()), gone=len(before.keys() - after.keys()),
                                 restated=sum(before[one] != after[one] for one in before.keys() & after.keys()))
        rows = sorted([row for row in old if row not in ours] + fresh[table],
                      key=lambda row: (row["wave"], *(row[name] for name in key)))
        texts[f"{table}.csv"] = write.as_csv(write.order_columns(table, columns, fresh[table]), rows)
    return texts, changed


def _add_wave(folder, program, texts, days, wave):
    """Add the wave to waves.csv where no table of waves has it: from the first answer to the last."""
    if "waves" in program and wave in set(program["waves"]["wave"]):
        return
    if days is None or days.empty:
        raise SourceError(f"waves: {wave!r} is not there, and the export has no dates to take it from; "
                          "add it to waves.csv, or name the column of dates with --date")
    columns, old = write.read_rows(folder, "waves")
    row = {"wave": wave, "starts_on": days.min(), "ends_on": days.max()}
    rows = sorted([*old, row], key=lambda one: one["starts_on"])
    texts["waves.csv"] = write.as_csv(write.order_columns("waves", columns, [row]), rows)
