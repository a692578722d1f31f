"""get_state_tree and set_state_tree beside real Keras."""

import jax
import keras
import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
Y = X[:, :2]


def trained(library):
    model = library.Sequential(
        [
            library.Input((3,)),
            library.layers.BatchNormalization(name="norm"),
            library.layers.Dense(2, name="dense", kernel_initializer="ones"),
        ],
        name="whole",
    )
    model.compile("adam", "mse")
    model.fit(X, Y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    return model


@pytest.mark.parametrize("kind", ["trainable_variables", "non_trainable_variables"])
def test_a_state_tree_has_the_paths_and_values_of_keras(kind):
    ours, theirs = (
        trained(library).get_state_tree(value_format="numpy_array")[kind]
        for library in (nbkeras, keras)
    )
    assert jax.tree.structure(ours) == jax.tree.structure(theirs)
    for one, two in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-5)


def test_the_optimizer_s_part_has_its_iteration_and_learning_rate_as_in_keras():
    ours, theirs = (
        next(iter(trained(library).get_state_tree()["optimizer_variables"].values()))
        for library in (nbkeras, keras)
    )
    for name in ("iteration", "learning_rate"):
        np.testing.assert_allclose(ours[name], theirs[name])
    assert len(ours) == len(theirs)


def test_a_tree_of_jax_arrays_is_the_default():
    leaves = jax.tree.leaves(trained(nbkeras).get_state_tree())
    assert all(isinstance(leaf, jax.Array) for leaf in leaves)


def test_a_model_goes_on_as_another_when_it_has_its_state_tree():
    model, other = trained(nbkeras), trained(nbkeras)
    model.fit(X, Y, shuffle=False, verbose=0)
    other.set_state_tree(model.get_state_tree(value_format="numpy_array"))
    for each in (model, other):
        each.fit(X, Y, shuffle=False, verbose=0)
    for one, two in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_part_of_a_tree_leaves_the_rest():
    model = trained(nbkeras)
    kernel = np.asarray(model.layers[1].kernel.value)
    model.set_state_tree(
        {
            "optimizer_variables": {"adam": {"learning_rate": 0.5}},
            "trainable_variables": {"dense": {"bias": [3.0, 4.0]}},
        }
    )
    assert float(model.optimizer.learning_rate) == 0.5
    np.testing.assert_array_equal(model.layers[1].bias.value, [3.0, 4.0])
    np.testing.assert_array_equal(model.layers[1].kernel.value, kernel)


@pytest.mark.parametrize(
    ("tree", "advice"),
    [
        ({"trainable": {}}, "Did you mean 'trainable_variables'"),
        (
            {"trainable_variables": {"whole": {"dense": {"kernl": 1}}}},
            "mean 'whole/dense/kernel'",
        ),
    ],
)
def test_names_that_the_model_has_not_are_refused(tree, advice):
    with pytest.raises(ValueError, match=advice):
        trained(nbkeras).set_state_tree(tree)
