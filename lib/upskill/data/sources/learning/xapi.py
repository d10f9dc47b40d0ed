"""xAPI statements, as learning record stores write them: who did what, one statement each."""

import hashlib
import re
from collections import defaultdict
from datetime import timedelta

from upskill.data.source import fold
from upskill.data.sources import when
from upskill.data.sources.beside import COURSE
from upskill.data.sources.framework import Reading, Source, moment, row
from upskill.data.sources.learning.courses import continue_enrolments, courses_of, people_of

NEEDS = ("actor", "verb", "object")
DURATION = re.compile(r"P(?:(\d+(?:[.,]\d+)?)W|(?:(\d+(?:[.,]\d+)?)Y)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)D)?"
                      r"(?:T(?:(\d+(?:[.,]\d+)?)H)?(?:(\d+(?:[.,]\d+)?)M)?(?:(\d+(?:[.,]\d+)?)S)?)?)")
HOURS = (168, 0, 0, 24, 1, 1 / 60, 1 / 3600)  # weeks, years, months, days, hours, minutes, seconds
ENDS = {"completed": "completed", "passed": "completed", "mastered": "completed", "failed": "failed"}
BEGINS = {"registered", "initialized", "launched", "attempted", "progressed", "attended", "experienced", "started",
          "resumed", "suspended", "terminated", "interacted", "answered", "scored", "satisfied", "waived", "abandoned"}
COURSE_TYPE = re.compile(r"/course$")
AHEAD = timedelta(days=1)  # a device whose clock is further ahead of the store than this


def read(exports, context):
    """Return the Reading of xAPI statements: enrolments.

    A statement counts for the course that is its object, or that stands in its context; the first one begins an enrolment,
    the first `completed` or `passed` of the course itself ends it. Voided statements and repeated ids count nothing.
    """
    reading = Reading()
    statements = _valid([(export, at) for export in exports for at in range(len(export.records))], reading)
    hashed = _hashed_addresses([statement for statement, *_ in statements], context)
    found = defaultdict(list)
    for statement, time, place in statements:
        course, is_itself = _course(statement, reading.repaired, reading.left_out)
        who = _actor(statement["actor"], hashed, reading.left_out) if course else ""
        verb = _verb(statement)
        if course and who and verb:
            found[who, course].append((time, verb, is_itself, statement, place))
        elif course and who:
            reading.left_out[f"verbs that say nothing of a course: {(statement['verb'] or {}).get('id', '')}"] += 1
    continue_enrolments(_rows(found, context, reading), context, reading)
    return reading


def hours(text):
    """Return the hours of an ISO 8601 duration; None for one with years or months, or that cannot be read.

    >>> hours("PT5400S"), hours("P1DT2H"), hours("P1M"), hours("90 min")
    (1.5, 26.0, None, None)
    """
    match = DURATION.fullmatch(text.strip()) if isinstance(text, str) else None
    parts = [float(part.replace(",", ".")) if part else 0.0 for part in match.groups()] if match else []
    if not any(parts) or parts[1] or parts[2]:
        return None
    return round(sum(part * factor for part, factor in zip(parts, HOURS, strict=True)), 6)


def _valid(places, reading):
    """Return [(statement, when it happened, place)] in order of time: once each, not voided, with a time."""
    once, repaired, left_out = {}, reading.repaired, reading.left_out
    for number, (export, at) in enumerate(places):
        one = export.records[at]
        if not all(isinstance(one.get(name), dict) for name in NEEDS):
            left_out["not a statement: actor, verb or object is missing"] += 1
            continue
        name = one.get("id") or number
        repaired["statements that stand there twice (same id): the first counts"] += name in once
        once.setdefault(name, (one, (export, at)))
    voids = {one["object"].get("id") for one, _ in once.values() if _ending(one) == "voided"}
    left_out["voided statements"] += len(voids & once.keys())
    left_out["statements that void another one"] += sum(_ending(one) == "voided" for one, _ in once.values())
    left_out["statements that void one which is not in these files: if an earlier file had it, import that one again together "
             "with this"] += len(voids - once.keys())
    kept = [(one, _moment(one, repaired), place) for name, (one, place) in once.items()
            if name not in voids and _ending(one) != "voided"]
    left_out["no time that can be read"] += sum(time is None for _, time, _ in kept)
    return sorted((one for one in kept if one[1]), key=lambda one: one[1])


def _moment(statement, repaired):
    """Return when it happened: timestamp; stored where that is missing, or lies further ahead than clocks differ."""
    happened, stored = (moment(statement.get(name) or "") for name in ("timestamp", "stored"))
    if happened and stored and happened > stored + AHEAD:
        repaired["timestamp later than the day on which the store had it (a clock): the time of storing counts"] += 1
        return stored
    repaired["no timestamp: the time of storing counts"] += bool(stored and not happened)
    return happened or stored


