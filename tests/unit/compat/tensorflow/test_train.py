"""tf.train: checkpoints of loops by hand, and the optimizers of TensorFlow 1."""

import numpy as np
import pytest

import nbkeras
from nbkeras import Variable, layers, optimizers
from nbkeras.compat import tensorflow as tf

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")


class Net(nbkeras.Model):
    """A model that is built when it is called."""

    def __init__(self):
        super().__init__()
        self.hidden = layers.Dense(4, activation="relu")
        self.head = layers.Dense(1)

    def call(self, x):
        return self.head(self.hidden(x))


def step(model, optimizer):
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(tf.square(model(X)))
    weights = model.trainable_variables
    optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
    return float(loss)


def test_a_restored_loop_goes_on_as_the_one_that_was_saved(tmp_path):
    model, optimizer = Net(), optimizers.Adam(0.1)
    for _ in range(3):
        step(model, optimizer)
    path = tf.train.Checkpoint(model=model, optimizer=optimizer).save(tmp_path / "ckpt")
    expected = [step(model, optimizer) for _ in range(3)]
    again, moments = Net(), optimizers.Adam(0.1)
    again(X)
    tf.train.Checkpoint(model=again, optimizer=moments).restore(path)
    assert [step(again, moments) for _ in range(3)] == pytest.approx(expected)


def test_a_model_that_is_not_built_is_restored_at_its_first_call(tmp_path):
    model = Net()
    y = model(X)
    path = tf.train.Checkpoint(net=model).save(tmp_path / "ckpt")
    later = Net()
    tf.train.Checkpoint(net=later).restore(path)
    np.testing.assert_allclose(later(X), y, rtol=1e-6)


def test_lists_dicts_and_checkpoints_within_one_are_saved(tmp_path):
    def made(value):
        inner = tf.train.Checkpoint(a=Variable(value))
        parts = {"b": [Variable(value + 1)], "c": Variable(value + 2)}
        return inner, parts, tf.train.Checkpoint(inner=inner, parts=parts)

    path = made(1.0)[2].save(tmp_path / "ckpt")
    inner, parts, checkpoint = made(7.0)
    checkpoint.restore(path).assert_consumed()
    assert [float(v) for v in (inner.a, parts["b"][0], parts["c"])] == [1, 2, 3]


def test_the_manager_keeps_the_newest_checkpoints(tmp_path):
    count = Variable(0)
    manager = tf.train.CheckpointManager(
        tf.train.Checkpoint(count=count), tmp_path, max_to_keep=2
    )
    assert manager.latest_checkpoint is None
    for _ in range(4):
        count.assign_add(1)
        manager.save()
    assert [p.rpartition("/")[2] for p in manager.checkpoints] == ["ckpt-3", "ckpt-4"]
    assert len(list(tmp_path.glob("*.npz"))) == 2
    assert tf.train.latest_checkpoint(tmp_path) == manager.latest_checkpoint


def test_nothing_is_restored_from_none():
    count = Variable(5)
    tf.train.Checkpoint(count=count).restore(None).expect_partial()
    assert int(count) == 5


def test_an_object_that_is_only_in_the_file_is_reported(tmp_path):
    path = tf.train.Checkpoint(a=Variable(1), b=Variable(2)).save(tmp_path / "ckpt")
    status = tf.train.Checkpoint(a=Variable(0)).restore(path)
    status.assert_existing_objects_matched()
    with pytest.raises(AssertionError, match=r"here: b\."):
        status.assert_consumed()


def test_a_missing_checkpoint_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="latest_checkpoint"):
        tf.train.Checkpoint(a=Variable(1)).restore(tmp_path / "ckpt-9")


def test_what_has_no_variables_is_refused():
    with pytest.raises(ValueError, match=r"step=tf\.Variable\(1\)"):
        tf.train.Checkpoint(step=1)


def test_a_different_model_is_refused(tmp_path):
    small = nbkeras.Sequential([layers.Input((3,)), layers.Dense(1)])
    large = nbkeras.Sequential([layers.Input((3,)), layers.Dense(2)])
    path = tf.train.Checkpoint(m=small).save(tmp_path / "b")
    with pytest.raises(ValueError, match="shape"):
        tf.train.Checkpoint(m=large).restore(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            tf.train.AdamOptimizer(0.01, 0.8, 0.9),
            optimizers.Adam(0.01, beta_1=0.8, beta_2=0.9, epsilon=1e-8),
        ),
        (
            tf.train.AdadeltaOptimizer(0.5, 0.9),
            optimizers.Adadelta(0.5, rho=0.9, epsilon=1e-8),
        ),
        (
            tf.train.AdagradOptimizer(0.5, 0.2),
            optimizers.Adagrad(0.5, initial_accumulator_value=0.2),
        ),
        (
            tf.train.FtrlOptimizer(0.5, -0.4, l2_regularization_strength=0.1),
            optimizers.Ftrl(
                0.5, learning_rate_power=-0.4, l2_regularization_strength=0.1
            ),
        ),
        (tf.train.GradientDescentOptimizer(0.5), optimizers.SGD(0.5)),
        (
            tf.train.MomentumOptimizer(0.5, 0.9, use_nesterov=True),
            optimizers.SGD(0.5, momentum=0.9, nesterov=True),
        ),
        (
            tf.train.RMSPropOptimizer(0.5, 0.8, 0.1),
            optimizers.RMSprop(0.5, rho=0.8, momentum=0.1, epsilon=1e-10),
        ),
    ],
)
def test_an_optimizer_of_tensorflow_1_is_that_of_today(old, new):
    config = new.get_config() | {"name": old.name}
    assert old.get_config() == config


def test_a_checkpoint_that_cannot_be_written_leaves_the_previous_one(
    tmp_path, monkeypatch
):
    weight = Variable(1.0)
    checkpoint = tf.train.Checkpoint(weight=weight)
    path = checkpoint.write(tmp_path / "ckpt")
    weight.assign(2.0)
    monkeypatch.setattr(np, "savez", _interrupted)
    with pytest.raises(KeyboardInterrupt):
        checkpoint.write(path)
    checkpoint.restore(path)
    assert float(weight) == 1.0
    assert [file.name for file in tmp_path.iterdir()] == ["ckpt.npz"]


def _interrupted(file, **arrays):
    file.write(b"half of it")
    raise KeyboardInterrupt


def test_what_is_missing_says_what_to_write():
    with pytest.raises(AttributeError, match="load_weights"):
        _ = tf.train.Saver
