"""Check the number, names and shapes of inputs against the model."""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from nbkeras.core import check, notices
from nbkeras.core.names.display_name import display_names, quoted


def check_inputs(
    x: Any,
    input_shape: Any,
    names: Sequence[str] | None = None,
    owner: str = "predict",
    optional: Sequence[bool] | None = None,
) -> None:
    """Raise if the number or the shapes of the inputs differ from the model's.

    Args:
        x: the inputs: an array, or a list, tuple or dict of arrays.
        input_shape: shape of the model's input with the batch axis, or a list, tuple or
            dict of shapes; None for sizes that may vary.
        names: names of the inputs.
        owner: name of the calling function in messages.
        optional: for each input, whether it may be None.

    Raises:
        ValueError: the message names the input, both shapes, and a fix if there is one.
    """
    shapes = _listed(input_shape, names, _is_shape)
    parts = _parts(x, "x", len(shapes), names, "input", owner)
    may_be_none = optional or [False] * len(shapes)
    for (name, part), expected, is_optional in zip(
        parts, shapes, may_be_none, strict=True
    ):
        if part is None:
            refuse_none(name, is_optional)
            continue
        problem = _shape_problem(name, tuple(part.shape), tuple(expected))
        if problem:
            raise ValueError(problem)


def refuse_none(name: str, optional: bool) -> None:
    """Raise an error for the input `name`, which is None, unless it is optional."""
    if not optional:
        raise ValueError(
            f"{name} is None, and this input is not optional. Give an array with one "
            "row per example, or write Input(..., optional=True)."
        )


def check_indices(x: Any, layer: str, size: int) -> None:
    """Raise if `x` has indices out of range for an Embedding of `size` entries.

    Args:
        x: a NumPy array; other types are not checked.
        layer: name of the layer, for messages.
        size: `input_dim` of the layer.

    Raises:
        ValueError: an index is fractional or out of range.
    """
    if not isinstance(x, np.ndarray) or not x.size:
        return
    low, high = x.min(), x.max()
    if x.dtype.kind == "f" and not (np.rint(x[:1000]) == x[:1000]).all():
        raise ValueError(
            f"x has fractional values, and the Embedding {quoted(layer)} needs integer "
            f"indices from 0 to {size - 1}. Map words to integers, or use Dense "
            "instead of Embedding for measured quantities."
        )
    if low >= 0 and high < size:
        return
    raise ValueError(
        f"x has indices from {low:g} to {high:g}, and the Embedding {quoted(layer)} "
        f"has {size} entries, 0 to {size - 1}. Write Embedding({int(high) + 1}, ...), "
        "or map unknown words to an index in this range."
    )


def match_rank(x: Any, input_shape: Any) -> Any:
    """Add or drop a last axis of size 1 if `x` then has the rank of `input_shape`.

    (rows,) is accepted for Input((1,)), and (rows, 28, 28) for Input((28, 28, 1)).
    """
    rank, expected = len(x.shape), len(input_shape)
    if rank == expected - 1 and input_shape[-1] == 1:
        return x.reshape((*x.shape, 1))
    if rank == expected + 1 and x.shape[-1] == 1:
        return x.reshape(x.shape[:-1])
    return x


