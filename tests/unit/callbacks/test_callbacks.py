"""What callbacks promise beyond Keras: files, words, and no surprises."""

import csv
import errno

import numpy as np
import pytest

from nbkeras import Input, Recorder, Sequential, replay
from nbkeras.callbacks import (
    Callback,
    CSVLogger,
    EarlyStopping,
    History,
    LambdaCallback,
    LearningRateScheduler,
    ModelCheckpoint,
    ProgbarLogger,
    ReduceLROnPlateau,
    TensorBoard,
    TerminateOnNaN,
)
from nbkeras.layers import Dense
from nbkeras.models import load_model
from nbkeras.optimizers.schedules import ExponentialDecay

RNG = np.random.default_rng(0)
X = RNG.normal(size=(20, 4)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module")
def compiled():
    made = Sequential([Input((4,)), Dense(1)])
    made.compile("sgd", "mse")
    return made, made.get_weights()


@pytest.fixture
def fit(compiled):
    """Two epochs of two steps with the given callbacks; (history, model)."""
    made, weights = compiled
    made.set_weights(weights)
    made.optimizer.learning_rate = 0.01

    def run(*callbacks, **how):
        given = {"epochs": 2, "batch_size": 10, "verbose": 0, **how}
        return made.fit(X, Y, callbacks=list(callbacks), **given), made

    return run


def test_real_tensorboard_reads_what_was_written(fit, tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    board = TensorBoard(tmp_path, update_freq="batch", write_steps_per_second=True)
    history, _ = fit(board, validation_data=(X, Y), epochs=3)
    for part, prefix in (("train", ""), ("validation", "val_")):
        read = EventAccumulator(str(tmp_path / part)).Reload()
        scalars = read.Tensors("epoch_loss")
        assert [each.step for each in scalars] == [0, 1, 2]
        values = [each.tensor_proto.float_val[0] for each in scalars]
        np.testing.assert_allclose(values, history.history[f"{prefix}loss"], rtol=1e-6)
    train = EventAccumulator(str(tmp_path / "train")).Reload()
    assert [each.step for each in train.Tensors("batch_loss")] == [1, 2, 3, 4, 5, 6]
    assert len(train.Tensors("steps_per_second")) == 3


def test_a_checkpoint_is_the_model_as_it_was_then(fit, tmp_path):
    kept = []

    class Keep(Callback):
        def on_epoch_end(self, epoch, logs=None):
            kept.append(self.model.get_weights())

    fit(ModelCheckpoint(tmp_path / "{epoch}.keras"), Keep())
    for number in (1, 2):
        loaded = load_model(tmp_path / f"{number}.keras")
        for a, b in zip(loaded.get_weights(), kept[number - 1], strict=True):
            np.testing.assert_array_equal(a, b)
        assert int(loaded.optimizer.iterations) % 2 == 0


def test_a_full_disk_is_said_once_and_training_goes_on(fit, tmp_path, monkeypatch):
    good = tmp_path / "model.keras"
    fit(ModelCheckpoint(good), epochs=1)
    before = good.read_bytes()

    def full(self, *given, **more):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Sequential, "save", full)
    with pytest.warns(UserWarning, match="could not write.*is unchanged") as said:
        history, _ = fit(ModelCheckpoint(good), epochs=3)
    assert len(said) == 1
    assert history.epoch == [0, 1, 2]
    assert good.read_bytes() == before


def test_saving_the_best_of_what_is_not_there_saves_each_time(fit, tmp_path):
    with pytest.warns(UserWarning, match="saves each time.*Give fit validation_data"):
        fit(ModelCheckpoint(tmp_path / "{epoch}.keras", save_best_only=True))
    assert sorted(f.name for f in tmp_path.iterdir()) == ["1.keras", "2.keras"]


def test_the_old_period_saves_every_so_many_epochs(fit, tmp_path):
    with pytest.warns(UserWarning, match="write save_freq='2 epochs'"):
        save = ModelCheckpoint(tmp_path / "{epoch}.keras", period=2)
    fit(save, epochs=5)
    assert sorted(f.name for f in tmp_path.iterdir()) == ["2.keras", "4.keras"]


def test_a_checkpoint_says_what_it_does(fit, tmp_path, capsys):
    path = tmp_path / "best.weights.h5"
    fit(
        LambdaCallback(on_epoch_end=lambda e, logs: logs.update(score=5.0 - e)),
        ModelCheckpoint(
            path, "score", 1, save_best_only=True, save_weights_only=True, mode="max"
        ),
    )
    assert capsys.readouterr().out.split("\n") == [
        "",
        "Epoch 1: score improved to 5.00000",
        "",
        f"Epoch 1: saving model to {path}",
        "",
        "Epoch 2: score did not improve from 5.00000",
        "",
    ]


def test_a_file_name_with_an_unknown_entry_lists_the_known_ones(fit, tmp_path):
    with pytest.raises(KeyError, match=r"names 'acc'.*Available are: epoch, loss"):
        fit(ModelCheckpoint(tmp_path / "{acc}.keras"))


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: ModelCheckpoint("m.keras", save_freq=0), r"save_freq=100\)"),
        (
            lambda: ModelCheckpoint("m.keras", save_weights_only=True),
            r"ModelCheckpoint\('m.weights.h5'",
        ),
        (lambda: ModelCheckpoint("m.keras", mode="up"), "must be one of 'auto'"),
        (lambda: EarlyStopping(patience=-1), r"EarlyStopping\(patience=3\)"),
        (lambda: ReduceLROnPlateau(factor=1.0), r"factor=0.5\)"),
        (lambda: LearningRateScheduler(0.1), r"lambda epoch, lr: lr \* 0.9"),
        (
            lambda: LambdaCallback(on_epoch_ends=print),
            "Did you mean 'on_epoch_end'",
        ),
        (lambda: EarlyStopping(patients=3), "patience"),
    ],
)
def test_a_wrong_argument_is_found_where_it_is_written(make, advice):
    with pytest.raises((ValueError, TypeError), match=advice):
        make()


