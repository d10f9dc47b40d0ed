"""What an import of answers did, and what is left to do, in words."""

from pathlib import Path

TO_DO = """
Wrote {number} into {path}, and no answers yet. For each question there:
- write under competency_id what it asks about (competencies.csv has the ids; `upskill framework export` those shipped);
- write survey instead of test under instrument where people rate themselves, climate where they answer anonymously about
  their team, and check minimum_score and maximum_score;
- remove the row where it is none of these. Then run the same command again."""


def summarize(result, path, folder):
    """Return what an import of answers did, and what is left to do, as text."""
    when = f", {result.days[0]} to {result.days[1]}" if result.days else ""
    counts = [f"{table} " + (", ".join(f"{number} {what}" for what, number in each.items() if number) or "unchanged")
              for table, each in result.changed.items()]
    questions = _count(result.drafted or result.questions, "question")
    tool = f" ({result.tool})" if result.tool else ""
    told = [*((f"left out, {what}: ", _count(number, "row")) for what, number in result.left_out.items()),
            *(("note: ", note) for note in result.notes),
            ("left out, another answer of the same person: ", _rows(result.twice)),
            ("left out, nobody in people: ", _rows(result.nobody)),
            ("not taken, holds no scores: ", ", ".join(result.not_numbers)),
            ("not taken, not in items: ", ", ".join(result.not_items)),
            (f"{folder}: ", "; ".join(counts))]
    lines = [f"read {Path(path).name}{tool}: {_count(result.people, 'person', 'people')}, {questions}{when}",
             *(start + rest for start, rest in told if rest)]
    to_do = TO_DO.format(number=_count(result.drafted, "new item"), path=Path(folder, "items.csv")) if result.drafted else ""
    return "\n".join(lines) + to_do


def _count(number, one, many=""):
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def _rows(numbers):
    more = f" and {len(numbers) - 10} more" if len(numbers) > 10 else ""
    word = "row" if len(numbers) == 1 else "rows"
    return f"{word} {', '.join(map(str, numbers[:10]))}{more}" if numbers else ""
