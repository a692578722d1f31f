"""Back in time: what goes on from a kept epoch is the run that had stopped there."""

import gc
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nbkeras import Input, Model, Sequential, optimizers
from nbkeras.callbacks import Callback, ReduceLROnPlateau
from nbkeras.layers import BatchNormalization, Dense, Dropout
from nbkeras.models.training import kept_epochs
from nbkeras.train import History

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype("float32")
Y = RNG.integers(0, 3, 50).astype("int32")
FIT = {"batch_size": 8, "verbose": 0}  # 7 batches, the last one short
KEEP = {**FIT, "keep_epochs": True}
MOST_EPOCHS = 5


def make(optimizer="adam"):
    model = Sequential(
        [
            Input((4,)),
            Dense(8, "relu"),
            BatchNormalization(),
            Dropout(0.5),
            Dense(3, "softmax"),
        ]
    )
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def renewed(model, seed=7):
    """As a new model of this seed, with the compiled steps of the model before."""
    model.reset_weights()
    draw = np.random.default_rng(seed)
    model.set_weights([draw.uniform(0.1, 1, w.shape) for w in model.get_weights()])
    model._seed = seed
    return model


MODELS = {
    "adam": make(),
    "averaged": make(optimizers.Adam(use_ema=True, ema_momentum=0.5)),
    "momentum": make(optimizers.SGD(0.1, momentum=0.9, nesterov=True)),
}
_references = {}


def reference(kind, epochs):
    """The weights after each of so many single epochs in one go: {epochs: arrays}."""
    if kind not in _references:
        model = renewed(MODELS[kind])
        _references[kind] = {0: model.get_weights()}
    known = _references[kind]
    if epochs not in known:
        model = renewed(MODELS[kind])
        model.fit(X, Y, epochs=epochs, **FIT)
        known[epochs] = model.get_weights()
    return known[epochs]


def same(a, b):
    return all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


class StopAfter(Callback):
    """Stop the run in the middle of an epoch, after so many batches."""

    def __init__(self, batches):
        super().__init__()
        self.left = batches

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            self.model.history.kept.control.stop()  # as the dashboard's button


@st.composite
def travels(draw):
    """[(epochs of a fit, batch at which it stops or None, share to go back to)]."""
    fit = st.tuples(
        st.integers(1, MOST_EPOCHS),
        st.none() | st.integers(1, 7 * MOST_EPOCHS),
        st.floats(0, 1),
    )
    return draw(st.sampled_from(["adam", "momentum"])), draw(
        st.lists(fit, min_size=1, max_size=3)
    )


@settings(max_examples=40, deadline=None, derandomize=True)
@given(travels())
def test_any_fits_stops_and_ways_back_end_where_one_run_would(travel):
    kind, fits = travel
    model = renewed(MODELS[kind])
    done = 0  # whole epochs that the model has had
    for epochs, stop_at, share in fits:
        stops = [StopAfter(stop_at)] if stop_at else []
        history = model.fit(X, Y, epochs=epochs, callbacks=stops, **KEEP)
        kept = history.kept_epochs
        back = kept[round(share * (len(kept) - 1))]
        history.go_back(back)
        done += back
        assert model.epochs_done == done
    weights = model.get_weights()
    model.fit(X, Y, epochs=1, **FIT)
    went_on = model.get_weights()
    assert same(weights, reference(kind, done))
    assert same(went_on, reference(kind, done + 1))


def test_every_epoch_and_the_start_are_kept():
    history = renewed(MODELS["adam"]).fit(X, Y, epochs=3, **KEEP)
    assert history.kept_epochs == [0, 1, 2, 3]
    assert same(history.model_at(0).get_weights(), reference("adam", 0))


def test_model_at_is_a_model_of_its_own_that_trains_on_bit_for_bit():
    history = renewed(MODELS["adam"]).fit(X, Y, epochs=4, **KEEP)
    model = history.model_at(2)
    assert same(model.get_weights(), reference("adam", 2))
    assert same(MODELS["adam"].get_weights(), reference("adam", 4))
    model.fit(X, Y, epochs=1, **FIT)
    assert same(model.get_weights(), reference("adam", 3))


def test_averaged_weights_are_those_that_a_fit_of_so_many_epochs_ends_with():
    model = renewed(MODELS["averaged"])
    history = model.fit(X, Y, epochs=3, **KEEP)
    history.go_back(2)
    went_back = model.get_weights()
    assert same(went_back, _averaged(2))
    assert not same(went_back, _averaged(3))


