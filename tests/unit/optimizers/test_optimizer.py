"""What may be said to an optimizer, and what it says to what makes no sense."""

import warnings

import jax.numpy as jnp
import keras
import numpy as np
import pytest

from nbkeras import Input, Sequential, optimizers
from nbkeras.layers import Dense
from nbkeras.models import load_model
from nbkeras.optimizers import SGD, Adam, AdamW, schedules

PARAMS = {"dense/kernel": jnp.ones((2, 2)), "dense/bias": jnp.ones(2)}
ZERO = {path: jnp.zeros_like(w) for path, w in PARAMS.items()}


def moved(optimizer, grads=ZERO, steps=1):
    """The weights after some steps."""
    params, state = PARAMS, optimizer.init_missing(None, PARAMS)
    for _ in range(steps):
        changes, state = optimizer.update(grads, state, params)
        params = {path: w + changes[path] for path, w in params.items()}
    return params


def test_the_learning_rate_can_be_read_and_set_under_both_names():
    optimizer = Adam()
    assert float(optimizer.lr) == pytest.approx(1e-3)
    optimizer.learning_rate = 0.25
    assert float(optimizer.lr) == 0.25
    optimizer.lr = np.float32(0.5)
    assert optimizer.get_config()["learning_rate"] == 0.5


def test_a_rate_set_between_steps_counts_inside_the_velocity():
    weight = Dense(1, use_bias=False)
    weight.build_for(np.zeros((1, 1), "float32"))
    weight.set_weights([np.ones((1, 1))])
    optimizer = SGD(0.1, momentum=0.9)
    optimizer.apply([np.ones((1, 1))], weight.weights)
    optimizer.learning_rate = 0.01
    optimizer.apply_gradients(zip([np.ones((1, 1))], weight.weights, strict=True))
    # 1 - 0.1, then the velocity 0.9 * -0.1 - 0.01.
    np.testing.assert_allclose(weight.get_weights()[0], 0.8, rtol=1e-6)


def test_the_old_words_lr_and_decay_say_what_the_new_ones_are():
    with pytest.warns(UserWarning, match="learning_rate=0.5"):
        optimizer = SGD(lr=0.5)
    assert float(optimizer.learning_rate) == 0.5
    with pytest.warns(UserWarning, match="InverseTimeDecay"):
        optimizer = SGD(0.5, decay=0.25)
    rates = [
        float(optimizer.rate_of({"iterations": step, "learning_rate": 0.5}))
        for step in range(3)
    ]
    np.testing.assert_allclose(rates, [0.5, 0.5 / 1.25, 0.5 / 1.5])


def test_a_rate_with_decay_can_be_set_as_in_keras_2(tmp_path):
    model = Sequential([Input((1,)), Dense(1, use_bias=False)])
    model.set_weights([np.zeros((1, 1))])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.compile(SGD(0.5, decay=0.25), "mse")
    x, y = np.ones((1, 1)), np.ones((1, 1))
    weight, rate = 0.0, 0.5
    for step in range(4):
        if step == 2:
            model.optimizer.learning_rate = rate = 0.2
        model.train_on_batch(x, y)
        weight -= rate / (1 + 0.25 * step) * 2 * (weight - 1)
        np.testing.assert_allclose(model.get_weights()[0], weight, rtol=1e-5)
    assert float(model.optimizer.learning_rate) == pytest.approx(0.2)
    model.save(tmp_path / "model.keras")
    loaded = load_model(tmp_path / "model.keras")
    loaded.train_on_batch(x, y)
    weight -= 0.2 / (1 + 0.25 * 4) * 2 * (weight - 1)
    np.testing.assert_allclose(loaded.get_weights()[0], weight, rtol=1e-5)


