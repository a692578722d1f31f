"""Accounting of differential privacy, by Google's dp-accounting."""

from __future__ import annotations

import functools
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Literal

# Bounds of the search for a noise multiplier.
LOWEST_NOISE, HIGHEST_NOISE = 1e-2, 1e3


def dp_accounting(owner: str) -> ModuleType:
    """The module `dp_accounting`.

    Raises:
        ImportError: it is not installed.
    """
    try:
        import dp_accounting
    except ImportError:
        raise ImportError(
            f"{owner} needs dp-accounting, which is not installed. Write "
            'pip install "nbkeras[privacy]" (in a notebook: %pip install ...), and '
            "restart the kernel."
        ) from None
    return dp_accounting


@dataclass(frozen=True)
class PrivacySpent:
    """How much a model can reveal about one example of its training data.

    Whatever somebody concludes from the trained model, without one example it would
    have been at most exp(epsilon) times as probable or improbable, but for a
    probability of delta.

    Args:
        epsilon: the bound; infinite without noise, 0 before the first step.
        delta: the probability with which the bound may fail.
        parts: (sampling rate, noise multiplier, number of steps) of the training.
    """

    epsilon: float
    delta: float
    parts: tuple[tuple[float, float, int], ...]

    def __str__(self) -> str:
        causes = "; ".join(
            f"noise {noise:g}, sampling rate {rate:.4g}, {steps} steps"
            for rate, noise, steps in self.parts
        )
        return f"epsilon {self.epsilon:.3f} at delta {self.delta:g} ({causes})"


def spent(
    parts: Sequence[tuple[float, float, int]],
    delta: float,
    accountant: Literal["rdp", "pld"] = "rdp",
) -> PrivacySpent:
    """The privacy that training steps have spent together.

    Args:
        parts: (sampling rate, noise multiplier, number of steps) of Poisson batches.
        delta: the probability with which the bound may fail.
        accountant: "rdp" (Renyi, fast), or "pld" (privacy loss distributions: tighter,
            takes seconds).
    """
    parts = tuple((rate, noise, steps) for rate, noise, steps in parts if steps)
    if not parts:
        return PrivacySpent(0.0, delta, ())
    if not all(noise for _, noise, _ in parts):
        return PrivacySpent(math.inf, delta, parts)
    return PrivacySpent(_epsilon(parts, delta, accountant), delta, parts)


@functools.lru_cache(maxsize=256)
def _epsilon(parts, delta, accountant):
    account = _accountant(accountant)
    # It notes orders of Renyi's divergence that it leaves out: the bound still holds.
    log = logging.getLogger("absl")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        for rate, noise, steps in parts:
            account.compose(_event(rate, noise, steps))
        return float(account.get_epsilon(delta))
    finally:
        log.setLevel(level)


def _accountant(name: str) -> Any:
    dp_accounting("privacy_spent")
    if name == "pld":
        from dp_accounting.pld import PLDAccountant

        return PLDAccountant()
    from dp_accounting.rdp import RdpAccountant

    return RdpAccountant()


def _event(rate: float, noise: float, steps: int) -> Any:
    """Steps on batches of which each example is part with probability `rate`."""
    dp: Any = dp_accounting("privacy_spent")
    one = dp.PoissonSampledDpEvent(rate, dp.GaussianDpEvent(noise))
    return dp.SelfComposedDpEvent(one, steps)


def noise_for(
    epsilon: float, *, delta: float, rows: int, batch_size: int, epochs: int
) -> float:
    """The smallest noise multiplier with which training spends at most `epsilon`.

    Args:
        epsilon: the bound.
        delta: the probability with which it may fail.
        rows: number of training examples.
        batch_size: expected number of examples of a batch.
        epochs: number of epochs of `fit`.

    Raises:
        ImportError: dp-accounting is not installed.
        ValueError: no noise multiplier up to 1000 is enough.

    >>> round(noise_for(2.0, delta=1e-5, rows=6000, batch_size=60, epochs=10), 2)
    1.02
    """
    dp_accounting("noise_for")
    steps = epochs * math.ceil(rows / batch_size)
    rate = min(batch_size / rows, 1.0)
    low, high = LOWEST_NOISE, HIGHEST_NOISE
    if _epsilon(((rate, high, steps),), delta, "rdp") > epsilon:
        raise ValueError(
            f"noise_for(epsilon={epsilon}): not even noise of {HIGHEST_NOISE:g} times "
            "the clipping norm is enough. Train fewer epochs, or allow a larger "
            "epsilon."
        )
    while high / low > 1.001:
        middle = math.sqrt(low * high)
        if _epsilon(((rate, middle, steps),), delta, "rdp") > epsilon:
            low = middle
        else:
            high = middle
    return high
