"""Convert the optimizer's state to the variables of Keras, and back."""

from __future__ import annotations

from typing import Any

import numpy as np

from nbkeras.core.variable import Variable

# {attribute of Keras's optimizers that lists variables: slot}
SLOT_LISTS = {
    "momentums": "momentum",
    "_momentums": "momentum",
    "_velocities": "velocity",
    "_velocity_hats": "velocity_hat",
    "_average_gradients": "average_gradient",
    "_accumulators": "accumulator",
    "_accumulated_grads": "accumulated_grad",
    "_accumulated_delta_vars": "accumulated_delta_var",
    "_linears": "linear",
    "_m": "momentum",
    "_u": "norm",
    "_model_variables_moving_average": "average",
    "_accumulated_gradients": "gradient_accumulator",
}


class StateHome:
    """Storage of an optimizer's variables: their values are parts of its state.

    Args:
        optimizer: an Optimizer.
    """

    def __init__(self, optimizer: Any) -> None:
        self._optimizer = optimizer

    def read(self, place: tuple[Any, ...]) -> Any:
        """Read the array at `place`, a path of names in the state."""
        return self._optimizer.read_at(place)

    def write(self, place: tuple[Any, ...], value: Any) -> None:
        """Replace the array at `place`."""
        self._optimizer.write_at(place, value)


def variable_at(optimizer: Any, place: tuple[Any, ...], name: str) -> Variable:
    """The variable for `place` in the optimizer's state, created once."""
    variable = optimizer._views.get(place)
    array = optimizer.read_at(place)
    if variable is None or variable.shape != tuple(array.shape):
        variable = Variable.declared(
            name, np.shape(array), array.dtype, trainable=False
        )
        variable.path = f"{optimizer.name}/{name}"
        variable.is_copy = True  # a stateless scope replaces the whole state
        variable.attach(StateHome(optimizer), place)
        optimizer._views[place] = variable
    return variable


def slot_list(optimizer: Any, slot: str) -> list[Variable | None]:
    """Variables of one slot in the order of the weights; None for weights without."""
    values = optimizer.state["slots"].get(slot)
    if values is None:
        return []
    keys = list(optimizer._adopted) or optimizer._keys or list(values)
    return [
        variable_at(
            optimizer,
            ("slots", slot, key),
            f"{_weight_path(optimizer, key).replace('/', '_')}_{slot}",
        )
        if key in values
        else None
        for key in keys
    ]


def _weight_path(optimizer, key):
    """The path of the weight whose slots are at `key`, for names as in Keras."""
    return getattr(optimizer._weight_at(key), "path", key)


def variables(
    optimizer: Any,
    layout: Any = None,
    at: tuple[Any, ...] = (),
    keys: list[str] | None = None,
) -> list[Variable]:
    """All variables in the order of Keras: iteration, learning rate, slots, others.

    Args:
        optimizer: the optimizer that holds the state.
        layout: the inner optimizer that a part of the state belongs to; None for the
            optimizer itself.
        at: path of that part in the state.
        keys: keys of the weights, in order; None for all weights.
    """
    layout = layout or optimizer

    def view(place, name):
        return variable_at(optimizer, (*at, *place), name)

    variables = [view(("iterations",), "iteration")]
    if layout._schedule is None:
        variables.append(view(("learning_rate",), "learning_rate"))
    if optimizer.state is not None:
        slots = optimizer.read_at((*at, "slots"))
        first = list(next(iter(slots.values()))) if slots else []
        keys = keys or list(optimizer._adopted) or optimizer._keys or first
        for slot, key in _places(layout, {"slots": slots}, keys):
            name = f"{_weight_path(optimizer, key).replace('/', '_')}_{slot}"
            variables.append(view(("slots", slot, key), name))
        for name in sorted(optimizer.read_at((*at, "shared"))):
            variables.append(view(("shared", name), name))
    return variables + layout._own


def variables_list(optimizer, state, paths):
    """Arrays in the order of Keras: iteration, learning rate, then the slots.

    Args:
        optimizer: an Optimizer.
        state: the state of the optimizer.
        paths: paths of the trained weights, in the order of the model.
    """
    arrays = [state["iterations"]]
    if optimizer._schedule is None:
        arrays.append(state["learning_rate"])
    for slot, path in _places(optimizer, state, paths):
        arrays.append(state["slots"][slot][path])
    arrays += [state["shared"][name] for name in sorted(state["shared"])]
    return arrays + list(state.get("own", []))


def from_variables_list(optimizer, arrays, paths, like):
    """Rebuild a state, structured as `like`, from arrays in the order of Keras."""
    import jax.numpy as jnp

    rest = [jnp.asarray(a) for a in arrays]
    state = {
        **like,
        "slots": {name: dict(slot) for name, slot in like["slots"].items()},
    }
    state["iterations"] = rest.pop(0).astype(jnp.int32)
    if optimizer._schedule is None:
        state["learning_rate"] = rest.pop(0).astype(jnp.float32)
    for slot, path in _places(optimizer, like, paths):
        state["slots"][slot][path] = rest.pop(0)
    state["shared"] = {name: rest.pop(0) for name in sorted(like["shared"])}
    if "own" in like:
        state["own"] = [rest.pop(0).astype(array.dtype) for array in like["own"]]
    return state


def _places(optimizer, state, paths):
    for group in optimizer._groups():
        for path in paths:
            for slot in group:
                if path in state["slots"][slot]:
                    yield slot, path
