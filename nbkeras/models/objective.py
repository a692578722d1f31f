"""Loss and metrics of a compiled model, as the pure functions that the steps need."""

import jax
import jax.numpy as jnp

from nbkeras import losses, metrics


class Objective:
    """What `compile` was told to minimise and to watch, for one output.

    Args:
        loss: name, function, class or instance; None for losses of layers alone.
        watched: `metrics=`, which leave sample weights aside.
        weighted: `weighted_metrics=`, which use them.
    """

    def __init__(self, loss, watched=None, weighted=None, loss_weight=1.0):
        self.loss_fn = losses.as_loss(loss) if loss is not None else None
        self.watched = _listed(watched)
        self.weighted = _listed(weighted)
        self.loss_weight = loss_weight
        for each in self.watched + self.weighted:
            if isinstance(each, str) and each not in _FROM_SHAPES:
                metrics.get(each)
        self.members = None
        self._fused = {}

    @property
    def settled(self):
        """Whether names such as "accuracy" have found their form."""
        return self.members is not None

    def settle(self, y_shape, y_dtype, pred_shape):
        """Choose the form of "accuracy" and its like from the data's shapes."""
        found = [
            (metrics.resolve(each, y_shape, y_dtype, pred_shape), uses)
            for group, uses in ((self.watched, False), (self.weighted, True))
            for each in group
        ]
        for metric, _ in found:
            metric.build(y_shape, pred_shape)
        names = metrics.unique_names([metric for metric, _ in found])
        self.members = [
            (name, metric, uses)
            for name, (metric, uses) in zip(names, found, strict=True)
        ]

    @property
    def rows_independent(self):
        """Whether padding rows can be left out of loss and metrics exactly."""
        parts = [self.loss_fn] if self.loss_fn else []
        parts += [metric for _, metric, _ in self.members or ()]
        return all(getattr(part, "rows_independent", False) for part in parts)

    @property
    def names(self):
        """Names in the logs, the loss first."""
        return ("loss", *(name for name, _, _ in self.members or ()))

    def loss(self, y, applied, weight, valid):
        """The loss of one batch, a scalar.

        A crossentropy on a softmax or sigmoid output is taken from the logits where
        the model ends in that activation: the same number, and a gradient that does
        not die when the output saturates.
        """
        if self.loss_fn is None:
            return jnp.zeros(())
        loss, y_hat = self.loss_fn, applied.y
        on_logits = self._on_logits(applied.activation)
        if on_logits is not None:
            loss, y_hat = on_logits, applied.logits
        value = loss(y, y_hat, weight, mask=applied.mask, valid=valid)
        return self.loss_weight * value

    def _on_logits(self, activation):
        if activation not in self._fused:
            find = getattr(self.loss_fn, "on_logits", None)
            self._fused[activation] = find(activation) if find and activation else None
        return self._fused[activation]

    def init(self):
        """Running sums at zero."""
        zero = jnp.zeros(())
        sums = {name: metric.init() for name, metric, _ in self.members}
        return {"loss": (zero, zero + 0), "metrics": sums}

    def update(self, sums, loss, y, y_hat, weight, valid, mask=None):
        """The sums after one batch."""
        total, count = sums["loss"]
        rows = jnp.shape(jax.tree.leaves(y_hat)[0])[0]
        rows = jnp.float32(rows) if valid is None else valid.sum()
        after = {}
        for name, metric, uses in self.members:
            w = _combined(valid, mask, weight if uses else None)
            after[name] = metric.update(sums["metrics"][name], y, y_hat, w)
        return {"loss": (total + loss * rows, count + rows), "metrics": after}

    def results(self, sums):
        """{name: scalar} from the sums."""
        total, count = sums["loss"]
        found = {"loss": total / count}
        for name, metric, _ in self.members:
            found[name] = metric.result_of(sums["metrics"][name])
        return found


_FROM_SHAPES = ("accuracy", "acc", "crossentropy", "ce")


def _listed(given):
    if given is None:
        return []
    if isinstance(given, dict):
        given = list(given.values())
    if not isinstance(given, list | tuple):
        given = [given]
    return [
        one for each in given for one in (_listed(each) if _nested(each) else [each])
    ]


def _nested(each):
    return isinstance(each, list | tuple)


def _combined(*weights):
    """The product of weights of different rank, (rows,) and (rows, steps); or None."""
    product = None
    for weight in weights:
        if weight is None:
            continue
        weight = jnp.asarray(weight, jnp.float32)
        if product is None:
            product = weight
            continue
        rank = max(product.ndim, weight.ndim)
        product = _grown(product, rank) * _grown(weight, rank)
    return product


def _grown(array, rank):
    return array.reshape(array.shape + (1,) * (rank - array.ndim))
