"""Methods of TensorFlow's tensors, for arrays and symbolic tensors.

While `import keras` means nbkeras, every array, variable, symbolic tensor and traced
array has `numpy`, `eval`, `get_shape` and `set_shape`, and its `shape` has `as_list`:
losses and Lambda layers of Keras 1 and 2 ask for sizes by `x.shape.as_list()` and
`x.get_shape().as_list()`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.core import Tracer

from nbkeras.core.gradients.recording import RecordedArray
from nbkeras.core.variable import Variable
from nbkeras.data.tf_data.elements import EagerTensor, array, as_tensor
from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor, is_symbolic


@jax.tree_util.register_pytree_node_class
class TensorShape(tuple):
    """A tuple with the methods of TensorFlow's TensorShape.

    >>> TensorShape([None, 28]).as_list()
    [None, 28]
    """

    __slots__ = ()

    def as_list(self) -> list[int | None]:
        """The sizes as a list."""
        return list(self)

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self)

    ndims = rank

    def num_elements(self) -> int | None:
        """The product of the sizes; None if a size is unknown."""
        return None if None in self else int(np.prod(self, dtype=np.int64))

    def is_fully_defined(self) -> bool:
        """Whether every size is known."""
        return None not in self

    def tree_flatten(self) -> tuple[tuple[int | None, ...], None]:
        """The sizes, as for a tuple."""
        return tuple(self), None

    @classmethod
    def tree_unflatten(cls, _static: None, sizes: Any) -> TensorShape:
        """A shape of the sizes."""
        return cls(sizes)


class _Shape:
    """A descriptor that gives the shape of its object as a `TensorShape`.

    Args:
        own: what `shape` of the class was; None for an attribute of the instance.
    """

    def __init__(self, own: Any) -> None:
        self.own = own

    def __get__(self, owner: Any, cls: Any = None) -> Any:
        if owner is None:
            return self
        own = self.own.__get__(owner, cls) if self.own else vars(owner)["shape"]
        return TensorShape(own) if type(own) is tuple else own

    def __set__(self, owner: Any, shape: Any) -> None:
        if self.own:
            self.own.__set__(owner, shape)
        else:
            vars(owner)["shape"] = shape


def _numpy(array: Any) -> Any:
    return np.asarray(array)[()]


def _eval(tensor: Any, feed_dict: Any = None, session: Any = None) -> Any:
    """The value as a NumPy array; of a symbolic tensor, from the values fed to it."""
    if is_symbolic(tensor):
        from nbkeras.compat.sessions import Session

        return (session or Session()).run(tensor, feed_dict)
    return np.asarray(tensor)


def _get_shape(tensor: Any) -> TensorShape:
    return TensorShape(tensor.shape)


_SHAPES: dict[str, Callable[..., Any]] = {
    "eval": _eval,
    "get_shape": _get_shape,
    "set_shape": EagerTensor.set_shape,
}
_WITH_SHAPE = RecordedArray, SymbolicTensor, Variable, Tracer, EagerTensor
_put: list[tuple[type, str, Any]] = []


def _bytes_tensor(values: Any) -> Any:
    return as_tensor(array(values))


def install() -> None:
    """Add the methods; again has no effect."""
    if _put:
        return
    text_ids.set_output_form(_bytes_tensor)
    array_class = type(jnp.zeros(()))
    for cls in (array_class, *_WITH_SHAPE):
        more = {"numpy": _numpy} if cls is array_class else {}
        for name, method in (_SHAPES | more).items():
            if name not in vars(cls):  # a class keeps the methods that it has
                _put.append((cls, name, None))
                setattr(cls, name, method)
    for cls in _WITH_SHAPE:
        _put.append((cls, "shape", vars(cls).get("shape")))
        descriptor: Any = _Shape(getattr(cls, "shape", None))
        cls.shape = descriptor


def uninstall() -> None:
    """Take the methods away again."""
    text_ids.set_output_form(None)
    for cls, name, own in _put:
        if own is None:
            delattr(cls, name)
        else:
            setattr(cls, name, own)
    _put.clear()
