"""The data contract is sound in itself, and its dictionary is up to date."""

import itertools

import pandas as pd
import pytest
from click.testing import CliRunner

from upskill.data import TABLES
from upskill.data.cli import DICTIONARY, dictionary_command
from upskill.data.convert import CONVERTERS, DTYPES, convert, empty
from upskill.data.dictionary import dictionary
from upskill.data.relations import EXTRA
from upskill.data.schema import FAULT_CODES, KINDS
from upskill.data.source import TEXT

COLUMNS = [(table, column) for table in TABLES.values() for column in table.columns]
NAMES = [f"{table.name}.{column.name}" for table, column in COLUMNS]


def test_tables_are_named_by_themselves():
    assert [table.name for table in TABLES.values()] == list(TABLES)


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_columns_keys_and_orders_exist(table):
    names = [column.name for column in table.columns]
    assert len(set(names)) == len(names)
    assert set(table.key) <= set(names)
    assert set(itertools.chain(*table.ordered)) <= set(names)
    assert table.meaning.endswith(".")


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_each_column_is_explained_and_its_example_fits(table, column):
    assert column.meaning and column.example
    values, bad = convert(pd.Series([column.example], dtype=TEXT), column)
    assert not bad.any() and values.notna().all()
    assert not column.choices or column.example in column.choices
    low = -float("inf") if column.minimum is None else column.minimum
    high = float("inf") if column.maximum is None else column.maximum
    assert column.kind not in ("whole", "number", "share") or low <= float(column.example) <= high


@pytest.mark.parametrize(("table", "column"), COLUMNS, ids=NAMES)
def test_references_lead_to_columns_of_the_contract(table, column):
    if column.refers_to:
        target, _, key = column.refers_to.partition(".")
        assert TABLES[target].column(key).kind == "text"


def test_every_kind_has_words_a_reader_and_a_dtype():
    assert set(KINDS) == set(CONVERTERS) == set(DTYPES)


@pytest.mark.parametrize("kind", KINDS)
def test_an_absent_column_has_the_dtype_of_a_present_one(kind):
    column = next(column for _, column in COLUMNS if column.kind == kind)
    values, _ = convert(pd.Series([column.example], dtype=TEXT), column)
    assert empty(kind, values.index).dtype == values.dtype


def test_extra_checks_are_of_tables_of_the_contract():
    assert set(EXTRA) <= set(TABLES)


def test_the_dictionary_is_up_to_date():
    assert DICTIONARY.read_text(encoding="utf-8") == dictionary(), "run: python -m upskill dictionary --write"


def test_the_dictionary_names_every_column_and_code():
    text = CliRunner().invoke(dictionary_command, []).output
    assert all(f"### {name}\n" in text for name in TABLES)
    assert all(f"`{column.name}`" in text for _, column in COLUMNS)
    assert all(f"`{code}`" in text for code in FAULT_CODES)