def test_weight_decay_leaves_out_what_was_excluded_by_name_or_by_weight():
    optimizer = AdamW(0.5, weight_decay=0.1)
    optimizer.exclude_from_weight_decay(var_names=["bias"])
    after = moved(optimizer)
    np.testing.assert_allclose(after["dense/kernel"], 0.95)
    np.testing.assert_allclose(after["dense/bias"], 1.0)
    layer = Dense(2, name="dense")
    layer.build_for(np.zeros((1, 2), "float32"))
    optimizer = AdamW(0.5, weight_decay=0.1)
    optimizer.exclude_from_weight_decay([layer.kernel])
    np.testing.assert_allclose(moved(optimizer)["dense/kernel"], 1.0)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: Adam(-1.0), "learning_rate"),
        (lambda: SGD(momentum=2.0), r"momentum=0\.9"),
        (lambda: SGD(clipnorm=1.0, clipvalue=1.0), r"Write for example SGD\(clipnorm"),
        (lambda: SGD(clipnorm=-1.0), "clipnorm"),
        (lambda: AdamW(weight_decay=None), r"AdamW\(weight_decay=0\.004\)"),
        (lambda: optimizers.get("adamm"), "Did you mean 'Adam'|'adam'"),
        (lambda: schedules.PiecewiseConstantDecay([1], [1.0]), "one more value"),
        (lambda: SGD().apply([1.0]), "optimizer.apply"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_done(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


def test_a_schedule_cannot_be_overruled_by_a_number():
    optimizer = SGD(schedules.ExponentialDecay(0.1, 10, 0.9))
    with pytest.raises(TypeError, match=r"SGD\(learning_rate=0\.001\)"):
        optimizer.learning_rate = 0.5


def test_an_optax_transformation_is_an_optimizer():
    import optax

    grads = {path: jnp.ones_like(w) for path, w in PARAMS.items()}
    after = moved(optimizers.get(optax.sgd(0.25)), grads, steps=2)
    np.testing.assert_allclose(after["dense/bias"], 0.5)


def test_the_injected_learning_rate_of_optax_can_be_read_and_set():
    import optax

    clipped = optax.chain(
        optax.clip(9.0), optax.inject_hyperparams(optax.sgd)(learning_rate=0.25)
    )
    optimizer = optimizers.get(clipped)
    assert float(optimizer.learning_rate) == 0.25
    state = optimizer.init_missing(None, PARAMS)
    assert float(optimizer.rate_of(state)) == 0.25
    optimizer.learning_rate = 0.5
    assert float(optimizer.learning_rate) == 0.5
    grads = {path: jnp.ones_like(w) for path, w in PARAMS.items()}
    np.testing.assert_allclose(moved(optimizer, grads)["dense/bias"], 0.5)


def test_an_injected_schedule_of_optax_can_be_read_but_not_set():
    import optax

    rate = optax.linear_schedule(1.0, 0.0, 10)
    optimizer = optimizers.get(optax.inject_hyperparams(optax.sgd)(learning_rate=rate))
    assert float(optimizer.learning_rate) == 1.0
    with pytest.raises(TypeError, match="cannot be set from outside"):
        optimizer.learning_rate = 0.5


def test_a_rate_that_optax_keeps_to_itself_is_nan_and_the_advice_makes_it_settable():
    import optax

    optimizer = optimizers.get(optax.adam(0.001))
    assert np.isnan(float(optimizer.learning_rate))
    with pytest.raises(TypeError, match=r"inject_hyperparams\(optax\.adam\)\(l"):
        optimizer.learning_rate = 0.5
    advised = optimizers.get(optax.inject_hyperparams(optax.adam)(learning_rate=0.001))
    advised.learning_rate = 0.5
    assert float(advised.learning_rate) == 0.5


def test_a_fit_tells_and_takes_the_injected_learning_rate_of_optax():
    import optax

    from nbkeras.models import Sequential

    model = Sequential([Dense(1, use_bias=False)])
    sgd = optax.inject_hyperparams(optax.sgd)(learning_rate=0.5)
    model.compile(sgd, "mse")
    x, y = np.ones((4, 1), "float32"), np.zeros((4, 1), "float32")
    model.fit(x, y, batch_size=4, epochs=1, verbose=0)
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()[0]
    model.fit(x, y, batch_size=4, epochs=1, verbose=0)
    np.testing.assert_array_equal(model.get_weights()[0], before)


@pytest.mark.parametrize("library", [optimizers, keras.optimizers])
@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("Ftrl", {"initial_accumulator_value": -0.1}),
        ("Ftrl", {"l1_regularization_strength": -0.1}),
        ("Ftrl", {"l2_regularization_strength": -0.1}),
        ("Ftrl", {"l2_shrinkage_regularization_strength": -0.1}),
        ("Lion", {"beta_1": 0.0}),
        ("Lion", {"beta_1": 1.5}),
    ],
)
def test_settings_that_keras_refuses_are_refused(library, name, settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        getattr(library, name)(**settings)
