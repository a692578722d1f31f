"""The section on Keras's own tests says what its figures say."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[2] / "docs" / "keras_tests.py"


@pytest.fixture(scope="module")
def keras_tests():
    spec = importlib.util.spec_from_file_location("keras_tests", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_what_the_figures_say(keras_tests):
    page = keras_tests.PAGE.read_text(encoding="utf-8")
    written = keras_tests.SECTION.search(page)
    assert written, "write <!-- tests of Keras --> into correctness.md"
    assert written[1] == keras_tests.section(keras_tests.figures()), (
        "run: python docs/keras_tests.py"
    )


def test_each_failing_test_has_a_reason_and_is_counted_once(keras_tests):
    measured = keras_tests.figures()
    for family in measured["families"]:
        groups = [g for g in measured["failing"] if g["family"] == family["name"]]
        named = sum(sum(group["tests"].values()) for group in groups)
        assert named == family["applicable"] - family["passed"], family["name"]
        names = [name for group in groups for name in group["tests"]]
        assert len(names) == len(set(names)), family["name"]
    for group in measured["failing"]:
        assert group["status"] in keras_tests.STATUSES
        assert group["reason"].endswith(".")
