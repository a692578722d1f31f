"""Whoever calls a class as Keras's documentation does is understood."""

import importlib
import inspect

import keras
import pytest

from nbkeras.core.serialization.signatures import parameters

FAMILIES = (
    "losses metrics optimizers initializers regularizers constraints layers "
    "optimizers.schedules callbacks"
).split()
# Bases whose arguments only their subclasses pass on.
BASES = {"Metric", "InputSpec", "Layer", "Optimizer", "Wrapper", "Callback"}
# JaxLayer has an argument for the export to TensorFlow, which is not here.
BASES |= {"JaxLayer"}


def classes():
    for family in FAMILIES:
        ours = importlib.import_module(f"nbkeras.{family}")
        theirs = keras
        for part in family.split("."):
            theirs = getattr(theirs, part)
        for name in dir(theirs):
            # Only classes are asked of ours: an old module's name gives a notice.
            known = getattr(theirs, name)
            if not inspect.isclass(known) or name in BASES:
                continue
            if inspect.isclass(mine := getattr(ours, name, None)):
                yield pytest.param(mine, known, id=f"{family}.{name}")


def positional(cls):
    found = inspect.signature(cls.__init__).parameters.values()
    return [p for p in found if p.kind is p.POSITIONAL_OR_KEYWORD][1:]


def same(a, b):
    """Equal, or one number for each axis as one number for all, or a name in capitals."""
    if isinstance(a, tuple) and isinstance(b, int):
        return set(a) == {b}
    if isinstance(a, str) and isinstance(b, str):
        return a.lower() == b.lower()
    return list(a) == list(b) if isinstance(a, tuple | list) else a == b


@pytest.mark.parametrize(("ours", "theirs"), list(classes()))
def test_arguments_have_the_names_order_and_defaults_of_keras(ours, theirs):
    known = parameters(ours)
    wanted = positional(theirs)
    assert [p.name for p in wanted if p.name not in known] == []
    given = [p.name for p in positional(ours)]
    order = [p.name for p in wanted if p.name in given]
    assert given[: len(order)] == order[: len(given)]
    for p in wanted:
        if p.default is not p.empty:
            assert same(p.default, known[p.name].default), p.name
