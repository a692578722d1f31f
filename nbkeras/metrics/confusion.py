"""Counts of right and wrong yes-or-no answers, and what is made of them."""

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import check
from nbkeras.losses.base import aligned
from nbkeras.metrics.base import Metric, ratio
from nbkeras.metrics.registry import register


def _flat(y_true, y_pred, sample_weight, class_id=None, top_k=None):
    """Targets, outputs and weights of one shape, (..., classes)."""
    y_true, y_pred = aligned(y_true, y_pred)
    y_pred = jnp.asarray(y_pred, jnp.float32)
    y_true = jnp.asarray(y_true, jnp.float32)
    if top_k is not None:
        kept = jax.lax.top_k(y_pred, top_k)[0][..., -1:]
        y_pred = jnp.where(y_pred >= kept, y_pred, -jnp.inf)
    if sample_weight is None:
        weight = jnp.ones_like(y_pred)
    else:
        weight = jnp.asarray(sample_weight, jnp.float32)
        if weight.ndim == y_pred.ndim + 1 and weight.shape[-1] == 1:
            weight = weight[..., 0]
        weight = weight.reshape(weight.shape + (1,) * (y_pred.ndim - weight.ndim))
        weight = jnp.broadcast_to(weight, y_pred.shape)
    if class_id is not None:
        return y_true[..., class_id], y_pred[..., class_id], weight[..., class_id]
    return y_true, y_pred, weight


def counts(y_true, y_pred, thresholds, sample_weight=None, class_id=None, top_k=None):
    """(true positives, false positives, true negatives, false negatives).

    Args:
        y_true: 0 or 1; other values count by truth.
        y_pred: scores; yes is `> threshold`.
        thresholds: list of numbers.
        sample_weight: (batch,) or (batch, ...).
        class_id: look at this entry of the last axis only.
        top_k: only the k greatest entries of the last axis can be yes.

    Returns: arrays (thresholds,).
    """
    y_true, y_pred, weight = _flat(y_true, y_pred, sample_weight, class_id, top_k)
    truth = (y_true > 0).reshape(-1)
    scores, weight = y_pred.reshape(-1), weight.reshape(-1)
    says = scores[None] > jnp.asarray(thresholds, jnp.float32)[:, None]
    yes = jnp.where(truth, weight, 0.0)
    no = jnp.where(truth, 0.0, weight)
    tp = jnp.where(says, yes, 0.0).sum(1)
    fp = jnp.where(says, no, 0.0).sum(1)
    return jnp.stack([tp, fp, no.sum() - fp, yes.sum() - tp])


def _thresholds(owner, given, default=0.5):
    values = [default if given is None else given]
    values = list(values[0]) if isinstance(values[0], list | tuple) else values
    for value in values:
        check.number(owner, "thresholds", value, 0, 1)
    return [float(value) for value in values]


class _Counted(Metric):
    """Base: the four counts at each threshold, and a formula of them."""

    rows_independent = True

    def __init__(
        self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None
    ):
        super().__init__(name, dtype)
        self.thresholds = thresholds
        self.top_k, self.class_id = top_k, class_id
        default = 0.5 if top_k is None else -jnp.inf
        self._levels = (
            [float(default)]
            if thresholds is None
            else _thresholds(type(self).__name__, thresholds)
        )

    def formula(self, tp, fp, tn, fn):
        """The value at each threshold."""
        raise TypeError(f"{type(self).__name__} has no `formula`.")

    def init(self):
        """Counts at zero, (4, thresholds)."""
        return jnp.zeros((4, len(self._levels)))

    def update(self, state, y_true, y_pred, sample_weight=None):
        """Count."""
        return state + counts(
            y_true, y_pred, self._levels, sample_weight, self.class_id, self.top_k
        )

    def result_of(self, state):
        """A number, or one for each threshold if a list was given."""
        found = self.formula(*state)
        return found if len(self._levels) > 1 else found[0]


@register("Precision")
class Precision(_Counted):
    """Of those said to be yes, how many are.

    Args:
        thresholds: number or list; yes is above it, 0.5.
        top_k: only the k greatest outputs can be yes.
        class_id: look at this class only.
    """

    def formula(self, tp, fp, tn, fn):
        """Tp / (tp + fp)."""
        return ratio(tp, tp + fp)