def test_a_schedule_that_returns_no_number_is_told(fit):
    with pytest.raises(ValueError, match=r"Write for example return 0\.001"):
        fit(LearningRateScheduler(lambda epoch, lr: None))


def test_an_error_within_a_schedule_is_the_error_that_shows(fit):
    def schedule(epoch, lr):
        return lr + "x"

    with pytest.raises(TypeError, match="unsupported operand"):
        fit(LearningRateScheduler(schedule))


@pytest.mark.parametrize(
    "callback",
    [
        LearningRateScheduler(lambda e: 0.1),
        ReduceLROnPlateau("loss", patience=1, min_delta=9),
    ],
)
def test_a_rate_that_follows_a_schedule_cannot_be_set(callback):
    made = Sequential([Input((4,)), Dense(1)])
    from nbkeras.optimizers import SGD

    made.compile(SGD(ExponentialDecay(0.01, 10, 0.9)), "mse")
    with pytest.raises(TypeError, match="follows the schedule ExponentialDecay"):
        made.fit(X, Y, epochs=4, verbose=0, callbacks=[callback])


def test_a_csv_file_goes_on_with_the_columns_that_come_later(fit, tmp_path):
    path = tmp_path / "log.csv"
    fit(CSVLogger(path, separator=";"))
    fit(CSVLogger(path, separator=";", append=True), validation_data=(X, Y))
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [row["epoch"] for row in rows] == ["0", "1", "0", "1"]
    assert list(rows[0]) == ["epoch", "loss", "val_loss"]
    assert [bool(row["val_loss"]) for row in rows[2:]] == [True, True]


def test_terminate_on_nan_ends_at_the_step_and_can_raise(fit):
    class Spoil(Callback):
        def on_train_batch_begin(self, batch, logs=None):
            if batch == 1:
                self.model.set_weights([w * np.nan for w in self.model.get_weights()])

    with pytest.warns(UserWarning, match="since batch 1 of epoch 1"):
        history, made = fit(Spoil(), TerminateOnNaN(), epochs=5)
    assert history.epoch == [0]
    assert np.isnan(history.history["loss"]).all()
    assert all(np.isfinite(w).all() for w in made.get_weights())
    with pytest.raises(RuntimeError, match="Batch 1: the loss is nan"):
        fit(Spoil(), TerminateOnNaN(raise_error=True))


def test_a_history_among_the_callbacks_is_filled_too(fit):
    mine = History()
    history, _ = fit(mine)
    assert mine.history == history.history
    assert mine.epoch == [0, 1]


