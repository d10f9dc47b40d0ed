"""A new program folder reads clean at once; its examples are known as examples; nothing is overwritten."""

import re

import pytest
import yaml
from click.testing import CliRunner

from upskill import data
from upskill.data.cli import check_command, new_command
from upskill.data.template import TEN_NUMBERS


@pytest.fixture
def new(tmp_path):
    """Return a function that makes a new program and returns its folder."""
    def make(*options):
        result = CliRunner().invoke(new_command, [str(tmp_path / "Späte Stunde"), *options])
        assert result.exit_code == 0, result.output
        return tmp_path / "Späte Stunde"
    return make


def test_a_new_program_reads_clean(new):
    company = data.read_program(new("--name", 'Firma "Ü": 5', "--currency", "eur"), strict=True)
    assert company.faults == () and company.tables == {}
    assert company.settings.name == 'Firma "Ü": 5' and company.settings.currency == "EUR"
    assert company.settings.assumptions == data.read_reference_assumptions()


def test_the_name_is_that_of_the_folder(new):
    assert data.read_program(new()).settings.name == "Späte Stunde"


@pytest.mark.parametrize("name", TEN_NUMBERS)
def test_taking_away_the_mark_gives_the_default_as_ones_own(new, name):
    settings = new() / "program.yml"
    text = settings.read_text(encoding="utf-8")
    assert text.count(f"  #{name}: ") == 1
    settings.write_text(text.replace(f"  #{name}: ", f"  {name}: "), encoding="utf-8")
    own = data.read_program(settings.parent, strict=True).settings.assumptions[name]
    shipped = data.read_reference_assumptions()[name]
    assert (own.kind, own.parameters, own.unit) == (shipped.kind, shipped.parameters, shipped.unit)
    assert not own.shipped and not own.confirmed


def test_all_ten_at_once(new):
    settings = new() / "program.yml"
    settings.write_text(re.sub(r"(?m)^  #(?=\w+:)", "  ", settings.read_text(encoding="utf-8")), encoding="utf-8")
    assert set(yaml.safe_load(settings.read_text(encoding="utf-8"))["assumptions"]) == set(TEN_NUMBERS)
    assert data.check_program(settings.parent) == ()


def test_each_table_has_a_template_whose_example_is_known(new):
    folder = new()
    assert {path.stem for path in (folder / "templates").glob("*.csv")} == set(data.TABLES)
    for path in (folder / "templates").glob("*.csv"):
        (folder / path.name).write_bytes(path.read_bytes())
    faults = data.check_program(folder)
    assert {fault.code for fault in faults} == {"example_row", "too_many_set_aside"}
    assert {fault.table for fault in faults if fault.code == "example_row"} == set(data.TABLES)
    with pytest.raises(data.ProgramError, match="Replace the example row"):
        data.read_program(folder)


@pytest.mark.parametrize("table", data.TABLES.values(), ids=data.TABLES)
def test_a_row_in_the_place_of_the_example_reads_clean(new, table):
    folder = new()
    text = (folder / "templates" / f"{table.name}.csv").read_text(encoding="utf-8-sig").replace("EXAMPLE ", "")
    (folder / f"{table.name}.csv").write_text(text, encoding="utf-8")
    assert data.check_program(folder) == ()
    assert len(data.read_program(folder, strict=True)[table.name]) == 1


def test_the_template_of_a_mapping_is_comments_and_its_example_is_understood(new):
    folder = new()
    text = (folder / "templates" / "mapping.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text) is None
    (folder / "mapping.yml").write_text(re.sub(r"(?m)^#(?! )|^#(?=  \w)", "", text), encoding="utf-8")
    (folder / "export.csv").write_text("Project,Number,Author id,Opened,Merged\nr,1,a,31.01.2026 09:00,n/a\n")
    pulls = data.read_program(folder, strict=True)["pull_requests"]
    assert str(pulls["created_at"][0]) == "2026-01-31 08:00:00" and pulls["merged_at"].isna().all()


def test_nothing_is_overwritten(new):
    folder = new()
    (folder / "program.yml").write_text("name: Mine")
    result = CliRunner().invoke(new_command, [str(folder)])
    assert result.exit_code == 1 and "nothing was changed" in result.output
    assert (folder / "program.yml").read_text() == "name: Mine"
    (folder / "program.yml").unlink()
    (folder / "templates" / "people.csv").write_text("mine")
    (folder / "people.csv").write_text("person_id,team,role\na,b,c\n")
    assert len(data.read_program(new(), strict=True)["people"]) == 1
    assert (folder / "templates" / "people.csv").read_text() == "mine"


def test_a_currency_that_is_none(tmp_path):
    result = CliRunner().invoke(new_command, [str(tmp_path / "x"), "--currency", "Euros"])
    assert result.exit_code == 2 and "ISO 4217" in result.output and not (tmp_path / "x").exists()


def test_a_folder_that_is_a_file(tmp_path):
    (tmp_path / "x").write_text("mine")
    assert CliRunner().invoke(new_command, [str(tmp_path / "x")]).exit_code == 2


def test_what_to_type_next_works(new, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(new_command, ["other place"])
    folder, = re.findall(r'-m upskill check "(.*)"', result.output)
    assert CliRunner().invoke(check_command, [folder]).output.count("no faults.\n") == 1
