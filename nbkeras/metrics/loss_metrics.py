"""Metrics that are means of a loss: crossentropies, errors, hinges."""

import inspect

import jax.numpy as jnp

from nbkeras import losses
from nbkeras.losses.base import aligned
from nbkeras.losses.classification import kept
from nbkeras.metrics.base import ratio, weighted_sums
from nbkeras.metrics.mean import MeanOfFunction
from nbkeras.metrics.registry import register

_KEEP = inspect.Parameter.POSITIONAL_OR_KEYWORD


def _make(class_name, fn, own_name=None, settings=(), squeeze=True):
    """A metric class whose arguments are name, dtype and `settings` of `fn`."""
    known = inspect.signature(fn).parameters
    own_name = own_name or fn.__name__
    me = inspect.Parameter("self", _KEEP)
    head = [
        inspect.Parameter("name", _KEEP, default=own_name),
        inspect.Parameter("dtype", _KEEP, default=None),
    ]
    signature = inspect.Signature([me, *head, *(known[n] for n in settings)])

    def __init__(self, *args, **kwargs):
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        given = dict(list(bound.arguments.items())[1:])
        MeanOfFunction.__init__(self, given.pop("name"), given.pop("dtype"))
        self.__dict__.update(given)

    def values(self, y_true, y_pred):
        """The loss of each example."""
        if squeeze:
            y_true, y_pred = aligned(y_true, y_pred)
        return fn(y_true, y_pred, **{n: getattr(self, n) for n in settings})

    __init__.__signature__ = signature
    body = {
        "__init__": __init__,
        "__doc__": f"The mean of {fn.__name__}: {fn.__doc__.splitlines()[0]}",
        "__module__": __name__,
        "values": values,
    }
    return register(class_name)(type(class_name, (MeanOfFunction,), body))


BinaryCrossentropy = _make(
    "BinaryCrossentropy",
    losses.binary_crossentropy,
    settings=("from_logits", "label_smoothing"),
)
CategoricalCrossentropy = _make(
    "CategoricalCrossentropy",
    losses.categorical_crossentropy,
    settings=("from_logits", "label_smoothing", "axis"),
)
KLDivergence = _make("KLDivergence", losses.kl_divergence)
Poisson = _make("Poisson", losses.poisson)
Hinge = _make("Hinge", losses.hinge)
SquaredHinge = _make("SquaredHinge", losses.squared_hinge)
CategoricalHinge = _make("CategoricalHinge", losses.categorical_hinge)
LogCoshError = _make("LogCoshError", losses.log_cosh, "logcosh")
MeanSquaredError = _make("MeanSquaredError", losses.mean_squared_error)
MeanAbsoluteError = _make("MeanAbsoluteError", losses.mean_absolute_error)
MeanAbsolutePercentageError = _make(
    "MeanAbsolutePercentageError", losses.mean_absolute_percentage_error
)
MeanSquaredLogarithmicError = _make(
    "MeanSquaredLogarithmicError", losses.mean_squared_logarithmic_error
)


@register("SparseCategoricalCrossentropy")
class SparseCategoricalCrossentropy(MeanOfFunction):
    """The mean of minus the log likelihood of class numbers.

    Args:
        from_logits: outputs are logits, not probabilities.
        ignore_class: a number whose places do not count. (Keras leaves them out only
            where sample weights are given, else it counts them as 0.)
        axis: of the classes.
    """

    def __init__(
        self,
        name="sparse_categorical_crossentropy",
        dtype=None,
        from_logits=False,
        ignore_class=None,
        axis=-1,
    ):
        super().__init__(name, dtype)
        self.from_logits, self.ignore_class, self.axis = from_logits, ignore_class, axis

    def values(self, y_true, y_pred):
        """The loss of each example."""
        settings = self.from_logits, self.ignore_class, self.axis
        return losses.sparse_categorical_crossentropy(y_true, y_pred, *settings)

    def update(self, state, y_true, y_pred, sample_weight=None):
        """Add examples, but for the ignored class."""
        if self.ignore_class is not None:
            values = self.values(y_true, y_pred)
            weight = kept(y_true, values, self.ignore_class).astype(values.dtype)
            if sample_weight is not None:
                given = jnp.asarray(sample_weight, values.dtype)
                given = given.reshape(given.shape + (1,) * (values.ndim - given.ndim))
                weight = weight * given
            sample_weight = weight
        return super().update(state, y_true, y_pred, sample_weight)


@register("RootMeanSquaredError")
class RootMeanSquaredError(MeanOfFunction):
    """The root of the mean squared difference over all batches."""

    def __init__(self, name="root_mean_squared_error", dtype=None):
        super().__init__(name, dtype)

    def values(self, y_true, y_pred):
        """Squared differences."""
        y_true, y_pred = aligned(y_true, y_pred)
        return jnp.square(jnp.asarray(y_true, float) - y_pred)

    def result_of(self, state):
        """The root of the mean."""
        return jnp.sqrt(ratio(*state))


@register("CosineSimilarity")
class CosineSimilarity(MeanOfFunction):
    """The mean cosine between targets and outputs: 1 for equal directions."""

    def __init__(self, name="cosine_similarity", dtype=None, axis=-1):
        super().__init__(name, dtype)
        self.axis = axis

    def values(self, y_true, y_pred):
        """Cosines."""
        y_true, y_pred = aligned(y_true, y_pred)
        return -losses.cosine_similarity(y_true, y_pred, self.axis)


@register("MeanRelativeError")
class MeanRelativeError(MeanOfFunction):
    """The mean of |y_true - y_pred| / normalizer.

    Args:
        normalizer: what errors are divided by; where it is 0 the error counts as 0.
    """

    def __init__(self, normalizer, name=None, dtype=None):
        super().__init__(name or "mean_relative_error", dtype)
        self.normalizer = normalizer

    def values(self, y_true, y_pred):
        """Relative errors."""
        y_true, y_pred = aligned(y_true, y_pred)
        scale = jnp.asarray(self.normalizer, float)
        gap = jnp.abs(jnp.asarray(y_true, float) - y_pred)
        return jnp.where(scale == 0, 0.0, gap / jnp.where(scale == 0, 1.0, scale))


_FUNCTIONS = (
    "binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy "
    "kl_divergence poisson hinge squared_hinge categorical_hinge mean_squared_error "
    "mean_absolute_error mean_absolute_percentage_error mean_squared_logarithmic_error "
    "log_cosh huber binary_focal_crossentropy categorical_focal_crossentropy"
).split()
_OTHER = losses.registry.aliases
for _name in _FUNCTIONS:
    _also = [alias for alias, known in _OTHER.items() if known == _name]
    register(_name, *_also)(losses.registry.lookup(_name))

__all__ = [
    "BinaryCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Hinge",
    "KLDivergence",
    "LogCoshError",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanRelativeError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "RootMeanSquaredError",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "weighted_sums",
]
