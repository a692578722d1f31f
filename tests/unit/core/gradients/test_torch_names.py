"""Lines of PyTorch in a loop of Keras, and functions of JAX on what a tape gives."""

import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import GradientTape, layers, ops

X = np.ones((3, 2), "float32")


@pytest.fixture
def model():
    return nbkeras.Sequential([layers.Input((2,)), layers.Dense(1)])


def test_loss_backward_says_how_a_tape_is_asked(model):
    optimizer = nbkeras.optimizers.SGD(0.1)
    with GradientTape() as tape:
        loss = ops.mean(model(X))
        with pytest.raises(AttributeError, match="name of PyTorch") as error:
            loss.backward()
    advice = str(error.value)
    assert "gradients = tape.gradient(loss, model.trainable_variables)" in advice
    assert "\n" not in advice
    # What it says can be written.
    gradients = tape.gradient(loss, model.trainable_variables)
    optimizer.apply(gradients, model.trainable_variables)
    np.testing.assert_allclose(model.get_weights()[1], [-0.1], rtol=1e-6)


@pytest.mark.parametrize(
    ("line", "advice"),
    [
        ("model.parameters()", "Write model.trainable_variables."),
        ("model.eval()", r"model\(x, training=False\)"),
        ("model.state_dict()", r"Write model.get_weights\(\)"),
        ("optimizer.zero_grad()", "Leave the line out"),
        ("optimizer.step()", r"optimizer.apply\(gradients, model.trainable_variables"),
        ("model.parametres", "no attribute 'parametres'"),
    ],
)
def test_a_line_of_pytorch_names_that_of_keras(line, advice, model):
    names = {"model": model, "optimizer": nbkeras.optimizers.Adam()}
    with pytest.raises(AttributeError, match=advice):
        eval(line, names)


@pytest.mark.parametrize("function", [jnp.mean, lambda x: jnp.add(x, 1), jnp.exp])
def test_a_function_of_jax_after_the_tape_says_what_it_takes(function, model):
    with GradientTape():
        y = model(X)
    with pytest.raises(RuntimeError, match=r"plain array: x.value") as error:
        function(y)
    assert "test_torch_names.py" in str(error.value)
    assert function(y.value).dtype == jnp.float32
    np.testing.assert_array_equal(jnp.asarray(y), y.numpy())
