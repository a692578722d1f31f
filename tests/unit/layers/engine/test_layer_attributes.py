"""Attributes of layers that Keras has: losses, metrics, dtype_policy and the like."""

import jax.numpy as jnp
import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import layers

X = np.arange(12, dtype="float32").reshape(4, 3)
BOTH = pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])


def adds_losses(library):
    """A layer that adds a loss, with a regularized layer inside."""

    class Adds(library.layers.Layer):
        def __init__(self, **base):
            super().__init__(**base)
            self.inner = library.layers.Dense(
                2, kernel_initializer="ones", kernel_regularizer="l2", name="inner"
            )

        def build(self, input_shape):
            self.scale = self.add_weight(name="scale", shape=(1,), initializer="ones")
            self.inner.build(input_shape)

        def call(self, x):
            self.add_loss(library.ops.sum(x))
            return self.inner(x)

    return Adds(name="adds")


@BOTH
def test_losses_are_those_of_the_last_call_and_of_the_weights(library):
    layer = adds_losses(library)
    layer(X)
    layer(X)
    assert [float(v) for v in layer.losses] == pytest.approx([66.0, 0.06])
    model = library.Sequential([library.Input((3,)), layer, library.layers.Dense(1)])
    model(X + 1)
    assert [float(v) for v in model.losses] == pytest.approx([78.0, 0.06])


@BOTH
def test_an_activity_regularizer_stands_in_the_losses(library):
    dense = library.layers.Dense(
        1, kernel_initializer="ones", activity_regularizer="l1"
    )
    y = dense(X)
    assert float(dense.losses[0]) == pytest.approx(0.01 * float(jnp.sum(y)) / 4)


def test_gradients_of_plain_code_reach_through_the_losses():
    class Penalised(layers.Layer):
        def build(self, input_shape):
            self.w = self.add_weight("w", (), "ones")

        def call(self, x):
            self.add_loss(3.0 * self.w)
            return x

    layer = Penalised()

    def loss():
        layer(X)
        return sum(layer.losses)

    value, (slope,) = nbkeras.gradients(loss, layer.trainable_weights or build(layer))
    assert (float(value), float(slope)) == (3.0, 3.0)
    # What was traced is put back; a call on plain arrays has losses to look at.
    assert layer.losses == []
    layer(X)
    assert [float(v) for v in layer.losses] == [3.0]


def build(layer):
    layer.build((None, 3))
    return layer.trainable_weights


@BOTH
def test_the_metrics_of_a_layer_are_found_and_updated_in_an_eager_call(library):
    class Watches(library.layers.Layer):
        def __init__(self):
            super().__init__()
            self.seen = library.metrics.Mean(name="seen")

        def call(self, x):
            self.seen.update_state(library.ops.sum(x))
            return x

    watches = Watches()
    assert [m.name for m in watches.metrics] == ["seen"]
    if library is nbkeras:  # Keras fails at its own metric within `call`
        watches(X)
        watches(X + 1)
        assert float(watches.seen.result()) == 72.0
    assert not watches.weights


@BOTH
def test_a_model_has_the_loss_and_the_metrics_of_compile(library):
    model = library.Sequential([library.Input((3,)), library.layers.Dense(1)])
    model.compile("sgd", "mse", metrics=["mae"])
    model.fit(X, X[:, :1], verbose=0)
    assert [metric.name for metric in model.metrics] == ["loss", "compile_metrics"]


@BOTH
def test_compute_output_spec_tells_shape_and_dtype(library):
    spec = library.layers.Dense(4).compute_output_spec(library.KerasTensor((None, 3)))
    assert (tuple(spec.shape), spec.dtype) == ((None, 4), "float32")


@BOTH
def test_an_own_compute_output_spec_decides_symbolic_shapes(library):
    class Told(library.layers.Layer):
        def compute_output_spec(self, x):
            return library.KerasTensor((None, 7), x.dtype)

        def call(self, x):
            return library.ops.concatenate([x, x], -1)

    assert tuple(Told()(library.Input((3,))).shape) == (None, 7)


