"""`rearrange`: reshape and transpose by a pattern of named axes."""

import math
import re
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from nbkeras.ops.functions.operation_table import operation

_GROUP = re.compile(r"\(([^()]*)\)|([^\s()]+)")


@operation("tensor", None, subjects="")
def rearrange(tensor: ArrayLike, pattern: str, **axes_lengths: int) -> jax.Array:
    """Split, reorder and join named axes, as einops does.

    Args:
        tensor: any array.
        pattern: "b h w c -> b (h w) c"; parentheses split an axis on the left and join
            axes on the right.
        **axes_lengths: sizes of the axes in parentheses on the left; one of each group
            may be omitted.

    Raises:
        ValueError: the pattern does not match the array.

    >>> rearrange(jnp.ones((2, 6, 3)), "b (h w) c -> b h (w c)", h=2).shape
    (2, 2, 9)
    """
    left, arrow, right = pattern.partition("->")
    inputs, outputs = _groups(left), _groups(right)
    names = [name for group in inputs for name in group]
    output_names = [name for group in outputs for name in group]
    unique = len(set(names)) == len(names) and sorted(names) == sorted(output_names)
    if not arrow or len(inputs) != tensor.ndim or not unique:
        raise ValueError(
            f"ops.rearrange({pattern!r}): the left side must name each of the "
            f"{tensor.ndim} axes of shape {tensor.shape}, and the right side the same "
            "names. Write for example ops.rearrange(x, 'b h w c -> b (h w) c')."
        )
    sizes = dict(axes_lengths)
    for group, size in zip(inputs, tensor.shape, strict=True):
        _fill(pattern, group, size, sizes)
    apart = jnp.reshape(tensor, [sizes[name] for name in names])
    turned = jnp.transpose(apart, [names.index(name) for name in output_names])
    return jnp.reshape(
        turned, [math.prod(sizes[n] for n in group) for group in outputs]
    )


def _groups(side: str) -> list[list[str]]:
    return [(inner or single).split() for inner, single in _GROUP.findall(side)]


def _fill(pattern: str, group: list[str], size: int, sizes: dict[str, Any]) -> None:
    """Infer the size of the one name in `group` that has none."""
    missing = [name for name in group if name not in sizes]
    known_size = math.prod(sizes[name] for name in group if name in sizes)
    fits = size == known_size if not missing else known_size and size % known_size == 0
    if len(missing) > 1 or not fits:
        raise ValueError(
            f"ops.rearrange({pattern!r}): an axis of size {size} cannot be split into "
            f"({' '.join(group)}). Give the sizes of all but one of them, for example "
            f"{group[0]}=2."
        )
    if missing:
        sizes[missing[0]] = size // known_size
