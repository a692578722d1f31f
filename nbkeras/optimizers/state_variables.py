"""The optimizer's state as the list of arrays that Keras keeps, and back."""


def variables_list(optimizer, state, paths):
    """Arrays in Keras's order: iteration, learning rate, then the slots.

    Args:
        optimizer: an Optimizer.
        state: its state.
        paths: paths of the trained weights in the model's order.
    """
    arrays = [state["iterations"]]
    if optimizer._schedule is None:
        arrays.append(state["learning_rate"])
    for slot, path in _places(optimizer, state, paths):
        arrays.append(state["slots"][slot][path])
    return arrays + [state["shared"][name] for name in sorted(state["shared"])]


def from_variables_list(optimizer, arrays, paths, like):
    """The state from a list in Keras's order; `like` is a state of the same form."""
    import jax.numpy as jnp

    rest = [jnp.asarray(a) for a in arrays]
    state = {**like, "slots": {name: dict(of) for name, of in like["slots"].items()}}
    state["iterations"] = rest.pop(0).astype(jnp.int32)
    if optimizer._schedule is None:
        state["learning_rate"] = rest.pop(0).astype(jnp.float32)
    for slot, path in _places(optimizer, like, paths):
        state["slots"][slot][path] = rest.pop(0)
    state["shared"] = {name: rest.pop(0) for name in sorted(like["shared"])}
    return state


def _places(optimizer, state, paths):
    for group in optimizer._groups():
        for path in paths:
            for slot in group:
                if path in state["slots"][slot]:
                    yield slot, path
