"""What goes on is the run that would have been, bit for bit, dropout and order too."""

import numpy as np
import pytest

from nbkeras import Input, Sequential
from nbkeras.callbacks import BackupAndRestore, Callback, EarlyStopping
from nbkeras.layers import BatchNormalization, Dense, Dropout
from nbkeras.models import load_model
from nbkeras.saving import keras_archive

RNG = np.random.default_rng(0)
X = RNG.normal(size=(50, 4)).astype("float32")
Y = RNG.integers(0, 3, 50).astype("int32")
FIT = {"batch_size": 8, "verbose": 0}  # 7 batches, the last one short


def make():
    made = Sequential(
        [
            Input((4,)),
            Dense(8, "relu"),
            BatchNormalization(),
            Dropout(0.5),
            Dense(3, "softmax"),
        ]
    )
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


SHARED = make()


def new(seed=7):
    """As in a new process, but with the compiled steps of the model before."""
    SHARED.reset_weights()
    draw = np.random.default_rng(seed)
    SHARED.set_weights([draw.uniform(0.1, 1, w.shape) for w in SHARED.get_weights()])
    SHARED._seed = seed
    return SHARED


def test_a_new_model_has_nothing_left_of_the_one_before(unbroken):
    made = new()
    assert made.optimizer.state is None
    assert (made.epochs_done, made._steps_done) == (0, 0)
    made.fit(X, Y, epochs=4, **FIT)
    fresh = make()
    fresh.set_weights(new().get_weights())
    fresh._seed = 7
    fresh.fit(X, Y, epochs=4, **FIT)
    assert_same(fresh, unbroken[0])


@pytest.fixture(scope="module")
def unbroken():
    """Weights and history of four epochs in one go."""
    made = new()
    history = made.fit(X, Y, epochs=4, **FIT)
    return made.get_weights(), history.history


def assert_same(made, weights):
    for a, b in zip(made.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(a, b)


class StopAt(Callback):
    """Raise after batch `batch` of epoch `epoch`, as a kernel that dies would."""

    def __init__(self, epoch, batch, error=OSError("power cut")):
        super().__init__()
        self.epoch, self.batch, self.error, self.now = epoch, batch, error, -1

    def on_epoch_begin(self, epoch, logs=None):
        self.now = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.now, batch) == (self.epoch, self.batch):
            raise self.error


def test_two_and_two_epochs_are_four(unbroken):
    made = new()
    first = made.fit(X, Y, epochs=2, **FIT)
    second = made.fit(X, Y, epochs=2, **FIT)
    assert_same(made, unbroken[0])
    assert first.history["loss"] + second.history["loss"] == unbroken[1]["loss"]
    assert made.epochs_done == 4


def test_initial_epoch_goes_on_counting(unbroken):
    made = new()
    made.fit(X, Y, epochs=2, **FIT)
    history = made.fit(X, Y, epochs=4, initial_epoch=2, **FIT)
    assert history.epoch == [2, 3]
    assert_same(made, unbroken[0])


def test_the_same_seed_gives_the_same_run_and_another_seed_another(unbroken):
    made = new()
    made.fit(X, Y, epochs=4, **FIT)
    assert_same(made, unbroken[0])
    other = new()
    other._seed = 8
    other.fit(X, Y, epochs=4, **FIT)
    assert not np.array_equal(other.get_weights()[0], unbroken[0][0])


def test_the_users_own_random_numbers_change_nothing(unbroken):
    class Draws(Callback):
        def on_train_batch_end(self, batch, logs=None):
            np.random.rand(3)

    made = new()
    made.fit(X, Y, epochs=4, callbacks=[Draws()], **FIT)
    assert_same(made, unbroken[0])


def test_a_loaded_model_goes_on_as_the_saved_one_would(unbroken, tmp_path):
    made = new()
    made.fit(X, Y, epochs=2, **FIT)
    made.save(tmp_path / "half.keras")
    loaded = load_model(tmp_path / "half.keras")
    assert loaded.epochs_done == 2
    loaded.fit(X, Y, epochs=2, **FIT)
    assert_same(loaded, unbroken[0])


@pytest.mark.parametrize("at", [(0, 6), (1, 3), (3, 0)])
def test_a_backup_of_epochs_goes_on_after_a_crash(unbroken, tmp_path, at):
    crash = [BackupAndRestore(tmp_path), StopAt(*at)]
    with pytest.raises(OSError, match="power cut"):
        new().fit(X, Y, epochs=4, callbacks=crash, **FIT)
    again = new()
    history = again.fit(X, Y, epochs=4, callbacks=[BackupAndRestore(tmp_path)], **FIT)
    assert history.epoch == list(range(at[0], 4))
    assert history.history["loss"] == unbroken[1]["loss"][at[0] :]
    assert_same(again, unbroken[0])
    assert list(tmp_path.iterdir()) == []  # it came to its end


def test_a_backup_within_an_epoch_goes_on_at_its_batch(unbroken, tmp_path):
    crash = [BackupAndRestore(tmp_path, save_freq=3), StopAt(1, 3)]
    with pytest.raises(OSError, match="power cut"):
        new().fit(X, Y, epochs=4, callbacks=crash, **FIT)  # 9 batches are safe
    again, seen = new(seed=99), []

    class Count(Callback):
        def on_train_batch_begin(self, batch, logs=None):
            seen.append(batch)

    callbacks = [BackupAndRestore(tmp_path, save_freq=3), Count()]
    history = again.fit(X, Y, epochs=4, callbacks=callbacks, **FIT)
    assert seen[:6] == [2, 3, 4, 5, 6, 0]
    assert history.history["loss"] == unbroken[1]["loss"][1:]
    assert history.history["accuracy"] == unbroken[1]["accuracy"][1:]
    assert_same(again, unbroken[0])


