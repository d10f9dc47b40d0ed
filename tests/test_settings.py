"""program.yml is read with every fault at once, each with its line."""

import pytest

from upskill import data
from upskill.data.assumptions import DISTRIBUTIONS
from upskill.data.settings import PARSERS, SETTINGS, read_settings

NAME = next(iter(data.read_reference_assumptions()), "engineers")


@pytest.fixture
def read(tmp_path):
    """Return a function that reads settings from text."""
    def reader(text):
        path = tmp_path / "program.yml"
        path.write_text(text, encoding="utf-8")
        return read_settings(path)
    return reader


def only(faults):
    fault, = faults
    return fault.code, fault.row, fault.column


def test_defaults(read, tmp_path):
    settings, faults = read("")
    assert faults == [] and settings.name == tmp_path.name
    assert (settings.minimum_group_size, settings.maximum_set_aside) == (5, 0.02)
    assert settings.assumptions == data.read_reference_assumptions()


def test_every_setting_has_a_reader_and_a_field():
    assert {setting.name for setting in SETTINGS} == set(PARSERS) == set(data.Settings.__dataclass_fields__)


def test_a_full_file(read):
    settings, faults = read(f"""\
name: Example
currency: eur
locale: de_DE
minimum_group_size: 8
maximum_set_aside: 0.1
accepted_faults: [overlap, pull_requests.wrong_order, {{code: cycle, table: prerequisites, until: 2026-12-31}}]
calendar: {{holidays: [2026-12-25]}}
roles: {{developer: {{loaded_cost_per_year: 150000, hours_per_year: 1700, heads: 40, note: own}}}}
targets:
  - {{kpi: lead_time, baseline: 60, target: 48, by: 2026-12-31, owner: head of delivery}}
assumptions: {{{NAME}: {{value: 40, confirmed_by: finance, confirmed_on: 2026-05-01}}}}
options: {{buy: {{}}}}
pilot: {{design: lottery}}
roadmap: {{phases: []}}
""")
    assert faults == []
    assert settings.currency == "EUR" and settings.roles["developer"]["heads"] == 40
    assert settings.accepted_faults[1] == {"code": "wrong_order", "table": "pull_requests", "column": "", "until": ""}
    assert settings.assumptions[NAME].confirmed_by == "finance" and not settings.assumptions[NAME].shipped
    assert settings.assumptions[NAME].unit == data.read_reference_assumptions()[NAME].unit


@pytest.mark.parametrize(("text", "code", "row", "column", "words"), [
    ("nane: x", "unknown_setting", 1, "nane", "Did you mean name?"),
    ("name: x\ncurrency: dollars", "bad_setting", 2, "currency", "ISO 4217"),
    ("locale: no", "bad_setting", 1, "locale", "quotation marks"),
    ("minimum_group_size: 2", "group_too_small", 1, "minimum_group_size", "3 is used"),
    ("minimum_group_size: five", "bad_setting", 1, "minimum_group_size", "whole number"),
    ("maximum_set_aside: 2", "bad_setting", 1, "maximum_set_aside", "0.02 for 2 %"),
    ("maximum_set_aside: .nan", "bad_setting", 1, "maximum_set_aside", "share"),
    ("accepted_faults: [overlapp]", "bad_setting", 1, "accepted_faults.0", "Did you mean overlap?"),
    ("accepted_faults: [poeple.overlap]", "bad_setting", 1, "accepted_faults.0", "Did you mean people?"),
    ("accepted_faults: overlap", "bad_setting", 1, "accepted_faults", "list"),
    ("roles: {dev: {loaded_cost_per_yaer: 1}}", "unknown_setting", 1, "roles.dev.loaded_cost_per_yaer", "Did you"),
    ("roles:\n  dev:\n    hours_per_year: -1", "bad_setting", 3, "roles.dev.hours_per_year", "above 0"),
    ("roles: {dev: 100000}", "bad_setting", 1, "roles.dev", "loaded_cost_per_year"),
    ("targets:\n  - {kpi: x}", "bad_setting", 2, "targets.0", "target"),
    ("targets:\n  - {kpi: x, target: 1, by: soon}", "bad_setting", 2, "targets.0.by", "2026-12-31"),
    ("calendar: 5", "bad_setting", 1, "calendar", "mapping"),
    ("name: x\nname: y", "setting_twice", 2, "name", "Remove one"),
    ("name: x\nlocale: a: b", "broken_yaml", 2, "", "Mend"),
    ("- a", "bad_setting", None, "", "mapping"),
])
def test_each_fault_is_named(read, text, code, row, column, words):
    fault, = read(text)[1]
    assert (fault.code, fault.row, fault.column) == (code, row, column)
    assert words in str(fault)