@register("Recall")
class Recall(_Counted):
    """Of those that are yes, how many were said to be.

    Args: as in Precision.
    """

    def formula(self, tp, fp, tn, fn):
        """Tp / (tp + fn)."""
        return ratio(tp, tp + fn)


class _OneCount(_Counted):
    def __init__(self, thresholds=None, name=None, dtype=None):
        super().__init__(thresholds, name=name, dtype=dtype)


@register("TruePositives")
class TruePositives(_OneCount):
    """How many were rightly said to be yes."""

    def formula(self, tp, fp, tn, fn):
        """Tp."""
        return tp


@register("FalsePositives")
class FalsePositives(_OneCount):
    """How many were wrongly said to be yes."""

    def formula(self, tp, fp, tn, fn):
        """Fp."""
        return fp


@register("TrueNegatives")
class TrueNegatives(_OneCount):
    """How many were rightly said to be no."""

    def formula(self, tp, fp, tn, fn):
        """Tn."""
        return tn


@register("FalseNegatives")
class FalseNegatives(_OneCount):
    """How many were wrongly said to be no."""

    def formula(self, tp, fp, tn, fn):
        """Fn."""
        return fn


def _levels(num_thresholds):
    """Thresholds from just below 0 to just above 1, evenly."""
    if num_thresholds == 1:
        return [0.5]
    inner = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
    return [0.0, *inner, 1.0]


class _AtOther(Metric):
    """Base: the best of one formula where another reaches a value."""

    rows_independent = True

    def __init__(self, value, num_thresholds=200, class_id=None, name=None, dtype=None):
        super().__init__(name, dtype)
        self.value = check.number(type(self).__name__, "value", value, 0, 1)
        check.positive_int(type(self).__name__, "num_thresholds", num_thresholds, 200)
        self.num_thresholds, self.class_id = num_thresholds, class_id
        self._levels = _levels(num_thresholds)

    def pair(self, tp, fp, tn, fn):
        """(what must reach the value, what is wanted)."""
        raise TypeError(f"{type(self).__name__} has no `pair`.")

    def init(self):
        """Counts at zero."""
        return jnp.zeros((4, len(self._levels)))

    def update(self, state, y_true, y_pred, sample_weight=None):
        """Count."""
        return state + counts(
            y_true, y_pred, self._levels, sample_weight, self.class_id
        )

    def result_of(self, state):
        """The greatest wanted value; 0 if the other is never reached."""
        held, wanted = self.pair(*state)
        return jnp.max(jnp.where(held >= self.value, wanted, 0.0))


def _at(name, value_name, pair):
    """A class whose first argument is called `value_name`, as in Keras."""

    def __init__(self, value, num_thresholds=200, class_id=None, name=None, dtype=None):
        _AtOther.__init__(self, value, num_thresholds, class_id, name, dtype)
        self.__dict__[value_name] = self.value

    import inspect

    known = list(inspect.signature(__init__).parameters.values())
    known[1] = known[1].replace(name=value_name)
    signature = inspect.Signature(known)

    def made(self, *args, **kwargs):
        bound = signature.bind(self, *args, **kwargs)
        given = dict(list(bound.arguments.items())[1:])
        __init__(self, given.pop(value_name), **given)

    made.__signature__ = signature
    left, right = name.split("At")
    body = {
        "__init__": made,
        "__module__": __name__,
        "__doc__": f"The best {left.lower()} with a {right.lower()} of at least "
        f"`{value_name}`.",
        "pair": lambda self, *four: pair(*four),
    }
    return register(name)(type(name, (_AtOther,), body))


PrecisionAtRecall = _at(
    "PrecisionAtRecall",
    "recall",
    lambda tp, fp, tn, fn: (ratio(tp, tp + fn), ratio(tp, tp + fp)),
)
RecallAtPrecision = _at(
    "RecallAtPrecision",
    "precision",
    lambda tp, fp, tn, fn: (ratio(tp, tp + fp), ratio(tp, tp + fn)),
)
SensitivityAtSpecificity = _at(
    "SensitivityAtSpecificity",
    "specificity",
    lambda tp, fp, tn, fn: (ratio(tn, tn + fp), ratio(tp, tp + fn)),
)
SpecificityAtSensitivity = _at(
    "SpecificityAtSensitivity",
    "sensitivity",
    lambda tp, fp, tn, fn: (ratio(tp, tp + fn), ratio(tn, tn + fp)),
)


