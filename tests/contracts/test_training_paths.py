"""Ten steps of `fit` end where those of real Keras end, layer after layer."""

import numpy as np
import pytest
from training import pair, trained

RNG = np.random.default_rng(0)
HEAD = [("Dense", {"units": 3, "activation": "softmax"})]
ONE_HOT = np.eye(3, dtype="float32")[RNG.integers(0, 3, 18)]
SAME = {"padding": "same"}
# Behind normalizations a bias has no gradient but rounding, which Adam blows up.
PLAIN = {"use_bias": False}

PICTURES = [
    ("Rescaling", {"scale": 0.5, "offset": 0.1}),
    (
        "Conv2D",
        {"filters": 4, "kernel_size": 3, "kernel_regularizer": "l2", **SAME, **PLAIN},
    ),
    ("BatchNormalization", {}),
    ("Activation", {"activation": "relu"}),
    ("DepthwiseConv2D", {"kernel_size": 3, "depth_multiplier": 2, **SAME}),
    ("SeparableConv2D", {"filters": 6, "kernel_size": 2, "activation": "tanh"}),
    ("GroupNormalization", {"groups": 3}),
    ("MaxPooling2D", {}),
    ("UpSampling2D", {"interpolation": "bilinear"}),
    ("ZeroPadding2D", {"padding": ((1, 0), (0, 2))}),
    ("Conv2DTranspose", {"filters": 4, "kernel_size": 3, "strides": 2, **SAME}),
    ("Cropping2D", {"cropping": 1}),
    ("LeakyReLU", {}),
    ("AveragePooling2D", {"pool_size": 3, "strides": 2, **SAME}),
    ("SpatialDropout2D", {"rate": 0.0}),
    ("GlobalAveragePooling2D", {}),
    *HEAD,
]
WAVES = [
    (
        "Conv1D",
        {"filters": 4, "kernel_size": 3, "padding": "causal", "dilation_rate": 2},
    ),
    ("ELU", {}),
    ("DepthwiseConv1D", {"kernel_size": 2}),
    ("PReLU", {"shared_axes": [1]}),
    ("SeparableConv1D", {"filters": 4, "kernel_size": 3, "strides": 2}),
    ("LayerNormalization", {}),
    ("Conv1DTranspose", {"filters": 3, "kernel_size": 3, "strides": 2}),
    ("RMSNormalization", {}),
    ("ZeroPadding1D", {}),
    ("UpSampling1D", {}),
    ("Cropping1D", {"cropping": (1, 2)}),
    ("MaxPooling1D", SAME),
    ("AveragePooling1D", {"pool_size": 2}),
    ("TimeDistributed", {"layer": lambda layer: layer("Dense")(3, activation="gelu")}),
    ("Permute", {"dims": (2, 1)}),
    (
        "EinsumDense",
        {"equation": "abc,cd->abd", "output_shape": (3, 4), "bias_axes": "d"},
    ),
    ("Flatten", {}),
    *HEAD,
]
VOLUMES = [
    ("Conv3D", {"filters": 3, "kernel_size": 2, "activation": "elu"}),
    ("UpSampling3D", {}),
    ("MaxPooling3D", {"pool_size": 2, "strides": 1}),
    ("ZeroPadding3D", {}),
    ("Conv3DTranspose", {"filters": 2, "kernel_size": 2, "activation": "silu"}),
    ("Cropping3D", {"cropping": 1}),
    ("AveragePooling3D", {"pool_size": 2}),
    ("GlobalMaxPooling3D", {}),
    *HEAD,
]
WORDS = [
    ("Embedding", {"input_dim": 7, "output_dim": 4, "mask_zero": True}),
    ("Dense", {"units": 5, "activation": "selu", "activity_regularizer": "l2"}),
    ("ActivityRegularization", {"l1": 0.01}),
    ("Dropout", {"rate": 0.0}),
    ("GlobalAveragePooling1D", {}),
    *HEAD,
]
FLAT = [
    (
        "Dense",
        {
            "units": 6,
            "activation": "swish",
            "kernel_constraint": "max_norm",
            "bias_constraint": "non_neg",
            "bias_regularizer": "l1",
        },
    ),
    (
        "SpectralNormalization",
        {"layer": lambda layer: layer("Dense")(6, use_bias=False)},
    ),
    ("BatchNormalization", {"momentum": 0.5}),
    ("Reshape", {"target_shape": (3, 2)}),
    ("Softmax", {}),
    ("UnitNormalization", {}),
    ("Flatten", {}),
    ("RepeatVector", {"n": 2}),
    ("GlobalMaxPooling1D", {}),
    *HEAD,
]
CCE = ("CategoricalCrossentropy", {})
WEIGHTS = RNG.random(18).astype("float32")
MODELS = {
    "pictures": (PICTURES, (8, 7, 3), CCE, ("Adam", {"learning_rate": 0.01}), {}),
    "waves": (
        WAVES,
        (12, 3),
        ("KLDivergence", {}),
        ("SGD", {"learning_rate": 0.02, "momentum": 0.9, "nesterov": True}),
        {"sample_weight": WEIGHTS},
    ),
    "volumes": (
        VOLUMES,
        (4, 4, 4, 2),
        ("Huber", {}),
        ("RMSprop", {"clipnorm": 0.5}),
        {},
    ),
    "words": (
        WORDS,
        (6,),
        ("BinaryCrossentropy", {"label_smoothing": 0.1}),
        ("Nadam", {"learning_rate": 0.01, "weight_decay": 0.01}),
        {"class_weight": {0: 1.0, 1: 3.0, 2: 0.5}},
    ),
    "flat": (
        FLAT,
        (5,),
        CCE,
        ("AdamW", {"gradient_accumulation_steps": 2, "use_ema": True}),
        {"metrics": ["accuracy", "auc", "f1_score"]},
    ),
}


@pytest.mark.parametrize("name", MODELS)
def test_ten_steps_of_fit_end_where_those_of_keras_end(name):
    rows, shape, loss, optimizer, fit = MODELS[name]
    ours, theirs = pair(rows, shape)
    rng = np.random.default_rng(1)
    x = rng.normal(size=(18, *shape)).astype("float32")
    if name == "words":
        x = rng.integers(0, 7, (18, *shape))
    gaps = trained(ours, theirs, x, ONE_HOT, loss, optimizer, **fit)
    assert {k: gap for k, gap in gaps.items() if gap > 1e-5} == {}


@pytest.mark.parametrize(
    "settings",
    [
        {"loss_scale_factor": 8.0, "global_clipnorm": 0.1},
        {"use_ema": True, "ema_momentum": 0.8, "ema_overwrite_frequency": 4},
    ],
    ids=["scaled", "averaged"],
)
def test_what_fit_does_around_an_optimizer_is_what_keras_does(settings):
    ours, theirs = pair([("Dense", {"units": 3})], (5,))
    x = RNG.normal(size=(18, 5)).astype("float32")
    optimizer = ("SGD", {"learning_rate": 0.1, **settings})
    gaps = trained(ours, theirs, x, ONE_HOT, ("MeanSquaredError", {}), optimizer)
    assert {k: gap for k, gap in gaps.items() if gap > 1e-5} == {}
