"""Loss weighting: how the losses of several tasks become one objective.

`compile(loss_weights=...)` takes numbers, or one of these by name or as an object. All
functions are pure: `losses` is (n,), one number per task, and `values` are the arrays
that `variables` declares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import check
from nbkeras.core.serialization.configurable import Configurable
from nbkeras.core.serialization.registry import Registry

registry = Registry("loss weighting")

Values = Mapping[str, jax.Array]
Gradient = Mapping[str, jax.Array]


class Declared(NamedTuple):
    """The initial value of an array that a weighting holds, and who changes it."""

    initial: np.ndarray
    trainable: bool = False


class LossWeighting(Configurable):
    """Base class of loss weightings.

    A subclass declares "weights", or implements `factors` or `total`; one that needs
    the gradient of each task sets `by_gradients` and implements `combine`.
    """

    by_gradients = False
    # Whether `factors` change during training by themselves.
    learns = False

    def variables(self, is_distance: Sequence[bool]) -> dict[str, Declared]:
        """{name: initial value} of the arrays that it holds.

        Args:
            is_distance: for each loss whether it measures a distance between
                quantities, as the mean squared error does.
        """
        return {}

    def factors(self, values: Values) -> jax.Array:
        """The current factor of each loss, (n,): by default its array "weights"."""
        return values["weights"]

    def total(self, losses: jax.Array, values: Values) -> jax.Array:
        """The number that is minimised and logged as "loss"."""
        return jnp.sum(self.factors(values) * losses)

    def combine(
        self,
        gradients: Sequence[Gradient],
        losses: jax.Array,
        values: Values,
        key: jax.Array,
    ) -> tuple[dict[str, jax.Array], dict[str, jax.Array]]:
        """One gradient from those of the tasks, and new values of its arrays.

        Args:
            gradients: {path: array} of each loss, without its factor.
            losses: (n,).
            values: its arrays.
            key: of this step.
        """
        raise NotImplementedError


class FixedWeights(LossWeighting):
    """Factors that only the user changes: `compile(loss_weights=[1.0, 0.5])`.

    Args:
        weights: one factor per loss.
    """

    def __init__(self, weights: Sequence[float]) -> None:
        self.weights = [float(weight) for weight in weights]

    def variables(self, is_distance: Sequence[bool]) -> dict[str, Declared]:
        """The factors."""
        return {"weights": Declared(np.array(self.weights, np.float32))}

    def total(self, losses: jax.Array, values: Values) -> jax.Array:
        """Added one by one, in the order of the losses."""
        factors, total = self.factors(values), jnp.zeros(())
        for index in range(losses.shape[0]):
            total = total + factors[index] * losses[index]
        return total


@registry.register("uncertainty", "UncertaintyWeighting")
class UncertaintyWeighting(LossWeighting):
    """Weigh each loss by the noise of its task, which is learned with the model.

    Each task has a log-variance s, trained by the model's optimizer from 0. A loss L
    contributes `exp(-s) * L / 2 + s / 2` if it measures a distance (mean squared error
    and the like), and `exp(-s) * L + s / 2` otherwise (crossentropy): the negative
    log-likelihood of a Gaussian, or of a softmax whose logits are scaled.

    Source: Kendall, Gal, Cipolla, "Multi-Task Learning Using Uncertainty to Weigh
    Losses for Scene Geometry and Semantics" (2018), equations 7 and 10.

    >>> UncertaintyWeighting().get_config()
    {}
    """

    learns = True

    def variables(self, is_distance: Sequence[bool]) -> dict[str, Declared]:
        """The log-variances, and the factor of each loss at variance 1."""
        scales = np.where(np.asarray(is_distance, bool), 0.5, 1.0).astype(np.float32)
        return {
            "log_variances": Declared(np.zeros(len(scales), np.float32), True),
            "scales": Declared(scales),
        }

    def factors(self, values: Values) -> jax.Array:
        """`exp(-s) / 2` or `exp(-s)`."""
        return values["scales"] * jnp.exp(-values["log_variances"])

    def total(self, losses: jax.Array, values: Values) -> jax.Array:
        """The weighted losses plus half of the sum of the log-variances."""
        return super().total(losses, values) + values["log_variances"].sum() / 2


@registry.register("pcgrad", "PCGrad")
class PCGrad(LossWeighting):
    """Project away the part of each task's gradient that works against another task.

    The gradient of each loss loses, for the other losses in random order, its
    projection on theirs wherever the two point in opposing directions. Only weights on
    which at least two losses of the batch depend take part; the sum of the results is
    the gradient of the step. A step costs one backward pass per loss.

    Source: Yu, Kumar, Gupta, Levine, Hausman, Finn, "Gradient Surgery for Multi-Task
    Learning" (2020), algorithm 1.

    Args:
        weights: fixed factors of the losses; all 1 by default.
    """

    by_gradients = True

    def __init__(self, weights: Sequence[float] | None = None) -> None:
        self.weights = None if weights is None else [float(w) for w in weights]

    def variables(self, is_distance: Sequence[bool]) -> dict[str, Declared]:
        """The factors."""
        weights = self.weights or [1.0] * len(is_distance)
        return {"weights": Declared(np.array(weights, np.float32))}

    def combine(
        self,
        gradients: Sequence[Gradient],
        losses: jax.Array,
        values: Values,
        key: jax.Array,
    ) -> tuple[dict[str, jax.Array], dict[str, jax.Array]]:
        """The sum of the projected gradients."""
        factors = self.factors(values)
        gradients = [
            {path: factors[index] * g for path, g in gradient.items()}
            for index, gradient in enumerate(gradients)
        ]
        shared = shared_weights(gradients)
        products = inner_products(gradients, shared)
        factor_of = projected(products, key).sum(axis=0)
        combined = {}
        for path, is_shared in shared.items():
            parts = [gradient[path] for gradient in gradients]
            used = jnp.where(is_shared, factor_of, 1.0).astype(parts[0].dtype)
            combined[path] = sum(
                (used[index] * part for index, part in enumerate(parts)),
                start=jnp.zeros_like(parts[0]),
            )
        return combined, {}


@registry.register("gradnorm", "GradNorm")
class GradNorm(LossWeighting):
    """Learn the factors so that all tasks train at similar speed.

    The factors are moved after each step so that the norms of the weighted gradients on
    the shared weights come closer to their mean, higher for tasks whose loss has fallen
    less since the first step. Their sum stays the number of tasks. A step costs one
    backward pass per loss.

    Source: Chen, Badrinarayanan, Lee, Rabinovich, "GradNorm: Gradient Normalization for
    Adaptive Loss Balancing in Deep Multitask Networks" (2018), algorithm 1.

    Args:
        alpha: how strongly slow tasks are favoured; 0 makes all norms equal.
        learning_rate: step size of the factors, by gradient descent.
    """

    by_gradients = learns = True

    def __init__(self, alpha: float = 1.5, learning_rate: float = 0.025) -> None:
        self.alpha = check.number("GradNorm", "alpha", alpha, 0, example=1.5)
        self.learning_rate = check.number(
            "GradNorm", "learning_rate", learning_rate, 0, example=0.025
        )

    def variables(self, is_distance: Sequence[bool]) -> dict[str, Declared]:
        """The factors, and the losses of the first step (0 until then)."""
        count = len(is_distance)
        return {
            "weights": Declared(np.ones(count, np.float32)),
            "first_losses": Declared(np.zeros(count, np.float32)),
        }

    def combine(
        self,
        gradients: Sequence[Gradient],
        losses: jax.Array,
        values: Values,
        key: jax.Array,
    ) -> tuple[dict[str, jax.Array], dict[str, jax.Array]]:
        """The weighted sum of the gradients, and the factors of the next step."""
        weights = self.factors(values)
        combined = {
            path: sum(
                (
                    weights[index].astype(gradient[path].dtype) * gradient[path]
                    for index, gradient in enumerate(gradients)
                ),
                start=jnp.zeros_like(gradients[0][path]),
            )
            for path in gradients[0]
        }
        products = inner_products(gradients, shared_weights(gradients))
        norms = jnp.sqrt(jnp.diagonal(products))
        first = jnp.where(values["first_losses"] == 0, losses, values["first_losses"])
        progress = losses / first
        rates = (progress / progress.mean()) ** self.alpha
        targets = (weights * norms).mean() * rates
        slopes = jnp.sign(weights * norms - targets) * norms
        moved = jnp.maximum(weights - self.learning_rate * slopes, 0.0)
        moved = moved * (len(gradients) / moved.sum())
        is_sound = jnp.isfinite(moved).all()
        return combined, {
            "weights": jnp.where(is_sound, moved, weights),
            "first_losses": first,
        }


def shared_weights(gradients: Sequence[Gradient]) -> dict[str, jax.Array]:
    """{path: whether at least two of the gradients are not zero there}."""
    shared = {}
    for path in gradients[0]:
        reached = [jnp.any(gradient[path] != 0) for gradient in gradients]
        shared[path] = jnp.stack(reached).sum() >= 2
    return shared


def inner_products(
    gradients: Sequence[Gradient], shared: Mapping[str, jax.Array]
) -> jax.Array:
    """(n, n) inner products of the gradients over the shared weights, float32."""
    count = len(gradients)
    products = jnp.zeros((count, count), jnp.float32)
    for path, is_shared in shared.items():
        own = inner_products_at(path, gradients)
        products = products + jnp.where(is_shared, own, 0.0)
    return products


def inner_products_at(path: str, gradients: Sequence[Gradient]) -> jax.Array:
    """(n, n) inner products of the gradients of one weight, float32."""
    flat = jnp.stack([gradient[path].ravel() for gradient in gradients])
    flat = flat.astype(jnp.float32)
    return jnp.matmul(flat, flat.T, precision="highest")


def projected(products: jax.Array, key: jax.Array) -> jax.Array:
    """(n, n): row i holds task i's projected gradient as factors of all gradients.

    Each projection subtracts a multiple of another task's gradient, so that inner
    products are all it needs.

    Args:
        products: (n, n) inner products of the gradients.
        key: of the random orders.
    """
    count = products.shape[0]
    norms = jnp.diagonal(products)

    def project(own, factors, other):
        along = factors @ products[:, other]
        opposes = (along < 0) & (norms[other] > 0) & (other != own)
        share = jnp.where(opposes, along / jnp.where(opposes, norms[other], 1.0), 0.0)
        return factors.at[other].add(-share)

    rows = []
    for own in range(count):
        order = jax.random.permutation(jax.random.fold_in(key, own), count)
        factors = jnp.eye(count, dtype=products.dtype)[own]
        for position in range(count):
            factors = project(own, factors, order[position])
        rows.append(factors)
    return jnp.stack(rows)


def get(identifier: Any) -> LossWeighting | None:
    """The weighting of a name, config or object; None for numbers.

    Raises:
        ValueError: the name is unknown.
    """
    if isinstance(identifier, LossWeighting):
        return identifier
    is_config = isinstance(identifier, dict) and "class_name" in identifier
    if isinstance(identifier, str) or is_config:
        return registry.get(identifier)
    return None
