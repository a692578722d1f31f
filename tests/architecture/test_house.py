"""The picture of the house on the site is the house."""

import importlib.util
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
spec = importlib.util.spec_from_file_location("house", DOCS / "house.py")
house = importlib.util.module_from_spec(spec)
spec.loader.exec_module(house)


def test_the_picture_and_the_table_are_those_of_the_code():
    page = (DOCS / "architecture.md").read_text("utf-8")
    picture, text = house.written(page)
    advice = "The imports have changed. Run: python docs/house.py"
    assert text == page, advice
    assert picture == (DOCS / "house.svg").read_text("utf-8"), advice


def test_every_package_has_a_caption():
    assert set(house.packages()) == set(house.CAPTIONS)


def test_a_floor_stands_on_the_floors_below():
    graph = {
        "roof": {"wall", "base"},
        "wall": {"base"},
        "base": set(),
        "notebook": set(),
    }
    graph["course"] = {"roof"}
    assert house.floors(graph) == [["base"], ["wall"], ["roof"], ["course", "notebook"]]


def test_imports_that_go_round_have_no_floors():
    with pytest.raises(ValueError, match=r"go round: (a -> b -> a|b -> a -> b)"):
        house.floors({"a": {"b"}, "b": {"a"}})
