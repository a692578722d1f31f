"""Normalization and Discretization, which adapt to data before training."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, Self, Unpack

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check, settings
from nbkeras.core.annotations import Config, Shape
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.engine.building import Spec
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.nodes import dynamic_shapes
from nbkeras.layers.engine.registry import register
from nbkeras.layers.preprocessing.resizing import as_sparse, encode


@register("Normalization")
class Normalization(Layer):
    """Standardise features: `(x - mean) / sqrt(variance)`, computed by `adapt`.

    Args:
        axis: axes with a separate mean per index; None for one mean of all values.
        mean: number or array, instead of calling `adapt`.
        variance: number or array, together with `mean`.
        invert: whether to map normalised values back to the original ones.
        **base: arguments of `Layer`.

    Raises:
        ValueError: `mean` is passed without `variance`, or their shapes do not fit.

    >>> layer = Normalization()
    >>> layer.adapt(np.array([[1.0], [3.0]]))
    >>> layer(np.array([[5.0]]))
    Array([[3.]], dtype=float32)
    """

    rows_independent = True
    supports_masking = True

    def __init__(
        self,
        axis: int | Sequence[int] | None = -1,
        mean: ArrayLike | None = None,
        variance: ArrayLike | None = None,
        invert: bool = False,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        axes = () if axis is None else (axis,) if check.is_int(axis) else tuple(axis)
        self.axis = axes
        self.invert = invert
        # Keras saves a missing value as None or as an empty array.
        moments: list[Any] = [
            None if v is None or np.size(v) == 0 else v for v in (mean, variance)
        ]
        self.input_mean, self.input_variance = moments
        if (moments[0] is None) != (moments[1] is None) or (
            moments[0] is not None and np.shape(moments[0]) != np.shape(moments[1])
        ):
            raise ValueError(
                f"Normalization(mean={mean!r}, variance={variance!r}): give both in "
                "the same shape, or neither, and call adapt(data)."
            )
        if moments[0] is not None and np.ndim(moments[0]) > len(axes):
            raise ValueError(
                f"Normalization(mean of shape {np.shape(moments[0])}, axis={axis}): "
                "mean may have only one axis for each entry of axis. Write for example "
                "axis=-1."
            )

    def build(self, input_shape: Shape) -> None:
        """Declare mean, variance and count for `axis`."""
        self._axes = self._checked_axes(input_shape)
        self._sizes = tuple(input_shape[axis] for axis in self._axes)
        broadcast_shape: list[Any] = [1] * len(input_shape)
        for axis, size in zip(self._axes, self._sizes, strict=True):
            broadcast_shape[axis] = size
        self._broadcast_shape = tuple(broadcast_shape)
        if self.input_mean is None:
            state: dict[str, Any] = {"trainable": False}
            shape = self._sizes
            self.adapt_mean = self.add_weight("mean", shape, "zeros", **state)
            self.adapt_variance = self.add_weight("variance", shape, "ones", **state)
            self.count = self.add_weight("count", (), "zeros", dtype="int32", **state)

    def call(self, x: jax.Array) -> jax.Array:
        """The normalised values, or with `invert` the original ones."""
        x = x.astype(self.compute_dtype)
        mean, variance = self.mean.astype(x.dtype), self.variance.astype(x.dtype)
        stddev = jnp.sqrt(variance)
        divisor = jnp.maximum(stddev, settings.epsilon())
        return mean + x * divisor if self.invert else (x - mean) / divisor

    def adapt(self, data: ArrayLike | Iterable[Any]) -> None:
        """Compute mean and variance of `data`: an array, or an iterable of batches.

        Batches may be tuples (x, y), of which x is used. Earlier values are replaced.

        Raises:
            ValueError: mean and variance were passed, there is no data, or its shape
                differs.
        """
        if self.input_mean is not None:
            raise ValueError(
                "This Normalization was given its mean and variance; adapt() would "
                "replace them. Write Normalization() without them to adapt."
            )
        count, mean, square = 0, 0.0, 0.0
        for batch in batches_of(data):
            self.build_for(batch.astype("float32"))
            axes = self._checked_axes(batch.shape)
            if tuple(batch.shape[axis] for axis in axes) != self._sizes:
                raise ValueError(
                    f"Normalization was built for {self._sizes} on axis {self.axis}; "
                    f"adapt() got data of shape {batch.shape}."
                )
            others = tuple(i for i in range(batch.ndim) if i not in axes)
            number = math.prod(batch.shape[i] for i in others)
            batch_mean = batch.mean(axis=others, dtype="float64")
            batch_variance = batch.var(axis=others, dtype="float64")
            count, shift = count + number, batch_mean - mean
            weight = number / count
            square = (1 - weight) * (
                square + weight * shift**2
            ) + weight * batch_variance
            mean = mean + weight * shift
        self.adapt_mean.assign(mean)
        self.adapt_variance.assign(square)

    @property
    def mean(self) -> Any:
        """The mean, broadcast to the rank of the inputs once the layer is built."""
        if self.input_mean is None:
            return self._broadcast(self.adapt_mean) if self.built else None
        return self._broadcast(self.input_mean)

    @property
    def variance(self) -> Any:
        """The variance, broadcast to the rank of the inputs once the layer is built."""
        if self.input_variance is None:
            return self._broadcast(self.adapt_variance) if self.built else None
        return self._broadcast(self.input_variance)

    def _broadcast(self, value):
        """`value` with axes of size 1 for the axes that share a mean."""
        if not self.built:
            return value
        value = jnp.asarray(value)
        return jnp.broadcast_to(value, self._sizes).reshape(self._broadcast_shape)

    def _checked_axes(self, shape):
        rank = len(shape)
        if any(not -rank <= axis < rank for axis in self.axis):
            raise ValueError(
                f"Normalization(axis={self.axis}): the input has {rank} axes, shape "
                f"{tuple(shape)}. Write for example axis=-1."
            )
        axes = sorted(axis % rank for axis in self.axis)
        if any(shape[axis] is None for axis in axes):
            raise ValueError(
                f"Normalization(axis={self.axis}) needs the sizes of its axes, but the "
                f"input shape is {tuple(shape)}. Give them in Input(shape=...)."
            )
        return axes


@register("Discretization")
class Discretization(Layer):
    """Discretize numbers: replace each by the index of its bin.

    Args:
        bin_boundaries: n boundaries of n + 1 bins; a number equal to a boundary is in
            the upper bin.
        num_bins: number of equally frequent bins, whose boundaries `adapt` computes.
        epsilon: accepted as in Keras; quantiles here are exact.
        output_mode: "int", "one_hot", "multi_hot" or "count".
        sparse: whether a call on arrays returns a sparse array (BCOO), as in Keras;
            within a model the rows are dense. Not with "int".
        **base: arguments of `Layer`.

    Raises:
        ValueError: both or neither of `bin_boundaries` and `num_bins` are passed.
    """

    rows_independent = True

    def __init__(
        self,
        bin_boundaries: Sequence[float] | None = None,
        num_bins: int | None = None,
        epsilon: float = 0.01,
        output_mode: Literal["int", "one_hot", "multi_hot", "count"] = "int",
        sparse: bool = False,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        if (bin_boundaries is None) == (num_bins is None):
            raise ValueError(
                "Discretization needs either bin_boundaries or num_bins. Write for "
                "example Discretization(bin_boundaries=[0.0, 1.0])."
            )
        if num_bins is not None:
            num_bins = check.positive_int("Discretization", "num_bins", num_bins, 4)
        self.num_bins = num_bins
        self.epsilon = epsilon
        modes = ("int", "one_hot", "multi_hot", "count")
        owner = "Discretization"
        self.output_mode = check.choice(owner, "output_mode", output_mode, modes)
        self.sparse = check.choice(owner, "sparse", sparse, (False, True))
        if self.sparse and output_mode == "int":
            raise ValueError(
                "Discretization(sparse=True) encodes rows. Write for example "
                'Discretization(..., output_mode="one_hot", sparse=True).'
            )
        self.bin_boundaries = None
        self._values = []
        if bin_boundaries is not None:
            self.bin_boundaries = sorted(float(edge) for edge in bin_boundaries)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The output shape, which is known before `adapt`."""
        if self.output_mode == "int":
            return tuple(input_shape)
        depth = self.num_bins or len(self.bin_boundaries or ()) + 1
        encoded = dynamic_shapes.output_specs(
            lambda x: encode(x, depth, self.output_mode, "float32"),
            (Spec(input_shape, "int32"),),
            {},
        )
        return encoded.shape

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Discretize arrays, or record a call on symbolic tensors."""
        rows = super().__call__(*args, **kwargs)
        return as_sparse(rows) if self.sparse else rows

    def call(self, x: jax.Array) -> jax.Array:
        """The bin indices, encoded according to `output_mode`."""
        if self.bin_boundaries is None:
            raise ValueError(
                f"Discretization {quoted(self.name)} has no boundaries yet. Call "
                "adapt(data) first, or give bin_boundaries=[...]."
            )
        edges = jnp.asarray(self.bin_boundaries, x.dtype)
        bins = jnp.searchsorted(edges, x, side="right").astype("int32")
        if self.output_mode == "int":
            return bins
        depth = len(self.bin_boundaries) + 1
        return encode(bins, depth, self.output_mode, self.compute_dtype)

    def adapt(self, data: ArrayLike | Iterable[Any]) -> None:
        """Set the boundaries to quantiles of `data`: equally frequent bins."""
        if self.num_bins is None:
            raise ValueError(
                "This Discretization was given its boundaries. "
                "Write Discretization(num_bins=4) to adapt."
            )
        self.reset_state()
        for batch in batches_of(data):
            self.update_state(batch)
        self.finalize_state()
        self.reset_state()

    def update_state(self, data: ArrayLike) -> None:
        """Take in one batch of numbers; `finalize_state` sets the boundaries."""
        self._values.append(np.ravel(np.asarray(data)))

    def finalize_state(self) -> None:
        """Set the boundaries from all batches since the last `reset_state`."""
        if self.num_bins is None or not self._values:
            return
        values = np.concatenate(self._values)
        fractions = np.arange(1, self.num_bins) / self.num_bins
        self.bin_boundaries = np.quantile(values, fractions).astype("float32").tolist()

    def reset_state(self) -> None:
        """Forget the batches of `update_state`."""
        self._values = []

    def get_config(self) -> Config:
        """The arguments of Keras's layer of this name."""
        config = super().get_config()
        config["bin_boundaries"] = self.bin_boundaries
        config.pop("trainable", None)
        return config

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Create an equal layer, including adapted boundaries."""
        config = dict(config)
        edges = config.get("bin_boundaries")
        if edges is None or config.get("num_bins") is None:
            return cls(**config)
        arguments: dict[str, Any] = {**config, "bin_boundaries": None}
        layer = cls(**arguments)
        layer.bin_boundaries = list(edges)
        return layer


def batches_of(data: Any) -> Iterator[Any]:
    """The batches in `data`, NumPy arrays; an array is one batch."""
    if hasattr(data, "shape") and hasattr(data, "dtype"):
        data = [data]
    has_batch = False
    for batch in data:
        batch = batch[0] if isinstance(batch, tuple) else batch
        has_batch = True
        batch = np.asarray(batch)
        if not batch.ndim:
            raise TypeError(
                "adapt() got single numbers, and each batch must be an array with a "
                "`.shape`. Give the array itself: adapt(np.asarray(data))."
            )
        yield batch
    if not has_batch:
        raise ValueError(
            "adapt() was given no data. Give an array, or batches of arrays."
        )
