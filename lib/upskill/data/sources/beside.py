"""What stands beside an export: options given as pairs, who is who, and what the program knows already."""

from upskill.data.source import fold
from upskill.data.sources.framework import Option
from upskill.data.sources.git import SourceError
from upskill.data.sources.when import ORDERS

DATES = Option("dates", f"Order of dates such as 1/2/2026, where no date of the file proves it: {' or '.join(ORDERS)}.")
TIMEZONE = Option("timezone", "Zone of times without one, such as Europe/Berlin; default: UTC.")
KIND = Option("kind", "What a word of the tracker is: 'Story=feature' (feature, bug, task, experiment, 'leave out').", many=True)
WAITING, BEGUN, ENDED = (Option(name, f"A state of the tracker, or a category of states, that means: {meaning}.", many=True)
                         for name, meaning in (("waiting", "not begun"), ("begun", "begun, not done"), ("ended", "done")))
COURSE = Option("course", "Which of your courses is meant: 'their id or title=COURSE_ID'.", many=True)

NOBODY = {fold(word) for word in ("unassigned", "nicht zugewiesen", "non attribuée", "sin asignar", "não atribuído", "none", "-")}


def pairs(context, name):
    """Return {folded word: ours} of an option given as texts such as `Story=feature`."""
    found = {}
    for part in words(context, name):
        word, mark, ours = part.rpartition("=")
        if not (mark and word.strip() and ours.strip()):
            raise SourceError(f"--{name} {part}: is no pair; write it as '{part.strip('=') or 'Word'}=ours'")
        found[fold(word)] = ours.strip()
    return found


def words(context, name):
    """Return the texts of an option that may be given several times."""
    told = context.options.get(name) or ()
    return (told,) if isinstance(told, str) else tuple(told)


def option(context, name):
    return str(context.options.get(name) or "").strip()


def table(context, name):
    """Return a table of the program, None where it has none."""
    return context.program().get(name)


def person(context, word):
    """Return the id of an e-mail, name or login, as mapping.yml and `upskill import git` make it; "" for none.

    A column of people (--known-as) comes first; the identity map may join any of them to an e-mail.
    """
    word = fold(word)
    if word in NOBODY or not word:
        return ""
    if context.listed(word):
        return context.listed(word)
    by = context.pseudonyms
    if "@" in word:
        return by.person_id("", word)
    return by.login_id(word) if word in by.identities else by.person_id(word, "")


def among_people(found, context, repaired, what):
    """Return the ids of words, "" and counted where the program's people has nobody of that id: they may stay out."""
    people = table(context, "people")
    known = None if people is None else set(people["person_id"])
    ids = {word: person(context, word) for word in set(found)}
    kept = {word: one if known is None or one in known else "" for word, one in ids.items()}
    repaired[f"{what} whom people does not have: kept without a person (name the column of people that has "
             "their names or e-mails with --known-as, or join them with --identities)"] += sum(bool(ids[word]) and not kept[word] for word in found)
    return [kept[word] for word in found]


def team_of_person(context):
    """Return a function that gives the present team of a person_id, where the program's people says it; else ""."""
    people = table(context, "people")
    teams = {} if people is None else dict(zip(people["person_id"], people["team"], strict=True))
    return lambda one: teams.get(one) if isinstance(teams.get(one), str) else ""


def team_list(teams):
    """Return the names of teams for a message, the first eight of them."""
    names = sorted(set(teams))
    return (", ".join(names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")) or "none"