@BOTH
def test_dtype_is_that_of_the_weights_and_the_policy_has_both(library):
    dense = library.layers.Dense(2, dtype="mixed_bfloat16")
    assert (dense.dtype, dense.compute_dtype) == ("float32", "bfloat16")
    assert dense.dtype_policy == library.DTypePolicy("mixed_bfloat16")
    dense.dtype_policy = "mixed_float16"
    assert (dense.variable_dtype, dense.input_dtype) == ("float32", "float16")
    given = library.layers.Dense(2, dtype=library.DTypePolicy("bfloat16"))
    assert given.dtype == "bfloat16"


@BOTH
def test_what_is_not_built_has_no_shapes(library):
    for layer in (library.layers.Dense(2), library.Sequential()):
        for name in ("input_shape", "output_shape", "input", "output"):
            assert not hasattr(layer, name)


@BOTH
def test_a_path_names_all_parents(library):
    layer = adds_losses(library)
    layer.build((None, 3))
    paths = [weight.path for weight in layer.weights]
    assert paths == ["adds/scale", "adds/inner/kernel", "adds/inner/bias"]
    assert layer.inner.kernel.path == "adds/inner/kernel"
    assert [w.path for w in layer.inner.weights] == paths[1:]


@BOTH
def test_a_mask_travels_from_one_eager_call_to_the_next(library):
    ids = np.array([[1, 2, 0, 0]])
    vectors = library.layers.Embedding(3, 2, mask_zero=True)(ids)
    mean = library.layers.GlobalAveragePooling1D()(vectors)
    np.testing.assert_allclose(mean, np.asarray(vectors)[:, :2].mean(1), rtol=1e-6)


@BOTH
def test_a_layer_meets_the_mask_already_while_it_is_built(library):
    class Needs(library.layers.Layer):
        def __init__(self):
            super().__init__()
            self.supports_masking = True

        def call(self, x, mask=None):
            assert mask is not None
            return x * library.ops.cast(mask[..., None], x.dtype)

    ids = library.Input((4,), dtype="int32")
    y = Needs()(library.layers.Embedding(3, 2, mask_zero=True)(ids))
    model = library.Model(ids, y)
    out = np.asarray(model(np.array([[1, 2, 0, 0]])))
    assert out[0, :2].all()
    assert not out[0, 2:].any()


@BOTH
def test_an_own_compute_output_shape_is_asked_instead_of_running_call(library):
    class Doubles(library.layers.Layer):
        def call(self, x):
            raise RuntimeError("not called")

        def compute_output_shape(self, input_shape):
            return (*input_shape[:-1], 2 * input_shape[-1])

    spec = Doubles().compute_output_spec(library.KerasTensor((None, 3)))
    assert (tuple(spec.shape), spec.dtype) == ((None, 6), "float32")


@BOTH
def test_metrics_variables_are_those_of_all_metrics_inside(library):
    class Measured(library.layers.Layer):
        def __init__(self, inner=None):
            super().__init__()
            self.inner = inner
            self.metric = library.metrics.MeanSquaredError()

        def call(self, x):
            return x

    assert len(Measured(Measured()).metrics_variables) == 4


@BOTH
def test_a_free_symbolic_tensor_becomes_the_output_of_an_input_layer(library):
    tensor = library.KerasTensor((2, 3))
    layer = library.layers.InputLayer(input_tensor=tensor)
    assert layer.output is tensor
    assert (layer.batch_shape, layer.sparse, layer.ragged) == ((2, 3), False, False)


@pytest.mark.parametrize(
    ("arguments", "advice"),
    [
        ({"shape": (2, 4)}, "Leave `shape` out"),
        ({"batch_shape": (2, 4)}, "Leave `batch_shape` out"),
        ({"batch_size": 5}, "Leave `batch_size` out"),
        ({"dtype": "float16"}, "Leave `dtype` out"),
        ({"sparse": True}, "Leave `sparse` out"),
        ({"ragged": True}, "Leave `ragged` out"),
        ({"input_tensor": X}, r"Write for example Input\(tensor=KerasTensor"),
    ],
)
def test_arguments_that_contradict_the_tensor_of_an_input_are_refused(
    arguments, advice
):
    tensor = {"input_tensor": nbkeras.KerasTensor((2, 3))}
    with pytest.raises(ValueError, match=advice):
        layers.InputLayer(**(tensor | arguments))
