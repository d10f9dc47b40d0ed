"""The nearest known name, for messages that say "did you mean"."""

from difflib import get_close_matches


def nearest(name, known, cutoff=0.6):
    """Return the known name most like this one, or "".

    >>> nearest("persn_id", ["person_id", "team"])
    'person_id'
    """
    by_folded = {str(one).lower(): one for one in known}
    found = get_close_matches(str(name).lower(), by_folded, 1, cutoff)
    return by_folded[found[0]] if found else ""


def did_you_mean(name, known, otherwise=""):
    """Return "Did you mean …?" where a known name is near, else `otherwise`."""
    found = nearest(name, known)
    return f"Did you mean {found}?" if found else otherwise