@register("AUC")
class AUC(Metric):
    """Area under the curve of true against false positives, or precision and recall.

    Args:
        num_thresholds: 200 steps of the curve.
        curve: "ROC" or "PR".
        summation_method: "interpolation", "minoring" or "majoring".
        thresholds: your own, between 0 and 1.
        multi_label: one area for each entry of the last axis, then their mean.
        num_labels: number of entries; needed with `multi_label`.
        label_weights: weights of that mean.
        from_logits: outputs are logits.

    Source: Davis and Goadrich, "Precision-Recall and ROC Curves" (2006).
    """

    rows_independent = True

    def __init__(
        self,
        num_thresholds=200,
        curve="ROC",
        summation_method="interpolation",
        name=None,
        dtype=None,
        thresholds=None,
        multi_label=False,
        num_labels=None,
        label_weights=None,
        from_logits=False,
    ):
        super().__init__(name or "auc", dtype)
        self.curve = check.choice("AUC", "curve", curve, ("ROC", "PR"))
        methods = ("interpolation", "minoring", "majoring")
        check.choice("AUC", "summation_method", summation_method, methods)
        self.summation_method = summation_method
        self.num_thresholds, self.thresholds = num_thresholds, thresholds
        self.multi_label, self.num_labels = multi_label, num_labels
        self.label_weights, self.from_logits = label_weights, from_logits
        if multi_label and num_labels is None:
            raise ValueError(
                "AUC(multi_label=True) needs the number of labels. Write for example "
                "AUC(multi_label=True, num_labels=10)."
            )
        inner = sorted(_thresholds("AUC", thresholds)) if thresholds else None
        inner = inner or _levels(num_thresholds)[1:-1]
        self._levels = np.array([-1e-7, *inner, 1.0 + 1e-7], np.float32)

    def init(self):
        """Counts at zero, (4, thresholds), or with labels as the last axis."""
        labels = (self.num_labels,) if self.multi_label else ()
        return jnp.zeros((4, len(self._levels), *labels))

    def update(self, state, y_true, y_pred, sample_weight=None):
        """Count."""
        if self.from_logits:
            y_pred = jax.nn.sigmoid(y_pred)
        if not self.multi_label:
            found = counts(y_true, y_pred, self._levels, sample_weight)
            return state + found
        each = [
            counts(y_true, y_pred, self._levels, sample_weight, class_id=label)
            for label in range(self.num_labels)
        ]
        return state + jnp.stack(each, axis=-1)

    def result_of(self, state):
        """The area, summed over neighbouring thresholds."""
        tp, fp, tn, fn = state
        if self.curve == "PR" and self.summation_method == "interpolation":
            area = _pr_area(tp, fp, fn)
        else:
            recall = ratio(tp, tp + fn)
            if self.curve == "ROC":
                x, y = ratio(fp, fp + tn), recall
            else:
                x, y = recall, ratio(tp, tp + fp)
            heights = {
                "interpolation": (y[:-1] + y[1:]) / 2.0,
                "minoring": jnp.minimum(y[:-1], y[1:]),
                "majoring": jnp.maximum(y[:-1], y[1:]),
            }[self.summation_method]
            area = ((x[:-1] - x[1:]) * heights).sum(0)
        if not self.multi_label:
            return area
        if self.label_weights is None:
            return area.mean()
        weights = jnp.asarray(self.label_weights, jnp.float32)
        return ratio((area * weights).sum(), weights.sum())


def _pr_area(tp, fp, fn):
    """Precision and recall interpolated through the counts, not through the curve."""
    p = tp + fp
    d_tp, d_p = tp[:-1] - tp[1:], p[:-1] - p[1:]
    slope = ratio(d_tp, jnp.maximum(d_p, 0.0))
    intercept = tp[1:] - slope * p[1:]
    grows = (p[:-1] > 0) & (p[1:] > 0)
    relative = jnp.where(grows, p[:-1] / jnp.where(grows, p[1:], 1.0), 1.0)
    step = slope * (d_tp + intercept * jnp.log(relative))
    return ratio(step, jnp.maximum(tp[1:] + fn[1:], 0.0)).sum(0)
