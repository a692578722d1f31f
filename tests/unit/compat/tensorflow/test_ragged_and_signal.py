"""Ragged and sparse tensors, windows of signals and CSV rows, as TensorFlow has them."""

import numpy as np
import pytest

import nbkeras.compat.tensorflow as tf
from nbkeras import layers

pytestmark = pytest.mark.usefixtures("installed")


def test_split_texts_of_unequal_length_are_rows():
    words = tf.strings.split(["a b", "c"])
    assert words.to_list() == [[b"a", b"b"], [b"c"]]
    assert words.shape.as_list() == [2, None]
    assert words.row_lengths().numpy().tolist() == [2, 1]
    assert words.to_tensor("-").numpy().tolist() == [[b"a", b"b"], [b"c", b"-"]]
    assert tf.strings.reduce_join(words, axis=-1, separator="+").numpy().tolist() == [
        b"a+b",
        b"c",
    ]
    assert tf.strings.upper(words)[0].numpy().tolist() == [b"A", b"B"]


def test_rows_and_columns_of_ragged_tensors():
    rows = tf.ragged.constant([[1, 2, 3], [4], []])
    assert rows[:, :-1].to_list() == [[1, 2], [], []]
    assert rows[1:].to_list() == [[4], []]
    assert rows[0].numpy().tolist() == [1, 2, 3]
    cut = rows.to_tensor(default_value=9, shape=(None, 2)).numpy()
    assert cut.tolist() == [[1, 2], [4, 9], [9, 9]]
    with pytest.raises(ValueError, match=r"tf.ragged.constant\(\[\[1, 2\], \[3\]\]\)"):
        tf.RaggedTensor([1, 2], [3])


def test_a_lookup_and_its_inverse_keep_the_rows():
    letters = tf.strings.unicode_split(["abc", "de"], "UTF-8")
    ids_of = layers.StringLookup(vocabulary=list("abcde"), mask_token=None)
    letters_of = layers.StringLookup(
        vocabulary=ids_of.get_vocabulary(), invert=True, mask_token=None
    )
    ids = ids_of(letters)
    assert ids.to_tensor().numpy().tolist() == [[1, 2, 3], [4, 5, 0]]
    joined = tf.strings.reduce_join(letters_of(ids), axis=-1).numpy()
    assert joined.tolist() == [b"abc", b"de"]


def test_a_sparse_tensor_is_zeros_with_values():
    sparse = tf.SparseTensor([[0, 1], [1, 0]], [2.0, 3.0], [2, 2])
    dense = tf.sparse.to_dense(sparse).numpy()
    assert dense.tolist() == [[0, 2], [3, 0]]
    assert tf.sparse.from_dense(dense).values.numpy().tolist() == [2, 3]


# Values of TensorFlow 2.21.
def test_windows_equal_those_of_tensorflow():
    np.testing.assert_allclose(tf.signal.hann_window(5), [0, 0.5, 1, 0.5, 0], atol=1e-6)
    np.testing.assert_allclose(tf.signal.hann_window(4), [0, 0.5, 1, 0.5], atol=1e-6)
    np.testing.assert_allclose(
        tf.signal.hamming_window(4, periodic=False), [0.08, 0.77, 0.77, 0.08], atol=1e-6
    )


def test_stft_is_the_transform_of_each_weighted_window():
    x = np.random.default_rng(0).normal(size=(2, 20)).astype("float32")
    got = tf.signal.stft(x, frame_length=6, frame_step=3).numpy()
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(6) / 6)
    frames = np.stack([x[:, 3 * k : 3 * k + 6] for k in range(5)], axis=1)
    np.testing.assert_allclose(got, np.fft.rfft(frames * window, 8), atol=1e-5)
    assert tuple(tf.signal.frame(x, 6, 3, pad_end=True).shape) == (2, 7, 6)


def test_csv_rows_and_batches(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("name,age,ill\nAnn,3,0\nBo,,1\n", encoding="utf-8")
    rows = tf.data.experimental.CsvDataset(str(path), ["", 7, tf.int32], header=True)
    assert [[c.numpy() for c in row] for row in rows] == [[b"Ann", 3, 0], [b"Bo", 7, 1]]
    batches = tf.data.experimental.make_csv_dataset(
        str(path), batch_size=2, label_name="ill", num_epochs=1, shuffle=False
    )
    ((columns, labels),) = list(batches)
    assert columns["name"].numpy().tolist() == [b"Ann", b"Bo"]
    assert columns["age"].numpy().tolist() == [3, 0]
    assert labels.numpy().tolist() == [0, 1]
    needed = tf.data.experimental.CsvDataset(str(path), ["", 7.0, 1])
    with pytest.raises(ValueError, match="line 1: 'age' is no float32"):
        list(needed)
    with pytest.raises(FileNotFoundError, match="no file fits"):
        tf.data.experimental.make_csv_dataset(str(tmp_path / "*.tsv"), 2)


def test_batches_of_csv_rows_take_the_defaults_of_columns(tmp_path):
    make = tf.data.experimental.make_csv_dataset
    path = tmp_path / "a.csv"
    path.write_text("name,age,ill\nAnn,3,0\nBo,,1\n", encoding="utf-8")
    settings = {"batch_size": 2, "num_epochs": 1, "shuffle": False}
    ((columns),) = list(
        make(str(path), column_defaults=["", 7.5, tf.int64], **settings)
    )
    assert columns["age"].numpy().tolist() == [3, 7.5]
    assert str(columns["ill"].dtype) == "int64"
    ((columns),) = list(make(str(path), select_columns=[2, "name"], **settings))
    assert [*columns] == ["name", "ill"]
    with pytest.raises(ValueError, match="line 3: a value is missing"):
        make(str(path), column_defaults=["", tf.float32, 0], **settings)
    with pytest.raises(ValueError, match="2 values, and there are 3 columns"):
        make(str(path), column_defaults=["", 0], **settings)
    with pytest.raises(ValueError, match=r"no column 'agee'. Did you mean 'age'"):
        make(str(path), select_columns=["agee"], **settings)
    for text, advice in (
        ("", "Write first a line with the names"),
        ("a,b\n", "has no rows below its names"),
        ("a,b\n1\n", "line 2: 1 columns, and there are 2 names"),
    ):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ValueError, match=advice):
            make(str(path), 2)


def test_texts_of_equal_length_are_split_into_rows_too():
    letters = tf.strings.unicode_split(["abc", "def"], "UTF-8")
    assert isinstance(letters, tf.RaggedTensor)
    lookup = tf.keras.layers.StringLookup(vocabulary=list("abcdef"))
    assert lookup(letters).to_tensor().numpy().tolist() == [[1, 2, 3], [4, 5, 6]]


def test_a_function_of_texts_runs_as_it_is():
    lengths = tf.function(lambda texts: tf.strings.length(texts))
    assert lengths(tf.constant(["ab", "c"])).numpy().tolist() == [2, 1]
