"""Merging layers: values, gradients and masks as in Keras, and kind errors."""

import re

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from layer_cases import MERGE
from tolerances import assert_close_sums, relative_gap

from nbkeras import layers
from nbkeras.layers import Add, Concatenate, Dot, Input, Multiply, Subtract

DRAW = np.random.default_rng(3)


def _arrays(*shapes):
    return [DRAW.normal(size=shape).astype("float32") for shape in shapes]


@pytest.mark.parametrize(("name", "config", "shapes"), MERGE)
def test_values_and_gradients_are_those_of_keras(name, config, shapes):
    ours, theirs = (
        getattr(layers, name)(**config),
        getattr(keras.layers, name)(**config),
    )
    arrays = _arrays(*shapes)
    weigh = jnp.cos(jnp.arange(float(np.size(theirs(arrays))))).reshape(
        theirs(arrays).shape
    )

    def value(layer):
        def total(xs):
            summands = weigh * layer(xs)
            return jnp.sum(summands), summands

        return jax.value_and_grad(total, has_aux=True)(arrays)

    ((mine, _), mine_grads), ((yours, summands), yours_grads) = (
        value(ours),
        value(theirs),
    )
    assert_close_sums(mine, yours, summands)
    for a, b in zip(mine_grads, yours_grads, strict=True):
        assert_close_sums(a, b)
    assert ours.compute_output_shape([(None, *s[1:]) for s in shapes]) == (
        None,
        *theirs(arrays).shape[1:],
    )


MASKED = ["Add", "Multiply", "Average", "Maximum", "Minimum", "Concatenate"]


@pytest.mark.parametrize("name", MASKED)
@pytest.mark.parametrize("both", [True, False])
def test_masks_are_merged_as_in_keras(name, both):
    ids = np.array([[1, 2, 0, 0], [3, 0, 0, 5]], "int32")
    second = ids[:, ::-1].copy()
    found = []
    for module, extra in ((layers, {}), (keras.layers, {})):
        table = DRAW.__class__(np.random.PCG64(1)).normal(size=(6, 3)).astype("float32")
        one = module.Embedding(6, 3, mask_zero=True, **extra)
        two = module.Embedding(6, 3, mask_zero=both, **extra)
        model_in = [module.Input((4,), dtype="int32") for _ in range(2)]
        merged = getattr(module, name)()([one(model_in[0]), two(model_in[1])])
        end = module.GlobalAveragePooling1D()(merged)
        package = keras if module is keras.layers else __import__("nbkeras")
        model = package.Model(model_in, [merged, end])
        model.set_weights([table, table[::-1]])
        found.append(model.predict([ids, second], verbose=0))
    for a, b in zip(*found, strict=True):
        assert relative_gap(a, b) < 1e-6


@pytest.mark.parametrize(
    ("act", "hint"),
    [
        (
            lambda x, y: Add()(x),
            r"got \(None, 4, 3\) and needs a list of tensors, not one",
        ),
        (lambda x, y: Add()([]), r"a list of tensors\. Write Add\(\)\(\[x, y\]\)"),
        (lambda x, y: Subtract()([x, x, x]), r"and needs a list of exactly 2 tensors"),
        (lambda x, y: Add()([x, y]), r"Write Dense\(3\) before the second"),
        (
            lambda x, y: Concatenate(axis=1)([x, y]),
            r"equal sizes on axis 2 .*Write Concatenate\(axis=2\)",
        ),
        (
            lambda x, y: Concatenate(axis=4)([x, x]),
            r"1 to 2, not 4\. Write Concatenate\(\)",
        ),
        (lambda x, y: Dot(axes=2)([x, y]), r"equal\. Write Dot\(axes=\(1, 1\)\)"),
        (lambda x, y: Dot(axes=0), r"axes must be an integer or a pair"),
        (lambda x, y: Concatenate(axis="a"), r"axis must be an integer"),
        (
            lambda x, y: layers.concatenate([x, layers.Flatten()(x)]),
            r"Write Concatenate\(\)\(\[Flatten\(\)\(x\)",
        ),
    ],
)
def test_what_cannot_be_merged_is_refused_with_advice(act, hint):
    with pytest.raises(ValueError, match=hint):
        act(Input((4, 3)), Input((4, 5)))


