"""DPSGD and DPAdam: optimizers whose gradients are clipped for each example and noised.

`fit` computes the gradients with a `PrivateSum`, and reports every step here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import jax

from nbkeras.core import check
from nbkeras.core.annotations import LearningRate
from nbkeras.optimizers import privacy_accounting
from nbkeras.optimizers.adam_family import Adam
from nbkeras.optimizers.base import Optimizer, OptimizerArguments
from nbkeras.optimizers.gradient_descent import SGD
from nbkeras.optimizers.privacy_accounting import PrivacySpent
from nbkeras.optimizers.private_gradients import PrivateGradients, PrivateSum
from nbkeras.optimizers.registry import register

# A larger one in DPAdam is meant for the privacy.
LARGEST_EPSILON = 1e-2


class Private(Optimizer):
    """Base class of private optimizers; subclasses name a rule of another optimizer."""

    keras_module = "nbkeras.privacy"  # Keras has no such optimizers
    # What is spent, as (sampling rate, noise, number of steps).
    spent: list[tuple[float, float, int]]
    private_sum: PrivateSum | None = None

    def _set_privacy(self, noise, clip, delta, spent):
        owner = type(self).__name__
        privacy_accounting.dp_accounting(owner)
        self.noise = check.number(owner, "noise", noise, 0, example=1.1)
        self.clip = check.number(owner, "clip", clip, 0, example=1.0)
        self.delta = check.number(owner, "delta", delta, 0, 1, example=1e-5)
        for name, value in (("clip", self.clip), ("delta", self.delta)):
            if not value:
                raise ValueError(
                    f"{owner}({name}=0): {name} must be above 0. Write for example "
                    f"{owner}({name}={'1.0' if name == 'clip' else '1e-5'})."
                )
        self.spent = [(float(q), float(s), int(n)) for q, s, n in spent or ()]
        if self.loss_scale_factor is not None:
            raise ValueError(
                f"{owner}(loss_scale_factor={self.loss_scale_factor}): gradients are "
                "clipped before the optimizer sees them, so a loss scale has no use. "
                "Leave it out."
            )

    def begin_private_fit(self, rows: int, batch_size: int) -> None:
        """Use batches to which each of `rows` examples belongs by chance.

        Args:
            rows: number of examples of the data.
            batch_size: expected number of examples of a batch, at most `rows`.
        """
        self.private_sum = PrivateSum(self.noise, self.clip, float(batch_size))
        entry = (batch_size / rows, self.noise, 0)
        if not self.spent or self.spent[-1][:2] != entry[:2]:
            self.spent.append(entry)

    def count_step(self) -> None:
        """Account for one step of the running fit."""
        rate, noise, steps = self.spent[-1]
        self.spent[-1] = rate, noise, steps + 1

    def privacy_spent(self) -> PrivacySpent:
        """The privacy spent by all steps so far, with what it comes from."""
        return privacy_accounting.spent(self.spent, self.delta)

    def update(
        self,
        grads: Mapping[str, jax.Array],
        state: Any,
        params: Mapping[str, jax.Array],
    ) -> tuple[dict[str, jax.Array], Any]:
        """As `Optimizer.update`, for private gradients only.

        Raises:
            TypeError: the gradients are not those that `fit` clips and noises.
        """
        if not isinstance(grads, PrivateGradients):
            raise TypeError(self.only_in_fit())
        return super().update(grads, state, params)

    def apply(
        self, grads: Sequence[Any], trainable_variables: Sequence[Any] | None = None
    ) -> None:
        """Not available.

        Raises:
            TypeError: always: these gradients are neither clipped nor noised.
        """
        raise TypeError(self.only_in_fit())

    def only_in_fit(self) -> str:
        """The message that refuses other ways of training."""
        kind = type(self).__name__
        return (
            f"{kind} works in model.fit(x, y): there the gradient of each example is "
            "clipped, and noise is added and accounted for. These gradients are not "
            f"private. Use {kind.removeprefix('DP')} here, or train with fit."
        )


@register("DPSGD")
class DPSGD(Private, SGD):
    """SGD with differential privacy: what the model learned hides each single example.

    `fit` clips the gradient of each example and adds noise to their sum, draws each
    example into each batch by chance, and reports `epsilon` after each epoch.

    Args:
        learning_rate: a number or a schedule.
        noise: standard deviation of the noise, as a multiple of `clip`: more noise is
            more privacy; 0 is none.
        clip: largest norm of the gradient of one example, over all weights together.
        delta: the probability with which the guarantee may fail; well below 1 divided
            by the number of examples.
        momentum: fraction of the previous step to add, from 0 to 1.
        nesterov: use Nesterov momentum.
        spent: [(sampling rate, noise, steps)] of earlier training with the same data.

    Raises:
        ImportError: dp-accounting is not installed.

    Source: Abadi et al., "Deep Learning with Differential Privacy" (2016).

    >>> DPSGD(0.1, noise=1.1, clip=0.5).clip
    0.5
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.01,
        noise: float = 1.1,
        clip: float = 1.0,
        delta: float = 1e-5,
        momentum: float = 0.0,
        nesterov: bool = False,
        spent: Sequence[Any] | None = None,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        super().__init__(learning_rate, momentum, nesterov, **base)
        self._set_privacy(noise, clip, delta, spent)


@register("DPAdam")
class DPAdam(Private, Adam):
    """Adam with differential privacy: what the model learned hides each single example.

    `fit` clips the gradient of each example and adds noise to their sum, draws each
    example into each batch by chance, and reports `epsilon` after each epoch.

    Args:
        learning_rate: a number or a schedule.
        noise: standard deviation of the noise, as a multiple of `clip`: more noise is
            more privacy; 0 is none.
        clip: largest norm of the gradient of one example, over all weights together.
        delta: the probability with which the guarantee may fail; well below 1 divided
            by the number of examples.
        beta_1: decay rate of the first moment, the mean gradient.
        beta_2: decay rate of the second moment, the mean squared gradient.
        epsilon: added to the denominator for numerical stability; the privacy follows
            from the noise, see `nbkeras.privacy.noise_for`.
        spent: [(sampling rate, noise, steps)] of earlier training with the same data.

    Raises:
        ImportError: dp-accounting is not installed.

    Source: Abadi et al., "Deep Learning with Differential Privacy" (2016).

    >>> DPAdam(noise=1.1, clip=0.5).noise
    1.1
    """

    def __init__(
        self,
        learning_rate: LearningRate = 0.001,
        noise: float = 1.1,
        clip: float = 1.0,
        delta: float = 1e-5,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        spent: Sequence[Any] | None = None,
        **base: Unpack[OptimizerArguments],
    ) -> None:
        if epsilon is not None and epsilon > LARGEST_EPSILON:
            raise ValueError(
                f"DPAdam(epsilon={epsilon}): here epsilon is Adam's, a small number "
                "added to the denominator. The privacy follows from the noise: write "
                f"noise=nbkeras.privacy.noise_for({epsilon}, delta=1e-5, rows=len(x), "
                "batch_size=64, epochs=10)."
            )
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **base)
        self._set_privacy(noise, clip, delta, spent)
