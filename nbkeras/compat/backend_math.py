"""Functions of keras.backend for custom losses, metrics and Lambda layers.

Most functions are those of `nbkeras.ops` under the same name. This module holds the
ones whose names or defaults differ there.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.compat import backend_layers, sessions, symbolic_programs
from nbkeras.core import check, settings
from nbkeras.layers.engine import random_numbers as random
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.losses import classification
from nbkeras.ops.functions import all_functions

# {name in keras.backend: (name in nbkeras.ops, arguments for the old defaults)}
_RENAMED = {
    "argmax": ("argmax", {"axis": -1}),
    "argmin": ("argmin", {"axis": -1}),
    "concatenate": ("concatenate", {"axis": -1}),
    "cumprod": ("cumprod", {"axis": 0}),
    "cumsum": ("cumsum", {"axis": 0}),
    "dot": ("matmul", {}),
    "expand_dims": ("expand_dims", {"axis": -1}),
    "l2_normalize": ("normalize", {}),
    "permute_dimensions": ("transpose", {}),
    "pow": ("power", {}),
    "repeat_elements": ("repeat", {}),
}


def _flatten(x):
    return all_functions.find("reshape")(x, (-1,))


def _batch_flatten(x):
    return all_functions.find("reshape")(x, (-1, int(np.prod(x.shape[1:]))))


def _repeat(x, n):
    return all_functions.find("repeat")(x[:, None, :], n, axis=1)


def _gather(x, indices):
    return all_functions.find("take")(x, indices, axis=0)


def _relu(x, alpha=0.0, max_value=None, threshold=0.0):
    from nbkeras.ops import activations

    return activations.relu(x, alpha, max_value, threshold)


def _constant(value, dtype=None, shape=None, name=None):
    del name
    array = jnp.asarray(value, dtype or settings.floatx())
    return array if shape is None else jnp.broadcast_to(array, shape)


def _one_hot(indices, num_classes):
    return all_functions.find("one_hot")(indices, num_classes)


def _random_normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None, std=None):
    stddev = stddev if std is None else std  # Keras 1
    return random.normal(shape, mean, stddev, dtype, seed)


def _random_uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
    return random.uniform(shape, minval, maxval, dtype, seed)


def _crossentropy(loss):
    def call(target, output, from_logits=False):
        """Crossentropy of each value, not averaged over the last axis."""
        if loss is not classification.binary_crossentropy:
            return loss(target, output, from_logits=from_logits)
        return loss(target[..., None], output[..., None], from_logits=from_logits)

    return call


class _LearningPhase(int):
    """Return type of K.learning_phase(); K.function recognizes it as an input."""


_PHASE = _LearningPhase(0)


def _function(inputs, outputs, updates=None, **_more):
    """A compiled function from a list of arrays to a list of arrays, as in Keras 2."""
    tensors = [tensor for tensor in inputs if is_symbolic(tensor)]
    phases = [n for n, tensor in enumerate(inputs) if not is_symbolic(tensor)]
    single = is_symbolic(outputs)
    outputs = [outputs] if single else list(outputs)
    program = symbolic_programs.Program(tensors, outputs) if outputs else None
    steps = [
        update
        for update in jax.tree.leaves(updates)
        if isinstance(update, symbolic_programs.TrainingOperation)
    ]

    def run(values):
        arrays = [value for n, value in enumerate(values) if n not in phases]
        training = any(bool(values[n]) for n in phases if n < len(values))
        results = program(arrays, training) if program else []
        for update in steps:
            update.run({**dict(zip(tensors, arrays, strict=True)), _PHASE: training})
        return results[0] if single else results

    return run


def _gradients(loss, variables):
    """Symbolic gradients of the sum of a symbolic `loss` by symbolic tensors.

    Use them with `K.function`, as tutorials for Keras 1 and 2 do to look inside a
    network.
    """
    single = is_symbolic(variables)
    tensors = [variables] if single else list(variables)
    if not is_symbolic(loss) or not all(map(is_symbolic, tensors)):
        raise TypeError(
            "K.gradients(loss, variables) takes symbolic tensors such as model.output "
            "and layer.output. For arrays write nbkeras.gradients(function, arrays), "
            "or jax.grad(function)(x)."
        )
    from nbkeras.layers import Lambda
    from nbkeras.models import Model

    part = Model(tensors, loss)

    def gradient(*arrays):
        def total(inputs):
            return jnp.sum(part(inputs if len(inputs) > 1 else inputs[0]))

        gradients = jax.grad(total)(list(arrays))
        return gradients if len(gradients) > 1 else gradients[0]

    def gradient_of(inputs):
        return gradient(*(inputs if len(tensors) > 1 else [inputs]))

    outputs = Lambda(gradient_of)(tensors if len(tensors) > 1 else tensors[0])
    return list(outputs) if isinstance(outputs, list | tuple) else [outputs]


_OWN = {
    "batch_flatten": _batch_flatten,
    "binary_crossentropy": _crossentropy(classification.binary_crossentropy),
    "categorical_crossentropy": _crossentropy(classification.categorical_crossentropy),
    "constant": _constant,
    "dtype": lambda x: str(x.dtype),
    "eval": lambda x: np.asarray(getattr(x, "value", x)),
    "flatten": _flatten,
    "function": _function,
    "gather": _gather,
    "get_session": lambda op_input_list=(): sessions.Session(),
    "gradients": _gradients,
    "is_keras_tensor": is_symbolic,
    "learning_phase": lambda: _LearningPhase(0),
    "one_hot": _one_hot,
    "random_normal": _random_normal,
    "random_uniform": _random_uniform,
    "relu": _relu,
    "repeat": _repeat,
    "set_learning_phase": lambda value: None,
    "set_session": lambda session=None: None,
    "sparse_categorical_crossentropy": _crossentropy(
        classification.sparse_categorical_crossentropy
    ),
    "truncated_normal": lambda shape, *args, **kwargs: random.truncated_normal(
        shape, *args, **kwargs
    ),
    "variable": _constant,
}


def find(name: str) -> Callable[..., Any] | None:
    """The function called `name` in keras.backend of Keras 2, or None."""
    own = _OWN.get(name) or backend_layers.FUNCTIONS.get(name)
    if own is not None:
        return own
    new, defaults = _RENAMED.get(name, (name, {}))
    function = all_functions.find(new)
    if function is None or not defaults:
        return function

    def call(x, *args, **kwargs):
        options = {} if args else {**defaults, **kwargs}
        return function(x, *args, **(options or kwargs))

    return call


def names() -> list[str]:
    """All names that `find` resolves, sorted."""
    return sorted({*_OWN, *_RENAMED, *backend_layers.FUNCTIONS, *all_functions.names()})


def missing(name: str) -> str:
    """The error message for an unknown name."""
    near = check.did_you_mean(name, names())
    return (
        f"module 'nbkeras.backend' has no attribute {name!r}.{near} Functions of "
        "arrays are in nbkeras.ops and jax.numpy."
    )
