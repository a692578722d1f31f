"""DataFrame columns: reorder them into the order that the model was trained with.

The first training on a pandas DataFrame records the names of its columns on the model.
Later frames with the same columns in another order are reordered; frames with other
columns raise an error. The names are saved with the model.
"""

from typing import Any

from nbkeras.data import frames


def in_trained_order(model: Any, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a call with DataFrames reordered to the model's columns.

    Args:
        model: trained or not.
        arguments: by name; "x", "y" and "validation_data" may hold DataFrames.

    Raises:
        ValueError: the columns of a frame differ from those of the training data.
    """
    columns = model._frame_columns or names(arguments)
    if not columns:
        return arguments
    changed = {
        name: frames.in_order(arguments[name], name, columns)
        for name in ("x", "y")
        if arguments.get(name) is not None
    }
    validation_data = arguments.get("validation_data")
    if isinstance(validation_data, tuple | list) and len(validation_data) in (2, 3):
        try:
            x, y, *weight = validation_data
            x = frames.in_order(x, "x", columns)
            y = frames.in_order(y, "y", columns)
        except ValueError as error:
            raise ValueError(f"In validation_data: {error}") from None
        changed["validation_data"] = type(validation_data)((x, y, *weight))
    return {**arguments, **changed}


def names(arguments: dict[str, Any]) -> dict[str, list[str]]:
    """The column names of the DataFrames in `arguments`, {"x": [...], "y": [...]}."""
    x, y = arguments.get("x"), arguments.get("y")
    return {**frames.column_names(x, "x"), **frames.column_names(y, "y")}


def remember(model: Any, arguments: dict[str, Any]) -> None:
    """Record the columns that `model` is trained on, unless it has some already."""
    model._frame_columns = model._frame_columns or names(arguments)