def _averaged(epochs):
    model = renewed(MODELS["averaged"])
    model.fit(X, Y, epochs=epochs, **FIT)
    return model.get_weights()


def test_a_rate_that_a_callback_lowered_belongs_to_its_epoch():
    model = renewed(MODELS["momentum"])
    lower = ReduceLROnPlateau("loss", factor=0.5, patience=0, min_delta=10)
    history = model.fit(X, Y, epochs=4, callbacks=[lower], **KEEP)
    rates = []
    for epoch in range(5):
        history.go_back(epoch)
        rates.append(round(float(model.optimizer.learning_rate), 6))
    model.optimizer.learning_rate = 0.1
    assert rates == [0.1, 0.1, 0.05, 0.025, 0.0125]


def test_a_state_that_is_too_large_for_the_memory_goes_to_disk(monkeypatch):
    monkeypatch.setattr(kept_epochs, "MEMORY_BYTES", 1000)
    model = renewed(MODELS["adam"])
    history = model.fit(X, Y, epochs=3, **KEEP)
    in_memory, on_disk = history.kept.sizes()
    assert in_memory == 0
    assert on_disk > 0
    history.go_back(1)
    model.fit(X, Y, epochs=1, **FIT)
    assert same(model.get_weights(), reference("adam", 2))
    files = list(kept_epochs._folder().glob("*.keras"))
    assert files
    history.kept.clear()
    gc.collect()
    assert not list(kept_epochs._folder().glob(f"{id(model)}-*.keras"))


def test_when_memory_is_short_epochs_are_let_go_but_not_the_first_best_and_newest(
    monkeypatch,
):
    monkeypatch.setattr(kept_epochs, "MEMORY_BYTES", 20_000)
    kept_epochs._runs.clear()
    history = renewed(MODELS["adam"]).fit(X, Y, epochs=30, **KEEP)
    losses = history.history["loss"]
    best = int(np.argmin(losses)) + 1
    assert {0, best, 30} <= set(history.kept_epochs)
    assert history.kept.sizes()[0] <= 20_000
    assert 4 <= len(history.kept_epochs) < 31


def test_the_disk_is_bounded_and_keeps_the_first_best_and_newest(monkeypatch):
    kept_epochs._runs.clear()
    monkeypatch.setattr(kept_epochs, "MEMORY_BYTES", 1000)  # every state goes to disk
    one = renewed(MODELS["adam"]).fit(X, Y, epochs=1, **KEEP)
    size = one.kept.sizes()[1] // len(one.kept_epochs)
    one.kept.clear()
    monkeypatch.setattr(kept_epochs, "DISK_BYTES", 5 * size)
    history = renewed(MODELS["adam"]).fit(X, Y, epochs=12, **KEEP)
    losses = history.history["loss"]
    best = int(np.argmin(losses)) + 1
    assert {0, best, 12} <= set(history.kept_epochs)
    assert 3 <= len(history.kept_epochs) <= 5
    assert history.kept.sizes() == (0, len(history.kept_epochs) * size)
    gc.collect()
    files = kept_epochs._folder().glob(f"{id(MODELS['adam'])}-*.keras")
    assert len(list(files)) == len(history.kept_epochs)
    history.kept.clear()


def test_an_older_run_makes_room_for_the_newest(monkeypatch):
    monkeypatch.setattr(kept_epochs, "MEMORY_BYTES", 10_000)
    kept_epochs._runs.clear()
    first = renewed(MODELS["adam"]).fit(X, Y, epochs=8, **KEEP)
    before = len(first.kept_epochs)
    second = MODELS["adam"].fit(X, Y, epochs=8, **KEEP)
    assert len(first.kept_epochs) < before
    assert first.kept.sizes()[0] + second.kept.sizes()[0] <= 10_000


def test_keeping_by_itself_takes_no_more_than_its_share_of_the_time():
    ticks = iter(range(10**6))  # each look at the clock is a second later
    kept = kept_epochs.KeptEpochs(None, None, "auto", lambda: float(next(ticks)))
    kept._keep = lambda number: taken.append(number)  # each keeping "took" one second
    kept._last_s, taken = 1.0, []
    kept._spent_s = 3.0
    kept._keep_in_time(1, run_s=100.0)
    assert taken == []
    kept._keep_in_time(2, run_s=140.0)
    assert taken == [2]


