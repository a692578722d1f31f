"""Layouts of arrays on meshes of devices, beside real Keras."""

import subprocess
import sys

import jax
import keras
import numpy as np
import pytest

import nbkeras

every = pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])

ON_FOUR = """
import os
os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
import jax, numpy as np
from nbkeras.distribution import DeviceMesh, TensorLayout, distribute_tensor
mesh = DeviceMesh((2, 2), ["rows", "columns"])
layout = TensorLayout(["rows", None, "columns"], mesh)
x = np.arange(48.0).reshape(4, 3, 4)
y = distribute_tensor(x, layout)
print(sorted({shard.data.shape for shard in y.addressable_shards}))
print(np.array_equal(y, x), len(y.devices()))
z = jax.jit(lambda a: distribute_tensor(a * 2, layout))(x)
print(z.sharding.is_equivalent_to(y.sharding, 3), np.array_equal(z, 2 * x))
"""


def test_an_array_is_divided_along_the_axes_named_also_in_compiled_code():
    found = subprocess.run(
        [sys.executable, "-c", ON_FOUR], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert found == ["[(2, 3, 2)]", "True 4", "True True"]


@every
def test_a_layout_takes_its_mesh_once_and_checks_the_names(library):
    d = library.distribution
    mesh = d.DeviceMesh((1,), ["batch"], np.array(["cpu:0"]))
    layout = d.TensorLayout(["batch", None])
    assert layout.axes == ("batch", None)
    assert layout.device_mesh is None
    layout.device_mesh = mesh
    with pytest.raises(ValueError, match=r"already|override"):
        layout.device_mesh = mesh
    with pytest.raises(ValueError, match=r"not \['model'\]|Invalid axis names"):
        d.TensorLayout(["model"], mesh)
    x = d.distribute_tensor(np.ones((4, 2), "float32"), layout)
    spec = jax.sharding.PartitionSpec("batch", None)
    assert x.sharding.spec == spec
    assert layout.backend_layout.spec == spec


def test_a_layout_without_a_mesh_says_what_is_missing():
    layout = nbkeras.distribution.TensorLayout(["batch"])
    with pytest.raises(ValueError, match=r"layout\.device_mesh = DeviceMesh"):
        nbkeras.distribution.distribute_tensor(np.ones(3), layout)
