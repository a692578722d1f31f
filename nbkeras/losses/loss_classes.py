"""Loss classes with the names of Keras 3: each holds a function's settings."""

from __future__ import annotations

from collections.abc import Sequence

import jax

from nbkeras.core.annotations import DTypeLike, Reduction
from nbkeras.losses import classification, regression
from nbkeras.losses.base import _Wrapper
from nbkeras.losses.registry import register


@register("MeanSquaredError")
class MeanSquaredError(_Wrapper):
    """Mean squared error, in squared units of `y_true`.

    Args: y_true, y_pred (batch, ..., n) in the same units.
    Returns: (batch, ...).
    """

    fn = staticmethod(regression.mean_squared_error)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "mean_squared_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("MeanAbsoluteError")
class MeanAbsoluteError(_Wrapper):
    """Mean absolute error, in the units of `y_true`."""

    fn = staticmethod(regression.mean_absolute_error)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "mean_absolute_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("MeanAbsolutePercentageError")
class MeanAbsolutePercentageError(_Wrapper):
    """Mean absolute percentage error, in percent of `y_true`."""

    fn = staticmethod(regression.mean_absolute_percentage_error)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "mean_absolute_percentage_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("MeanSquaredLogarithmicError")
class MeanSquaredLogarithmicError(_Wrapper):
    """Mean squared error of log(1 + y); values below 0 count as 0."""

    fn = staticmethod(regression.mean_squared_logarithmic_error)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "mean_squared_logarithmic_error",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("Huber")