def test_the_hooks_of_an_own_history_are_called_and_it_records(fit):
    class Rates(History):
        """A history that also keeps the learning rate of each epoch."""

        def on_train_begin(self, logs=None):
            super().on_train_begin(logs)
            self.rates = []

        def on_epoch_end(self, epoch, logs=None):
            super().on_epoch_end(epoch, logs)
            self.rates.append(float(self.model.optimizer.learning_rate))

    mine = Rates()
    history, made = fit(mine)
    assert mine.model is made
    assert mine.epoch == history.epoch == [0, 1]
    assert mine.history == history.history
    assert mine.rates == [float(made.optimizer.learning_rate)] * 2
    assert isinstance(history, Callback)


def test_a_history_that_overrides_a_hook_of_batches_gets_every_batch(fit):
    class Batches(History):
        """A history of batches, as tutorials write it, without `super()`."""

        def on_train_begin(self, logs=None):
            self.losses = []

        def on_batch_end(self, batch, logs=None):
            self.losses.append(logs.get("loss"))

    mine = Batches()
    history, _ = fit(mine)
    assert len(mine.losses) == 4
    assert mine.losses[-1] == pytest.approx(history.history["loss"][-1])
    assert mine.history == history.history


def test_a_recorder_among_the_callbacks_records(fit, tmp_path):
    fit(Recorder(tmp_path / "run.jsonl"))
    kinds = [type(event).__name__ for event in replay(tmp_path / "run.jsonl")]
    assert (kinds[0], kinds[-1], kinds.count("StepEnded")) == (
        "FitStarted",
        "FitEnded",
        4,
    )


def test_progbar_logger_writes_what_verbose_writes(fit, capsys):
    history, _ = fit(ProgbarLogger(), epochs=1)
    out = capsys.readouterr().out
    assert out.startswith("Epoch 1/1\n2/2 ")
    assert f"loss: {history.history['loss'][0]:.4f}" in out


def test_a_callback_without_the_base_class_or_its_constructor_works(fit):
    calls = []

    class Plain:
        def set_model(self, model):
            calls.append(model.name)

        def set_params(self, params):
            calls.append(params["epochs"])

        def on_epoch_end(self, epoch, logs=None):
            calls.append(epoch)

    class Careless(Callback):
        def __init__(self, word):
            self.word = word

        def on_train_end(self, logs=None):
            calls.append((self.word, self.params["steps"]))

    _, made = fit(Plain(), Careless("end"), epochs=1)
    assert calls == [made.name, 1, 0, ("end", 2)]


def test_logs_of_a_step_are_a_dict_of_floats_read_only_when_looked_at(fit):
    seen = []

    class Look(Callback):
        def on_train_batch_end(self, batch, logs=None):
            seen.append((type(logs["loss"]), dict(logs), {**logs}, list(logs.items())))

    fit(Look(), epochs=1)
    for kind, copied, unpacked, items in seen:
        assert kind is float
        assert copied == unpacked == dict(items)
        assert list(copied) == ["loss"]


def test_what_a_callback_adds_to_the_logs_of_an_epoch_is_in_the_history(fit):
    history, _ = fit(LambdaCallback(on_epoch_end=lambda e, logs: logs.update(extra=e)))
    assert history.history["extra"] == [0, 1]


def test_one_callback_serves_two_fits(fit):
    early = EarlyStopping("loss", patience=1, min_delta=1e9)
    first, _ = fit(early, epochs=9)
    second, _ = fit(early, epochs=9)
    assert first.epoch == second.epoch == [0, 1]


def test_the_class_in_place_of_an_object_is_told(fit):
    with pytest.raises(TypeError, match=r"callbacks=\[EarlyStopping\(\)\]"):
        fit(EarlyStopping)


def test_a_function_in_place_of_a_callback_is_told(fit):
    with pytest.raises(TypeError, match="LambdaCallback"):
        fit(print)


def test_targets_that_are_not_finite_start_a_run_that_terminate_on_nan_ends(compiled):
    model, _ = compiled
    y = Y.copy()
    y[3] = np.inf
    with pytest.raises(ValueError, match="infinite"):
        model.fit(X, y, verbose=0)
    with pytest.warns(UserWarning, match="infinite"):
        history = model.fit(
            X,
            y,
            validation_data=(X, Y),
            epochs=3,
            verbose=0,
            callbacks=[TerminateOnNaN()],
        )
    assert len(history.epoch) == 1
    assert not np.isfinite(history.history["loss"][0])
    assert np.isnan(history.history["val_loss"]).all()
