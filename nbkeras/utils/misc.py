"""Small functions of `keras.utils`."""

from collections.abc import Callable, Sequence
from typing import Any


def clear_session(free_memory: bool = True) -> None:
    """Do nothing: there is no state between models to clear."""


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is the symbolic output of a layer."""
    return hasattr(x, "apply_function")


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
) -> None:
    """Print `model.summary()`: its name in Keras 1 and 2."""
    model.summary(line_length=line_length, print_fn=print_fn)


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """(x, y) or (x, y, sample_weight); without y, x itself, or (x,) for a tuple x."""
    if y is None:
        return (x,) if isinstance(x, tuple | list) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of a batch, with None for missing parts.

    Raises:
        ValueError: the batch has more than three parts.
    """
    data = tuple(data) if isinstance(data, list) else data
    if not isinstance(data, tuple):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            f"A batch is x, (x, y) or (x, y, sample_weight); got {len(data)} parts."
        )
    x, y, sample_weight = (*data, None, None)[:3]
    return x, y, sample_weight


def get_source_inputs(tensor: Any) -> list[Any]:
    """A list of the input tensors from which `tensor` is computed."""
    inputs, stack, visited = [], [tensor], set()
    while stack:
        node = stack.pop().node
        if id(node) in visited:
            continue
        visited.add(id(node))
        # Reversed, so that the first parent is visited first.
        stack += reversed(node.parents)
        if not node.parents:
            inputs += node.output_tensors
    return inputs
