"""keras.utils.legacy beside real Keras."""

import pytest
from keras.src.legacy.saving import serialization

import nbkeras
from nbkeras.utils import legacy

every = pytest.mark.parametrize(
    "library", [legacy, serialization], ids=["nbkeras", "keras"]
)


class Knob:
    def __init__(self, turn=1):
        self.turn = turn

    def get_config(self):
        return {"turn": self.turn}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def twice(x):
    return 2 * x


@every
def test_objects_become_plain_data_and_come_back(library):
    config = library.serialize_keras_object(Knob(3))
    assert config == {"class_name": "Knob", "config": {"turn": 3}}
    found = library.deserialize_keras_object(config, {"Knob": Knob})
    assert (type(found), found.turn) == (Knob, 3)
    assert library.deserialize_keras_object("Knob", {}, {"Knob": Knob}).turn == 1
    assert library.serialize_keras_object(twice) == "twice"
    assert library.deserialize_keras_object(twice) is twice
    assert library.serialize_keras_object(None) is None
    assert library.deserialize_keras_object(None) is None


@every
def test_what_is_no_config_and_no_object_is_refused(library):
    with pytest.raises(ValueError, match="Improper config format"):
        library.deserialize_keras_object({"config": {}}, {"Knob": Knob})
    with pytest.raises(ValueError, match="Cannot serialize"):
        library.serialize_keras_object(3)


# Keras 3.15 itself fails at a name that is not among the custom objects given.
def test_names_of_the_library_and_of_the_scope_are_found():
    assert legacy.deserialize_keras_object("twice", {"twice": twice}) is twice
    with nbkeras.utils.custom_object_scope({"Knob": Knob}):
        assert type(legacy.deserialize_keras_object("Knob", {})) is Knob


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(ValueError, match=r"Unknown knob: 'Knop'. Did you mean 'Knob'"):
        legacy.deserialize_keras_object("Knop", {"Knob": Knob}, None, "knob")
