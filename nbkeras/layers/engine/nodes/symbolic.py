"""Symbolic tensors: placeholders for data in the definition of a model.

Calling a layer on a symbolic tensor records a `Node` and returns the symbolic tensors
of its output. `Model(inputs, outputs)` follows these nodes; no data is used before.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import jax
import numpy as np

from nbkeras.core.annotations import Shape
from nbkeras.core.names.display_name import display_name, quoted
from nbkeras.core.serialization import registry
from nbkeras.layers.engine import building
from nbkeras.layers.engine.building import Spec

if TYPE_CHECKING:
    from nbkeras.layers.engine.layer import Layer


def load_function_nodes() -> Any:
    """The module that records calls of functions; replaced when layers are imported.

    A function call is recorded as a layer, and the layer module imports this one.
    """
    raise RuntimeError("Write first: import nbkeras.layers")


# What `==` compares with the values of a symbolic tensor.
COMPARED = (int, float, complex, np.generic, np.ndarray, jax.Array)


class SymbolicTensor:
    """A placeholder for data in a model, called KerasTensor in Keras.

    Arithmetic, indexing and the functions of `nbkeras.ops` accept it and return new
    symbolic tensors.

    Args:
        shape: with the batch axis; None for unknown sizes.
        dtype: name of the dtype.
        sparse: whether it stands for a sparse array.
        ragged: refused, as in Keras on JAX.
        record_history: accepted as in Keras.
        name: its name, if no layer made it.
        node: the call that returned it.
        index: its index among the outputs of that call.
        mask_ndim: number of axes of the mask attached to it; None for no mask.

    Raises:
        ValueError: `shape` is not a tuple, or `ragged` is set.
    """

    def __init__(
        self,
        shape: Shape,
        dtype: str = "float32",
        sparse: bool = False,
        ragged: bool = False,
        record_history: bool = True,
        name: str | None = None,
        *,
        node: Any = None,
        index: int = 0,
        mask_ndim: int | None = None,
    ) -> None:
        if not isinstance(shape, list | tuple):
            raise ValueError(
                f"A symbolic tensor of shape {shape!r}: the shape must be a tuple. "
                f"Write for example ({shape!r},)."
            )
        if ragged:
            raise ValueError(
                "KerasTensor(ragged=True): JAX has no ragged arrays. Pad the rows, for "
                "example with keras.utils.pad_sequences(rows)."
            )
        self.shape = tuple(shape)
        self.dtype = dtype
        self._name = name
        self.node = node
        self.index = index
        self.mask_ndim = mask_ndim
        self.sparse = sparse

    @property
    def layer(self) -> Any:
        """The layer that produces it."""
        return self.node.layer

    @property
    def name(self) -> str:
        """The name of that layer; "keras_tensor" if no layer made it."""
        return (self._name or "keras_tensor") if self.node is None else self.layer.name

    @property
    def ndim(self) -> int:
        """Number of axes, including the batch."""
        return len(self.shape)

    rank = ndim

    @property
    def spec(self) -> Spec:
        """Its shape, dtype and mask rank."""
        return Spec(self.shape, self.dtype, mask_ndim=self.mask_ndim)

    def apply_function(
        self, name: str | None, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Record a call of the function `name` of `nbkeras.ops`; returns its output."""
        return load_function_nodes().record(name, args, kwargs)

    def symbolic_apply(
        self, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Record a call of any array function; returns its output."""
        return load_function_nodes().record_function(function, args, kwargs)

    def evaluated(self, known: Mapping[int, Any]) -> Any:
        """Its array, computed by functions from arrays that are known.

        Args:
            known: {id of a symbolic tensor: its array}.

        Returns:
            None if it depends on a layer or an input that is not known.
        """
        values = dict(known)

        def value_of(tensor):
            if id(tensor) not in values:
                node = tensor.node
                if not node.parents or not getattr(node.layer, "is_operation", False):
                    raise LookupError
                args, kwargs = node.filled(value_of)
                results = jax.tree.leaves(node.layer.call(*args, **kwargs))
                outputs = zip(node.output_tensors, results, strict=True)
                values.update((id(output), result) for output, result in outputs)
            return values[id(tensor)]

        try:
            return value_of(self)
        except LookupError:
            return None

    def reshape(self, *shape: Any) -> SymbolicTensor:
        """As `nbkeras.ops.reshape`."""
        shape = shape[0] if len(shape) == 1 else shape
        return self.apply_function("reshape", (self, shape), {})

    def squeeze(self, axis: int | None = None) -> SymbolicTensor:
        """As `nbkeras.ops.squeeze`."""
        return self.apply_function("squeeze", (self, axis), {})

    @property
    def T(self) -> Any:
        """The transposed tensor."""
        return self.apply_function("transpose", (self,), {})

    # As in Keras on JAX.
    ragged, ragged_rank, row_splits_dtype = False, None, None
    record_history = True
    # With None, NumPy leaves `array + tensor` to the tensor.
    __array_ufunc__ = None

    def __array__(self, *_args, **_kwargs):
        raise TypeError(
            self._no_values("converted to an array")
            + " Use functions of nbkeras.ops instead, as in nbkeras.ops.mean(x, -1)."
        )

    def __bool__(self):
        raise TypeError(self._no_values("used as True or False"))

    def __float__(self):
        raise TypeError(self._no_values("converted to a number"))

    __int__ = __float__

    def __iter__(self):
        raise TypeError(self._no_values("looped over"))

    def __len__(self):
        raise TypeError(self._no_values("counted") + " Its shape is x.shape.")

    def _no_values(self, use):
        return (
            f"The symbolic tensor {quoted(self.name)} of shape {self.shape} has no "
            f"values and cannot be {use}. For a custom computation write a layer, for "
            "example Lambda(lambda x: x / 255)(x)."
        )

    def __eq__(self, other):
        if isinstance(other, COMPARED):
            return self.apply_function("equal", (self, other), {})
        # As in Keras, two tensors are equal if they are the same object, and no node
        # is created: tensors are keys of dicts, and `tensor in tensors` works.
        return NotImplemented

    def __ne__(self, other):
        if isinstance(other, (*COMPARED, SymbolicTensor)):
            return self.apply_function("not_equal", (self, other), {})
        return NotImplemented

    __hash__ = object.__hash__

    def __round__(self, ndigits=None):
        return self.apply_function("round", (self, ndigits or 0), {})

    def __repr__(self):
        name = display_name(self.name)
        return f"<SymbolicTensor shape={self.shape}, dtype={self.dtype}, name={name}>"


_OPERATORS = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "true_divide",
    "floordiv": "floor_divide",
    "mod": "mod",
    "pow": "power",
    "matmul": "matmul",
    "and": "logical_and",
    "or": "logical_or",
    "xor": "logical_xor",
}
_FUNCTIONS = {
    "__neg__": "negative",
    "__abs__": "absolute",
    "__invert__": "logical_not",
    "__getitem__": "get_item",
    "__lt__": "less",
    "__le__": "less_equal",
    "__gt__": "greater",
    "__ge__": "greater_equal",
}


def _operator(name, reverse=False):
    def apply(self, *others):
        args = (*others, self) if reverse else (self, *others)
        return self.apply_function(name, args, {})

    return apply


for _name, _function in _OPERATORS.items():
    setattr(SymbolicTensor, f"__{_name}__", _operator(_function))
    setattr(SymbolicTensor, f"__r{_name}__", _operator(_function, reverse=True))
for _name, _function in _FUNCTIONS.items():
    setattr(SymbolicTensor, _name, _operator(_function))


class Node:
    """One call of a layer on symbolic tensors.

    Args:
        layer: the called layer.
        args: positional arguments, which may hold symbolic tensors in lists and dicts.
        kwargs: keyword arguments, likewise.
        output: tree of the Specs of the output.
        tensor: an existing symbolic tensor to use as the single output of the call.
    """

    def __init__(
        self,
        layer: Layer,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        output: Any,
        tensor: SymbolicTensor | None = None,
    ) -> None:
        self.layer = layer
        self.args = args
        self.kwargs = kwargs
        self.parents = [t for t in jax.tree.leaves((args, kwargs)) if is_symbolic(t)]
        leaves, tree = jax.tree.flatten(output)
        self.output_tensors = [
            SymbolicTensor(s.shape, s.dtype, node=self, index=i, mask_ndim=s.mask_ndim)
            for i, s in enumerate(leaves)
        ]
        if tensor is not None:
            tensor.node, self.output_tensors = self, [tensor]
        self.outputs = tree.unflatten(self.output_tensors)
        layer._nodes.append(self)

    @property
    def inputs(self) -> Any:
        """The symbolic inputs: one, or a list."""
        if not self.parents:
            return self.outputs
        return self.parents[0] if len(self.parents) == 1 else list(self.parents)

    @property
    def number(self) -> int:
        """The number of previous calls of the same layer."""
        return self.layer._nodes.index(self)

    def filled(self, value_of: Any) -> Any:
        """(args, kwargs) with each symbolic tensor replaced by `value_of(tensor)`."""
        return jax.tree.map(
            lambda leaf: value_of(leaf) if is_symbolic(leaf) else leaf,
            (self.args, self.kwargs),
        )

    def __repr__(self):
        return f"<Node {self.number} of {display_name(self.layer.name)}>"


def is_symbolic(value: Any) -> bool:
    """Whether `value` is a symbolic tensor."""
    return isinstance(value, SymbolicTensor)


def holds_symbolic(tree: Any) -> bool:
    """Whether there is a symbolic tensor anywhere in `tree`."""
    return any(map(is_symbolic, jax.tree.leaves(tree)))


def call(layer: Layer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Record a call of `layer` on symbolic tensors; returns its symbolic output.

    Raises:
        ValueError: the shapes do not fit the layer.
    """
    check = getattr(layer, "check_symbolic", None)
    if check:
        check(*args)
    specs, named = specs_of((args, kwargs))
    if getattr(layer, "is_operation", False):
        return _outputs(Node(layer, args, kwargs, layer.output_specs(specs, named)))
    find = building.output_specs if building.is_complete(layer) else building.build
    output = find(layer, specs, named)
    if overrides(layer, "compute_output_spec"):
        output = specs_of(layer.compute_output_spec(*args, **kwargs))
    return _outputs(Node(layer, args, kwargs, output))


def _outputs(node: Node) -> Any:
    """The symbolic outputs of a call, marked as sparse where the layer keeps it."""
    is_operation = getattr(node.layer, "is_operation", False)
    if is_operation or any(tensor.sparse for tensor in node.parents):
        leaves = jax.tree.leaves((node.args, node.kwargs))
        marks = [leaf.sparse if is_symbolic(leaf) else None for leaf in leaves]
        for tensor in node.output_tensors:
            tensor.sparse = node.layer.is_sparse_for(marks)
    return node.outputs


def specs_of(tree: Any) -> Any:
    """`tree` with its symbolic tensors replaced by Specs."""
    return jax.tree.map(lambda leaf: leaf.spec if is_symbolic(leaf) else leaf, tree)


def overrides(layer: Layer, name: str) -> bool:
    """Whether a class of the user, not the library's, defines the method `name`."""
    cls = next(cls for cls in type(layer).__mro__ if name in vars(cls))
    return registry.is_custom(cls.__module__)


def first_node(layer: Any, attribute: str) -> Node:
    """The first call of `layer` on symbolic tensors.

    Raises:
        AttributeError: it was never called on a symbolic tensor.
    """
    if layer._nodes:
        return layer._nodes[0]
    raise AttributeError(
        f"The layer {quoted(layer.name)} has no {attribute}: it was never called on a "
        "symbolic tensor. Write for example x = Input(shape=(...)); y = layer(x); a "
        "Sequential needs an Input(shape=(...)) at its start."
    )


def described(tensor: SymbolicTensor) -> str:
    """The shape of a symbolic tensor and its layer, as text."""
    return f"{tensor.shape} from {quoted(tensor.name)} ({type(tensor.layer).__name__})"