def test_a_list_with_an_array_among_symbolic_tensors_is_refused():
    with pytest.raises(TypeError, match=r"write an operator, x \+ constant"):
        Add()([Input((3,)), np.ones((2, 3))])


def test_function_forms_are_the_layers():
    x = _arrays((2, 3), (2, 3))
    for name in ("add", "subtract", "multiply", "average", "maximum", "minimum"):
        ours = getattr(layers, name)(x)
        assert relative_gap(ours, getattr(keras.layers, name)(x)) < 1e-6
    assert layers.concatenate(x, axis=0).shape == (4, 3)
    np.testing.assert_allclose(layers.dot(x, axes=1)[:, 0], (x[0] * x[1]).sum(1), 1e-5)


def test_shapes_are_checked_on_arrays_too():
    with pytest.raises(ValueError, match=r"got \(None, 3\) and \(None, 2\)"):
        Multiply()(_arrays((2, 3), (2, 2)))


@pytest.mark.parametrize(
    ("mode", "new"), [("sum", "Add"), ("concat", "Concatenate"), ("mul", "Multiply")]
)
def test_the_old_merge_function_says_what_to_write(mode, new):
    x, y = _arrays((2, 3), (2, 3))
    with pytest.warns(UserWarning, match=rf"mode='{mode}'.*write {new.lower()}\("):
        found = layers.merge([x, y], mode=mode)
    assert relative_gap(found, getattr(layers, new)()([x, y])) == 0
    with pytest.raises(ValueError, match="mode must be one of"):
        layers.merge([x, y], mode="summ")


@pytest.mark.parametrize("name", ["Add", "Minimum", "Concatenate"])
def test_masks_of_symbolic_inputs_are_merged_as_in_keras(name):
    masks = [np.array([[1, 0, 0]], bool), np.array([[0, 0, 1]], bool)]
    ours = getattr(layers, name)().compute_mask([Input((3, 2)), Input((3, 2))], masks)
    theirs = getattr(keras.layers, name)()
    arrays = [np.zeros((1, 3, 2), "float32")] * 2
    np.testing.assert_array_equal(
        ours, theirs.compute_mask(arrays, [jnp.asarray(mask) for mask in masks])
    )


@pytest.mark.parametrize(
    ("inputs", "mask"), [([1, 2], 3), ([1, 2], [None]), (1, [None])], ids=str
)
def test_masks_that_are_no_list_for_each_input_are_refused(inputs, mask):
    with pytest.raises(ValueError, match=r"compute_mask\(\[x, y\], \[mask_of_x, None"):
        Add().compute_mask(inputs, mask)


@pytest.mark.parametrize(
    ("layer", "widths", "advice"),
    [
        (Concatenate(), (3, 3), "Concatenate(axis=0)([x, y])"),
        (Concatenate(), (3, 4), "Concatenate()([x[:2], y[:2]])"),
        (Add(), (3, 3), "Add()([x[:2], y[:2]])"),
        (Multiply(), (3, 3), "Multiply()([x[:2], y[:2]])"),
        (Dot(axes=1), (3, 3), "Dot(axes=1)([x[:2], y[:2]])"),
    ],
)
def test_unlike_batch_sizes_are_refused_with_advice_that_works(layer, widths, advice):
    x, y = (np.ones((rows, width)) for rows, width in zip((2, 5), widths, strict=True))
    given = re.escape(f"got (2, 3) and (5, {widths[1]}) and needs equal")
    with pytest.raises(ValueError, match=f"{given}.*Write {re.escape(advice)}"):
        layer([x, y])
    assert eval(advice, {**vars(layers), "x": x, "y": y}).ndim == 2


def test_one_row_is_added_to_each_row_of_a_batch():
    assert Add()([np.ones((1, 3)), np.ones((5, 3))]).shape == (5, 3)
