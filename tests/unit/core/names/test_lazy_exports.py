"""Names that a lower package offers and a higher one defines."""

import types

import pytest

import nbkeras
from nbkeras.core.names import lazy_exports


def test_keras_saving_offers_the_load_model_of_the_models():
    from nbkeras import models, saving

    assert saving.load_model is models.load_model
    assert saving.serialize_keras_object is models.serialize_keras_object


def test_every_name_that_saving_and_utils_list_is_there():
    for package in (nbkeras.saving, nbkeras.utils):
        assert [name for name in package.__all__ if not hasattr(package, name)] == []


def test_a_registered_name_is_loaded_when_it_is_first_asked_for():
    loads = []

    def loader():
        loads.append(1)
        return types.SimpleNamespace(answer=42)

    lazy_exports.register("nbkeras.test_late_names", ("answer",), loader)
    assert loads == []
    assert lazy_exports.find("nbkeras.test_late_names", "answer") == 42
    assert lazy_exports.find("nbkeras.test_late_names", "question") is None


def test_a_misspelt_late_name_gets_an_attribute_error():
    with pytest.raises(AttributeError, match="load_modle"):
        nbkeras.saving.load_modle  # noqa: B018
