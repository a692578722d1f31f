"""Answers over epochs: outputs for the same inputs during training."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.layers.engine.functional_call import changed_at_rest
from nbkeras.train.history import History


@dataclass(frozen=True)
class Answers:
    """The outputs for some inputs at several epochs.

    Args:
        epochs: (n,) numbers of the epochs; 0 is before the first step.
        outputs: (n, rows, ...) results of `predict` at each epoch.
    """

    epochs: np.ndarray
    outputs: np.ndarray


def answers_over_epochs(
    history: History, x: ArrayLike, epochs: Iterable[int] | None = None
) -> Answers:
    """The outputs of a run's model for `x` at its kept epochs.

    Args:
        history: History of a fit that kept epochs, `fit(..., keep_epochs=True)`, of a
            model with one output.
        x: (rows, ...) inputs.
        epochs: numbers of the epochs; None for all kept epochs.

    Raises:
        ValueError: an epoch was not kept.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mse")
    >>> x = np.ones((4, 1))
    >>> history = model.fit(x, x, epochs=3, keep_epochs=True, verbose=0)
    >>> answers_over_epochs(history, x[:1]).outputs.shape
    (4, 1, 1)
    """
    numbers = list(history.kept_epochs if epochs is None else epochs)
    outputs = [answer_at(history, x, epoch) for epoch in numbers]
    return Answers(np.array(numbers, int), np.array(outputs))


def answer_at(history: History, x: ArrayLike, epoch: int) -> Any:
    """The output for `x` (rows, ...) at one kept epoch."""
    if history.kept is None:
        history.model_at(epoch)  # raises, with advice on how to keep epochs
    values = history.kept.values_at(epoch)
    model: Any = history.model
    step = model.compiled_steps.get("predict")
    rows = jax.tree.map(jnp.asarray, x)
    outputs = step({p: jnp.asarray(v) for p, v in values.items()}, rows)
    if changed_at_rest(model):  # the step also returns changed states
        outputs, _ = outputs
    return jax.tree.map(np.asarray, outputs)
