"""LossScaleOptimizer and MultiOptimizer: steps, states and files of real Keras."""

import keras
import numpy as np
import pytest

import nbkeras

LIBRARIES = {"nbkeras": nbkeras, "keras": keras}
every = pytest.mark.parametrize("library", LIBRARIES.values(), ids=LIBRARIES)
X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
HEAD = "(.*/)?head/.*"  # Keras puts the name of the model in front of paths


def weights(library):
    """Two weights, one after the other, with paths of their own."""
    layer = library.layers.Dense(2, name="dense")
    model = library.Sequential([library.layers.Input((3,)), layer])
    kernel = np.arange(6, dtype="float32").reshape(3, 2)
    layer.set_weights([kernel, np.ones(2, "float32")])
    return model, layer.trainable_weights


def gradients(step, bad=()):
    rng = np.random.default_rng(step)
    grads = [rng.normal(size=(3, 2)), rng.normal(size=2)]
    if step in bad:
        grads[0][0, 0] = np.inf
    return [g.astype("float32") for g in grads]


def scaled_walk(library):
    """Nine steps, two of them with a gradient that is infinite: [scale, count, ...]."""
    optimizer = library.optimizers.LossScaleOptimizer(
        library.optimizers.Adam(0.1), initial_scale=4.0, dynamic_growth_steps=3
    )
    _, own = weights(library)
    optimizer.build(own)
    state = [np.asarray(getattr(v, "value", v)) for v in optimizer.variables]
    values, path = [np.asarray(w.value) for w in own], []
    for step in range(9):
        grads = [g * state[3] for g in gradients(step, bad=(2, 7))]
        # Outside of compiled code Keras itself fails at LossScaleOptimizer.apply.
        values, state = optimizer.stateless_apply(state, grads, values)
        path.append(np.concatenate([np.ravel(v) for v in (*state, *values)]))
    return np.array(path)


def test_scale_counter_state_and_weights_go_as_in_keras():
    ours, theirs = map(scaled_walk, LIBRARIES.values())
    np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=1e-6)
    assert ours[:, 3].tolist() == [4, 4, 2, 2, 2, 4, 4, 2, 2]


def test_a_loop_of_ones_own_moves_weights_and_leaves_bad_steps_out():
    inner = nbkeras.optimizers.SGD(1.0)
    optimizer = nbkeras.optimizers.LossScaleOptimizer(inner, initial_scale=4.0)
    _, own = weights(nbkeras)
    before = own[1].value
    optimizer.apply([4.0 * g for g in gradients(0)], own)
    np.testing.assert_allclose(own[1].value, before - gradients(0)[1], rtol=1e-6)
    optimizer.apply(gradients(1, bad=(1,)), own)
    np.testing.assert_allclose(own[1].value, before - gradients(0)[1], rtol=1e-6)
    assert float(optimizer.scale_loss(1.0)) == 2.0
    assert int(optimizer.iterations) == int(inner.iterations) == 1


def small_model(library, optimizer):
    model = library.Sequential(
        [
            library.layers.Input((3,)),
            library.layers.Dense(4, activation="tanh", name="body"),
            library.layers.Dense(1, name="head"),
        ]
    )
    rng = np.random.default_rng(1)
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    model.compile(optimizer, "mse")
    return model


def fitted(library, optimizer, epochs=3):
    model = small_model(library, optimizer)
    history = model.fit(X, Y, batch_size=4, epochs=epochs, shuffle=False, verbose=0)
    return model, history.history["loss"]


