"""Compiled computations of symbolic tensors: K.function, sessions, `minimize`.

Keras 1 and 2 and TensorFlow 1 describe a computation first and run it later. Here a
symbolic computation is a model, and it runs as one compiled function.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core.gradients.recording import plain_value
from nbkeras.core.variable import Variable
from nbkeras.layers import gradients
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor, is_symbolic

# Programs that sessions remember; the oldest are forgotten.
_MAX_PROGRAMS = 64
_programs: OrderedDict[Any, Program] = OrderedDict()


class Program:
    """A compiled function from the values of symbolic tensors to those of others.

    Args:
        inputs: symbolic tensors.
        outputs: symbolic tensors computed from them.

    Raises:
        ValueError: an output depends on an input that is not among `inputs`.
    """

    def __init__(
        self, inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]
    ) -> None:
        from nbkeras.compat.tensorflow.compiled_function import CompiledFunction
        from nbkeras.models import Model

        self.inputs = list(inputs)
        self.model = Model(self.inputs, list(outputs))

        def compute(arrays, training):
            return jax.tree.leaves(self.model(arrays, training=training))

        self._compiled = CompiledFunction(compute)

    def __call__(self, values: Sequence[Any], training: bool = False) -> list[Any]:
        """The values of the outputs, NumPy arrays."""
        arrays = [_as_array(value) for value in values]
        return [np.asarray(output) for output in self._compiled(arrays, bool(training))]


def program(
    inputs: Sequence[SymbolicTensor], outputs: Sequence[SymbolicTensor]
) -> Program:
    """The Program of these tensors, made at the first call."""
    key = tuple(map(id, inputs)), tuple(map(id, outputs))
    if key not in _programs:
        _programs[key] = Program(inputs, outputs)
        # The tensors stay alive with their program, so that no other takes their ids.
        _programs[key].outputs = list(outputs)  # pyright: ignore
        if len(_programs) > _MAX_PROGRAMS:
            _programs.popitem(last=False)
    _programs.move_to_end(key)
    return _programs[key]


class Operation:
    """What a session can run that has no value, such as the one of
    `tf.global_variables_initializer()`: variables have their values at once.
    """

    def run(self, feed_dict: Any = None, session: Any = None) -> None:
        """Do nothing."""


class TrainingOperation(Operation):
    """One step of an optimizer on a symbolic loss, each time it runs.

    Args:
        optimizer: the optimizer.
        loss: a symbolic tensor; it is summed.
        variables: the variables to train; None for all trainable ones of the loss.

    Raises:
        ValueError: the loss depends on no variable.
    """

    def __init__(
        self, optimizer: Any, loss: SymbolicTensor, variables: Any = None
    ) -> None:
        self._optimizer, self._loss = optimizer, loss
        self._variables = list(variables or _variables_of(loss))
        if not self._variables:
            raise ValueError(
                "minimize: the loss depends on no variable. Write for example W = "
                "tf.Variable(tf.zeros((2, 1))), and compute the loss from it."
            )
        # {ids of the inputs: compiled step}
        self._steps: dict[Any, tuple[list[Any], Callable[..., Any]]] = {}

    def run(self, feed_dict: Mapping[Any, Any] | None = None, session: Any = None):
        """Make one step with the fed values; `K.learning_phase()` may be a key."""
        feed = dict(feed_dict or {})
        inputs = needed([self._loss], [key for key in feed if is_symbolic(key)])
        training = any(bool(feed[key]) for key in feed if isinstance(key, int))
        key = tuple(map(id, inputs))
        if key not in self._steps:
            self._steps[key] = inputs, self._compiled(inputs)
        self._steps[key][1]([_as_array(feed[tensor]) for tensor in inputs], training)

    def _compiled(self, inputs):
        from nbkeras.compat.tensorflow.compiled_function import CompiledFunction
        from nbkeras.models import Model

        model = Model(list(inputs), self._loss)

        def step(arrays, training):
            def total():
                return jnp.sum(plain_value(model(arrays, training=training)))

            _, slopes = gradients(total, self._variables)
            self._optimizer.apply(slopes, self._variables)

        return CompiledFunction(step)


def minimize(
    optimizer: Any, loss: SymbolicTensor, variables: Any = None
) -> TrainingOperation:
    """The operation by which `optimizer` makes one step on a symbolic loss."""
    return TrainingOperation(optimizer, loss, variables)


def needed(
    tensors: Sequence[SymbolicTensor], inputs: Sequence[SymbolicTensor]
) -> list[SymbolicTensor]:
    """Those of `inputs` from which `tensors` are computed.

    Raises:
        ValueError: an input of a model or a placeholder is missing among them.
    """
    names, used, visited = [], set(), set()
    input_ids = set(map(id, inputs))
    stack = list(tensors)
    while stack:
        tensor = stack.pop()
        if id(tensor) in visited:
            continue
        visited.add(id(tensor))
        if id(tensor) in input_ids:
            used.add(id(tensor))
            continue
        if not tensor.node.parents:
            names.append(tensor.name)
        stack.extend(tensor.node.parents)
    if names:
        raise ValueError(
            f"Session.run: {' and '.join(names)} has no value. Write "
            "session.run(model.output, feed_dict={model.input: x}), or "
            "model.predict(x)."
        )
    return [tensor for tensor in inputs if id(tensor) in used]


def _variables_of(loss: SymbolicTensor) -> list[Variable]:
    """The trainable variables that a symbolic tensor depends on, each once."""
    variables, visited, stack = {}, set(), [loss]
    while stack:
        tensor = stack.pop()
        if id(tensor) in visited or tensor.node is None:
            continue
        visited.add(id(tensor))
        node = tensor.node
        leaves = jax.tree.leaves((node.args, node.kwargs))
        captured = [leaf for leaf in leaves if isinstance(leaf, Variable)]
        for variable in [*captured, *node.layer.trainable_weights]:
            if variable.trainable:
                variables[id(variable)] = variable
        stack.extend(node.parents)
    return list(variables.values())


def _as_array(value: Any) -> Any:
    """A fed value as an array; numbers as arrays too, so that none compiles anew."""
    return value if isinstance(value, jax.Array) else np.asarray(value)