def _shape_problem(name, shape, expected):
    if _is_compatible(shape, expected):
        return None
    begin = (
        f"{name} has the shape {shape}, and the model takes {_shown(expected)} (the "
        "first axis counts the rows)."
    )
    variable = re.split(r"\[", name)[0]
    if _is_compatible((1, *shape), expected):
        return f"{begin} It looks like a single example: write {variable}[None]."
    if len(shape) > 2 and _is_compatible((shape[0], *shape[2:], shape[1]), expected):
        return f"{begin} The channels come first: write np.moveaxis({variable}, 1, -1)."
    if len(shape) > 2 and _is_compatible((shape[0], shape[-1], *shape[1:-1]), expected):
        return f"{begin} The channels come last: write np.moveaxis({variable}, -1, 1)."
    inner = expected[1:]
    if None not in inner and math.prod(inner) == math.prod(shape[1:]):
        size = ", ".join(str(n) for n in inner)
        return f"{begin} Write {variable}.reshape(-1, {size})."
    if len(shape) == 1 and len(expected) == 2:
        return (
            f"{begin} It is one-dimensional: {shape[0]} rows of one number each, and "
            f"{expected[1]} numbers a row are needed. Give an array of shape (rows, "
            f"{expected[1]}), or build the model for Input((1,))."
        )
    if (
        len(shape) == len(expected) - 1
        and expected[-1] == 3
        and shape[1:] == inner[:-1]
    ):
        return (
            f"{begin} It is a grey image and the model takes colour images: write "
            f"np.repeat({variable}[..., None], 3, axis=-1)."
        )
    if len(shape) == len(expected) == 2:
        return (
            f"{begin} It has {shape[1]} features, {expected[1]} are needed. Select the "
            f"same columns as before, or build the model for Input(({shape[1]},))."
        )
    if len(shape) == len(expected):
        return (
            f"{begin} Give data of that size, or build the model for "
            f"Input({_shown(shape[1:])})."
        )
    return (
        f"{begin} It has {len(shape)} axes instead of {len(expected)}: reshape it, or "
        f"build the model for Input({_shown(shape[1:])})."
    )


def _is_compatible(shape, expected):
    if len(shape) == len(expected) - 1 and expected[-1] == 1:
        shape = (*shape, 1)
    if len(shape) == len(expected) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != len(expected):
        return False
    pairs = zip(shape[1:], expected[1:], strict=True)
    return all(n is None or n == m for m, n in pairs)


def _parts(tree, argument, count, names, kind, owner):
    """[(name in messages, array)] in the order of the model's inputs or outputs."""
    if isinstance(tree, dict):
        return _by_name(tree, argument, count, names, kind)
    if not isinstance(tree, list | tuple):
        if count == 1:
            return [(argument, tree)]
        several = f"{count} {kind}s{_named(names)}"
        example = display_names((names or ["a", "b"])[:3])
        raise ValueError(
            f"The model has {several}, and {argument} is one array. Give a list with "
            f"one array each: {argument}=[{example}]."
        )
    parts = list(tree)
    if len(parts) == count:
        labels = (
            [argument] if count == 1 else [f"{argument}[{i}]" for i in range(count)]
        )
        return list(zip(labels, parts, strict=True))
    text = (
        f"{argument} is a list of {len(parts)} arrays, and the model has {count} {kind}"
        f"{'s' if count > 1 else ''}{_named(names)}."
    )
    if count == 1 and len({tuple(p.shape) for p in parts}) == 1:
        raise ValueError(
            f"{text} If each array is one example, write {argument} = "
            f"np.stack({argument})."
        )
    raise ValueError(f"{text} Give {owner} one array for each {kind}.")


def _by_name(tree, argument, count, names, kind):
    if count == 1 and len(tree) == 1:
        return [(argument, next(iter(tree.values())))]
    if not names:
        return [(f"{argument}[{k!r}]", v) for k, v in tree.items()][:count]
    for name in names:
        if name not in tree:
            near = check.did_you_mean(name, list(tree))
            raise ValueError(
                f"{argument} has no array for the {kind} {name!r}; its keys are "
                f"{', '.join(repr(k) for k in tree)}.{near} Write "
                f"{argument}={{{', '.join(f'{n!r}: ...' for n in names)}}}."
            )
    extra = [key for key in tree if key not in names]
    if extra:
        notices.once(
            ("extra", argument, str(extra)),
            f"{argument} has entries that the model does not use: "
            f"{', '.join(repr(k) for k in extra)}. Leave them out.",
        )
    return [(f"{argument}[{name!r}]", tree[name]) for name in names]


def _listed(value, names, is_single) -> list[Any]:
    if is_single(value):
        return [value]
    if isinstance(value, dict):
        return [value.get(n) for n in names] if names else list(value.values())
    return list(value)


def _is_shape(value):
    return isinstance(value, tuple | list) and all(
        n is None or check.is_int(n) for n in value
    )


def _named(names):
    return f" ({display_names(names)})" if names else ""


def _shown(shape):
    inner = ", ".join(str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
