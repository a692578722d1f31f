"""State tree: all variables of a model in nested dicts keyed by path, as in Keras."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np

from nbkeras.core import check
from nbkeras.core.variable import Variable

FORMATS = ("backend_tensor", "numpy_array")


def get(
    model: Any, value_format: Literal["backend_tensor", "numpy_array"]
) -> dict[str, dict[str, Any]]:
    """Read the variables: {"trainable_variables": {"dense": {"kernel": array}}, ...}.

    Raises:
        ValueError: the format is unknown, or two variables have the same path.
    """
    check.choice("get_state_tree", "value_format", value_format, FORMATS)
    as_numpy = value_format == "numpy_array"
    return {
        name: _nested(
            {
                path: np.asarray(variable.value) if as_numpy else variable.value
                for path, variable in _by_path(variables).items()
            }
        )
        for name, variables in _groups(model).items()
    }


def assign(model: Any, state_tree: Mapping[str, Mapping[str, Any]]) -> None:
    """Assign the values of a state tree, or of part of one, to the variables.

    Raises:
        ValueError: a name is not in the model; nothing is assigned then.
    """
    groups = _groups(model)
    pairs = []
    for name, part in state_tree.items():
        if name not in groups:
            raise ValueError(
                f"set_state_tree got {name!r}: it takes {', '.join(groups)}."
                f"{check.did_you_mean(name, list(groups))}"
            )
        variables = _by_path(groups[name])
        for path, value in _flat(part):
            if path not in variables and f"{model.name}/{path}" in variables:
                path = f"{model.name}/{path}"  # trees of earlier versions lack the name
            if path not in variables:
                raise ValueError(
                    f"set_state_tree: {name} of this model has no {path!r}."
                    f"{check.did_you_mean(path, list(variables))} "
                    "model.get_state_tree() shows all."
                )
            pairs.append((variables[path], value))
    for variable, value in pairs:
        variable.assign(value)


def _groups(model: Any) -> dict[str, list[tuple[str, Variable]]]:
    """The variables of each kind as [(path, variable)]."""
    optimizer = model.optimizer
    optimizer_variables = [] if optimizer is None else optimizer.variables
    return {
        "trainable_variables": [(v.path, v) for v in model.trainable_variables],
        "non_trainable_variables": [(v.path, v) for v in model.non_trainable_variables],
        "optimizer_variables": [(v.path, v) for v in optimizer_variables],
        "metrics_variables": [
            pair
            for metric in (model.metrics if model.compiled else ())
            for pair in _of_metric(metric)
        ],
    }


def _of_metric(metric: Any) -> list[tuple[str, Variable]]:
    """The variables of a metric with their paths; a path taken twice gets a number."""
    variables = metric.variables
    paths = getattr(metric, "variable_paths", None)
    if paths is None or len(paths) != len(variables):
        paths = [f"{metric.name}/{variable.name}" for variable in variables]
    taken: dict[str, int] = {}
    numbered: list[str] = []
    for path in paths:
        count = taken[path] = taken.get(path, -1) + 1
        numbered.append(f"{path}_{count}" if count else path)
    return list(zip(numbered, variables, strict=True))


def _by_path(variables: list[tuple[str, Variable]]) -> dict[str, Variable]:
    by_path: dict[str, Variable] = {}
    for path, variable in variables:
        if path in by_path:
            raise ValueError(
                f"Two variables of the model have the path {path!r}, and a state tree "
                "needs unique paths. Give the layers different names: Dense(8, "
                "name='second')."
            )
        by_path[path] = variable
    return by_path


def _nested(flat: dict[str, Any]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path, value in flat.items():
        *parents, name = path.split("/")
        holder = tree
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[name] = value
    return tree


def _flat(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}/")
        else:
            yield f"{prefix}{name}", value
