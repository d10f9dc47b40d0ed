"""How good is the test: what a report shows about its items, its levels and its parts, never about single people."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from upskill.data import NotEnoughData
from upskill.numerals import number
from upskill.skills.evidence import matrix, test_answers
from upskill.skills.fit_of_items import item_fit, local_dependence
from upskill.skills.fit_of_people import person_fit_across
from upskill.skills.information import cut_precision
from upskill.skills.levels import read_cuts
from upskill.skills.scoring import calibrate_program
from upskill.skills.subscores import FEW_PERSONS, subscore_value
from upskill.skills.words import listed


@dataclass(frozen=True)
class InstrumentQuality:
    """What the answers of a whole company say about its test; no column is about a person.

    `domains`: one row per domain: domain, people, items, misfitting, dependent_pairs,
    largest_error (standard error of measurement at the worst cut, sd of ability; null
    without cuts), levels_told_apart, levels_compared, own_scores (competencies that
    deserve a score of their own).
    `items`: of `item_fit`, `pairs`: of `local_dependence`, `cuts`: of `cut_precision`,
    `parts`: of `subscore_value`, each with domain. `judged`: people whose answers were
    held against the model; `odd`: how many of them answer unlike anybody of their
    ability, None where that must not be said.
    """

    wave: str
    domains: pd.DataFrame
    items: pd.DataFrame
    pairs: pd.DataFrame
    cuts: pd.DataFrame
    parts: pd.DataFrame
    judged: int
    odd: int | None


def instrument_quality(program, calibration=None, level=0.90):
    """Return the `InstrumentQuality` of the test in the wave that it was calibrated on.

    Parameters
    ----------
    program : the whole company, never one team: items are judged by all who answered.
    calibration : from `calibrate_program`; None = worked out here.
    level : probability of the intervals behind the verdicts on subscores.

    How many people answer oddly is told only of groups of at least four times
    `minimum_group_size`, and only where it is none or at least that size.
    Raises NotEnoughData where no domain can be placed on a scale.
    """
    calibration = calibration or calibrate_program(program)
    answers, wave, cuts = test_answers(program), calibration.waves[0], read_cuts(program)
    part_of = program["items"].drop_duplicates("item_id").set_index("item_id")["competency_id"]
    found = {name: [] for name in ("domains", "items", "pairs", "cuts", "parts")}
    wide = {domain: matrix(answers, wave, domain, scale.items) for domain, scale in calibration.scales.items()}
    for domain, scale in calibration.scales.items():
        tables = _tables(scale, wide[domain], cuts.get(domain), part_of, level)
        found["domains"].append(_summary(domain, wide[domain], tables))
        for name, table in tables.items():
            found[name].append(table.assign(domain=domain))
    fit = person_fit_across([scale.calibration for scale in calibration.scales.values()], list(wide.values()))
    return InstrumentQuality(wave, domains=pd.DataFrame(found.pop("domains")),
                             **{name: _joined(tables) for name, tables in found.items()}, judged=len(fit),
                             odd=_may_be_told(int(fit["odd"].sum()), len(fit), program.settings.minimum_group_size))


def _joined(tables):
    tables = [table for table in tables if len(table)]
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _may_be_told(odd, people, minimum):
    return odd if people >= 4 * minimum and (odd == 0 or odd >= minimum) else None


def _tables(scale, wide, cuts, part_of, level):
    def where_possible(job, *arguments, **options):
        try:
            return job(*arguments, **options)
        except NotEnoughData:
            return pd.DataFrame()

    return {
        "items": item_fit(scale.calibration, wide).rename_axis("item_id").reset_index(),
        "pairs": where_possible(local_dependence, scale.calibration, wide),
        "cuts": pd.DataFrame() if cuts is None else cut_precision(scale.calibration, cuts),
        "parts": where_possible(subscore_value, wide, part_of.reindex(wide.columns), level=level)}


def _summary(domain, wide, tables):
    cuts, parts = tables["cuts"], tables["parts"]
    own = parts.loc[parts["verdict"] == "own score", "part"].tolist() if len(parts) else []
    return {
        "domain": domain, "people": len(wide), "items": int((wide.nunique() > 1).sum()),
        "misfitting": int(tables["items"]["misfits"].sum()),
        "dependent_pairs": int(tables["pairs"]["dependent"].sum()) if len(tables["pairs"]) else 0,
        "largest_error": float(cuts["standard_error"].max()) if len(cuts) else np.nan,
        "levels_told_apart": int(cuts["told_apart"].sum()) if len(cuts) else 0, "levels_compared": len(cuts),
        "own_scores": ", ".join(map(str, own))}


def instrument_rows(quality):
    """Return the table "How good is the test" as a report prints it: one row per domain, plain headings."""
    table = quality.domains
    levels = [f"{told} of {compared}" if compared else "no cuts"
              for told, compared in zip(table["levels_told_apart"], table["levels_compared"])]
    return pd.DataFrame({
        "Domain": table["domain"], "People": table["people"], "Items": table["items"],
        "Items off their curve": table["misfitting"], "Pairs that repeat each other": table["dependent_pairs"],
        "Largest error at a cut (sd)": [number(value, 2) if np.isfinite(value) else "no cuts"
                                        for value in table["largest_error"]],
        "Neighboring levels told apart": levels,
        "Competencies with a score of their own": table["own_scores"].replace("", "none")})


def read_items(quality):
    """Say in one sentence which items to look at."""
    odd = quality.items.loc[quality.items["misfits"], "item_id"].astype(str).tolist()
    pairs = quality.pairs[quality.pairs["dependent"]] if len(quality.pairs) else quality.pairs
    said = [f"{_count(len(odd), 'item')} off the curve ({listed(odd, 4)})"] if odd else []
    if len(pairs):
        names = [f"{first} with {second}" for first, second in pairs[["first", "second"]].to_numpy()]
        said.append(f"{_count(len(pairs), 'pair')} of items that repeat each other ({listed(names, 3)})")
    known = int(quality.items["p_value"].notna().sum())
    if not known:
        return "Too few people answered to hold any item against its curve."
    told = listed(said) if said else "none off its curve and no two that repeat each other"
    return f"Of {known} items checked we found {told}."


def read_levels(quality):
    """Say in one sentence which levels the test tells apart."""
    if not len(quality.cuts):
        return "There are no cuts, so the test gives scores and no levels."
    told, compared = int(quality.cuts["told_apart"].sum()), len(quality.cuts)
    wrong = quality.cuts["wrong"].dropna()
    first = f"For a single person the test tells {told} of {compared} levels from the one below"
    if not len(wrong):
        return f"{first}."
    share = f"{100 * wrong.mean():.0f} %"
    return f"{first}; on average {share} of people in the middle of a level would be placed below it."


def read_parts(quality):
    """Say in one sentence which competencies the test can score by themselves."""
    parts = quality.parts
    if not len(parts):
        return "Too few people or items to say whether single competencies can be scored."
    own = parts.loc[parts["verdict"] == "own score", "part"].astype(str).tolist()
    unknown = int(parts["verdict"].isin(["cannot tell"]).sum())
    few = int(parts["verdict"].isin(["too few items"]).sum())
    rest = [f"for {unknown} of {len(parts)} we cannot tell"] * bool(unknown) + [
        f"{few} of {len(parts)} have fewer than two items that tell people apart"] * bool(few)
    if len(own) > 1:
        first = f"{listed(own)} deserve scores of their own"
    elif own:
        first = f"{own[0]} deserves a score of its own"
    else:
        first = ("We found no competency that deserves a score of its own: domains tell more about it than its own few "
                 "items")
    caution = f" With fewer than {FEW_PERSONS} people this is a first impression."
    return f"{'; '.join([first, *rest])}.{caution if parts['people'].min() < FEW_PERSONS else ''}"


def read_people(quality):
    """Say in one sentence how many people answer oddly, or nothing where that must not be said."""
    if quality.odd is None:
        return ""
    if not quality.odd:
        return f"Nobody of {quality.judged} people answered clearly unlike others of their ability."
    return f"{quality.odd} of {quality.judged} people answered unlike others of their ability; their scores say little."


def _count(number, noun):
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