def same_fits(make):
    (ours, a), (theirs, b) = (fitted(k, make(k.optimizers)) for k in LIBRARIES.values())
    np.testing.assert_allclose(a, b, rtol=1e-4)
    for w, v in zip(ours.get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_allclose(w, v, rtol=1e-4, atol=1e-5)
    return ours


def test_a_fit_with_a_scaled_loss_is_that_of_keras():
    model = same_fits(
        lambda o: o.LossScaleOptimizer(o.Adam(0.05), dynamic_growth_steps=5)
    )
    optimizer = model.optimizer
    assert float(optimizer.dynamic_scale) == 2.0**17
    assert int(optimizer.inner_optimizer.iterations) == 12
    optimizer.learning_rate = 0.5
    assert float(optimizer.inner_optimizer.learning_rate) == 0.5


def test_gradients_too_small_for_sixteen_bits_are_kept_by_the_scale():
    def moved(optimizer):
        model = nbkeras.Sequential(
            [
                nbkeras.layers.Input((3,)),
                nbkeras.layers.Dense(1, dtype="mixed_float16", use_bias=False),
            ]
        )
        before = model.get_weights()[0]
        model.compile(optimizer, lambda y, p: 1e-9 * p.astype("float32")[:, 0])
        model.fit(np.abs(X), Y, batch_size=16, verbose=0)
        return np.abs(model.get_weights()[0] - before).max()

    make = nbkeras.optimizers
    assert moved(make.SGD(1e6)) == 0
    assert moved(make.LossScaleOptimizer(make.SGD(1e6))) > 1e-4


@every
def test_settings_of_the_inner_optimizer_are_refused(library):
    make = library.optimizers
    make.LossScaleOptimizer(make.SGD(), clipnorm=None, use_ema=False)
    for settings in ({"clipnorm": 1.0}, {"dynamic": False}, {"color": 1}):
        with pytest.raises((ValueError, TypeError)):
            make.LossScaleOptimizer(make.SGD(), **settings)


def test_a_fixed_loss_scale_is_a_setting_of_the_optimizer_itself():
    make = nbkeras.optimizers
    with pytest.raises(ValueError, match=r"Adam\(loss_scale_factor=128.0\)"):
        make.LossScaleOptimizer(make.SGD(), dynamic=False)
    assert float(make.Adam(loss_scale_factor=128.0).scale_loss(2.0)) == 256.0


def two(o):
    return o.MultiOptimizer(
        o.OptimizerMap(o.SGD(0.05, momentum=0.9), {HEAD: o.Adam(0.02)})
    )


def test_a_fit_with_two_optimizers_is_that_of_keras():
    model = same_fits(two)
    adam, sgd = model.optimizer.optimizers
    assert (adam.name, sgd.name) == ("adam", "sgd")
    assert int(model.optimizer.iterations) == int(adam.iterations) == 12


def test_a_function_of_the_weight_chooses_as_in_keras():
    def make(o):
        adam, sgd = o.Adam(0.02), o.SGD(0.05)
        return o.MultiOptimizer(lambda w: adam if "head" in w.path else sgd)

    same_fits(make)


def test_averages_are_kept_by_the_optimizer_that_was_told_to():
    same_fits(
        lambda o: o.MultiOptimizer(
            o.OptimizerMap(o.SGD(0.05), {HEAD: o.SGD(0.05, use_ema=True)})
        )
    )


def test_a_callback_changes_the_rate_of_one_part():
    def stopped(batch, logs):
        for part in model.optimizer.optimizers:
            part.learning_rate = 0.0

    model = small_model(nbkeras, two(nbkeras.optimizers))
    before = model.get_weights()
    callback = nbkeras.callbacks.LambdaCallback(on_train_batch_end=stopped)
    model.fit(X[:4], Y[:4], batch_size=4, verbose=0, callbacks=[callback])
    once = model.get_weights()
    assert np.abs(once[0] - before[0]).max() > 0
    assert all(float(p.learning_rate) == 0 for p in model.optimizer.optimizers)


@every
def test_a_learning_rate_of_all_together_is_refused(library):
    optimizer = two(library.optimizers)
    with pytest.raises(AttributeError, match=r"sub-optimizers|optimizer\.optimizers"):
        _ = optimizer.learning_rate
    with pytest.raises(AttributeError):
        optimizer.learning_rate = 0.1


@every
def test_a_map_of_optimizers_finds_paths_then_patterns_then_the_default(library):
    o = library.optimizers
    default, adam, sgd = o.RMSprop(), o.Adam(), o.SGD()
    chosen = o.OptimizerMap(default)
    chosen["encoder/layer_0"] = adam
    chosen["encoder/.*"] = sgd
    assert chosen["encoder/layer_0"] is adam
    assert chosen["encoder/query"] is sgd
    assert chosen["decoder"] is chosen.default_optimizer is default
    assert len(chosen) == 2
    for key, value in (("encoder/.*", o.SGD()), (1, o.SGD()), ("a", "sgd")):
        with pytest.raises(ValueError, match=r".+"):
            chosen[key] = value
    with pytest.raises(ValueError, match=r".+"):
        chosen["b"] = o.LossScaleOptimizer(o.SGD())
    chosen["encoder/q.*"] = o.SGD()
    with pytest.raises(ValueError, match="Multiple optimizers"):
        _ = chosen["encoder/query"]
    with pytest.raises(TypeError):
        o.OptimizerMap("sgd")


@pytest.mark.parametrize(
    "make",
    [lambda o: o.LossScaleOptimizer(o.Adam(0.05), dynamic_growth_steps=5), two],
    ids=["scale", "multi"],
)
def test_a_saved_model_goes_on_as_if_never_saved(make, tmp_path):
    model, _ = fitted(nbkeras, make(nbkeras.optimizers))
    model.save(tmp_path / "model.keras")
    again = nbkeras.models.load_model(tmp_path / "model.keras")
    assert type(again.optimizer) is type(model.optimizer)
    losses = [
        m.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history["loss"]
        for m in (model, again)
    ]
    np.testing.assert_allclose(*losses, rtol=1e-6)


def test_a_scaled_model_of_keras_goes_on_here(tmp_path):
    model, _ = fitted(
        keras, keras.optimizers.LossScaleOptimizer(keras.optimizers.Adam())
    )
    model.save(tmp_path / "model.keras")
    again = nbkeras.models.load_model(tmp_path / "model.keras")
    assert float(again.optimizer.dynamic_scale) == 2.0**15
    losses = [
        m.fit(X, Y, batch_size=4, shuffle=False, verbose=0).history["loss"]
        for m in (model, again)
    ]
    np.testing.assert_allclose(*losses, rtol=1e-4)
