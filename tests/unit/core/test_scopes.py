"""device, name_scope, remat, Function and Operation beside real Keras."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import nbkeras

every = pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
X = np.arange(6, dtype="float32").reshape(2, 3)


@every
def test_arrays_are_made_on_the_device_asked_for(library):
    with library.device("cpu:0"):
        assert jnp.ones(2).devices() == {jax.devices("cpu")[0]}
    with library.device(jax.devices("cpu")[0]):
        assert jnp.ones(2).devices() == {jax.devices("cpu")[0]}


def test_a_device_that_is_not_there_is_answered_with_those_that_are():
    with pytest.raises(ValueError, match=r"Available: cpu:0.*device\('cpu:0'\)"):
        nbkeras.device("gpu:7")


@every
def test_scopes_stand_in_front_of_the_path_of_a_variable(library):
    with library.name_scope("outer"), library.name_scope("inner"):
        inside = library.Variable(X, name="v")
    outside = library.Variable(X, name="w")
    assert inside.path == "outer/inner/v"
    assert outside.path == "w"
    with pytest.raises(ValueError, match=r"'/'|`/`"):
        library.name_scope("a/b").__enter__()


@every
def test_a_function_computed_again_has_the_same_gradient(library):
    def f(x):
        return jnp.sum(jnp.sin(x) ** 2)

    again = library.remat(f)
    np.testing.assert_allclose(jax.grad(again)(X), jax.grad(f)(X), rtol=1e-6)


def test_what_was_computed_between_is_not_kept_for_the_gradient():
    def f(x):
        return jnp.sum(jnp.sin(jnp.sin(jnp.sin(x))))

    def kept(function):
        residuals = jax.vjp(function, X)[1]
        return sum(leaf.size for leaf in jax.tree.leaves(residuals))

    assert kept(nbkeras.remat(f)) < kept(f)


@every
def test_a_function_leads_from_its_inputs_to_its_outputs(library):
    layers = library.layers
    a, b = layers.Input((3,)), layers.Input((3,))
    total = library.Function([a, b], {"sum": a + b, "double": 2 * a}, name="total")
    found = total([X, X + 1])
    np.testing.assert_allclose(found["sum"], 2 * X + 1)
    np.testing.assert_allclose(found["double"], 2 * X)
    assert total.name == "total"
    assert [t.shape for t in total.inputs] == [(None, 3)] * 2
    assert len(total.outputs) == 2
    shapes = total.compute_output_shape([(5, 3), (5, 3)])
    assert {k: tuple(v) for k, v in shapes.items()} == {"sum": (5, 3), "double": (5, 3)}
    c, d = layers.Input((3,)), layers.Input((3,))
    model = library.Model([c, d], total([c, d])["sum"])
    np.testing.assert_allclose(model.predict([X, X], verbose=0), 2 * X)


@every
def test_an_operation_of_ones_own_takes_arrays_and_symbolic_tensors(library):
    class Scaled(library.Operation):
        def __init__(self, factor, name=None):
            super().__init__(name=name)
            self.factor = factor

        def call(self, x):
            return x * self.factor

        def compute_output_spec(self, x):
            return library.KerasTensor(x.shape, x.dtype)

    np.testing.assert_allclose(Scaled(3.0)(X), 3 * X)
    x = library.layers.Input((3,))
    y = Scaled(2.0, name="twice")(x)
    model = library.Model(x, y)
    np.testing.assert_allclose(model.predict(X, verbose=0), 2 * X)
    assert y.shape == (None, 3)
    assert "twice" in [operation.name for operation in model.operations]
    assert "twice" not in [layer.name for layer in model.layers]
