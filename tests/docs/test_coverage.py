"""The coverage of Keras on its page is what a count of both libraries gives."""

import importlib.util
import sys
from pathlib import Path

import keras
import pytest

DOCS = Path(__file__).parents[2] / "docs"
spec = importlib.util.spec_from_file_location("coverage_of_keras", DOCS / "coverage.py")
coverage = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = coverage  # dataclasses look their module up
spec.loader.exec_module(coverage)
PAGE = (DOCS / "keras.md").read_text("utf-8")

pytestmark = pytest.mark.skipif(
    f"of Keras {keras.__version__}," not in PAGE,
    reason="the page counts the names of another version of Keras",
)


@pytest.fixture(scope="module")
def counted():
    return coverage.counted()


def test_the_tables_on_the_page_are_what_the_libraries_offer(counted):
    rows, _ = counted
    assert coverage.written(PAGE, rows) == PAGE, "Run: python docs/coverage.py"


def test_every_absent_name_has_a_reason(counted):
    _, absent = counted
    assert coverage.unexplained(absent) == []


def test_every_reason_is_for_something_that_is_absent(counted):
    _, absent = counted
    assert coverage.outdated(absent) == []


def test_a_name_that_only_refuses_counts_as_absent():
    assert coverage.ours("layers.TFSMLayer") is None
    assert coverage.ours("quantizers.Quantizer") is None
    assert coverage.ours("layers.Dense") is not None


def test_arguments_are_compared_by_name():
    row = coverage.Row()

    def theirs(x, axis, keepdims):
        return x, axis, keepdims

    def mine(x, axis):
        return x, axis

    row.add(theirs, mine)
    assert (row.arguments, row.arguments_here) == (3, 2)
    row.add(theirs, None)
    assert (row.names, row.names_here) == (2, 1)
    assert row.arguments == 3
