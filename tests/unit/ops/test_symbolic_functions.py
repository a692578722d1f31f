"""Functions of nbkeras.ops on symbolic tensors, variables, lists: what Keras users do."""

import subprocess
import sys

import jax.numpy as jnp
import numpy as np
import pytest
from tolerances import assert_close_sums

import nbkeras
from nbkeras import ops

X = np.arange(6, dtype="float32").reshape(2, 3)


def test_a_product_with_the_transpose_has_two_open_sizes():
    i = nbkeras.Input((3,))
    assert ops.transpose(i).shape == (3, None)
    assert ops.matmul(i, ops.transpose(i)).shape == (None, None)
    assert ops.matmul(ops.transpose(i), i).shape == (3, 3)


@pytest.mark.parametrize(
    ("call", "shape"),
    [
        (lambda x: ops.reshape(x, (-1, 3)), (None, 3)),
        (lambda x: ops.max_pool(x, 2), (None, None, None, 3)),
        (lambda x: ops.average_pool(x, 2, 1, "same"), (None, None, None, 3)),
        (
            lambda x: ops.conv(x, np.ones((3, 3, 3, 5), "float32")),
            (None, None, None, 5),
        ),
        (lambda x: ops.image.resize(x, (4, 5)), (None, 4, 5, 3)),
        (lambda x: ops.image.extract_patches(x, 2), (None, None, None, 12)),
        (lambda x: ops.norm(x, axis=(1, 2)), (None, 3)),
        (lambda x: ops.einsum("bhwc,bhwd->bcd", x, x), (None, 3, 3)),
        (lambda x: ops.rearrange(x, "b h w c -> b (h w) c"), (None, None, 3)),
        (lambda x: ops.add(x, np.ones((4, 1, 1, 3), "float32")), (4, None, None, 3)),
        (lambda x: ops.take(x, [0, 2], axis=-1), (None, None, None, 2)),
    ],
)
def test_open_sizes_stay_open(call, shape):
    assert call(nbkeras.Input((None, None, 3))).shape == shape


def test_an_error_with_open_sizes_names_them():
    i = nbkeras.Input((None, 3, 2))
    with pytest.raises(ValueError, match=r"ops\.inv: the last two axes") as caught:
        ops.linalg.inv(i)
    assert "(None, None, 3, 2)" in caught.value.__notes__[-1]


def test_a_model_of_functions_computes_what_they_compute():
    i = nbkeras.Input((3,))
    mean, variance = ops.moments(i, axes=[1], keepdims=True)
    o = ops.concatenate([(i - mean) / ops.sqrt(variance + 1e-3), ops.cumsum(i, 1)], 1)
    model = nbkeras.Model(i, o)
    wanted = np.hstack(
        [
            (X - X.mean(1, keepdims=True)) / np.sqrt(X.var(1, keepdims=True) + 1e-3),
            X.cumsum(1),
        ]
    )
    assert_close_sums(model.predict(X, verbose=0), wanted, rtol=1e-5)


def test_a_new_function_survives_saving(tmp_path):
    i = nbkeras.Input((3,))
    model = nbkeras.Model(
        i, ops.layer_normalization(ops.quantile(i, 0.5, keepdims=True))
    )
    model.save(tmp_path / "m.keras")
    again = nbkeras.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(again(X), model(X))


def test_variables_and_weights_are_taken_by_all_functions():
    v = nbkeras.Variable(X)
    layer = nbkeras.layers.Dense(2)
    layer.build((None, 3))
    np.testing.assert_array_equal(ops.concatenate([v, v]), np.vstack([X, X]))
    np.testing.assert_array_equal(ops.clip(v, nbkeras.Variable(1.0), 3), X.clip(1, 3))
    np.testing.assert_array_equal(ops.stack([v[0], v[1]]), X)
    np.testing.assert_allclose(ops.matmul(v, layer.kernel), X @ layer.kernel.numpy())
    np.testing.assert_array_equal(ops.cond(True, lambda: v + 1, lambda: v + 2), X + 1)
    loops = ops.fori_loop(0, 2, lambda _, a: a + 1, v)
    np.testing.assert_array_equal(loops, X + 2)


def test_lists_and_numbers_are_arrays():
    assert ops.mean([1.0, 2.0]) == 1.5
    assert ops.add([1, 2], 0.5).dtype == jnp.float32
    assert ops.add(jnp.ones(2, "bfloat16"), 0.5).dtype == jnp.bfloat16
    assert ops.convert_to_tensor([1, 2]).dtype == jnp.int32


def test_64_bits_become_32_without_a_warning():
    assert ops.zeros((2,), dtype="int64").dtype == jnp.int32
    assert ops.cast([1.5], "float64").dtype == jnp.float32


def test_conv_is_the_function():
    from nbkeras.ops import conv
    from nbkeras.ops.nn import conv as by_subject

    assert conv is by_subject is ops.nn.conv


def test_an_unknown_name_of_a_subject_gets_the_nearest():
    with pytest.raises(AttributeError, match=r"ops\.nn.*'softmx'.*softmax"):
        _ = ops.nn.softmx


# What keras.ops has and nbkeras.ops has not, with what is said instead.
ABSENT = {
    "sparse arrays": (lambda: ops.one_hot([1], 3, sparse=True), "no sparse arrays"),
    "sparse counts": (lambda: ops.bincount([1], sparse=True), "no sparse arrays"),
    "sparse labels": (lambda: ops.multi_hot([1], 3, sparse=True), "no sparse arrays"),
    "moments of replicas": (
        lambda: ops.moments(X, 0, synchronized=True),
        "averaged as a whole already",
    ),
}


@pytest.mark.parametrize("what", ABSENT)
def test_what_is_absent_says_what_to_do(what):
    call, words = ABSENT[what]
    with pytest.raises(NotImplementedError, match=words) as caught:
        call()
    assert "Leave `" in str(caught.value)


def test_functions_need_no_scipy_before_it_is_used():
    code = (
        "import sys, nbkeras; assert 'jax' not in sys.modules; nbkeras.ops.mean([1.0]);"
        "late = {'scipy.signal', 'scipy.ndimage', 'jax.scipy.ndimage', 'optax'};"
        "print(sorted(late & set(sys.modules)))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "[]"
