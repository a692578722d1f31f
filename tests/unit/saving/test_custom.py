"""Layers, models and functions of the user's own in files."""

import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras.core.serialization import registry

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


@pytest.fixture
def registered():
    """What a test registers is forgotten after it."""
    before = dict(registry._registered)
    yield nbkeras.saving.register_keras_serializable
    registry._registered.clear()
    registry._registered.update(before)


def own_layer(k):
    class Scale(k.layers.Layer):
        def __init__(self, factor=2.0, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def build(self, input_shape):
            self.offset = self.add_weight(
                name="offset", shape=(input_shape[-1],), initializer="ones"
            )

        def call(self, x):
            return x * self.factor + self.offset

        def get_config(self):
            config = super().get_config()
            config.update({"factor": self.factor})
            return config

    return Scale


def scaled(k, layer):
    model = k.Sequential([k.Input(shape=(4,)), layer(3.0), k.layers.Dense(2)])
    return model


def test_an_own_layer_is_handed_over(tmp_path):
    Scale = own_layer(nbkeras)
    model = scaled(nbkeras, Scale)
    model.save(tmp_path / "m.keras")
    again = nbkeras.models.load_model(
        tmp_path / "m.keras", custom_objects={"Scale": Scale}
    )
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    assert again.layers[0].factor == 3.0


def test_an_own_layer_that_is_not_handed_over_is_named_with_the_remedy(tmp_path):
    scaled(nbkeras, own_layer(nbkeras)).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"custom_objects=\{'Scale': Scale\}"):
        nbkeras.models.load_model(tmp_path / "m.keras")


def layer_around_a_layer(k):
    class Around(k.layers.Layer):
        def __init__(self, inner, **kwargs):
            super().__init__(**kwargs)
            self.inner = inner

        def call(self, x):
            return self.inner(x)

        def get_config(self):
            return {**super().get_config(), "inner": self.inner}

    return Around


@pytest.mark.parametrize("kind", [TypeError, ValueError])
def test_a_layer_that_does_not_rebuild_its_argument_is_told_how(kind, tmp_path):
    Around = layer_around_a_layer(nbkeras)
    layer = Around(nbkeras.layers.Dense(2))
    nbkeras.Sequential([nbkeras.Input((4,)), layer]).save(tmp_path / "m.keras")
    advice = r"with config\['inner'\] = (.*)\(config\['inner'\]\) and ends"
    with pytest.raises(kind, match=advice):
        nbkeras.models.load_model(tmp_path / "m.keras", {"Around": Around})


def test_a_layer_that_rebuilds_its_argument_as_advised_loads(tmp_path):
    class Around(layer_around_a_layer(nbkeras)):
        @classmethod
        def from_config(cls, config):
            inner = nbkeras.saving.deserialize_keras_object(config["inner"])
            config["inner"] = inner
            return cls(**config)

    layer = Around(nbkeras.layers.Dense(2))
    model = nbkeras.Sequential([nbkeras.Input((4,)), layer])
    model.save(tmp_path / "m.keras")
    loaded = nbkeras.models.load_model(tmp_path / "m.keras", {"Around": Around})
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))


def test_a_registered_layer_is_found_by_itself(tmp_path, registered):
    Scale = registered(package="Mine", name="Stretch")(own_layer(nbkeras))
    model = scaled(nbkeras, Scale)
    model.save(tmp_path / "m.keras")
    again = nbkeras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    saved = model.get_config()["layers"][1]
    assert saved["registered_name"] == "Mine>Stretch"


def test_an_own_layer_goes_to_keras_and_back(keras, tmp_path, registered):
    ours, theirs = own_layer(nbkeras), own_layer(keras)
    register = keras.saving.register_keras_serializable(package="Mine")
    registered(package="Mine")(ours)
    register(theirs)
    model = scaled(nbkeras, ours)
    model.save(tmp_path / "ours.keras")
    there = keras.saving.load_model(tmp_path / "ours.keras")
    y = np.asarray(there(X))
    np.testing.assert_allclose(y, model.predict(X), rtol=1e-5, atol=1e-6)
    there.save(tmp_path / "theirs.keras")
    back = nbkeras.models.load_model(tmp_path / "theirs.keras")
    np.testing.assert_allclose(back.predict(X), y, rtol=1e-5, atol=1e-6)


def own_model(k):
    class Net(k.Model):
        def __init__(self, units=3, **kwargs):
            super().__init__(**kwargs)
            self.units = units
            self.first = k.layers.Dense(units, activation="relu")
            self.blocks = [k.layers.Dense(units) for _ in range(2)]
            self.norm = k.layers.BatchNormalization()

        def call(self, x, training=False):
            x = self.first(x)
            for block in self.blocks:
                x = block(x)
            return self.norm(x, training=training)

        def get_config(self):
            return {"units": self.units, "name": self.name}

    return Net


def moved(model):
    rng = np.random.default_rng(5)
    model.set_weights([rng.uniform(0.2, 1, w.shape) for w in model.weights])
    return model


def test_weights_of_a_model_class_go_both_ways(keras, tmp_path):
    ours, theirs = own_model(nbkeras)(), own_model(keras)()
    ours(X), theirs(X)
    moved(ours).save_weights(tmp_path / "ours.weights.h5")
    theirs.load_weights(tmp_path / "ours.weights.h5")
    wanted = np.asarray(ours(X))
    np.testing.assert_allclose(np.asarray(theirs(X)), wanted, rtol=1e-5, atol=1e-6)
    theirs.save_weights(tmp_path / "theirs.weights.h5")
    again = own_model(nbkeras)()
    again(X)
    again.load_weights(tmp_path / "theirs.weights.h5")
    np.testing.assert_allclose(np.asarray(again(X)), wanted, rtol=1e-5, atol=1e-6)


