"""Functions of nbkeras.ops on symbolic tensors, variables, lists: what Keras users do."""

import subprocess
import sys

import jax.numpy as jnp
import keras
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
        (lambda x: ops.reshape(x, (4, 9)), (4, 9)),
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


def test_comparing_a_symbolic_tensor_with_a_number_gives_a_tensor():
    i = nbkeras.Input((3,))
    outputs = [i != 0, i == 0, 0 == i, np.float32(4) != i, i == X[0], round(i / 4, 1)]
    model = nbkeras.Model(i, outputs)
    wanted = [X != 0, X == 0, X == 0, X != 4, X == X[0], np.round(X / 4, 1)]
    assert [o.dtype for o in model.outputs] == 5 * ["bool"] + ["float32"]
    for result, values in zip(model(X), wanted, strict=True):
        np.testing.assert_allclose(result, values, rtol=1e-6)


@pytest.mark.parametrize("library", [nbkeras, keras], ids=["nbkeras", "keras"])
def test_two_symbolic_tensors_are_equal_if_they_are_one_and_unequal_elementwise(
    library,
):
    one, two = library.Input((3,)), library.Input((3,))
    assert (one == one) is True
    assert (one == two) is False
    assert one in [two, one]
    assert one not in [two]
    assert {one: 1, two: 2}[two] == 2
    assert (one == "text") is False
    assert library.Model([one, two], one != two).output.dtype == "bool"


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
    "moments of replicas": (
        lambda: ops.moments(X, 0, synchronized=True),
        "already averaged as a whole",
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


def test_class_numbers_and_places_may_be_floats_as_tables_hold_them():
    scores = np.array([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]], "float32")
    assert ops.in_top_k(np.array([1.0, 2.0]), scores, 2).tolist() == [True, False]
    assert ops.switch(np.float32(1), [lambda: 3, lambda: 4]) == 4
    placed = ops.scatter(np.array([[0.0, 1.0]]), np.array([5.0]), (2, 2))
    assert placed.tolist() == [[0.0, 5.0], [0.0, 0.0]]
    i = nbkeras.Input(batch_shape=(4, None))
    start = nbkeras.Input(batch_shape=(2,))
    assert ops.slice_update(i, start, np.ones((2, 2))).shape == (4, None)


def test_class_numbers_fit_outputs_with_the_classes_on_any_axis():
    rng = np.random.default_rng(3)
    target, output = rng.integers(0, 3, (2, 4)), rng.uniform(0.1, 1, (2, 3, 4))
    found = ops.sparse_categorical_crossentropy(target, output, axis=1)
    share = output / output.sum(1, keepdims=True)
    wanted = -np.log(np.take_along_axis(share, target[:, None], 1)[:, 0])
    np.testing.assert_allclose(found, wanted, rtol=1e-5)
    with pytest.raises(ValueError, match="that of the classes, -1, must be equal"):
        ops.sparse_categorical_crossentropy(target, output)


def test_only_functions_of_single_values_speak_of_equal_sizes():
    image = nbkeras.Input(batch_shape=(2, 3, 8, 16))
    other = nbkeras.Input(batch_shape=(2, 4, 6, 16))
    with pytest.raises(ValueError, match="needs equal sizes, or 1, on each axis"):
        ops.add(image, other)
    with pytest.raises(
        ValueError, match="must be a multiple of key/value heads"
    ) as caught:
        ops.dot_product_attention(image, other, other)
    assert "Concatenate" not in str(caught.value)


def test_an_affine_map_with_all_eight_numbers_is_the_projective_one():
    start = np.array([[0, 0], [0, 5], [7, 0], [7, 5]], "float32")
    end = start + np.array(
        [[0.5, 0.2], [-0.3, 0.4], [0.1, -0.6], [0.2, 0.3]], "float32"
    )
    # Eight equations, one for each coordinate: where each target pixel comes from.
    x, y, u, v = *end.T, *start.T
    zero, one = np.zeros(4), np.ones(4)
    rows = np.concatenate(
        [
            np.stack([x, y, one, zero, zero, zero, -x * u, -y * u], 1),
            np.stack([zero, zero, zero, x, y, one, -x * v, -y * v], 1),
        ]
    )
    numbers = np.linalg.solve(rows, np.concatenate([u, v]))
    image = np.random.default_rng(1).uniform(size=(8, 6, 3)).astype("float32")
    np.testing.assert_allclose(
        ops.image.affine_transform(image, numbers.astype("float32")),
        ops.image.perspective_transform(image, start, end),
        atol=1e-4,
    )


def test_an_axis_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match="axis 10 is out of bounds"):
        ops.unstack(nbkeras.Input((4,)), axis=10)
    with pytest.raises(ValueError, match=r"Write for example x\[None\]"):
        ops.extract_sequences(np.array(42.0), 5, 1)


@pytest.mark.parametrize(
    ("call", "shapes", "wanted"),
    [
        (ops.add, [(None, 3), (2, None)], (2, 3)),
        (ops.where, [(2, None, 1), (None, 1), (None, 3)], (2, None, 3)),
        (ops.matmul, [(None, 3), (3, None)], (None, None)),
        (ops.matmul, [(None, 4, None), (3, 5)], (None, 4, 5)),
        (ops.outer, [(None, 3), (2, None)], (None, None)),
        (
            lambda x, y: ops.einsum("ijk,jkl->li", x, y),
            [(None, 3, 4), (None, 4, 5)],
            (5, None),
        ),
        (lambda x, y: ops.concatenate([x, y]), [(None, 3), (4, None)], (None, 3)),
        (lambda x, y: ops.segment_sum(x, y, 5), [(None, 4), (10,)], (5, 4)),
    ],
)
def test_open_sizes_take_those_that_stand_opposite(call, shapes, wanted):
    tensors = [nbkeras.Input(batch_shape=shape) for shape in shapes]
    assert call(*tensors).shape == wanted


def test_an_open_axis_is_not_taken_away_as_if_it_were_one():
    with pytest.raises(ValueError, match="size not equal to one"):
        ops.squeeze(nbkeras.Input((1,)), axis=0)


@pytest.mark.parametrize("name", ["matmul", "dot", "cross"])
def test_shapes_that_do_not_fit_are_a_value_error_that_names_them(name):
    one, two = (nbkeras.Input(batch_shape=shape) for shape in ((4, 3), (2, 3)))
    with pytest.raises(ValueError, match=rf"ops\.{name} got the shapes \(4, 3\) and"):
        getattr(ops, name)(one, two)


def test_a_symbolic_tensor_needs_a_tuple_for_its_shape():
    with pytest.raises(ValueError, match=r"Write for example \(3,\)"):
        nbkeras.KerasTensor(3)


def test_where_needs_both_choices_or_none():
    with pytest.raises(ValueError, match=r"ops.where\(condition, x1, x2\)"):
        ops.where(X > 1, X)
    assert [places.tolist() for places in ops.where(X > 3)] == [[1, 1], [1, 2]]


@pytest.mark.parametrize("dtype", ["uint8", "uint32", "int32"])
def test_counts_of_unsigned_numbers_are_as_long_as_the_greatest(dtype):
    values = np.array([1, 1, 2, 4], dtype)
    assert ops.bincount(values).tolist() == [0, 2, 1, 0, 1]
    assert ops.bincount(values[:0], minlength=2).tolist() == [0, 0]


def test_shapes_that_do_not_fit_are_a_value_error_also_if_they_are_equal():
    i = nbkeras.KerasTensor((2, 3))
    with pytest.raises(ValueError, match=r"ops\.dot got the shapes \(2, 3\) and"):
        ops.dot(i, i)
