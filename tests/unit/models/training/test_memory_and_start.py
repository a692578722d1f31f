"""What a fit holds in memory, and what it compiles before its first step."""

import gc

import jax
import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.callbacks import LambdaCallback
from nbkeras.data import array_batches
from nbkeras.data.array_batches import ArrayBatches
from nbkeras.layers import Dense
from nbkeras.models.training.weight_checkout import key_data
from nbkeras.utils import set_random_seed

SHAPE = (7, 1031)  # of no other array
X, Y = np.ones((8, SHAPE[0]), "float32"), np.ones((8, SHAPE[1]), "float32")


@pytest.fixture
def model():
    gc.collect()  # models of other tests
    made = Sequential([Input(SHAPE[:1]), Dense(SHAPE[1], use_bias=False)])
    made.compile("adam", "mse")
    return made


def copies():
    """Arrays like the kernel: Adam has two for each."""
    return sum(each.shape == SHAPE for each in jax.live_arrays())


def test_a_fit_never_holds_weights_and_optimizer_more_than_twice(model):
    found = []
    watch = LambdaCallback(
        on_epoch_begin=lambda epoch, logs: found.append(copies()),
        on_train_batch_end=lambda batch, logs: found.append(copies()),
    )
    for _ in range(2):
        model.fit(X, Y, epochs=3, verbose=0, callbacks=[watch])
    assert max(found) <= 6


def test_a_run_that_is_over_leaves_them_once_however_it_is_kept(model):
    def fail(batch, logs):
        raise ArithmeticError

    gc.disable()  # the memory must not wait for the collector
    try:
        history = model.fit(X, Y, epochs=2, verbose=0)
        run = model.fit(X, Y, verbose=0, background=True)
        run.wait(60)
        assert copies() == 3
        failing = LambdaCallback(on_train_batch_end=fail)
        with pytest.raises(ArithmeticError) as error:
            model.fit(X, Y, epochs=2, verbose=0, callbacks=[failing])
        assert copies() == 3
    finally:
        gc.enable()
    assert history.model is run.history.model is model
    assert error.traceback


def test_an_array_that_the_user_holds_outlives_every_snapshot(model):
    model.fit(X, Y, verbose=0)
    held = model.layers[0].kernel.value
    before = np.array(held)
    seen = []
    model.fit(
        X,
        Y,
        epochs=3,
        verbose=0,
        callbacks=[
            LambdaCallback(
                on_epoch_end=lambda *_: seen.append(model.layers[0].kernel.value)
            )
        ],
    )
    np.testing.assert_array_equal(held, before)
    assert all(np.isfinite(each).all() for each in seen)


def test_the_key_of_a_run_is_that_of_jax():
    for seed in (0, 7, 2**31 - 1, 2**31, 2**32 - 1):
        expected = jax.random.key_data(jax.random.key(seed))
        np.testing.assert_array_equal(key_data(seed), expected)


def test_what_is_made_before_the_first_step_is_not_compiled_piece_by_piece(model):
    """Each piece costs some ten milliseconds at every start."""
    compiled = []

    def heard(event, seconds, **more):
        if event == "/jax/core/compile/backend_compile_duration":
            compiled.append(event)

    odd = Sequential([Input((3,)), Dense(11, "relu"), Dense(13)])
    odd.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, verbose=0)  # what does not depend on shapes
    jax.monitoring.register_event_duration_secs_listener(heard)
    try:
        odd.fit(np.ones((4, 3)), np.ones((4, 13)), verbose=0)
    finally:
        jax.monitoring.unregister_event_duration_listener(heard)
    # The copies for step and snapshot, and the step.
    assert len(compiled) == 3


def test_data_on_a_device_with_memory_of_its_own_is_gathered_there(monkeypatch):
    x = np.random.default_rng(0).random((40, 7)).astype("float32")
    y = np.random.default_rng(1).random((40, 3)).astype("float32")

    def trained():
        set_random_seed(3)
        model = Sequential([Input((7,)), Dense(3)])
        model.compile("adam", "mse")
        model.fit(x, y, epochs=2, batch_size=16, verbose=0)
        return model.get_weights()

    on_host = trained()
    monkeypatch.setattr(array_batches, "free_device_bytes", lambda: 1 << 30)
    kept, keep = [], ArrayBatches.keep_on_device
    monkeypatch.setattr(
        ArrayBatches, "keep_on_device", lambda b, most: kept.append(keep(b, most))
    )
    for ours, theirs in zip(trained(), on_host, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert kept == [True]
