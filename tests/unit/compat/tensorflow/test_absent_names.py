"""A name of TensorFlow that is missing is called by its path, with what to write."""

import pytest

from nbkeras.compat import tensorflow as tf


@pytest.mark.parametrize(
    "path",
    "data.TFRecordDataset data.experimental.dense_to_ragged_batch nest.yield_paths "
    "config.experimental.no_such sparse.add errors.NoSuchError test.TestCase "
    "distribute.TPUStrategy autograph.to_graph io.gfile.no_such lookup.experimental.No "
    "version.COMPILER feature_column contrib raw_ops".split(),
)
def test_a_missing_name_is_called_by_its_path_below_tf(path):
    *parents, name = path.split(".")
    owner = tf
    for parent in parents:
        owner = getattr(owner, parent)
    with pytest.raises(AttributeError, match=rf"^tf\.{path} is not here") as error:
        getattr(owner, name)
    assert any(word in str(error.value).lower() for word in ("write", "read", "jax."))


def test_a_missing_method_of_a_dataset_says_what_to_write():
    dataset = tf.data.Dataset.range(3)
    with pytest.raises(AttributeError, match=r"Write padded_batch\(batch_size\)"):
        dataset.ragged_batch(2)
    with pytest.raises(AttributeError, match="Did you mean 'prefetch'"):
        dataset.map(lambda x: x).batch(2).prefetsh(1)