def test_a_script_keeps_nothing_unless_it_is_asked_to():
    history = renewed(MODELS["adam"]).fit(X, Y, epochs=1, **FIT)
    assert history.kept_epochs == []
    with pytest.raises(ValueError, match=r"Write model.fit\(..., keep_epochs=True\)"):
        history.model_at(1)


def test_a_history_without_a_run_says_how_to_keep_epochs():
    with pytest.raises(ValueError, match="keep_epochs=True"):
        History().go_back(1)


def test_an_epoch_that_was_not_kept_is_answered_with_the_nearest():
    history = renewed(MODELS["adam"]).fit(X, Y, epochs=2, **KEEP)
    with pytest.raises(ValueError, match=r"Write for example history.model_at\(2\)"):
        history.model_at(9)
    assert same(history.model_at(-1).get_weights(), reference("adam", 2))


def test_a_model_compiled_again_cannot_go_back():
    model = make()
    history = model.fit(X, Y, epochs=1, **KEEP)
    model.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(ValueError, match="was compiled again since this run"):
        history.go_back(0)


def test_a_wrong_keep_epochs_names_the_choices():
    with pytest.raises(ValueError, match="one of 'auto', True, False"):
        renewed(MODELS["adam"]).fit(X, Y, keep_epochs="all", verbose=0)


def test_going_back_during_a_run_stops_it_first():
    model = renewed(MODELS["adam"])
    run = model.fit(X, Y, epochs=100_000, background=True, **KEEP)
    while len(run.history.kept_epochs) < 4:
        pass
    running = run.history.model_at(2)
    run.history.go_back(2)
    history = run.wait()
    assert history.status == "stopped"
    assert history.kept.at == 2
    assert same(model.get_weights(), reference("adam", 2))
    assert same(running.get_weights(), reference("adam", 2))


class TwoOptimizers(Model):
    """A step of its own with a second optimizer, as in a GAN."""

    def __init__(self):
        super().__init__()
        self.first, self.second = Dense(4, "tanh"), Dense(1)

    def call(self, x):
        return self.second(self.first(x))

    def compile(self, **options):
        super().compile(**options)
        self.slow = optimizers.SGD(0.01, momentum=0.9)

    def train_step(self, data):
        import nbkeras

        x, y = data
        with nbkeras.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        first = self.first.trainable_weights
        second = self.second.trainable_weights
        grads = tape.gradient(loss, [*first, *second])
        self.slow.apply_gradients(zip(grads[:2], first, strict=True))
        self.optimizer.apply_gradients(zip(grads[2:], second, strict=True))
        return {"loss": loss}


def test_a_second_optimizer_of_an_own_step_goes_back_too():
    def fitted(epochs, **how):
        import nbkeras

        nbkeras.utils.set_random_seed(3)
        model = TwoOptimizers()
        model.compile(optimizer="adam", loss="mse")
        target = X.sum(1, keepdims=True)
        return model, model.fit(X, target, epochs=epochs, **FIT, **how)

    model, history = fitted(3, keep_epochs=True)
    history.go_back(1)
    model.fit(X, X.sum(1, keepdims=True), epochs=1, **FIT)
    assert same(model.get_weights(), fitted(2)[0].get_weights())


class OwnClass(Model):
    """A custom class, whose layers are built by the first batch."""

    def __init__(self):
        super().__init__()
        self.hidden = Dense(8, "relu")
        self.out = Dense(3, "softmax")

    def call(self, x):
        return self.out(self.hidden(x))


@pytest.mark.parametrize("kind", [make, OwnClass, TwoOptimizers])
def test_model_at_during_a_run_is_the_model_that_it_is_afterwards(kind):
    model, y = kind(), Y
    if kind is TwoOptimizers:
        model.compile(optimizer="adam", loss="mse")
        y = X.sum(1, keepdims=True)
    elif kind is OwnClass:
        model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    run = model.fit(X, y, epochs=100_000, background=True, **KEEP)
    while len(run.history.kept_epochs) < 4 and not run.done:
        time.sleep(0.01)
    during = run.history.model_at(1)
    assert during.running_cell() is None
    run.stop()
    run.wait(60)
    afterwards = run.history.model_at(1)
    assert during.get_weights()
    assert same(during.get_weights(), afterwards.get_weights())
    for other in (during, afterwards):
        other.fit(X, y, epochs=2, **FIT)
    assert same(during.get_weights(), afterwards.get_weights())
