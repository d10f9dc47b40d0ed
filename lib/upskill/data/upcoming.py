"""What lies ahead by the roadmap of program.yml: the next gate, who owns the phase that runs, steps that name both."""

from datetime import date

LONGEST_NAME = 80


def next_gate(roadmap, today):
    """Return the first gate of a roadmap after a day, or None.

    today: ISO date of the latest data. Gates without a date are passed over.
    """
    gates = roadmap.get("gates") or () if isinstance(roadmap, dict) else ()
    dated = [(_day(gate), number, gate) for number, gate in enumerate(gates) if isinstance(gate, dict) and _day(gate)]
    ahead = [entry for entry in dated if entry[0] >= today]
    return min(ahead)[2] | {"on": min(ahead)[0]} if ahead else None


def _day(gate):
    # YAML reads an unquoted `on:` as the word true.
    return _iso(gate.get("on", gate.get(True)))


def _iso(given):
    return given.isoformat()[:10] if isinstance(given, date) else str(given or "")[:10]


def running_owner(roadmap, today):
    """Return who owns the phase that runs on a day (ISO), or the next one to start; "" where the roadmap does not say.

    >>> phases = [{"owner": "program office", "starts_on": "2026-01-01", "ends_on": "2026-03-31"}]
    >>> running_owner({"phases": phases}, "2026-02-01"), running_owner({"phases": phases}, "2026-05-01")
    ('program office', '')
    """
    phases = roadmap.get("phases") or () if isinstance(roadmap, dict) else ()
    open_ones = [(_iso(phase.get("starts_on")), number, str(phase.get("owner") or "")) for number, phase in enumerate(phases)
                 if isinstance(phase, dict) and _iso(phase.get("ends_on")) >= today and phase.get("starts_on")]
    return _one_line(min(open_ones)[2]) if open_ones else ""


def _one_line(text):
    text = " ".join(str(text or "").split())
    return text if len(text) <= LONGEST_NAME else text[:LONGEST_NAME].rsplit(" ", 1)[0] + " …"


def decision_by(program):
    """Say by when the next decision of a program is due, such as 'the gate “scale” on 2026-08-10'; "" where nothing says."""
    gate = next_gate(program.settings.roadmap, f"{program.as_of:%Y-%m-%d}") if program.as_of == program.as_of else None
    return f"the gate “{_one_line(gate.get('name') or 'without a name')}” on {gate['on']}" if gate else ""


def decision_owner(program):
    """Return who decides next in a program: the owner of the phase that runs; "" where nothing says."""
    return running_owner(program.settings.roadmap, f"{program.as_of:%Y-%m-%d}") if program.as_of == program.as_of else ""


def numbered(steps, most=5):
    """Write steps as a numbered list: each (what to do, who, by when), the latter two "" where nobody said.

    >>> print(numbered([("Book the room.", "program office", "the gate on 2026-08-10"), ("Ask.", "", "")]))
    1. Book the room. (Who: program office. By: the gate on 2026-08-10.)
    2. Ask.
    """
    lines = []
    for number, (what, who, when) in enumerate(steps[:most], 1):
        told = [f"{label}: {text}." for label, text in (("Who", who), ("By", when)) if text]
        lines.append(f"{number}. {what}" + (f" ({' '.join(told)})" if told else ""))
    return "\n".join(lines)
