"""Sentences with computed numbers: the answer, the cards, the story between figures."""

from upskill.show.literal import literal
from upskill.show.publish import publish
from upskill.show.session import refuse_people, session


def _without_formulas(markdown):
    """Escape dollar signs, which JupyterLab would read as the start of a formula."""
    return markdown.replace("$", r"\$")


def say(markdown):
    """Show a piece of prose, written in Markdown; HTML in it is shown as text."""
    markdown = literal(refuse_people(markdown), session.literals)
    publish("say", {"markdown": markdown}, text_markdown=_without_formulas(markdown))


def answer(*sentences):
    """Show the sentences that answer the report's question; they open the rendered report."""
    if not sentences:
        raise ValueError("An answer needs at least one sentence")
    refuse_people("\n".join(sentences))
    sentences = [literal(sentence, session.literals) for sentence in sentences]
    quoted = "\n\n".join(f"> **{text}**" for text in sentences)
    publish("answer", {"sentences": sentences}, text_markdown=_without_formulas(quoted))


CARD = ("label", "value", "note", "link", "fact")


def cards(entries):
    """Show headline numbers as cards: (label, value as text, note) each, and where it is proved, and its fact, if any.

    The page adds to a card the interval of its fact and how that has changed since the last release. The fact is the
    one named by the fifth entry, else the one that `fact` returned as the value, else the only one of the same text.
    """
    entries = [_card(entry) for entry in entries]
    lines = [f"| {card['label']} | {_linked(card)} | {card['note']} |" for card in entries]
    text = refuse_people("\n".join(["| | | |", "|---|---|---|", *lines]))
    publish("cards", {"cards": entries}, text_markdown=_without_formulas(literal(text, session.literals)))


def _card(entry):
    card = {"note": ""} | dict(zip(CARD, entry, strict=False))
    name = card.get("fact") or getattr(card["value"], "fact", "")
    if name and name not in session.facts:
        raise ValueError(f"Card {card['label']!r}: no fact {name!r} was recorded")
    return card | ({"fact": name} if name else {})


def _linked(card):
    return f"[**{card['value']}**]({card['link']})" if card.get("link") else f"**{card['value']}**"
