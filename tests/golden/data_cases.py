"""Chains of tf.data methods, as functions of `tf.data` (real or ours)."""

import numpy as np

NUMBERS = np.arange(10, dtype=np.int32)
HALVES = np.arange(10, dtype=np.float32) * np.float32(1.5)
TABLE = {"b": [1, 2], "a": [0.5, 0.25]}


def _lists():
    return iter([[1], [2, 3], [4, 5, 6]])


def _pairs():
    return ((np.ones(i + 1), i) for i in range(3))


def _slices(data, arrays):
    return data.Dataset.from_tensor_slices(arrays)


def _of_lengths(tf):
    spec = tf.TensorSpec(shape=(None,), dtype="int32")
    return tf.data.Dataset.from_generator(_lists, output_signature=spec)


CASES = {
    "slices": lambda tf: _slices(tf.data, NUMBERS),
    "map of pairs, batch": lambda tf: (
        _slices(tf.data, (NUMBERS, HALVES)).map(lambda a, b: (a * 2, b / 3)).batch(4)
    ),
    "batch, drop_remainder": lambda tf: _slices(tf.data, (NUMBERS, HALVES)).batch(
        4, drop_remainder=True
    ),
    "map of dicts": lambda tf: _slices(tf.data, TABLE).map(
        lambda row: {"z": row["a"] * 2, "b": row["b"]}
    ),
    "dict and label, batch": lambda tf: _slices(tf.data, (TABLE, [0, 1])).batch(2),
    "texts, repeat": lambda tf: _slices(tf.data, ["ab", "c"]).repeat(2),
    "range": lambda tf: tf.data.Dataset.range(2, 9, 3),
    "skip, take, repeat": lambda tf: (
        tf.data.Dataset.range(10).skip(3).take(4).repeat(2)
    ),
    "take all": lambda tf: tf.data.Dataset.range(4).take(-1),
    "skip all": lambda tf: tf.data.Dataset.range(4).skip(-1),
    "take more than there are": lambda tf: tf.data.Dataset.range(4).take(9),
    "shard": lambda tf: tf.data.Dataset.range(10).shard(3, 1),
    "shard of a map": lambda tf: (
        _slices(tf.data, NUMBERS).map(lambda value: value + 1).shard(3, 2)
    ),
    "enumerate": lambda tf: _slices(tf.data, [5, 6]).enumerate(3),
    "zip of a tuple": lambda tf: tf.data.Dataset.zip(
        (tf.data.Dataset.range(3), tf.data.Dataset.range(5, 100))
    ),
    "zip with one without end": lambda tf: tf.data.Dataset.zip(
        tf.data.Dataset.range(3), tf.data.Dataset.range(5).repeat()
    ),
    "concatenate": lambda tf: tf.data.Dataset.range(3).concatenate(
        tf.data.Dataset.range(7, 9)
    ),
    "windows as inputs and target": lambda tf: (
        _slices(tf.data, NUMBERS)
        .window(3, shift=1, drop_remainder=True)
        .flat_map(lambda window: window.batch(3))
        .map(lambda window: (window[:-1], window[-1]))
    ),
    "window, stride": lambda tf: (
        tf.data.Dataset.range(7)
        .window(3, shift=2, stride=2)
        .flat_map(lambda window: window.batch(3))
    ),
    "windows with gaps": lambda tf: (
        tf.data.Dataset.range(10)
        .window(2, shift=5)
        .flat_map(lambda window: window.batch(3))
    ),
    "windows of pairs": lambda tf: (
        _slices(tf.data, (NUMBERS, HALVES))
        .window(4)
        .flat_map(lambda a, b: tf.data.Dataset.zip((a.batch(4), b.batch(4))))
    ),
    "filter": lambda tf: tf.data.Dataset.range(10).filter(lambda value: value % 3 == 0),
    "filter after unbatch": lambda tf: (
        tf.data.Dataset.range(10)
        .batch(1)
        .unbatch()
        .filter(lambda value: value % 3 == 0)
    ),
    "interleave in blocks": lambda tf: tf.data.Dataset.range(1, 5).interleave(
        lambda value: tf.data.Dataset.from_tensors(value).repeat(6),
        cycle_length=2,
        block_length=4,
    ),
    "interleave of unequal lengths": lambda tf: tf.data.Dataset.range(1, 6).interleave(
        lambda value: tf.data.Dataset.range(value), cycle_length=3, block_length=1
    ),
    "flat_map": lambda tf: _slices(tf.data, [[1, 2], [3, 4]]).flat_map(
        lambda row: tf.data.Dataset.from_tensor_slices(row)
    ),
    "from_generator, padded_batch": lambda tf: _of_lengths(tf).padded_batch(
        2, padding_values=-1
    ),
    "from_generator by types and shapes": lambda tf: tf.data.Dataset.from_generator(
        _pairs, output_types=("float32", "int64"), output_shapes=((None,), ())
    ).padded_batch(2, padded_shapes=((4,), ())),
    "from_generator by types": lambda tf: tf.data.Dataset.from_generator(
        _pairs, output_types=("float32", "int64")
    ),
    "take_while": lambda tf: tf.data.Dataset.range(9).take_while(
        lambda value: value < 4
    ),
    "scan": lambda tf: tf.data.Dataset.range(5).scan(
        np.int64(0), lambda state, value: (state + value, state + value)
    ),
    "buckets by length": lambda tf: _of_lengths(tf).bucket_by_sequence_length(
        lambda value: tf.shape(value)[0], [2], [2, 2]
    ),
    "repeat 0": lambda tf: tf.data.Dataset.range(3).repeat(0),
    "a list from map": lambda tf: _slices(tf.data, NUMBERS[:3]).map(
        lambda value: [value, value + 1]
    ),
    "choose_from_datasets": lambda tf: tf.data.Dataset.choose_from_datasets(
        [tf.data.Dataset.range(3), tf.data.Dataset.range(10, 13)],
        _slices(tf.data, np.array([0, 1, 1, 0], np.int64)),
    ),
    "constants from map": lambda tf: tf.data.Dataset.range(2).map(
        lambda value: (value, 1, 0.5, "a")
    ),
    "shuffle of one": lambda tf: tf.data.Dataset.range(6).shuffle(1),
}


def plain(element):
    """An element as JSON: dtypes beside values."""
    if isinstance(element, tuple | list):
        return [plain(part) for part in element]
    if isinstance(element, dict):
        return {name: plain(part) for name, part in sorted(element.items())}
    if isinstance(element, bytes):
        return element.decode()
    array = np.asarray(element)
    return [array.dtype.name, array.tolist()]
