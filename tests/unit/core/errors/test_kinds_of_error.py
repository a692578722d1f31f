"""Mistakes are of the kind that an `except` clause written for Keras names."""

import pytest

from nbkeras import Sequential
from nbkeras.layers import Dense, LayerNormalization, RepeatVector
from nbkeras.models import load_model


@pytest.mark.parametrize("kind", [TypeError, ValueError])
@pytest.mark.parametrize(
    "call",
    [
        lambda: RepeatVector("3"),
        lambda: LayerNormalization(axis={"axis": -1}),
        lambda: Dense(units=-1),
        lambda: Dense(unit=3),
        lambda: Sequential().add({"a": 1}),
    ],
)
def test_a_wrong_argument_is_a_type_error_and_a_value_error(call, kind):
    with pytest.raises(kind, match="Write"):
        call()


@pytest.mark.parametrize("kind", [FileNotFoundError, ValueError])
def test_a_model_file_that_is_not_there_is_a_value_error_too(kind, tmp_path):
    with pytest.raises(kind, match=r"Give the path that model\.save"):
        load_model(tmp_path / "model.keras")