def _ending(statement):
    """Return the last word of a verb's id, which vocabularies share: http://adlnet.gov/expapi/verbs/completed."""
    return re.split(r"[/#]", str(statement["verb"].get("id") or "").rstrip("/"))[-1].casefold()


def _verb(statement):
    word = _ending(statement)
    if word in ENDS and _part(statement, "result").get("completion") is False:
        return "progressed"
    return word if word in ENDS or word in BEGINS else ""


def _part(thing, name):
    """Return what an object holds under a name, {} where that is no object."""
    return thing[name] if isinstance(thing.get(name), dict) else {}


def _kind(thing):
    return str(_part(thing, "definition").get("type") or "")


def _course(statement, repaired, left_out):
    """Return ((id, title) of the course that a statement is about, whether it is about the course itself)."""
    thing = statement["object"]
    if thing.get("objectType", "Activity") != "Activity" or not thing.get("id"):
        left_out["about a person or another statement, not about an activity"] += 1
        return None, False
    if COURSE_TYPE.search(_kind(thing)):
        return _named(thing), True
    around = _part(_part(statement, "context"), "contextActivities")
    for place in ("grouping", "parent"):
        near = around.get(place) or []
        course = next((one for one in (near if isinstance(near, list) else [near])
                       if isinstance(one, dict) and one.get("id") and COURSE_TYPE.search(_kind(one))), None)
        if course:
            return _named(course), False
    if not _kind(thing):
        repaired["activities without a type: taken as courses"] += 1
        return _named(thing), True
    left_out[f"activities that are no course and name none in their context ({_kind(thing)})"] += 1
    return None, False


def _named(thing):
    names = _part(_part(thing, "definition"), "name")
    title = next((names[one] for one in ("en-US", "en-GB", "en") if one in names), next(iter(names.values()), ""))
    return thing["id"], str(title).strip()


def _hashed_addresses(statements, context):
    """Return {SHA-1 of a mailto address: address} of all addresses at hand, so that both forms name one person."""
    actors = [statement["actor"] for statement in statements]
    addresses = {str(one["mbox"]) for one in actors if one.get("mbox")}
    known = {**context.pseudonyms.identities, **dict.fromkeys(context.pseudonyms.identities.values())}
    addresses |= {f"mailto:{one}" for one in known if "@" in one}
    return {hashlib.sha1(address.encode(), usedforsecurity=False).hexdigest(): address for one in addresses
            for address in (one, one.casefold())}


def _actor(actor, hashed, left_out):
    """Return the word by which a person is known: the address, else login and home page, else a hash or OpenID."""
    if actor.get("objectType") == "Group":
        left_out["of a group, not of a person"] += 1
        return ""
    address = actor.get("mbox") or hashed.get(str(actor.get("mbox_sha1sum", "")).casefold())
    if address:
        return fold(re.sub("^mailto:", "", str(address)))
    account = _part(actor, "account")
    if account.get("name"):
        name = fold(str(account["name"]))
        return name if "@" in name else f"{name} {fold(str(account.get('homePage', '')))}".strip()
    if actor.get("mbox_sha1sum"):
        return "sha1:" + str(actor["mbox_sha1sum"]).casefold()
    if not actor.get("openid"):
        left_out["no person: the actor has neither mbox, account nor openid"] += 1
    return str(actor.get("openid") or "")


def _rows(found, context, reading):
    keys = list(found)
    courses = courses_of([tuple(filter(None, course)) for _, course in keys], context, reading.left_out)
    persons = people_of([who for who, _ in keys], context, reading.left_out)
    merged = defaultdict(list)  # a person may have two logins, a course two ids
    for key, course, person in zip(keys, courses, persons, strict=True):
        if course and person:
            merged[person, course] += found[key]
    return [_row(person, course, sorted(some, key=lambda one: one[0])) for (person, course), some in merged.items()]


def _row(person, course, statements):
    own = [(time, verb, statement) for time, verb, is_itself, statement, _ in statements if is_itself and verb in ENDS]
    done = next((time for time, verb, _ in own if ENDS[verb] == "completed"), None)
    spent = [hours(_part(statement, "result").get("duration")) for _, _, statement in own]
    longest = max((one for one in spent if one is not None), default=None)
    status = "completed" if done else "failed" if own else "started"
    if all(verb == "registered" for _, verb, *_ in statements):
        status = "registered"
    return row(*statements[0][-1], person_id=person, course_id=course, started_on=when.as_day(statements[0][0]),
               completed_on=when.as_day(done), hours=None if longest is None else f"{longest:.6g}", status=status)


SOURCE = Source(
    "xapi", "xAPI statements (JSON)", ("enrolments",), lambda export: export.form == "json" and export.has(*NEEDS), read, NEEDS,
    "from the learning record store: all statements of a period as JSON (GET …/statements?since=…, all pages), or its export.",
    ("What a course costs and who offers it: courses.csv stays yours.",
     "Hours, but where a completion carries a duration: sessions are not added up, since exports overlap.",
     "Scores: enrolments have no place for them; tests come in with upskill import answers."),
    (COURSE,))
