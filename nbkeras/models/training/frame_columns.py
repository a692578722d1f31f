"""DataFrame columns: reordered into the order that the model was trained with.

The first training on a pandas DataFrame notes the names of its columns on the model;
later frames with the same names in another order are put in that order, and frames
with other names are refused. The names are saved with the model.
"""

from typing import Any

from nbkeras.data import frames


def in_trained_order(model: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call, with their DataFrames in the model's column order.

    Args:
        model: trained or not.
        arguments: "x", "y" and "validation_data" where there are.

    Raises:
        ValueError: a frame has other columns than the one trained on.
    """
    columns = model._frame_columns or names(arguments)
    if not columns:
        return arguments
    changed = {
        name: frames.in_order(arguments[name], name, columns)
        for name in ("x", "y")
        if arguments.get(name) is not None
    }
    held_out = arguments.get("validation_data")
    if isinstance(held_out, tuple | list) and len(held_out) in (2, 3):
        try:
            x, y, *weight = held_out
            x = frames.in_order(x, "x", columns)
            y = frames.in_order(y, "y", columns)
        except ValueError as error:
            raise ValueError(f"In validation_data: {error}") from None
        changed["validation_data"] = type(held_out)((x, y, *weight))
    return {**arguments, **changed}


def names(arguments: dict[str, Any]) -> dict[str, list[str]]:
    """The column names of the DataFrames in `arguments`, {"x": [...], "y": [...]}."""
    x, y = arguments.get("x"), arguments.get("y")
    return {**frames.column_names(x, "x"), **frames.column_names(y, "y")}


def remember(model: Any, arguments: dict[str, Any]) -> None:
    """Remember the columns that `model` is trained on, unless it has some already."""
    model._frame_columns = model._frame_columns or names(arguments)