def test_all_faults_at_once(read):
    _, faults = read("nane: x\ncurrency: 3\nminimum_group_size: 0\nassumptions: {zzz: {low: 1}}")
    assert {fault.row for fault in faults} == {1, 2, 3, 4}


def test_the_group_never_falls_below_three(read):
    assert read("minimum_group_size: 1")[0].minimum_group_size == 3


@pytest.mark.parametrize(("entry", "kind", "parameters"), [
    ("3", "constant", {"value": 3.0}),
    ("1e3", "constant", {"value": 1000.0}),
    ("{value: 3}", "constant", {"value": 3.0}),
    ("{low: 1, mode: 2, high: 4}", "quantiles", {"low": 1, "mode": 2, "high": 4}),
    ("{low: 1, mode: 1, high: 4, absolute: true}", "bounded", {"low": 1, "mode": 1, "high": 4}),
    ("{distribution: normal, mean: 1, sd: 2}", "normal", {"mean": 1, "sd": 2}),
    ("{lognormal: {median: 1, sigma: 2}}", "lognormal", {"median": 1, "sigma": 2}),
    ("{distribution: beta, a: 1, b: 2}", "beta", {"a": 1, "b": 2}),
    ("{distribution: uniform, low: 1, high: 2}", "uniform", {"low": 1, "high": 2}),
    ("{distribution: triangular, low: 1, mode: 2, high: 2}", "triangular", {"low": 1, "mode": 2, "high": 2}),
])
def test_forms_of_assumptions(read, entry, kind, parameters):
    settings, faults = read(f"assumptions: {{{NAME}: {entry}}}")
    assert faults == []
    assert (settings.assumptions[NAME].kind, settings.assumptions[NAME].parameters) == (kind, parameters)


@pytest.mark.parametrize("entry", [
    "many", "true", "{low: 1, high: 2}", "{low: 3, mode: 2, high: 4}", "{low: 1, mode: 1, high: 1}",
    "{distribution: normal, mean: 1, sd: 0}", "{distribution: gauss, mean: 1, sd: 1}", "{value: .inf}",
    "{distribution: lognormal, median: -1, sigma: 1}", "{distribution: beta, a: 1}",
])
def test_assumptions_that_cannot_be(read, entry):
    settings, faults = read(f"assumptions:\n  {NAME}: {entry}")
    assert only(faults) == ("bad_setting", 2, f"assumptions.{NAME}")
    assert settings.assumptions[NAME].shipped


def test_assumptions_that_do_not_fit_the_shipped_ones(read):
    assert only(read(f"assumptions: {{{NAME[:-1]}: 3}}")[1])[0] == "unknown_assumption"
    assert f"Did you mean {NAME}?" in str(read(f"assumptions: {{{NAME[:-1]}: 3}}")[1][0])
    assert only(read(f"assumptions: {{{NAME}: {{value: 3, unit: hedgehogs}}}}")[1])[0] == "bad_setting"
    assert only(read(f"assumptions: {{{NAME}: {{value: 3, sorce: me}}}}")[1])[0] == "unknown_setting"


def test_shipped_assumptions_have_units_sources_and_no_owner():
    shipped = data.read_reference_assumptions()
    assert shipped
    for one in shipped.values():
        assert one.kind in ("constant", "quantiles", "bounded", *DISTRIBUTIONS)
        assert one.source and one.meaning and not one.confirmed and one.shipped


def test_broken_settings_refuse_and_slips_do_not(tmp_path):
    (tmp_path / "program.yml").write_text("currency: dollars")
    with pytest.raises(data.ProgramError, match="ISO 4217"):
        data.read_program(tmp_path)
    (tmp_path / "program.yml").write_text("curency: USD")
    assert data.read_program(tmp_path).faults[0].code == "unknown_setting"
    with pytest.raises(data.ProgramError, match="Did you mean currency"):
        data.read_program(tmp_path, strict=True)
