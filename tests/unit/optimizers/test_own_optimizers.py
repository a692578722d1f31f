"""Optimizers written as in Keras, and their variables, compared with Keras."""

import copy
import pickle

import jax
import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import optimizers

RNG = np.random.default_rng(7)
X = RNG.normal(size=(24, 3)).astype("float32")
Y = (X @ [[1.0], [-2.0], [0.5]] + 0.3).astype("float32")


def momentum(library):
    """Keras's guide to an optimizer of one's own, in one library's way."""
    ops = library.ops

    class Momentum(library.optimizers.Optimizer):
        def __init__(self, learning_rate=0.1, keep=0.9, **kwargs):
            super().__init__(learning_rate=learning_rate, **kwargs)
            self.keep = keep

        def build(self, variables):
            super().build(variables)
            self.moments = [
                self.add_variable_from_reference(v, name="moment") for v in variables
            ]
            self.norm = self.add_variable((), name="norm")

        def update_step(self, gradient, variable, learning_rate):
            learning_rate = ops.cast(learning_rate, variable.dtype)
            m = self.moments[self._get_variable_index(variable)]
            self.assign(m, m * self.keep - gradient * learning_rate)
            self.assign_add(self.norm, ops.sum(ops.square(gradient)))
            self.assign_add(variable, m / ops.cast(self.iterations + 1, variable.dtype))

        def get_config(self):
            return {**super().get_config(), "keep": self.keep}

    return Momentum


def doubled(library):
    """A step of the library's own with twice the rate."""

    class Doubled(library.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            super().update_step(gradient, variable, learning_rate * 2)

    return Doubled


def centred(library):
    """Gradients without their mean, all together."""

    class Centred(library.optimizers.Adam):
        def apply(self, grads, trainable_variables=None):
            grads = [g - library.ops.mean(g) for g in grads]
            super().apply(grads, trainable_variables)

    return Centred


def own_momentum_of_sgd(library):
    """Reads what SGD keeps by its name in Keras."""

    class Signed(library.optimizers.SGD):
        def update_step(self, gradient, variable, learning_rate):
            m = self.momentums[self._get_variable_index(variable)]
            self.assign(m, m * self.momentum + library.ops.sign(gradient))
            self.assign_sub(variable, m * library.ops.cast(learning_rate, "float32"))

    return Signed


SETTINGS = {
    "guide": (momentum, {}),
    "guide, clipped": (momentum, {"clipnorm": 0.2}),
    "guide, decay": (momentum, {"weight_decay": 0.1}),
    "guide, accumulating": (momentum, {"gradient_accumulation_steps": 2}),
    "guide, averages": (momentum, {"use_ema": True, "ema_momentum": 0.5}),
    "super, momentum": (doubled, {"learning_rate": 0.02, "momentum": 0.9}),
    "apply": (centred, {"learning_rate": 0.05}),
    "attributes": (own_momentum_of_sgd, {"learning_rate": 0.02, "momentum": 0.5}),
}


def model_of(library, optimizer):
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((3,)),
            layers.Dense(4, "tanh", kernel_initializer="ones"),
            layers.Dense(1, kernel_initializer="ones"),
        ]
    )
    model.layers[0].kernel.assign(np.linspace(-1, 1, 12).reshape(3, 4))
    model.compile(optimizer, "mse")
    return model


