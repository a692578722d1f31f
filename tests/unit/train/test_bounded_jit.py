"""Compiled functions of trees of any form: few programs are kept."""

import gc

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.train.bounded_jit import MAX_PROGRAMS, bounded_jit
from nbkeras.train.state import Cell, TrainState


def programs():
    gc.collect()
    return len(jax.devices()[0].client.live_executables())


def cell_of(width):
    params = {"w": jax.device_put(np.ones(width, "float32"))}
    seed, step = np.zeros(2, "uint32"), np.int32(0)
    return Cell(TrainState(params, {}, {}, {}, seed, jax.device_put(step)))


def test_programs_of_the_newest_forms_alone_are_kept():
    doubled = bounded_jit(lambda tree: jax.tree.map(lambda leaf: 2 * leaf, tree))
    before = programs()
    for width in range(1, 3 * MAX_PROGRAMS):
        result = doubled({"a": np.ones(width, "float32")})
        np.testing.assert_array_equal(result["a"], 2 * np.ones(width))
    assert programs() - before == MAX_PROGRAMS


def test_a_form_that_comes_again_is_not_traced_again():
    traced = []

    def doubled(tree):
        traced.append(tree)
        return 2 * tree["a"]

    function = bounded_jit(doubled)
    for _ in range(3):
        function({"a": jnp.ones(3)})
    function({"a": jnp.ones(3, "int32")})
    assert len(traced) == 2


def test_cells_of_many_models_keep_the_programs_of_few():
    def use(width):
        cell = cell_of(width)
        cell.snapshot()
        assert cell.is_sound()
        assert cell.values()["w"].shape == (width,)

    for width in range(1, 2 * MAX_PROGRAMS):
        use(width)
    before = programs()
    for width in range(100, 100 + MAX_PROGRAMS):
        use(width)
    assert programs() == before
