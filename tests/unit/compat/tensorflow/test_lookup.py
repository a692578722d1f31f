"""tf.lookup tables, and tf.TensorArray."""

import numpy as np
import pytest

from nbkeras.compat import tensorflow as tf


def contents():
    keys, values = tf.constant(["cat", "dog"]), tf.constant([4, 7])
    return tf.lookup.KeyValueTensorInitializer(keys, values)


def test_a_static_table_has_a_default_for_unknown_keys():
    table = tf.lookup.StaticHashTable(contents(), default_value=-1)
    found = table.lookup(tf.constant([["dog", "cow"], ["cat", "cat"]]))
    assert found.numpy().tolist() == [[7, -1], [4, 4]]
    assert table[tf.constant("dog")].numpy() == 7
    assert int(table.size()) == 2


def test_a_table_from_numbers_to_words():
    backward = tf.lookup.KeyValueTensorInitializer([0, 1], ["no", "yes"])
    table = tf.lookup.StaticHashTable(backward, default_value="?")
    assert table.lookup(tf.constant([1, 5, 0])).numpy().tolist() == [
        b"yes",
        b"?",
        b"no",
    ]


def test_unknown_words_share_the_numbers_behind_the_vocabulary():
    words = tf.constant(["a", "b", "c"])
    numbers = tf.range(3, dtype=tf.int64)
    initializer = tf.lookup.KeyValueTensorInitializer(words, numbers)
    table = tf.lookup.StaticVocabularyTable(initializer, num_oov_buckets=5)
    known = table.lookup(tf.constant(["c", "a"])).numpy()
    assert known.tolist() == [2, 0]
    # TensorFlow 2.21 gives these numbers.
    unknown = table.lookup(tf.constant(["hello", "world", "keras"])).numpy()
    assert unknown.tolist() == [4, 6, 6]
    assert int(table.size()) == 8


def test_a_table_is_read_from_the_lines_of_a_file(tmp_path):
    (tmp_path / "vocabulary.txt").write_text("the\nof\nand\n")
    initializer = tf.lookup.TextFileInitializer(
        str(tmp_path / "vocabulary.txt"),
        tf.string,
        tf.lookup.TextFileIndex.WHOLE_LINE,
        tf.int64,
        tf.lookup.TextFileIndex.LINE_NUMBER,
    )
    table = tf.lookup.StaticHashTable(initializer, -1)
    assert table.lookup(tf.constant(["and", "the", "or"])).numpy().tolist() == [
        2,
        0,
        -1,
    ]


def test_a_mutable_table_learns_and_forgets():
    table = tf.lookup.experimental.MutableHashTable(tf.string, tf.float32, 0.0)
    table.insert(["x", "y"], [1.5, 2.5])
    table.remove(["x"])
    assert table.lookup(["x", "y"]).numpy().tolist() == [0.0, 2.5]


def test_a_dataset_looks_its_words_up():
    table = tf.lookup.StaticHashTable(contents(), default_value=0)
    dataset = tf.data.Dataset.from_tensor_slices(["dog", "cow"]).map(table.lookup)
    assert [int(n) for n in dataset] == [7, 0]


def test_keys_and_values_must_be_as_many():
    with pytest.raises(ValueError, match="one value for each key"):
        tf.lookup.KeyValueTensorInitializer(["a"], [1, 2])


def test_a_tensor_array_is_written_read_and_stacked():
    array = tf.TensorArray(tf.float32, size=1, dynamic_size=True)
    for step in (0, 2):
        array = array.write(step, tf.fill([2], float(step)))
    np.testing.assert_array_equal(array.stack(), [[0, 0], [0, 0], [2, 2]])
    assert int(array.size()) == 3
    np.testing.assert_array_equal(array.read(2), [2, 2])
    with pytest.raises(IndexError, match=r"array\.write\(1, value\)"):
        array.read(1)


def test_a_tensor_array_fills_within_a_compiled_function():
    @tf.function
    def doubled(x):
        array = tf.TensorArray(tf.float32, size=3)
        for step in range(3):
            array = array.write(step, 2 * x[step])
        return array.stack()

    np.testing.assert_array_equal(doubled(tf.constant([1.0, 2, 3])), [2, 4, 6])


def test_the_cardinality_of_a_dataset_is_a_tensor():
    dataset = tf.data.Dataset.range(7).batch(2)
    assert dataset.cardinality().numpy() == 4
    assert tf.data.experimental.cardinality(dataset).numpy() == 4
