"""`tf.data`: datasets as chains of transformations of elements."""

from nbkeras.core.names import tensorflow_names
from nbkeras.data.tf_data.csv_datasets import CsvDataset, make_csv_dataset
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

# `tf.data.experimental`: older paths of the names above.
experimental = tensorflow_names.Namespace(
    "data.experimental",
    AUTOTUNE=AUTOTUNE,
    INFINITE_CARDINALITY=INFINITE_CARDINALITY,
    UNKNOWN_CARDINALITY=UNKNOWN_CARDINALITY,
    CsvDataset=CsvDataset,
    make_csv_dataset=make_csv_dataset,
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


def __getattr__(name: str):
    if name[:1] == "_":
        raise AttributeError(name)
    raise AttributeError(tensorflow_names.message(f"data.{name}"))
