"""Check the number, names and shapes of inputs against the model."""

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from nbkeras.core import check, notices
from nbkeras.core.names.display_name import quoted


def check_inputs(
    x: Any,
    input_shape: Any,
    names: Sequence[str] | None = None,
    owner: str = "predict",
    optional: Sequence[bool] | None = None,
) -> None:
    """Raise if the inputs do not have the number and shapes the model was built for.

    Args:
        x: the inputs.
        input_shape: what the model takes, one shape or several.
        names: of the inputs.
        owner: what messages name.
        optional: for each input whether None may stand for it.

    Raises:
        ValueError: names the input, both shapes, and the fix where one is known.
    """
    shapes = _listed(input_shape, names, _is_shape)
    parts = _parts(x, "x", len(shapes), names, "input", owner)
    may_be_none = optional or [False] * len(shapes)
    for (name, part), wanted, left_out in zip(parts, shapes, may_be_none, strict=True):
        if part is None:
            refuse_none(name, left_out)
            continue
        problem = _shape_problem(name, tuple(part.shape), tuple(wanted))
        if problem:
            raise ValueError(problem)


def refuse_none(name: str, optional: bool) -> None:
    """Raise that the input called `name` is None, unless it is optional."""
    if not optional:
        raise ValueError(
            f"{name} is None, and this input is not optional. Give an array with one "
            "row per example, or write Input(..., optional=True)."
        )


def check_indices(x: Any, layer: str, size: int) -> None:
    """Raise if `x` has indices out of range for an Embedding of `size` entries.

    Args:
        x: a NumPy array; anything else is left alone.
        layer: the layer's name, for messages.
        size: its `input_dim`.
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
    """Add or drop a last axis of size 1, where that makes `x` fit.

    A column (rows,) suits Input((1,)), and (rows, 28, 28) suits Input((28, 28, 1)).
    """
    have, wanted = len(x.shape), len(input_shape)
    if have == wanted - 1 and input_shape[-1] == 1:
        return x.reshape((*x.shape, 1))
    if have == wanted + 1 and x.shape[-1] == 1:
        return x.reshape(x.shape[:-1])
    return x


def _shape_problem(name, shape, wanted):
    if _suits(shape, wanted):
        return None
    begin = (
        f"{name} has the shape {shape}, and the model takes {_shown(wanted)} (the "
        "first axis counts the rows)."
    )
    short = re.split(r"\[", name)[0]
    if _suits((1, *shape), wanted):
        return f"{begin} It looks like a single example: write {short}[None]."
    if len(shape) > 2 and _suits((shape[0], *shape[2:], shape[1]), wanted):
        return f"{begin} The channels come first: write np.moveaxis({short}, 1, -1)."
    if len(shape) > 2 and _suits((shape[0], shape[-1], *shape[1:-1]), wanted):
        return f"{begin} The channels come last: write np.moveaxis({short}, -1, 1)."
    inner = wanted[1:]
    if None not in inner and math.prod(inner) == math.prod(shape[1:]):
        size = ", ".join(str(n) for n in inner)
        return f"{begin} Write {short}.reshape(-1, {size})."
    if len(shape) == 1 and len(wanted) == 2:
        return (
            f"{begin} It is one-dimensional: {shape[0]} rows of one number each, and "
            f"{wanted[1]} numbers a row are needed. Give an array of shape (rows, "
            f"{wanted[1]}), or build the model for Input((1,))."
        )
    if len(shape) == len(wanted) - 1 and wanted[-1] == 3 and shape[1:] == inner[:-1]:
        return (
            f"{begin} It is a grey image and the model takes colour images: write "
            f"np.repeat({short}[..., None], 3, axis=-1)."
        )
    if len(shape) == len(wanted) == 2:
        return (
            f"{begin} It has {shape[1]} features, {wanted[1]} are needed. Select the "
            f"same columns as before, or build the model for Input(({shape[1]},))."
        )
    if len(shape) == len(wanted):
        return (
            f"{begin} Give data of that size, or build the model for "
            f"Input({_shown(shape[1:])})."
        )
    return (
        f"{begin} It has {len(shape)} axes instead of {len(wanted)}: reshape it, or "
        f"build the model for Input({_shown(shape[1:])})."
    )


def _suits(shape, wanted):
    if len(shape) == len(wanted) - 1 and wanted[-1] == 1:
        shape = (*shape, 1)
    if len(shape) == len(wanted) + 1 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != len(wanted):
        return False
    pairs = zip(shape[1:], wanted[1:], strict=True)
    return all(n is None or n == m for m, n in pairs)


def _parts(tree, what, count, names, kind, owner):
    """[(name in messages, array)] in the order of the model's inputs or outputs."""
    if isinstance(tree, dict):
        return _by_name(tree, what, count, names, kind)
    if not isinstance(tree, list | tuple):
        if count == 1:
            return [(what, tree)]
        several = f"{count} {kind}s{_named(names)}"
        example = ", ".join((names or ["a", "b"])[:3])
        raise ValueError(
            f"The model has {several}, and {what} is one array. Give a list with one "
            f"array each: {what}=[{example}]."
        )
    parts = list(tree)
    if len(parts) == count:
        at = [what] if count == 1 else [f"{what}[{i}]" for i in range(count)]
        return list(zip(at, parts, strict=True))
    text = (
        f"{what} is a list of {len(parts)} arrays, and the model has {count} {kind}"
        f"{'s' if count > 1 else ''}{_named(names)}."
    )
    if count == 1 and len({tuple(p.shape) for p in parts}) == 1:
        raise ValueError(
            f"{text} If each array is one example, write {what} = np.stack({what})."
        )
    raise ValueError(f"{text} Give {owner} one array for each {kind}.")


def _by_name(tree, what, count, names, kind):
    if count == 1 and len(tree) == 1:
        return [(what, next(iter(tree.values())))]
    if not names:
        return [(f"{what}[{k!r}]", v) for k, v in tree.items()][:count]
    for name in names:
        if name not in tree:
            near = check.did_you_mean(name, list(tree))
            raise ValueError(
                f"{what} has no array for the {kind} {name!r}; its keys are "
                f"{', '.join(repr(k) for k in tree)}.{near} Write "
                f"{what}={{{', '.join(f'{n!r}: ...' for n in names)}}}."
            )
    extra = [key for key in tree if key not in names]
    if extra:
        notices.once(
            ("extra", what, str(extra)),
            f"{what} has entries that the model does not use: "
            f"{', '.join(repr(k) for k in extra)}. Leave them out.",
        )
    return [(f"{what}[{name!r}]", tree[name]) for name in names]


def _listed(value, names, is_one) -> list[Any]:
    if is_one(value):
        return [value]
    if isinstance(value, dict):
        return [value.get(n) for n in names] if names else list(value.values())
    return list(value)


def _is_shape(value):
    return isinstance(value, tuple | list) and all(
        n is None or check.is_int(n) for n in value
    )


def _named(names):
    return f" ({', '.join(names)})" if names else ""


def _shown(shape):
    inner = ", ".join(str(n) for n in shape)
    return f"({inner},)" if len(shape) == 1 else f"({inner})"
