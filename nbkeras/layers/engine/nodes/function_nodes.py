"""Function nodes: calls of functions as nodes of a functional model."""

import inspect
from typing import Any

import jax
import numpy as np

from nbkeras.core.annotations import Config
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes import dynamic_shapes, symbolic
from nbkeras.layers.merging.base import of_unequal, unequal
from nbkeras.ops import activations
from nbkeras.ops.functions import sparse_functions
from nbkeras.ops.functions.all_functions import TABLE

KERAS_MODULE = "keras.src.ops."


class _Call(Layer):
    """A layer that is a single call of an array function."""

    is_operation = True

    def output_specs(self, args, kwargs):
        """The output Specs of the call for input Specs."""
        return dynamic_shapes.output_specs(self.call, args, kwargs)


class Operation(_Call):
    """One call of a function such as `nbkeras.ops.mean` in a functional model.

    It is created when the function is called on a symbolic tensor. It has no weights,
    and is listed in `model.operations` but not in `model.layers`, as in Keras.

    Args:
        function: name of the function.
        name: as in `Layer`.
        **settings: its arguments that are not arrays.
    """

    takes_any_argument = True

    def __init__(self, function: Any, name: str | None = None, **settings: Any) -> None:
        super().__init__(name=name or function, autocast=False)
        self._named_by_user = False
        self.function = function
        self.settings = settings

    def call(self, *arrays: Any) -> Any:
        """The result of the function."""
        try:
            return TABLE[self.function].together(arrays, self.settings)
        except (TypeError, ValueError) as error:
            shapes = [x.shape for x in arrays if hasattr(x, "shape")]
            if len(shapes) < 2:
                raise
            if TABLE[self.function].rows == "each" and unequal(shapes):
                raise of_unequal(self, shapes) from error
            of_shapes = len(set(shapes)) > 1 or "shape" in str(error)
            if isinstance(error, TypeError) and of_shapes:
                raise _of_shapes(self.function, shapes, error) from error
            raise

    def output_specs(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The output Specs: those that the function declares, or else as in `_Call`."""
        rule = TABLE[self.function].symbolic
        declared_specs = None if rule is None else rule(*args, **self.settings)
        if declared_specs is None:
            return super().output_specs(args, kwargs)
        return dynamic_shapes.specs(declared_specs)

    def is_sparse_for(self, marks: list[bool | None]) -> bool:
        """As in `Layer`, by the rule of the function."""
        return sparse_functions.marks_output(self.function, marks, self.settings)

    def get_config(self) -> Config:
        """Name and settings in Keras's format."""
        settings = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self.settings.items()
        }
        return {"name": self.name, **settings}

    @property
    def saved_as(self) -> Any:
        """(module, class name, registered name) in files."""
        function: Any = TABLE[self.function]
        class_name = function.class_name
        return KERAS_MODULE + function.module, class_name, class_name

    def treats_rows_alone(self, promise: str | None = None) -> bool:
        """Whether rows of a batch are computed independently."""
        if promise is not None:
            return False
        rows = TABLE[self.function].rows
        nodes = self._nodes
        if self.function == "get_item":
            return all(_keeps_rows(node.args[1]) for node in nodes)
        if rows == "axis":
            axes = self.settings.get("axis")
            axes = set(axes) if isinstance(axes, list | tuple) else {axes}
            ranks = {
                t.ndim for node in nodes for t in node.parents + node.output_tensors
            }
            return axes.isdisjoint({None, 0, *(-rank for rank in ranks)})
        return rows == "each" and all(_same_rank(node) for node in nodes)


class FunctionCall(_Call):
    """One call of a function that cannot be saved in Keras's format.

    Args:
        function: any function of arrays.
        name: as in `Layer`.
    """

    def __init__(self, function: Any, name: str | None = None) -> None:
        super().__init__(name=name or function.__name__, autocast=False)
        self._named_by_user = False
        self.function = function

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """The result of the function."""
        return self.function(*args, **kwargs)

    def get_config(self) -> Config:
        """Raise, because the function cannot be saved.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"This model calls {self.function.__name__}() on a symbolic tensor, which "
            "cannot be saved. Put it into the call method of a custom layer, or save "
            "only the weights: model.save_weights('name.weights.h5')."
        )


def _of_shapes(name, shapes, error):
    """The ValueError of Keras for unequal shapes, from a TypeError of JAX."""
    listed = " and ".join(map(str, shapes))
    reason = str(error).splitlines()[0]
    return ValueError(f"ops.{name} got the shapes {listed}: {reason}")


def from_saved(config: Config) -> Any:
    """The Operation of a config; in HDF5 files the config has no module.

    Raises:
        ValueError: the function is not part of nbkeras.ops.
    """
    module = (config.get("module") or "").removeprefix(KERAS_MODULE)
    for name, function in TABLE.items():
        fits = module in ("", function.module)
        if fits and function.class_name == config["class_name"]:
            saved = dict(config.get("config") or {})
            settings = {
                k: _tuples(v) for k, v in saved.items() if k in function.settings
            }
            operation = Operation(name, name=saved.get("name"), **settings)
            operation._named_by_user = True
            return operation
    raise ValueError(
        f"The file has the operation {config['class_name']!r}, which nbkeras.ops does "
        "not have. Put that computation into a custom layer before saving."
    )


def is_saved(config: Config) -> Any:
    """Whether a config is of an Operation, judged by its module or else its name."""
    module = config.get("module")
    if module is not None:
        return str(module).startswith(KERAS_MODULE)
    return config.get("class_name") in {
        function.class_name for function in TABLE.values()
    }


def record(name: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Record a call of the function `name`; returns its symbolic output."""
    function = TABLE[name]
    arrays, settings = function.apart(args, kwargs)
    if function.module is None or symbolic.holds_symbolic(settings):
        return symbolic.call(FunctionCall(function.public), args, kwargs)
    return symbolic.call(Operation(name, **settings), arrays, {})


def record_function(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """Record a call of any function; returns its symbolic output."""
    name = function.__name__
    if function.__module__ == activations.__name__ and name in TABLE:
        bound = inspect.signature(function).bind(*args, **kwargs)
        bound.apply_defaults()
        # `ops.relu` has fewer settings than the activation; the others must have
        # defaults.
        if bound.arguments.keys() <= TABLE[name].signature.parameters.keys():
            return record(name, (), bound.arguments)
        if len(args) == 1 and not kwargs:
            return record(name, args, {})
    return symbolic.call(FunctionCall(function), args, kwargs)


def _tuples(value):
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _keeps_rows(key):
    """Whether x[key] keeps all rows in order."""
    first = key[0] if isinstance(key, list | tuple) and key else key
    return isinstance(first, slice) and first == slice(None)


def _same_rank(node):
    """Whether no argument is broadcast along the batch axis of another."""
    rank = node.output_tensors[0].ndim
    for leaf in jax.tree.leaves(node.args):
        if symbolic.is_symbolic(leaf):
            if leaf.ndim != rank:
                return False
        elif np.ndim(leaf) >= rank and np.shape(leaf)[0] != 1:
            return False
    return True
