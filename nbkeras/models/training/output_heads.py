"""One output of a model: its loss and its metrics."""

import jax.numpy as jnp

from nbkeras import losses, metrics


class Head:
    """What `compile` said about one output.

    Args:
        name: put before the names of its metrics; None for none.
        loss: name, function, class or instance; None if nothing is to be minimised.
        loss_weight: factor of the loss in the total.
        watched: metrics that leave sample weights aside.
        weighted: metrics that use them.
    """

    def __init__(self, name, loss, loss_weight, watched, weighted):
        self.name = name
        self.loss_fn = losses.as_loss(loss) if loss is not None else None
        self.loss_name = loss if isinstance(loss, str) else _name_of(self.loss_fn)
        self.loss_weight = loss_weight
        self._given = [(each, False) for each in watched]
        self._given += [(each, True) for each in weighted]
        self.members = []
        self._fused = {}

    @property
    def counts(self):
        """Whether it needs targets."""
        return self.loss_fn is not None or bool(self._given)

    def settle(self, y_shape, y_dtype, pred_shape):
        """Choose the form of "accuracy" and its like from the data's shapes."""
        self.members = [
            (metrics.resolve(each, y_shape, y_dtype, pred_shape), uses)
            for each, uses in self._given
        ]
        for metric, _ in self.members:
            metric.build(y_shape, pred_shape)

    @property
    def rows_independent(self):
        """Whether padding rows can be left out of loss and metrics exactly."""
        parts = [self.loss_fn] if self.loss_fn else []
        parts += [metric for metric, _ in self.members]
        return all(getattr(part, "rows_independent", False) for part in parts)

    def loss(self, y, part, weight, valid):
        """The loss of one batch without its factor, a scalar.

        A crossentropy on a softmax or sigmoid output is taken from the logits where
        the output ends in that activation: the same number, and a gradient that does
        not die when the output saturates.

        Args:
            y: targets.
            part: (output, mask, logits, activation), see `layers.bind.Applied`.
            weight: sample weights or None.
            valid: (rows,), 0 for padding; or None.
        """
        y_hat, mask, logits, activation = part
        loss, on_logits = self.loss_fn, self._on_logits(activation)
        if on_logits is not None:
            loss, y_hat = on_logits, logits
        return loss(y, y_hat, weight, mask=mask, valid=valid)

    def _on_logits(self, activation):
        if activation not in self._fused:
            find = getattr(self.loss_fn, "on_logits", None)
            self._fused[activation] = find(activation) if find and activation else None
        return self._fused[activation]

    def init(self):
        """Running sums of the metrics at zero."""
        return [metric.init() for metric, _ in self.members]

    def update(self, sums, y, y_hat, weight, valid, mask):
        """The sums after one batch."""
        return [
            metric.update(
                before, y, y_hat, _combined(valid, mask, weight if uses else None)
            )
            for before, (metric, uses) in zip(sums, self.members, strict=True)
        ]


def metric_names(heads):
    """The names of all metrics in the logs, [one list for each head].

    The second "auc" is "auc_1"; a weighted metric that is watched without weights as
    well is "weighted_auc".
    """
    taken, names = {}, [[None] * len(head.members) for head in heads]
    for wanted in (False, True):
        for head, found in zip(heads, names, strict=True):
            before = f"{head.name}_" if head.name else ""
            for at, (metric, uses) in enumerate(head.members):
                if uses is not wanted:
                    continue
                name = before + metric.name
                if name in taken and uses:
                    name = f"{before}weighted_{metric.name}"
                found[at] = unique(name, taken)
    return names


def unique(name, taken):
    """`name`, or name_1, name_2 if it is in `taken`, {name: how often}."""
    count = taken.get(name, 0)
    taken[name] = count + 1
    return f"{name}_{count}" if count else name


def _name_of(loss):
    return getattr(loss, "name", None) or "loss"


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
