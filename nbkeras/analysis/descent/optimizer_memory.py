"""The state of an optimizer as arrows: velocity and adaptive scaling.

`Arrows` splits a step into parts that can be drawn: the accumulated velocity, and the
factor by which each coordinate is scaled.
"""

from dataclasses import dataclass

import numpy as np

from nbkeras import optimizers


@dataclass(frozen=True)
class Arrows:
    """One step of a Path split into its parts, each (d,) or None if there is none.

    Args:
        downhill: the negative gradient that the optimizer received.
        velocity: the step implied by the accumulated gradients, before scaling.
        scale: factor of each coordinate, 1 / (root mean square + epsilon).
        move: the actual step.
    """

    downhill: np.ndarray
    velocity: np.ndarray | None
    scale: np.ndarray | None
    move: np.ndarray


def arrows(optimizer, path, at):
    """The arrows of step number `at` (from 0) of a Path; None after the last step."""
    if not 0 <= at < len(path):
        return None
    # float64 keeps the parts consistent with the step to 1e-6.
    after = {k: np.float64(v[at + 1]) for k, v in path.memory.items()}
    gradient, lr = np.float64(path.gradients[at]), float(path.rates[at])
    kinds = [kind for kind in type(optimizer).__mro__ if kind in PARTS]
    take_apart = PARTS[kinds[0]] if kinds and path.memory else _stateless
    velocity, scale = take_apart(optimizer, after, gradient, lr, at + 1)
    move = np.float64(path.positions[at + 1] - path.positions[at])
    return Arrows(-gradient, velocity, scale, move)


def _stateless(optimizer, after, gradient, lr, t):
    return None, None


def _sgd(optimizer, after, gradient, lr, t):
    if "momentum" not in after:
        return None, None
    v = after["momentum"]
    return (optimizer.momentum * v - lr * gradient if optimizer.nesterov else v), None


def _rmsprop(optimizer, after, gradient, lr, t):
    size = after["velocity"] + optimizer.epsilon
    if optimizer.centered:
        size = size - after["average_gradient"] ** 2
    velocity = -after["momentum"] if "momentum" in after else None
    return velocity, 1 / np.sqrt(size)


def _adagrad(optimizer, after, gradient, lr, t):
    return None, 1 / np.sqrt(after["accumulator"] + optimizer.epsilon)


def _adam(optimizer, after, gradient, lr, t):
    mean = after["momentum"] / (1 - optimizer.beta_1**t)
    square = after.get("velocity_hat", after["velocity"])
    # Keras applies epsilon outside the bias correction.
    correction = np.sqrt(1 - optimizer.beta_2**t)
    return -lr * mean, correction / (np.sqrt(square) + optimizer.epsilon)


def _adamax(optimizer, after, gradient, lr, t):
    mean = after["momentum"] / (1 - optimizer.beta_1**t)
    return -lr * mean, 1 / (after["norm"] + optimizer.epsilon)


def _nadam(optimizer, after, gradient, lr, t):
    factors = [optimizer.beta_1 * (1 - 0.5 * 0.96**i) for i in range(1, t + 2)]
    product = np.prod(factors[:-1])
    mean = factors[-1] * after["momentum"] / (1 - product * factors[-1])
    mean = mean + (1 - factors[-2]) * gradient / (1 - product)
    square = after["velocity"] / (1 - optimizer.beta_2**t)
    return -lr * mean, 1 / (np.sqrt(square) + optimizer.epsilon)


PARTS = {
    optimizers.SGD: _sgd,
    optimizers.RMSprop: _rmsprop,
    optimizers.Adagrad: _adagrad,
    optimizers.Adam: _adam,
    optimizers.Adamax: _adamax,
    optimizers.Nadam: _nadam,
}
