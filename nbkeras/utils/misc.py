"""Small functions that tutorials expect in `keras.utils`."""

from collections.abc import Callable, Sequence
from typing import Any


def clear_session(free_memory: bool = True) -> None:
    """Nothing to clear: no state is kept between models."""


def is_keras_tensor(x: Any) -> bool:
    """Whether `x` is the symbolic output of a layer."""
    return hasattr(x, "symbolic_call")


def print_summary(
    model: Any,
    line_length: int | None = None,
    positions: Sequence[float] | None = None,
    print_fn: Callable[[str], Any] | None = None,
) -> None:
    """`model.summary()`, under its name of Keras 1 and 2."""
    model.summary(line_length=line_length, print_fn=print_fn)


def pack_x_y_sample_weight(x: Any, y: Any = None, sample_weight: Any = None) -> Any:
    """(x,), (x, y) or (x, y, sample_weight); x itself where it stands alone."""
    if y is None:
        return (x,) if isinstance(x, tuple | list) else x
    return (x, y) if sample_weight is None else (x, y, sample_weight)


def unpack_x_y_sample_weight(data: Any) -> tuple[Any, Any, Any]:
    """(x, y, sample_weight) of a batch, None for what it lacks.

    Raises:
        ValueError: more than three parts.
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
    """The symbolic tensors of the Inputs from which `tensor` is computed, a list."""
    inputs, waiting, seen = [], [tensor], set()
    while waiting:
        node = waiting.pop().node
        if id(node) in seen:
            continue
        seen.add(id(node))
        # Taken from the end: the first parent is followed to its Inputs first.
        waiting += reversed(node.parents)
        if not node.parents:
            inputs += node.given
    return inputs
