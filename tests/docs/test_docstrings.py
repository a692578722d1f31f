"""The examples in docstrings print what they say."""

import doctest
import importlib
import io
import pkgutil

import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras


def examples():
    """Every docstring with an example, by its full name."""
    found = {}
    for each in pkgutil.walk_packages(nbkeras.__path__, "nbkeras."):
        module = importlib.import_module(each.name)
        for test in doctest.DocTestFinder().find(
            module, extraglobs={"jnp": jnp, "np": np}
        ):
            if test.examples:
                found[test.name] = test
    return found


EXAMPLES = examples()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_prints_what_it_says(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = io.StringIO()
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    failed, tried = runner.run(EXAMPLES[name], out=said.write)
    assert tried > 0
    assert failed == 0, said.getvalue()


def test_examples_are_found():
    assert "nbkeras.layers.dense.Dense" in EXAMPLES
