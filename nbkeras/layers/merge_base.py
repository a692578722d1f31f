"""Merge: what the layers that make one tensor of several have in common."""

import functools

import jax.numpy as jnp

from nbkeras.layers import symbolic
from nbkeras.layers.layer import Layer


class Merge(Layer):
    """Base of the merging layers; their `call` takes a list of tensors.

    Args:
        **base: arguments of `Layer`.
    """

    rows_independent = True
    supports_masking = True
    exactly = None
    _example = "Add()([x, y])"

    def check_symbolic(self, *args):
        """Refuse what cannot be merged, naming shapes and the layers they come from."""
        inputs = args[0] if args else None
        if not isinstance(inputs, list | tuple):
            raise ValueError(self._needs_list(type(inputs).__name__))
        if not all(map(symbolic.is_symbolic, inputs)):
            kinds = sorted({type(each).__name__ for each in inputs})
            raise TypeError(
                f"{type(self).__name__} got a list of {' and '.join(kinds)}. Give "
                "symbolic tensors only; for a constant write an operator, x + constant."
            )
        shapes = [tensor.shape for tensor in inputs]
        self._check(shapes, [symbolic.described(tensor) for tensor in inputs])

    def build(self, input_shape):
        """Look that the shapes can be merged."""
        if not isinstance(input_shape, list):
            raise ValueError(self._needs_list(f"one tensor of shape {input_shape}"))
        self._check(input_shape, [str(shape) for shape in input_shape])

    def compute_mask(self, inputs, mask=None):
        """True where any input is unmasked; None if one of them has no mask."""
        masks = list(mask) if isinstance(mask, list | tuple) else [None]
        if any(each is None for each in masks):
            return None
        return functools.reduce(jnp.logical_or, masks)

    def _check(self, shapes, described):
        if not shapes or len(shapes) != (self.exactly or len(shapes)):
            wanted = f"exactly {self.exactly} tensors" if self.exactly else "tensors"
            raise ValueError(
                f"{type(self).__name__} needs a list of {wanted} and got "
                f"{len(shapes)}. Write for example {self._example}."
            )
        problem = self._problem(shapes)
        if problem:
            raise ValueError(
                f"{type(self).__name__} {self.name!r} cannot merge "
                f"{' and '.join(described)}: {problem}"
            )

    def _problem(self, shapes):
        """What is wrong with the shapes, with advice; None if they fit."""
        whole = shapes[0]
        for shape in shapes[1:]:
            whole = _broadcast(whole, shape)
            if whole is None:
                return (
                    "each size must be equal or 1. Give both as many features, for "
                    f"example with Dense({shapes[0][-1]}) on one of them, or put them "
                    "side by side with Concatenate()."
                )
        return None

    def _needs_list(self, given):
        return (
            f"{type(self).__name__} needs a list of tensors and got {given}. "
            f"Write for example {self._example}."
        )


def _broadcast(one, two):
    """The shape of both together, batch first; None if they do not fit."""
    if len(one) < len(two):
        one, two = two, one
    gap = len(one) - len(two)
    rest = []
    for a, b in zip(one[1 + gap :], two[1:], strict=True):
        if a is not None and b is not None and a != b and 1 not in (a, b):
            return None
        rest.append(None if None in (a, b) else max(a, b))
    return (one[0], *one[1 : 1 + gap], *rest)
