"""Sessions and graphs of TensorFlow 1, for code that configures or runs them.

Functions run as they are called here, so a session has nothing to hold: it converts
values to NumPy, and computes symbolic tensors of models from the values fed to it.
"""

from __future__ import annotations

import contextlib
import types
from collections.abc import Iterator, Mapping
from typing import Any, Self

import jax
import numpy as np

from nbkeras.compat import symbolic_programs
from nbkeras.compat.symbolic_programs import Operation
from nbkeras.core import notices
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor, is_symbolic


class ConfigProto:
    """Settings of a session; any may be set, none has an effect.

    >>> config = ConfigProto(allow_soft_placement=True)
    >>> config.gpu_options.allow_growth = True
    """

    def __init__(self, **settings: Any) -> None:
        self.gpu_options = GPUOptions()
        self.graph_options = types.SimpleNamespace(
            optimizer_options=types.SimpleNamespace(),
            rewrite_options=types.SimpleNamespace(),
        )
        vars(self).update(settings)


class GPUOptions(types.SimpleNamespace):
    """Settings of the GPU; any may be set, none has an effect."""


class Graph:
    """The graph of TensorFlow 1; there is only one, which nothing changes."""

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Graph]:
        """A context without effect."""
        yield self

    def finalize(self) -> None:
        """Do nothing."""


class Session:
    """Converts values to NumPy arrays, and computes symbolic tensors.

    Args:
        target, graph, config: accepted as in TensorFlow, without effect.
    """

    def __init__(self, target: Any = "", graph: Any = None, config: Any = None) -> None:
        notices.once(
            ("session",),
            "There are no sessions here: functions run as they are called, and JAX "
            "takes memory as it needs. The lines that create one can be deleted.",
        )
        self.graph = graph or _GRAPH

    def run(
        self,
        fetches: Any,
        feed_dict: Mapping[Any, Any] | None = None,
        options: Any = None,
        run_metadata: Any = None,
    ) -> Any:
        """The values of `fetches`.

        Args:
            fetches: an array, a variable, a symbolic tensor, an operation (such as
                that of `optimizer.minimize(loss)`; its result is None), or a list,
                tuple or dict of these.
            feed_dict: {symbolic tensor: its value}; `K.learning_phase()` may be a key.

        Raises:
            ValueError: a symbolic tensor depends on one that has no value.
            TypeError: `fetches` holds something that has no value.
        """
        leaves, structure = jax.tree.flatten(
            fetches, is_leaf=lambda leaf: leaf is None or hasattr(leaf, "numpy")
        )
        feed = dict(feed_dict or {})
        symbolic = [leaf for leaf in leaves if is_symbolic(leaf)]
        computed = iter(_computed(symbolic, feed) if symbolic else ())
        values = [
            next(computed) if is_symbolic(leaf) else _value(leaf) for leaf in leaves
        ]
        # Values are those before a training step that is run with them.
        for leaf in leaves:
            if isinstance(leaf, Operation):
                leaf.run(feed)
        return structure.unflatten(values)

    @contextlib.contextmanager
    def as_default(self) -> Iterator[Session]:
        """A context without effect."""
        yield self

    def close(self) -> None:
        """Do nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def get_default_graph() -> Graph:
    """The only graph."""
    return _GRAPH


def get_default_session() -> Session:
    """A session."""
    return Session()


def global_variables_initializer(*args: Any, **kwargs: Any) -> Operation:
    """An operation that does nothing: variables have their values at once."""
    return Operation()


def reset_default_graph() -> None:
    """Do nothing: see `keras.backend.clear_session`."""


_GRAPH = Graph()
InteractiveSession = Session
initialize_all_variables = global_variables_initializer
local_variables_initializer = global_variables_initializer
tables_initializer = global_variables_initializer


def _value(fetch: Any) -> Any:
    """What `Session.run` returns for anything but a symbolic tensor."""
    if fetch is None or isinstance(fetch, Operation):
        return None
    if isinstance(fetch, str) or not hasattr(fetch, "__array__"):
        raise TypeError(
            f"Session.run got {fetch!r}, which has no value here. Give arrays, "
            "variables or symbolic tensors: session.run(model.output, "
            "feed_dict={model.input: x})."
        )
    return np.asarray(getattr(fetch, "value", fetch))


def _computed(tensors: list[SymbolicTensor], feed: dict[Any, Any]) -> list[Any]:
    """The values of symbolic tensors, computed from the values of others."""
    inputs = symbolic_programs.needed(tensors, [k for k in feed if is_symbolic(k)])
    training = any(bool(feed[key]) for key in feed if isinstance(key, int))
    run = symbolic_programs.program(inputs, tensors)
    return run([feed[tensor] for tensor in inputs], training)


def placeholder(dtype: Any, shape: Any = None, name: str | None = None) -> Any:
    """A symbolic tensor whose value is fed to `Session.run`; `shape` has all axes.

    Raises:
        ValueError: there is no shape.
    """
    from nbkeras.layers import Input

    if shape is None:
        raise ValueError(
            "tf.placeholder needs a shape here. Write for example "
            "tf.placeholder(tf.float32, (None, 784))."
        )
    dtype = str(getattr(dtype, "name", dtype))
    return Input(batch_shape=tuple(shape), dtype=dtype, name=name)
