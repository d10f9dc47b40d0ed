"""A person's own page: true about that person, silent about others, readable by its owner alone."""

import json
import os
import re
import stat
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from upskill import data, skills
from upskill.cli import main
from upskill.data import NotEnoughData
from upskill.own import own_page, private_folder, write_private
from upskill.own.write import file_name
from upskill.skills.own import own_results, own_source


@pytest.fixture(scope="module")
def source(example):
    return own_source(data.read_program(example))


@pytest.fixture(scope="module")
def everybody(source):
    people = source.scores["end"].index.get_level_values(0).unique()
    return {person: own_results(source, person) for person in people}


def true_levels(example, program):
    truth = json.loads((example / "truth.json").read_text(encoding="utf-8"))["skills"]
    cuts = skills.read_cuts(program)
    return {wave: {person: {domain: float(skills.continuous_level(place, cuts[domain].levels, cuts[domain].places))
                            for domain, place in zip(truth["domains"], places, strict=True)}
                   for person, places in zip(truth["persons"], truth["waves"][wave]["ability"], strict=True) if places}
            for wave in ("start", "end")}


def test_intervals_chances_and_changes_hold_the_truth(example, source, everybody):
    true = true_levels(example, source.program)
    rows = [(person, row) for person, found in everybody.items() for row in found.domains.to_dict("records")]
    now = np.array([true["end"][person][row["domain"]] for person, row in rows])
    table = pd.DataFrame([row for _, row in rows])
    assert 0.86 < ((table["low"] <= now) & (now <= table["high"])).mean() < 0.97
    assert abs((now >= table["target"]).mean() - table["meeting"].mean()) < 0.05
    assert abs(np.maximum(table["target"] - now, 0).mean() - table["missing"].mean()) < 0.06
    assert abs((np.floor(now) == table["level"]).mean() - table["chance"].mean()) < 0.05
    then = np.array([true["start"].get(person, {}).get(row["domain"], np.nan) for person, row in rows])
    known = table["change"].notna().to_numpy() & ~np.isnan(then)
    inside = (table["change_low"] <= now - then) & (now - then <= table["change_high"])
    assert known.sum() > 300 and inside[known].mean() > 0.86


def test_verdicts_of_the_page_follow_from_its_intervals(source, everybody):
    found = next(found for found in everybody.values() if (found.domains["change_low"] > 0).any())
    page = own_page(found, source.program)
    assert page.count("rose beyond test error") == (found.domains["change_low"] > 0).sum()
    assert all(domain in page for domain in found.domains["domain"]) and found.role in page
    assert "For development only" in page and "What is not known" in page


def test_the_page_names_nobody_and_ranks_nobody(source, everybody):
    ids = set(source.program["people"]["person_id"]) | set(source.program["interview_ratings"]["rater_id"])
    for found in list(everybody.values())[:10]:
        text = re.sub(r"<style>.*?</style>", "", own_page(found, source.program), flags=re.DOTALL)
        assert not ids & set(re.findall(r"[\w-]+", text))
        assert not re.search(r"rank|percentile|better than|best of|colleague", text, re.IGNORECASE)


def test_without_cuts_there_are_scores_and_no_levels(source):
    bare = replace(source.program, tables={name: frame for name, frame in source.program.tables.items() if name != "cuts"})
    found = own_results(own_source(bare), "p002")
    assert (found.domains["unit"] == "sd").all() and found.domains["target"].isna().all()
    page = own_page(found, bare)
    assert "No panel has said yet" in page and "There are no levels yet" in page and "nan" not in page


def test_who_was_not_assessed_has_no_page(source):
    absent = set(source.program["people"]["person_id"]) - set(source.scores["end"].index.get_level_values(0))
    with pytest.raises(NotEnoughData, match="took no test"):
        own_results(source, min(absent))
    with pytest.raises(NotEnoughData, match="no such person"):
        own_results(source, "nobody")


@pytest.mark.skipif(os.name != "posix", reason="rights of files as on POSIX")
def test_files_are_their_owners_alone(tmp_path):
    folder = private_folder(tmp_path / "out", "example")
    path = write_private(folder / "x.html", "first")
    path.chmod(0o644)
    assert write_private(path, "second").read_text(encoding="utf-8") == "second"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [stat.S_IMODE(place.stat().st_mode) for place in (folder, folder.parent)] == [0o700, 0o700]
    assert [one.name for one in folder.iterdir()] == ["x.html"]


def test_two_ids_never_share_a_file():
    names = [file_name(one) for one in ("p1", "P1", "p/1", "p-1", "../p1", "ü")]
    assert len({name.lower() for name in names}) == len(names) and not any("/" in name for name in names)


def test_the_command_wants_one_person_or_all():
    assert CliRunner().invoke(main, ["own-page", "data/example"]).exit_code == 2
    done = CliRunner().invoke(main, ["own-page", "data/example", "--person", "nobody"])
    assert done.exit_code == 1 and "no such person" in done.output


def test_a_rater_learns_their_own_severity_and_no_other(example, source, tmp_path):
    truth = json.loads((example / "truth.json").read_text(encoding="utf-8"))["raters"]["severity"]
    strict = max(truth, key=truth.get)
    done = CliRunner().invoke(main, ["own-page", str(example), "--rater", strict, "--output", str(tmp_path)])
    assert done.exit_code == 0, done.output
    [page] = (tmp_path / "private").rglob("*.html")
    text = re.sub(r"<style>.*?</style>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert page.name == f"rater-{strict}.html" and "lower than the average rater" in text
    assert not set(truth) & set(re.findall(r"[\w-]+", text))
    nobody = CliRunner().invoke(main, ["own-page", str(example), "--rater", "nobody", "--output", str(tmp_path)])
    assert nobody.exit_code == 1 and "rated nobody" in nobody.output
