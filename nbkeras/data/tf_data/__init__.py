"""`tf.data`: data sets as chains of transformations, read one element at a time."""

from types import SimpleNamespace

from nbkeras.data.tf_data.dataset import (
    AUTOTUNE,
    INFINITE_CARDINALITY,
    UNKNOWN_CARDINALITY,
    Dataset,
    Options,
    TextLineDataset,
    assert_cardinality,
)
from nbkeras.data.tf_data.elements import TensorSpec

# Names that stood here before they had a better place.
experimental = SimpleNamespace(
    AUTOTUNE=AUTOTUNE,
    INFINITE_CARDINALITY=INFINITE_CARDINALITY,
    UNKNOWN_CARDINALITY=UNKNOWN_CARDINALITY,
    cardinality=lambda dataset: dataset.cardinality(),
    assert_cardinality=assert_cardinality,
    sample_from_datasets=Dataset.sample_from_datasets,
    choose_from_datasets=Dataset.choose_from_datasets,
)

__all__ = [
    "AUTOTUNE",
    "INFINITE_CARDINALITY",
    "UNKNOWN_CARDINALITY",
    "Dataset",
    "Options",
    "TensorSpec",
    "TextLineDataset",
    "experimental",
]