def trained(library, maker, settings):
    optimizer = maker(library)(**settings)
    model = model_of(library, optimizer)
    model.fit(X, Y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    return model, optimizer


@pytest.mark.parametrize("name", SETTINGS)
def test_a_fit_with_overridden_methods_ends_with_the_weights_of_keras(name):
    maker, settings = SETTINGS[name]
    (ours, mine), (theirs, its) = (
        trained(library, maker, settings) for library in (nbkeras, keras)
    )
    for a, b in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)
    assert int(mine.iterations) == int(its.iterations)
    assert len(mine.variables) == len(its.variables)
    for a, b in zip(mine.variables, its.variables, strict=True):
        np.testing.assert_allclose(a, b, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", ["guide", "super, momentum", "apply"])
def test_gradients_by_hand_move_weights_as_in_keras(name):
    maker, settings = SETTINGS[name]
    found = []
    for library in (nbkeras, keras):
        weights = [library.Variable([1.0, -2.0]), library.Variable([[0.5]])]
        optimizer = maker(library)(**settings)
        for step in range(3):
            grads = [np.float32([0.3, step]), np.float32([[-1.0]])]
            optimizer.apply([library.ops.convert_to_tensor(g) for g in grads], weights)
        found.append([np.asarray(w) for w in weights])
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_a_jitted_step_of_overridden_methods_is_pure():
    optimizer = momentum(nbkeras)()
    weight = nbkeras.Variable([1.0, 2.0])
    optimizer.build([weight])
    before = [v.value for v in optimizer.variables]
    step = jax.jit(optimizer.stateless_apply)
    moved, after = step(before, [np.float32([1.0, 1.0])], [weight.value])
    np.testing.assert_allclose(moved[0], [0.9, 1.9], rtol=1e-6)
    assert int(after[0]) == 1
    assert float(after[-1]) == 2.0
    assert [float(np.sum(v)) for v in optimizer.variables] == [
        float(np.sum(v)) for v in before
    ]
    assert weight.numpy().tolist() == [1.0, 2.0]


def test_a_model_with_an_own_optimizer_is_saved_with_its_variables(tmp_path):
    cls = momentum(nbkeras)
    model, optimizer = trained(nbkeras, momentum, {})
    path = tmp_path / "model.keras"
    model.save(path)
    again = nbkeras.models.load_model(path, custom_objects={"Momentum": cls})
    for a, b in zip(optimizer.variables, again.optimizer.variables, strict=True):
        np.testing.assert_allclose(a, b)
    model.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    again.fit(X, Y, batch_size=8, shuffle=False, verbose=0)
    for a, b in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_an_overridden_method_that_no_step_calls_is_refused():
    class Scales(optimizers.SGD):
        def scale_loss(self, loss):
            return loss * 2

    model = model_of(nbkeras, Scales(0.1))
    with pytest.raises(TypeError, match="Override `build` for variables of its own"):
        model.fit(X, Y, verbose=0)


def test_variables_begin_with_iteration_and_learning_rate_as_in_keras():
    for library in (nbkeras, keras):
        adam = library.optimizers.Adam(0.25)
        assert [v.name for v in adam.variables] == ["iteration", "learning_rate"]
        adam.build([library.Variable([1.0, 2.0], name="w")])
        assert [v.shape for v in adam.variables] == [(), (), (2,), (2,)]
        schedule = library.optimizers.schedules.PolynomialDecay(adam.learning_rate, 4)
        adam.learning_rate = schedule
        assert len(adam.variables) == 3


def test_the_learning_rate_is_a_variable_that_is_read_and_assigned():
    adam = optimizers.Adam(0.5)
    assert adam.learning_rate.numpy() == 0.5
    adam.learning_rate.assign(0.25)
    assert float(adam.learning_rate.value) == 0.25
    assert adam.get_config()["learning_rate"] == 0.25
    assert isinstance(adam.iterations, nbkeras.Variable)
    adam.iterations.assign(5)
    assert int(adam.iterations) == 5


def test_a_callback_assigns_the_learning_rate_of_a_running_fit():
    rates = []

    class Halve(nbkeras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            rate = self.model.optimizer.learning_rate
            rate.assign(rate * 0.5)

        def on_epoch_end(self, epoch, logs=None):
            rates.append(float(self.model.optimizer.learning_rate))

    model = model_of(nbkeras, optimizers.SGD(0.5))
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[Halve()])
    assert rates == [0.25, 0.125, 0.0625]


def test_weights_are_left_out_of_the_decay_by_identity_and_by_name():
    one, other = nbkeras.Variable([1.0]), nbkeras.Variable([1.0])
    sgd = optimizers.SGD(1.0, weight_decay=0.5)
    sgd.exclude_from_weight_decay(var_list=[other])
    sgd.apply([np.zeros(1), np.zeros(1)], [one, other])
    assert [one.numpy()[0], other.numpy()[0]] == [0.5, 1.0]

    decayed = []
    for library in (nbkeras, keras):
        sgd = library.optimizers.SGD(0.0, weight_decay=0.5)
        sgd = library.optimizers.SGD(0.1, weight_decay=0.5)
        sgd.exclude_from_weight_decay(var_names=["bias"])
        model = model_of(library, sgd)
        model.layers[0].bias.assign(np.ones(4))
        model.fit(X, Y, batch_size=24, verbose=0, shuffle=False)
        decayed.append(model.get_weights())
    for a, b in zip(*decayed, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5)


def test_an_optimizer_that_trained_one_model_is_refused_by_another():
    adam = optimizers.Adam(0.1)
    model = model_of(nbkeras, adam)
    model.fit(X, Y, verbose=0)
    model.compile(adam, "mae")
    model.fit(X, Y, verbose=0)
    with pytest.raises(ValueError, match=r"Adam\.from_config\(optimizer\.get_config"):
        model_of(nbkeras, adam).fit(X, Y, verbose=0)
    fresh = optimizers.Adam.from_config(adam.get_config())
    model_of(nbkeras, fresh).fit(X, Y, verbose=0)


def test_steps_by_hand_go_on_from_those_of_a_fit():
    found = []
    for library in (nbkeras, keras):
        adam = library.optimizers.Adam(0.1)
        model = model_of(library, adam)
        model.fit(X, Y, batch_size=24, verbose=0, shuffle=False)
        weights = model.trainable_variables
        adam.apply([library.ops.ones(w.shape) for w in weights], weights)
        model.fit(X, Y, batch_size=24, verbose=0, shuffle=False)
        found.append(model.get_weights())
        assert int(adam.iterations) == 3
    for a, b in zip(*found, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_a_pickled_and_a_copied_optimizer_keep_their_variables():
    cls = optimizers.Adam
    adam = cls(0.1)
    adam.apply([np.ones(2)], [nbkeras.Variable([1.0, 2.0])])
    for again in (pickle.loads(pickle.dumps(adam)), copy.deepcopy(adam)):
        for a, b in zip(adam.variables, again.variables, strict=True):
            np.testing.assert_allclose(a, b)


def test_set_weights_needs_a_built_optimizer():
    with pytest.raises(ValueError, match=r"optimizer\.build"):
        optimizers.Adam().set_weights([])
