"""Ids of anonymous answers: the same at each import, and leading to nobody without the key."""

import hmac

from upskill.data.sources.git import SourceError


def respondents(form, key, occasion, letter):
    """Return {row: id} of the answers of a form: `letter` and 16 hexadecimal digits.

    Made of the name that the tool gives each response, of the occasion and of the key, so that two occasions cannot be
    joined. Raises SourceError where the tool names no responses.
    """
    names = form.response
    if names is None:
        raise SourceError("anonymous answers are known again by the number that the tool gives each response, and this export "
                          "has none; take that of Qualtrics, Microsoft Forms or Google Forms, with its columns of numbers and times")
    if not key:
        raise SourceError("anonymous answers need a key (--key-file)")
    digests = {at: hmac.digest(key, f"{occasion}\0{name}".encode(), "sha256").hex()[:16] for at, name in names.items()}
    return {at: letter + digest for at, digest in digests.items()}