def test_many_crashes_are_one_run(unbroken, tmp_path):
    for at in ((0, 2), (0, 5), (1, 1), (2, 6), (3, 4)):
        callbacks = [BackupAndRestore(tmp_path, save_freq=1), StopAt(*at)]
        with pytest.raises(OSError, match="power cut"):
            new().fit(X, Y, epochs=4, callbacks=callbacks, **FIT)
    made = new()
    made.fit(X, Y, epochs=4, callbacks=[BackupAndRestore(tmp_path)], **FIT)
    assert_same(made, unbroken[0])


def test_a_second_fit_backs_up_its_own_orders_of_rows(unbroken, tmp_path):
    made = new()
    made.fit(X, Y, epochs=2, **FIT)
    with pytest.raises(OSError, match="power cut"):
        made.fit(
            X, Y, epochs=2, callbacks=[BackupAndRestore(tmp_path), StopAt(1, 2)], **FIT
        )
    again = new()
    again.fit(X, Y, epochs=2, callbacks=[BackupAndRestore(tmp_path)], **FIT)
    assert_same(again, unbroken[0])
    assert again.epochs_done == 4


def test_a_damaged_backup_is_passed_over_for_the_one_before(unbroken, tmp_path):
    with pytest.raises(OSError, match="power cut"):
        new().fit(
            X, Y, epochs=4, callbacks=[BackupAndRestore(tmp_path), StopAt(2, 1)], **FIT
        )
    latest = tmp_path / "latest.keras"
    latest.write_bytes(latest.read_bytes()[:1000])
    again = new()
    with pytest.warns(UserWarning, match="cannot be read and is skipped"):
        history = again.fit(
            X, Y, epochs=4, callbacks=[BackupAndRestore(tmp_path)], **FIT
        )
    assert history.epoch == [1, 2, 3]
    assert_same(again, unbroken[0])


@pytest.mark.parametrize("damaged", [b"", b"PK"])
def test_each_run_says_that_its_backup_cannot_be_read(tmp_path, damaged):
    for _ in range(2):
        (tmp_path / "latest.keras").write_bytes(damaged)
        with pytest.warns(UserWarning, match="cannot be read and is skipped"):
            history = new().fit(
                X, Y, epochs=2, callbacks=[BackupAndRestore(tmp_path)], **FIT
            )
        assert history.epoch == [0, 1]


def test_a_backup_that_cannot_be_removed_does_not_lose_the_run(tmp_path):
    (tmp_path / "previous.keras").mkdir()
    (tmp_path / "previous.keras" / "file").touch()
    with (
        pytest.warns(UserWarning, match="it is a folder without config.json"),
        pytest.warns(UserWarning, match=r"could not remove .* run itself is complete"),
    ):
        history = new().fit(
            X, Y, epochs=1, callbacks=[BackupAndRestore(tmp_path)], **FIT
        )
    assert history.epoch == [0]


def test_an_interrupted_run_keeps_its_backup_and_a_stopped_one_does_not(tmp_path):
    press = StopAt(1, 2, KeyboardInterrupt())
    with pytest.raises(KeyboardInterrupt):
        new().fit(X, Y, epochs=4, callbacks=[BackupAndRestore(tmp_path), press], **FIT)
    assert (tmp_path / "latest.keras").exists()
    early = EarlyStopping("loss", patience=0, min_delta=9e9)
    new().fit(X, Y, epochs=4, callbacks=[BackupAndRestore(tmp_path), early], **FIT)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_of_another_model_changes_nothing(tmp_path):
    other = Sequential([Input((4,)), Dense(5, "softmax")])
    other.compile("sgd", "sparse_categorical_crossentropy")
    with pytest.raises(OSError, match="power cut"):
        other.fit(
            X, Y, epochs=2, callbacks=[BackupAndRestore(tmp_path), StopAt(1, 0)], **FIT
        )
    made = new()
    with pytest.warns(UserWarning, match="cannot be read and is skipped"):
        history = made.fit(
            X, Y, epochs=1, callbacks=[BackupAndRestore(tmp_path)], **FIT
        )
    assert history.epoch == [0]


@pytest.mark.parametrize(
    "state", ['{"seed": -1}', '{"seed": "1"}', "[]", '{"epochs_done": 1e99}', "{"]
)
def test_a_file_with_a_senseless_state_is_refused(tmp_path, state):
    path = tmp_path / "model.keras"
    made = new()
    made.save(path)
    config, weights = keras_archive.read(path)
    keras_archive.write(path, config, weights, {"nbkeras/state.json": state})
    with pytest.raises(ValueError, match=r"integers|cannot be read"):
        load_model(path)


def test_steps_over_a_generator_go_on_where_they_were(tmp_path):
    """With steps_per_epoch the data goes round; a resumed run is in the same place."""

    def run(made, callbacks, **more):
        return made.fit(
            X,
            Y,
            steps_per_epoch=5,
            batch_size=8,
            verbose=0,
            callbacks=callbacks,
            **more,
        )

    run(new(), [], epochs=4)
    whole = SHARED.get_weights()
    halves = new()
    run(halves, [], epochs=2)
    run(halves, [], epochs=4, initial_epoch=2)
    assert_same(halves, whole)
    with pytest.raises(OSError, match="power cut"):
        run(new(), [BackupAndRestore(tmp_path, 2), StopAt(2, 4)], epochs=4)
    again = new()
    run(again, [BackupAndRestore(tmp_path, 2)], epochs=4)
    assert_same(again, whole)
