"""The state of a run: what is copied, and what counts as finite."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from nbkeras.train.state import Cell, TrainState


def cell_with(array):
    weights = {"a": jnp.ones((2, 3)), "count": jnp.zeros((), "int32"), "b": array}
    return Cell(
        TrainState(weights, {}, {}, {}, jnp.zeros(2, "uint32"), jnp.zeros((), "int32"))
    )


@pytest.mark.parametrize("dtype", ["float32", "float16", "bfloat16"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, 2.0])
def test_a_run_is_sound_exactly_if_every_weight_is_finite(dtype, value):
    array = jnp.array([1.0, value, 3.0], dtype)
    assert cell_with(array).is_sound() == np.isfinite(value)


def test_a_snapshot_of_many_shapes_compiles_no_reduction_for_each():
    cell = cell_with([jnp.ones((1, n)) for n in range(1, 40)])
    compiled = []

    def note(*args, **kwargs):
        compiled.append(args)

    jax.monitoring.register_event_duration_secs_listener(note)
    try:
        assert cell.is_sound()
    finally:
        jax.monitoring.unregister_event_duration_listener(note)
    assert not [args for args in compiled if "backend_compile" in str(args[0])]


def test_weights_that_are_not_finite_leave_the_snapshot_as_it_was():
    cell = cell_with(jnp.ones(3))
    cell.snapshot()
    cell.write("b", jnp.array([1.0, np.nan, 1.0]))
    cell.snapshot()
    cell.fall_back()
    np.testing.assert_array_equal(cell.read("b"), np.ones(3))
