"""Small model files of many versions of Keras; `tests/golden/make_zoo.py` made them."""

import json
from pathlib import Path

import jax
import numpy as np
import pytest

import nbkeras
from nbkeras.core.notices import NbkerasNotice

ZOO = Path(__file__).parents[2] / "golden" / "zoo"
FILES = sorted(p.name for p in ZOO.glob("*") if p.suffix in (".h5", ".keras"))
VERSIONS = json.loads((ZOO / "versions.json").read_text())

pytestmark = pytest.mark.filterwarnings(
    f"ignore::{NbkerasNotice.__module__}.NbkerasNotice"
)


def test_the_zoo_has_files_of_keras_1_to_3():
    assert len(FILES) >= 40
    numbers = [version.split()[1] for version in VERSIONS.values()]
    assert {number[0] for number in numbers} == {"1", "2", "3"}
    assert all(any(f.startswith(f"{name}_") for f in FILES) for name in VERSIONS)


@pytest.mark.parametrize("name", FILES)
def test_a_file_predicts_as_the_keras_that_wrote_it(name):
    model = nbkeras.models.load_model(ZOO / name)
    with np.load(ZOO / f"{name.rsplit('.', 1)[0]}.npz") as data:
        inputs = [data[key] for key in sorted(data.files) if key[0] == "x"]
        outputs = [data[key] for key in sorted(data.files) if key[0] == "y"]
    x = inputs if len(inputs) > 1 else inputs[0]
    found = jax.tree.leaves(model.predict(x, verbose=0))
    for a, b in zip(found, outputs, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5)
