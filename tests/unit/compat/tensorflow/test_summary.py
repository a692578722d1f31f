"""tf.summary writes scalars that TensorBoard reads."""

import struct

import pytest

from nbkeras.compat import tensorflow as tf
from nbkeras.core.notices import NbkerasNotice


def records(folder):
    """The events in the only file of a folder, as bytes."""
    (path,) = folder.iterdir()
    data, events = path.read_bytes(), []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        events.append(data[12 : 12 + length])
        data = data[16 + length :]
    return events


def test_scalars_are_written_within_the_context(tmp_path):
    writer = tf.summary.create_file_writer(str(tmp_path / "train"))
    with writer.as_default():
        assert tf.summary.scalar("loss", 0.5, step=3)
    assert not tf.summary.scalar("loss", 0.5, step=4)
    _, event = records(tmp_path / "train")
    assert b"loss" in event
    assert struct.pack("<f", 0.5) in event


def test_a_step_may_be_set_for_all(tmp_path):
    with tf.summary.create_file_writer(tmp_path).as_default(step=2):
        assert tf.summary.scalar("loss", tf.constant(1.0))
    assert len(records(tmp_path)) == 2


def test_a_scalar_without_a_step_says_how_to_give_one(tmp_path):
    with tf.summary.create_file_writer(tmp_path).as_default():
        with pytest.raises(ValueError, match=r"step=epoch\)"):
            tf.summary.scalar("loss", 1.0)


def test_what_is_not_written_is_said(tmp_path):
    with tf.summary.create_file_writer(tmp_path).as_default():
        with pytest.warns(NbkerasNotice, match="only scalars are written"):
            tf.summary.image("digits", None, step=1)


def test_a_name_of_tensorflow_1_says_what_to_write():
    with pytest.raises(AttributeError, match="create_file_writer"):
        _ = tf.summary.FileWriter


def test_a_compiled_function_writes_and_prints_at_each_call(tmp_path, capsys):
    writer = tf.summary.create_file_writer(str(tmp_path))

    @tf.function
    def step(x, number):
        with writer.as_default():
            tf.summary.scalar("loss", tf.reduce_sum(x), step=number // 10)
        tf.print("sum", tf.reduce_sum(x))
        return x

    for number in range(3):
        step(tf.ones(4) * number, tf.constant(10 * number))
    writer.close()
    assert not step._is_eager
    _, *events = records(tmp_path)
    assert [struct.pack("<f", 4.0 * n) in event for n, event in enumerate(events)] == [
        True
    ] * 3
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [(word, float(value)) for word, value in lines] == [
        ("sum", 0.0),
        ("sum", 4.0),
        ("sum", 8.0),
    ]
