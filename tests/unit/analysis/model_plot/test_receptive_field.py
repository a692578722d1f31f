"""The receptive field that is said is the one that gradients show."""

import jax
import numpy as np
import pytest

from nbkeras import Model, Sequential, layers
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.layers import Input

SIDE = 41


def footprint(model, side=SIDE, channels=2):
    """How many rows and columns of the input the middle of the output depends on."""
    trained, fixed = (
        [w.value for w in of]
        for of in (model.trainable_weights, model.non_trainable_weights)
    )
    first = getattr(model.layers[-1], "data_format", "") == "channels_first"
    shape = (1, channels, side, side) if first else (1, side, side, channels)

    def middle(x):
        y = model.stateless_call(trained, fixed, x)[0]
        y = np.swapaxes(y, 1, -1) if first else y
        return y[0, y.shape[1] // 2, y.shape[2] // 2].sum()

    gradient, seen = jax.jit(jax.grad(middle)), 0
    for seed in range(24):  # a maximum lets one of its inputs through at a time
        x = jax.random.normal(jax.random.key(seed), shape)
        seen = seen + np.abs(np.asarray(gradient(x)))
    rows, columns = np.nonzero(seen.sum(axis=(0, 1 if first else 3)))
    return np.ptp(rows) + 1, np.ptp(columns) + 1


CASES = {
    "plain": [layers.Conv2D(3, 3), layers.Conv2D(3, (5, 1))],
    "strided": [layers.Conv2D(3, 3, 2), layers.Conv2D(3, 3, (1, 2), padding="same")],
    "dilated": [layers.Conv2D(3, 3, dilation_rate=3), layers.Conv2D(2, 3)],
    "pooled": [layers.Conv2D(3, 3), layers.MaxPooling2D(2), layers.Conv2D(3, 3)],
    "averaged": [layers.AveragePooling2D(3, 2), layers.AveragePooling2D((1, 2))],
    "depthwise": [layers.DepthwiseConv2D(3), layers.SeparableConv2D(3, 5, strides=2)],
    "transposed": [layers.Conv2D(3, 3, 2), layers.Conv2DTranspose(2, 5, 2)],
    "enlarged": [
        layers.MaxPooling2D(2),
        layers.UpSampling2D(2),
        layers.Conv2D(2, 5, padding="same"),
    ],
    "padded": [layers.ZeroPadding2D(2), layers.Conv2D(2, 5), layers.Cropping2D(1)],
    "one by one": [
        layers.Conv2D(4, 3),
        layers.BatchNormalization(),
        layers.Dense(5, "tanh"),
        layers.Conv2D(4, 3),
    ],
}


@pytest.mark.parametrize("name", CASES)
def test_the_field_is_as_large_as_the_footprint_of_a_gradient(name):
    model = Sequential([Input((SIDE, SIDE, 2)), *CASES[name]])
    said = tuple(each.size for each in anatomy(model).blocks[-1].receptive_field)
    seen = footprint(model)
    if name in ("transposed", "enlarged"):
        # Places that stand between those of the grid see one step less.
        assert all(a - 2 <= b <= a for a, b in zip(said, seen, strict=True))
    else:
        assert said == seen


def test_where_branches_join_the_widest_counts():
    x = Input((SIDE, SIDE, 2))
    near, far = layers.Conv2D(2, 1)(x), layers.Conv2D(2, 7, padding="same")(x)
    model = Model(x, layers.Add()([near, far]))
    assert [each.size for each in anatomy(model).blocks[-1].receptive_field] == [7, 7]
    assert footprint(model) == (7, 7)


def test_vgg_sees_what_the_textbook_says():
    # Three 3 x 3 convolutions see 7 x 7; five pools double the steps to 32.
    three = Sequential([Input((32, 32, 3)), *(layers.Conv2D(4, 3) for _ in range(3))])
    assert [r.size for r in anatomy(three).blocks[-1].receptive_field] == [7, 7]
    vgg = Sequential([Input((224, 224, 3))])
    for many in (2, 2, 3, 3, 3):
        for _ in range(many):
            vgg.add(layers.Conv2D(2, 3, padding="same"))
        vgg.add(layers.MaxPooling2D())
    last = anatomy(vgg).blocks[-1].receptive_field
    # Araujo, Norris, Sim, Distill (2019), table: VGG-16 has 212 at stride 32.
    assert [(r.size, r.jump) for r in last] == [(212, 32)] * 2


def test_behind_flatten_and_global_pooling_all_has_been_seen():
    model = Sequential(
        [Input((8, 8, 1)), layers.Conv2D(2, 3), layers.Flatten(), layers.Dense(2)]
    )
    assert [b.receptive_field for b in anatomy(model).blocks[2:]] == ["whole", "whole"]
    steps = Sequential(
        [Input((9,), dtype="int32"), layers.Embedding(5, 4), layers.Conv1D(2, 3)]
    )
    assert [r.size for r in anatomy(steps).blocks[-1].receptive_field] == [3]


def test_what_a_layer_of_somebody_else_sees_is_not_guessed():
    model = Sequential([Input((8, 8, 1)), layers.Lambda(lambda x: x[:, ::-1])])
    assert anatomy(model).blocks[-1].receptive_field is None
