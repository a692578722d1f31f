"""Sizes and directions of the losses' gradients, compared with NumPy."""

import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Model, layers
from nbkeras.analysis import task_gradients

RNG = np.random.default_rng(1)
X = RNG.normal(size=(24, 3)).astype("float32")
Y = {"a": X[:, :1], "b": X[:, 1:2] - X[:, :1]}


def linear(**options):
    """x -> trunk (2 units) -> a second layer of 2 -> two heads; no bias, loss mse."""
    nbkeras.utils.set_random_seed(2)
    x = Input((3,))
    hidden = layers.Dense(2, use_bias=False, name="trunk")(x)
    heads = {n: layers.Dense(1, use_bias=False, name=n)(hidden) for n in ("a", "b")}
    model = Model(x, heads)
    model.compile("sgd", "mse", **options)
    return model


def by_hand(model):
    """{name: gradient on the trunk} in NumPy."""
    w = {path: np.float64(v.value) for path, v in model.weights_by_path().items()}
    gradients = {}
    for name in ("a", "b"):
        head = w[f"{name}/kernel"]
        slope = 2 * (X @ w["trunk/kernel"] @ head - Y[name]) / len(X)
        gradients[name] = X.T @ (slope @ head.T)
    return gradients


def test_norms_and_cosines_are_those_of_the_gradients_on_shared_weights():
    model = linear(loss_weights={"a": 2.0, "b": 0.5})
    result = task_gradients(model, X, Y)
    a, b = by_hand(model).values()
    cosine = (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)
    np.testing.assert_allclose(
        result.norms, [np.linalg.norm(a), np.linalg.norm(b)], 1e-4
    )
    np.testing.assert_allclose(result.cosines, [[1, cosine], [cosine, 1]], 1e-4)
    assert result.tasks == ("a", "b")
    assert list(result.weights) == [2.0, 0.5]
    assert [layer.name for layer in result.layers] == ["trunk"]
    assert result.rows == len(X)


def test_the_losses_are_those_of_evaluate():
    model = linear()
    values = model.evaluate(X, Y, verbose=0, return_dict=True)
    result = task_gradients(model, (X, Y))
    expected = [values["a_loss"], values["b_loss"]]
    np.testing.assert_allclose(result.losses, expected, rtol=1e-5)


def test_the_model_stays_as_it_is():
    model = linear(loss_weights="gradnorm")
    model.fit(X, Y, verbose=0)
    before = [*model.get_weights(), *model.current_loss_weights.values()]
    state = model.optimizer.iterations.numpy()
    task_gradients(model, X, Y)
    after = [*model.get_weights(), *model.current_loss_weights.values()]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
    assert model.optimizer.iterations.numpy() == state


def test_equal_and_opposite_targets_give_cosines_of_one_and_minus_one():
    x = Input((3,))
    hidden = layers.Dense(1, use_bias=False, kernel_initializer="zeros")(x)
    model = Model(x, [layers.Rescaling(1.0)(hidden) for _ in range(3)])
    model.compile("sgd", "mse", loss_weights=[1.0, 1.0, 20.0])
    y = X[:, :1]
    result = task_gradients(model, X, [y, -y, y])
    np.testing.assert_allclose(
        result.cosines, [[1, -1, 1], [-1, 1, -1], [1, -1, 1]], atol=1e-5
    )
    pairs = {(first, second) for first, second, _ in result.opposing}
    first, second, third = result.tasks
    assert pairs == {(first, second), (second, third)}
    assert result.dominant[:2] == (third, first)
    assert result.dominant[2] == pytest.approx(20, rel=1e-5)


def test_a_model_with_one_loss_is_sent_to_xray():
    model = nbkeras.Sequential([Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"nbkeras\.xray\(model, x, y\)"):
        task_gradients(model, X, X[:, :1])


def test_outputs_that_share_nothing_cannot_be_compared():
    x = Input((3,))
    model = Model(x, [layers.Dense(1)(x), layers.Dense(1)(x)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="Let the outputs share layers"):
        task_gradients(model, X, [Y["a"], Y["b"]])