class Huber(_Wrapper):
    """Huber loss: quadratic below `delta`, linear beyond.

    Source: Huber, "Robust Estimation of a Location Parameter" (1964).
    """

    fn = staticmethod(regression.huber)
    settings = ("delta",)

    def __init__(
        self,
        delta: float = 1.0,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "huber_loss",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.delta = delta


@register("LogCosh")
class LogCosh(_Wrapper):
    """Mean of log(cosh(error)): quadratic for small errors, linear for large ones."""

    fn = staticmethod(regression.log_cosh)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "log_cosh",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("Pinball")
class Pinball(_Wrapper):
    """Pinball loss: the best constant prediction is a quantile of the targets.

    Args: y_true, y_pred (batch, ...) in the same units; `quantile` between 0 and 1.
    Returns: (batch,), in the units of `y_true`; zero only where they are equal.
    Source: Koenker and Bassett, "Regression Quantiles", Econometrica 46 (1978).
    """

    fn = staticmethod(regression.pinball)
    settings = ("quantile",)

    def __init__(
        self,
        quantile: float = 0.5,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "pinball",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.quantile = quantile


@register("CosineSimilarity")
class CosineSimilarity(_Wrapper):
    """Negative cosine similarity: -1 for vectors of the same direction."""

    fn = staticmethod(regression.cosine_similarity)
    settings = ("axis",)

    def __init__(
        self,
        axis: int = -1,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "cosine_similarity",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = axis


@register("Poisson")
class Poisson(_Wrapper):
    """Poisson loss for counts: mean of `y_pred - y_true * log(y_pred)`."""

    fn = staticmethod(regression.poisson)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "poisson",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("KLDivergence")
class KLDivergence(_Wrapper):
    """KL divergence: sum of `y_true * log(y_true / y_pred)` over the last axis."""

    fn = staticmethod(regression.kl_divergence)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "kl_divergence",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("BinaryCrossentropy")
class BinaryCrossentropy(_Wrapper):
    """Binary crossentropy: negative log likelihood of 0/1 targets, mean over `axis`.

    Args: y_true (batch, ..., n) of 0 and 1; y_pred of the same shape, probabilities or
        logits.
    Returns: (batch, ...), in nats.
    """

    fn = staticmethod(classification.binary_crossentropy)
    settings = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@register("BinaryFocalCrossentropy")
class BinaryFocalCrossentropy(_Wrapper):
    """Binary crossentropy that down-weights well-classified examples.

    Source: Lin et al., "Focal Loss for Dense Object Detection" (2017).
    """

    fn = staticmethod(classification.binary_focal_crossentropy)
    settings = (
        "apply_class_balancing",
        "alpha",
        "gamma",
        "from_logits",
        "label_smoothing",
        "axis",
    )

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.apply_class_balancing = apply_class_balancing
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@register("CategoricalCrossentropy")
class CategoricalCrossentropy(_Wrapper):
    """Categorical crossentropy: negative log likelihood of one-hot targets.

    Args: y_true (batch, ..., classes) one-hot; y_pred of the same shape, probabilities
        (normalized to sum to 1) or logits.
    Returns: (batch, ...), in nats.
    """

    fn = staticmethod(classification.categorical_crossentropy)
    settings = ("from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@register("CategoricalFocalCrossentropy")
class CategoricalFocalCrossentropy(_Wrapper):
    """Categorical crossentropy that down-weights well-classified examples."""

    fn = staticmethod(classification.categorical_focal_crossentropy)
    settings = ("alpha", "gamma", "from_logits", "label_smoothing", "axis")

    def __init__(
        self,
        alpha: float | Sequence[float] = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "categorical_focal_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.alpha = alpha
        self.gamma = gamma
        self.from_logits = from_logits
        self.label_smoothing = label_smoothing
        self.axis = axis


@register("SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(_Wrapper):
    """Sparse categorical crossentropy: negative log likelihood of integer labels.

    Args: y_true (batch, ...) integers; y_pred (batch, ..., classes).
        ignore_class: label whose positions have a loss of 0 and are not counted.
    Returns: (batch, ...), in nats; 0 for labels outside the range of classes.
    """

    fn = staticmethod(classification.sparse_categorical_crossentropy)
    settings = ("from_logits", "ignore_class", "axis")

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: Reduction | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = from_logits
        self.ignore_class = ignore_class
        self.axis = axis

    def counted(self, y_true: jax.Array, values: jax.Array) -> jax.Array | None:
        """False for positions of the ignored class."""
        return classification.not_ignored(y_true, values, self.ignore_class)


@register("Hinge")
class Hinge(_Wrapper):
    """Hinge loss: mean of max(1 - y_true * y_pred, 0).

    Targets are -1 and 1, or 0 and 1.
    """

    fn = staticmethod(classification.hinge)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("SquaredHinge")
class SquaredHinge(_Wrapper):
    """Squared hinge loss: mean of max(1 - y_true * y_pred, 0) squared."""

    fn = staticmethod(classification.squared_hinge)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "squared_hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("CategoricalHinge")
class CategoricalHinge(_Wrapper):
    """Categorical hinge: max(best wrong score - true score + 1, 0), one-hot targets."""

    fn = staticmethod(classification.categorical_hinge)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "categorical_hinge",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("CategoricalGeneralizedCrossEntropy")
class CategoricalGeneralizedCrossEntropy(_Wrapper):
    """Generalized crossentropy (1 - p^q) / q, robust to noisy labels.

    p is the probability of the true class.

    Args: y_true (batch,) class indices, or (batch, classes) one-hot; y_pred (batch,
        classes) probabilities; `q` between 0 and 1.
    Source: Zhang and Sabuncu, "Generalized Cross Entropy Loss" (2018).
    """

    fn = staticmethod(classification.categorical_generalized_cross_entropy)
    settings = ("q",)

    def __init__(
        self,
        q: float = 0.5,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "categorical_generalized_cross_entropy",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.q = q


@register("CTC")
class CTC(_Wrapper):
    """Connectionist temporal classification; class 0 is the blank.

    Args: y_true (batch, labels) integers, padded with 0; y_pred (batch, steps,
        classes) logits.
    Source: Graves et al. (2006), as in optax.
    """

    fn = staticmethod(classification.ctc)

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "ctc",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)


@register("Dice")
class Dice(_Wrapper):
    """Dice loss: 1 minus the Dice coefficient over `axis` (None: over all axes)."""

    fn = staticmethod(classification.dice)
    settings = ("axis",)
    _is_row_by_row = (
        False  # padded rows would change a loss computed over the whole batch
    )

    def __init__(
        self,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "dice",
        axis: int | Sequence[int] | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = axis


@register("Tversky")
class Tversky(_Wrapper):
    """Tversky loss: 1 minus the Tversky index.

    `alpha` weights the false negatives and `beta` the false positives. The
    documentation of Keras has them the other way round; its results agree with these.
    """

    fn = staticmethod(classification.tversky)
    settings = ("alpha", "beta", "axis")
    _is_row_by_row = (
        False  # padded rows would change a loss computed over the whole batch
    )

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "tversky",
        axis: int | Sequence[int] | None = None,
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.alpha = alpha
        self.beta = beta
        self.axis = axis


@register("Circle")
class Circle(_Wrapper):
    """Circle loss: pull embeddings of equal labels together, push others apart.

    Args: y_true (batch,) labels; y_pred (batch, n) embeddings of length 1, as from
        UnitNormalization. Each row is compared with all rows of `ref_embeddings`
        (by default those of the batch itself), except with itself.
    Returns: (batch,); 0 for a row without another one of the same label.
    Source: Sun et al., "Circle Loss" (2020).
    """

    fn = staticmethod(classification.circle)
    settings = ("gamma", "margin", "remove_diagonal")
    _is_row_by_row = (
        False  # padded rows would change a loss computed over the whole batch
    )

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: Reduction | None = "sum_over_batch_size",
        name: str = "circle",
        dtype: DTypeLike | None = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.gamma = gamma
        self.margin = margin
        self.remove_diagonal = remove_diagonal

    def counted(self, y_true: jax.Array, values: jax.Array) -> jax.Array | None:
        """False for rows without a positive pair."""
        return values > 0
