"""Models of the usual kinds, for longer runs beside real Keras."""

import numpy as np

SAME = {"padding": "same"}
PLAIN = {"use_bias": False}
CCE = ("CategoricalCrossentropy", {})
OPTIMIZERS = [
    ("SGD", {"learning_rate": 0.02, "momentum": 0.9}),
    ("Adam", {"learning_rate": 0.001}),
    ("RMSprop", {"learning_rate": 0.001}),
]


def conv(filters, kind="Conv2D", **more):
    """A convolution of width 3 that keeps the size."""
    return (kind, {"filters": filters, "kernel_size": 3, **SAME, **more})


def dense(units, activation=None, **more):
    """A dense layer."""
    return ("Dense", {"units": units, "activation": activation, **more})


def act(name="tanh"):
    """An activation; smooth ones, since a kink turns rounding into another path."""
    return ("Activation", {"activation": name})


NORM = ("BatchNormalization", {})
GLOBAL = ("GlobalAveragePooling2D", {})
STACKS = {
    "dense": ([dense(32, "gelu"), dense(16, "tanh")], (12,)),
    "dense with penalties": (
        [dense(24, "selu", kernel_regularizer="l2", bias_regularizer="l1")],
        (12,),
    ),
    "CNN": (
        [conv(8), act("elu"), ("MaxPooling2D", {}), conv(12), act(), GLOBAL],
        (10, 10, 3),
    ),
    "CNN with batch normalization": (
        [
            conv(8, **PLAIN),
            NORM,
            act("silu"),
            conv(8, strides=2, **PLAIN),
            NORM,
            act(),
            GLOBAL,
        ],
        (10, 10, 3),
    ),
    "separable": (
        [conv(8), conv(12, "SeparableConv2D", **PLAIN), NORM, act("gelu"), GLOBAL],
        (9, 9, 3),
    ),
    "depthwise": (
        [("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2}), act(), GLOBAL],
        (9, 9, 3),
    ),
    "group normalization": (
        [conv(8), ("GroupNormalization", {"groups": 4}), act("silu"), GLOBAL],
        (8, 8, 3),
    ),
    "transposed": (
        [
            conv(6, strides=2),
            act(),
            conv(4, "Conv2DTranspose", strides=2),
            act("elu"),
            ("AveragePooling2D", {"pool_size": 2}),
            ("Flatten", {}),
        ],
        (8, 8, 2),
    ),
    "Conv1D": (
        [
            ("Conv1D", {"filters": 8, "kernel_size": 3, "padding": "causal"}),
            act("gelu"),
            ("Conv1D", {"filters": 8, "kernel_size": 3, "strides": 2}),
            ("LayerNormalization", {}),
            act(),
            ("GlobalMaxPooling1D", {}),
        ],
        (20, 4),
    ),
    "Conv3D": ([conv(4, "Conv3D"), act(), ("Flatten", {})], (4, 5, 4, 2)),
    "layer normalization": (
        [dense(24, "tanh"), ("LayerNormalization", {}), dense(16, "silu")],
        (12,),
    ),
    "embedding with masks": (
        [
            ("Embedding", {"input_dim": 20, "output_dim": 8, "mask_zero": True}),
            dense(12, "tanh"),
            ("GlobalAveragePooling1D", {}),
        ],
        (9,),
    ),
}


def models(rows=170):
    """{name: (layers, input shape, x, y, loss)}; the last batch of 16 is short."""
    rng = np.random.default_rng(5)
    found = {}
    for name, (stack, shape) in STACKS.items():
        x = rng.normal(size=(rows, *shape)).astype("float32")
        if name.startswith("embedding"):
            x = rng.integers(0, 20, (rows, *shape))
        y = np.eye(4, dtype="float32")[rng.integers(0, 4, rows)]
        found[name] = ([*stack, dense(4, "softmax")], shape, x, y, CCE)
    return found
