"""FeatureSpace: columns of a table, encoded each in its way, as one array."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, Literal, Self

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import check
from nbkeras.core.annotations import Config
from nbkeras.core.serialization import shared_objects
from nbkeras.core.serialization.configurable import as_dict
from nbkeras.layers import (
    CategoryEncoding,
    Concatenate,
    Discretization,
    HashedCrossing,
    Hashing,
    Identity,
    Input,
    IntegerLookup,
    Layer,
    Normalization,
    Rescaling,
    StringLookup,
)
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.layers.engine.registry import register, registry
from nbkeras.models.saving import assets
from nbkeras.saving import keras_archive, weight_layout

# The module that Keras names in files for features and crosses.
_MODULE = "keras.src.layers.preprocessing.feature_space"


class Feature:
    """How one column is read and encoded; made by the methods of `FeatureSpace`.

    Args:
        dtype: of the column: "float32", "int32" or "string".
        preprocessor: the layer that it goes through.
        output_mode: "float", "int", or "one_hot" for numbers of classes.
    """

    saved_as = (_MODULE, "Feature", "Feature")

    def __init__(self, dtype: str, preprocessor: Layer, output_mode: str) -> None:
        modes = ("float", "int", "one_hot")
        self.output_mode = check.choice("Feature", "output_mode", output_mode, modes)
        self.dtype = dtype
        self.preprocessor = preprocessor

    def get_config(self) -> Config:
        """The arguments, the layer as its config."""
        return {
            "dtype": self.dtype,
            "preprocessor": as_dict(self.preprocessor),
            "output_mode": self.output_mode,
        }

    @classmethod
    def from_config(cls, config: Config) -> Feature:
        """An equal feature."""
        preprocessor = registry.get(config["preprocessor"])
        return cls(config["dtype"], preprocessor, config["output_mode"])


class Cross:
    """Columns that are hashed together; made by `FeatureSpace.cross`.

    Args:
        feature_names: names of the columns.
        crossing_dim: number of bins.
        output_mode: "int" or "one_hot".
    """

    saved_as = (_MODULE, "Cross", "Cross")

    def __init__(
        self,
        feature_names: Sequence[str],
        crossing_dim: int,
        output_mode: Literal["int", "one_hot"] = "one_hot",
    ) -> None:
        self.output_mode = check.choice(
            "Cross", "output_mode", output_mode, ("int", "one_hot")
        )
        self.feature_names = tuple(feature_names)
        self.crossing_dim = crossing_dim

    @property
    def name(self) -> str:
        """The names of its columns, joined."""
        return "_X_".join(self.feature_names)

    def get_config(self) -> Config:
        """The arguments."""
        return {
            "feature_names": list(self.feature_names),
            "crossing_dim": self.crossing_dim,
            "output_mode": self.output_mode,
        }


@register("FeatureSpace")
class FeatureSpace(Layer):
    """Encode the columns of a table: normalize, bin, look up, hash and cross them.

    Args:
        features: {column: kind}, a kind as a name: "float", "float_normalized",
            "float_rescaled", "float_discretized", "integer_categorical",
            "string_categorical", "integer_hashed" or "string_hashed"; or as made by
            the methods of these names, which take settings.
        output_mode: "concat" gives one array (batch, width), columns in alphabetical
            order and crosses after them; "dict" one array for each.
        crosses: columns to be hashed together, [("a", "b")] or from `cross`.
        crossing_dim: number of bins of a cross.
        hashing_dim: number of bins of "integer_hashed" and "string_hashed".
        num_discretization_bins: number of bins of "float_discretized".
        name: as in `Layer`.

    Raises:
        ValueError: no features, an unknown kind, or a cross of unknown columns.

    >>> space = FeatureSpace({"age": "float_normalized", "job": "string_categorical"})
    >>> table = {"age": [20.0, 40.0], "job": ["cook", "pilot"]}
    >>> space.adapt(table)
    >>> space(table).tolist()
    [[-1.0, 0.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0]]
    """

    keras_module = "keras.utils"
    # Files hold it where they hold a model otherwise.
    is_saved_alone = True
    compiled = False
    optimizer = None

    def __init__(
        self,
        features: Mapping[str, str | Feature | Config],
        output_mode: Literal["concat", "dict"] = "concat",
        crosses: Sequence[Sequence[str] | Cross | Config] | None = None,
        crossing_dim: int | None = 32,
        hashing_dim: int = 32,
        num_discretization_bins: int = 32,
        name: str | None = None,
    ) -> None:
        super().__init__(name=name)
        if not features:
            raise ValueError(
                "FeatureSpace(features=...) cannot be None or empty. Write for example "
                'FeatureSpace({"age": "float_normalized"}).'
            )
        if output_mode not in ("concat", "dict"):
            raise ValueError(
                f"FeatureSpace got {output_mode!r} for argument `output_mode`. Write "
                'output_mode="concat" or output_mode="dict".'
            )
        self.output_mode = output_mode
        self.crossing_dim = crossing_dim
        self.hashing_dim = hashing_dim
        self.num_discretization_bins = num_discretization_bins
        self.features = {
            column: self._feature(column, kind) for column, kind in features.items()
        }
        self.crosses = [self._cross(cross) for cross in crosses or ()]
        self.inputs = {
            column: Input((1,), dtype=feature.dtype, name=column)
            for column, feature in self.features.items()
        }
        self.preprocessors = {
            column: feature.preprocessor for column, feature in self.features.items()
        }
        self.crossers = {
            cross.name: HashedCrossing(cross.crossing_dim, name=cross.name)
            for cross in self.crosses
        }
        self.encoded_features = None
        self._is_adapted = not self._waiting_for_data()

    # The kinds of features.

    @classmethod
    def feature(cls, dtype: str, preprocessor: Layer, output_mode: str) -> Feature:
        """A column that goes through a layer of your own choice."""
        return Feature(dtype, preprocessor, output_mode)

    @classmethod
    def cross(
        cls,
        feature_names: Sequence[str],
        crossing_dim: int,
        output_mode: Literal["int", "one_hot"] = "one_hot",
    ) -> Cross:
        """Columns that are hashed together."""
        return Cross(feature_names, crossing_dim, output_mode)

    @classmethod
    def float(cls, name: str | None = None) -> Feature:
        """Numbers as they are."""
        return Feature("float32", Identity(name=_named(name)), "float")

    @classmethod
    def float_rescaled(
        cls, scale: Any = 1.0, offset: Any = 0.0, name: str | None = None
    ) -> Feature:
        """`number * scale + offset`."""
        layer = Rescaling(scale, offset, name=_named(name))
        return Feature("float32", layer, "float")

    @classmethod
    def float_normalized(cls, name: str | None = None) -> Feature:
        """Numbers of mean 0 and variance 1."""
        return Feature("float32", Normalization(name=_named(name)), "float")

    @classmethod
    def float_discretized(
        cls,
        num_bins: int | None,
        bin_boundaries: Sequence[Any] | None = None,
        output_mode: Literal["int", "one_hot"] = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The bin of each number: of `num_bins` of equal share, or by boundaries."""
        bins = num_bins if bin_boundaries is None else None
        layer = Discretization(bin_boundaries, num_bins=bins, name=_named(name))
        return Feature("float32", layer, output_mode)

    @classmethod
    def integer_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: Literal["int", "one_hot"] = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The place of each integer among those that occur."""
        layer = IntegerLookup(max_tokens, num_oov_indices, name=_named(name))
        return Feature("int32", layer, output_mode)

    @classmethod
    def string_categorical(
        cls,
        max_tokens: int | None = None,
        num_oov_indices: int = 1,
        output_mode: Literal["int", "one_hot"] = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The place of each string among those that occur."""
        layer = StringLookup(max_tokens, num_oov_indices, name=_named(name))
        return Feature("string", layer, output_mode)

    @classmethod
    def integer_hashed(
        cls,
        num_bins: int,
        output_mode: Literal["int", "one_hot"] = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The hash of each integer."""
        return Feature("int32", Hashing(num_bins, name=_named(name)), output_mode)

    @classmethod
    def string_hashed(
        cls,
        num_bins: int,
        output_mode: Literal["int", "one_hot"] = "one_hot",
        name: str | None = None,
    ) -> Feature:
        """The hash of each string."""
        return Feature("string", Hashing(num_bins, name=_named(name)), output_mode)

    def _feature(self, column, kind):
        if isinstance(kind, Feature):
            return kind
        if isinstance(kind, dict):
            return Feature.from_config(kind["config"])
        settings = {
            "float_discretized": (self.num_discretization_bins,),
            "integer_hashed": (self.hashing_dim,),
            "string_hashed": (self.hashing_dim,),
        }
        known = ("float", *_KINDS)
        if kind not in known:
            raise ValueError(
                f"FeatureSpace: invalid feature type {kind!r} of {column!r}."
                f"{check.did_you_mean(str(kind), known)} Known are {', '.join(known)}."
            )
        return getattr(self, kind)(*settings.get(kind, ()), name=column)

    def _cross(self, cross):
        if isinstance(cross, dict):
            cross = Cross(**cross["config"])
        if not isinstance(cross, Cross):
            if not self.crossing_dim:
                raise ValueError(
                    "FeatureSpace(crosses=...) needs `crossing_dim`, the number of "
                    "bins. Write for example crossing_dim=32."
                )
            cross = Cross(cross, self.crossing_dim)
        unknown = [name for name in cross.feature_names if name not in self.features]
        if unknown:
            raise ValueError(
                f"FeatureSpace: the columns of a cross should be present in "
                f"`features`, and {unknown[0]!r} is not."
                f"{check.did_you_mean(unknown[0], list(self.features))}"
            )
        return cross

    # Learning what the data holds.

    def _waiting_for_data(self):
        """The columns whose layers must be adapted."""
        return [
            column
            for column, layer in self.preprocessors.items()
            if hasattr(layer, "adapt") and not _is_given(layer)
        ]

    def adapt(self, dataset: Mapping[str, Any] | Iterable[Mapping[str, Any]]) -> None:
        """Let the layers learn means, bins and vocabularies.

        Args:
            dataset: a dict of columns; or an iterable of dicts, of single rows or of
                batches, as a `tf.data.Dataset` gives them.

        Raises:
            ValueError: something else, or a column is missing.
        """
        for column in self._waiting_for_data():
            self.preprocessors[column].adapt(_column(dataset, column))
        self._is_adapted = self.built = True
        self.encoded_features = None

    def _need_adapted(self):
        if not self._is_adapted:
            raise ValueError(
                "You need to call `.adapt(dataset)` on the FeatureSpace before you can "
                f"start using it: {', '.join(self._waiting_for_data())} must be seen."
            )

    # Encoding.

    def get_inputs(self) -> dict[str, Any]:
        """{column: symbolic input}, for a model that takes the raw columns."""
        self._need_adapted()
        return self.inputs

    def get_encoded_features(self) -> Any:
        """The encoded features for `get_inputs()`, to go on with in a model."""
        self._need_adapted()
        if self.encoded_features is None:
            self.encoded_features = self._encoded(self.inputs)
        return self.encoded_features

    def __call__(self, data: Mapping[str, Any]) -> Any:
        """The encoded features of a dict of columns, or of one row.

        Raises:
            ValueError: not adapted, no dict, or a missing column.
        """
        self._need_adapted()
        if not isinstance(data, Mapping):
            raise ValueError(
                "A FeatureSpace can only be called with a dict of columns, and got a "
                f"{type(data).__name__}. Write space({{'age': [20.0, 40.0]}})."
            )
        columns = {name: _as_column(value) for name, value in data.items()}
        encoded = self._encoded({name: column for name, (column, _) in columns.items()})
        if any(is_row for _, is_row in columns.values()):
            return jax.tree.map(lambda array: array[0], encoded)
        return encoded

    def _encoded(self, columns):
        missing = [name for name in self.features if name not in columns]
        if missing:
            raise ValueError(
                f"FeatureSpace: there is no column {missing[0]!r} among "
                f"{', '.join(map(repr, columns)) or 'none'}."
                f"{check.did_you_mean(missing[0], list(columns))}"
            )
        processed = {
            name: layer(columns[name]) for name, layer in self.preprocessors.items()
        }
        crossed = {
            cross.name: self.crossers[cross.name](
                [processed[name] for name in cross.feature_names]
            )
            for cross in self.crosses
        }
        modes = {name: feature.output_mode for name, feature in self.features.items()}
        modes |= {cross.name: cross.output_mode for cross in self.crosses}
        encoded = {
            name: self._one_hot(name, values) if modes[name] == "one_hot" else values
            for group in (processed, crossed)
            for name, values in sorted(group.items())
        }
        return encoded if self.output_mode == "dict" else _concatenated(encoded)

    def _one_hot(self, name, values):
        layer = self.preprocessors.get(name) or self.crossers[name]
        size = _number_of_classes(layer)
        if size is None or not str(values.dtype).startswith(("int", "uint")):
            raise ValueError(
                f"FeatureSpace: {name!r} has output_mode='one_hot', and it is not "
                f"known how many classes a {type(layer).__name__} gives. Write "
                "output_mode='int', or 'float'."
            )
        return CategoryEncoding(size, output_mode="multi_hot")(values)

    # Files.

    def get_config(self) -> Config:
        """The arguments."""
        return {
            "features": {k: as_dict(feature) for k, feature in self.features.items()},
            "output_mode": self.output_mode,
            "crosses": [as_dict(cross) for cross in self.crosses],
            "crossing_dim": self.crossing_dim,
            "hashing_dim": self.hashing_dim,
            "num_discretization_bins": self.num_discretization_bins,
            "name": self.name,
        }

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """An equal space, not adapted."""
        return cls(**config)

    def build_from_config(self, config: Config) -> None:
        """Declare weights as they were when the space was saved."""
        for column, saved in config.items():
            layer, shape = self.preprocessors[column], saved.get("input_shape")
            if shape is not None and not layer.built:
                layer.build(tuple(shape))
        self._is_adapted = self.built = True

    def save(self, filepath: str | PathLike[str]) -> None:
        """Save to a `.keras` file, which `load_model` reads."""
        with shared_objects.writing():
            config = as_dict(self)
        if self._is_adapted:
            shapes = {name: {"input_shape": [None, 1]} for name in self.features}
            config["build_config"] = shapes
        weights = weight_layout.to_bytes(self)
        keras_archive.write(Path(filepath), config, weights, assets.members(self))


_KINDS = (
    "float_normalized",
    "float_rescaled",
    "float_discretized",
    "integer_categorical",
    "string_categorical",
    "integer_hashed",
    "string_hashed",
)


def _named(column):
    return None if column is None else f"{column}_preprocessor"


def _is_given(layer):
    """Whether a layer was made with what it would learn from data."""
    if isinstance(layer, Normalization):
        return layer.input_mean is not None
    if isinstance(layer, Discretization):
        return layer.num_bins is None
    return bool(getattr(layer, "is_given_vocabulary", False))


def _number_of_classes(layer):
    if isinstance(layer, IntegerLookup | StringLookup):
        return layer.vocabulary_size()
    if isinstance(layer, Discretization):
        return layer.num_bins or len(layer.bin_boundaries or ()) + 1
    if isinstance(layer, Hashing | HashedCrossing):
        return layer.num_bins
    return getattr(layer, "num_tokens", None)


def _column(dataset, name):
    """One column of a dict or of an iterable of dicts, (rows, 1) or with more axes."""
    if isinstance(dataset, Mapping):
        dataset = [dataset]
    if not isinstance(dataset, Iterable) or isinstance(dataset, str):
        raise ValueError(
            "`adapt()` takes a dict of columns or an iterable of dicts, and got a "
            f"{type(dataset).__name__}. Write space.adapt({{{name!r}: [...]}})."
        )
    parts = []
    for rows in dataset:
        if not isinstance(rows, Mapping) or name not in rows:
            has = ", ".join(map(repr, rows)) if isinstance(rows, Mapping) else "no dict"
            raise ValueError(
                f"`adapt()` needs the column {name!r}; the data has {has}."
            )
        parts.append(_as_column(rows[name])[0])
    return np.concatenate(parts)


def _as_column(values):
    """((rows, 1) or with more axes, whether it was one value)."""
    if is_symbolic(values):
        return values, False
    array = np.asarray(values)
    if array.dtype.kind == "U":
        array = array.astype(object)
    if array.ndim == 0:
        return array.reshape(1, 1), True
    return (array[:, None] if array.ndim == 1 else array), False


def _concatenated(encoded):
    for name, values in encoded.items():
        if not str(values.dtype).startswith(("float", "bfloat")):
            raise ValueError(
                f"Cannot concatenate features because feature {name!r} has not been "
                f"encoded (it has dtype {values.dtype}). Write "
                "FeatureSpace(..., output_mode='dict')."
            )
    parts = list(encoded.values())
    if len(parts) > 1 and any(map(is_symbolic, parts)):
        return Concatenate()(parts)
    if any(map(is_symbolic, parts)):
        return parts[0]
    return jnp.concatenate([jnp.asarray(part) for part in parts], axis=-1)