def test_a_model_class_goes_to_keras_and_back(keras, tmp_path):
    Ours, Theirs = own_model(nbkeras), own_model(keras)
    model = Ours(units=5)
    model(X)
    moved(model).save(tmp_path / "ours.keras")
    there = keras.saving.load_model(
        tmp_path / "ours.keras", custom_objects={"Net": Theirs}
    )
    wanted = np.asarray(model(X))
    np.testing.assert_allclose(np.asarray(there(X)), wanted, rtol=1e-5, atol=1e-6)
    there.save(tmp_path / "theirs.keras")
    for file in ("ours.keras", "theirs.keras"):
        back = nbkeras.models.load_model(tmp_path / file, {"Net": Ours})
        np.testing.assert_allclose(np.asarray(back(X)), wanted, rtol=1e-5, atol=1e-6)


def test_a_lambda_takes_its_function_from_the_user(tmp_path):
    def halve(x):
        return x / 2

    model = nbkeras.Sequential(
        [nbkeras.Input(shape=(4,)), nbkeras.layers.Lambda(halve, name="half")]
    )
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"custom_objects=\{'halve': function\}"):
        nbkeras.models.load_model(tmp_path / "m.keras")
    again = nbkeras.models.load_model(tmp_path / "m.keras", {"halve": halve})
    np.testing.assert_allclose(again.predict(X), X / 2)


def test_an_own_activation_is_found_by_name(tmp_path):
    def bend(x):
        return jnp.where(x > 0, x, 0.3 * x)

    model = nbkeras.Sequential(
        [nbkeras.Input(shape=(4,)), nbkeras.layers.Dense(3, activation=bend)]
    )
    model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"custom_objects=\{'bend': bend\}"):
        nbkeras.models.load_model(tmp_path / "m.keras")
    with nbkeras.utils.custom_object_scope({"bend": bend}):
        again = nbkeras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


class Powered(nbkeras.Model):
    def __init__(self, inputs, outputs, power=1, **base):
        super().__init__(inputs=inputs, outputs=outputs, **base)
        self.power = power


class Stack(nbkeras.Sequential):
    def __init__(self, layers=None, power=1, **base):
        super().__init__(layers, **base)
        self.power = power


class Head(nbkeras.Model):
    def __init__(self, power=1, **base):
        x = nbkeras.Input((4,))
        y = nbkeras.layers.Dense(power)(x)
        super().__init__(inputs=x, outputs=y, **base)
        self.power = power


class Line(nbkeras.Sequential):
    def __init__(self, power=1):
        super().__init__([nbkeras.Input((4,)), nbkeras.layers.Dense(power)])
        self.power = power


def of_own_class(cls):
    x = nbkeras.Input((4,))
    if cls is Powered:
        return Powered(x, nbkeras.layers.Dense(2)(x), power=3, name="mine")
    return Stack([x, nbkeras.layers.Dense(2)], power=3) if cls is Stack else cls(3)


@pytest.mark.parametrize("cls", [Powered, Stack, Head, Line])
def test_a_model_of_your_own_class_keeps_its_settings_in_files(tmp_path, cls):
    model = of_own_class(cls)
    model.save(tmp_path / "m.keras")
    again = nbkeras.models.load_model(tmp_path / "m.keras", {cls.__name__: cls})
    assert type(again) is cls
    assert (again.power, again.name) == (3, model.name)
    np.testing.assert_array_equal(again.predict(X), model.predict(X))


@pytest.mark.parametrize("cls", [Powered, Stack, Head, Line])
def test_a_clone_of_your_own_class_has_its_settings(cls):
    clone = nbkeras.models.clone_model(of_own_class(cls))
    assert type(clone) is cls
    assert clone.power == 3


def test_what_cannot_be_written_is_named_and_no_file_appears(tmp_path):
    class Odd(nbkeras.layers.Layer):
        def __init__(self, thing=None, **kwargs):
            super().__init__(**kwargs)
            self.thing = thing

        def call(self, x):
            return x

    model = nbkeras.Sequential([nbkeras.Input(shape=(2,)), Odd(object())])
    with pytest.raises(ValueError, match=r"the 'thing' of Odd"):
        model.save(tmp_path / "m.keras")
    assert list(tmp_path.iterdir()) == []


def test_an_argument_that_a_newer_keras_added_and_left_off_is_passed_over():
    layer = nbkeras.layers.Dense(3)
    saved = nbkeras.layers.serialize(layer)
    saved["config"]["quantization_from_the_future"] = None
    again = nbkeras.layers.deserialize(saved)
    assert again.get_config() == layer.get_config()
    saved["config"]["quantization_from_the_future"] = "int4"
    with pytest.raises(TypeError, match="quantization_from_the_future"):
        nbkeras.layers.deserialize(saved)


def test_numbers_that_are_not_finite_are_refused_before_a_file_is_touched(tmp_path):
    (tmp_path / "m.keras").write_bytes(b"old")
    model = nbkeras.Sequential(
        [nbkeras.Input(shape=(2,)), nbkeras.layers.Rescaling(float("inf"))]
    )
    with pytest.raises(ValueError, match=r"the 'scale' of Rescaling"):
        model.save(tmp_path / "m.keras")
    assert (tmp_path / "m.keras").read_bytes() == b"old"
