"""Small models for the files of nbkeras and Keras: one builder serves both libraries.

Each case is (name, shape of one sample, k -> layers); `k` is nbkeras or keras.
"""

import numpy as np

WORDS = "words"


def cases():
    """[(name, shape, builder)]; the shape WORDS stands for (6,) of integers."""
    return [*_plain(), *_spatial(), *_normal(), *_other(), *_nested(), *_graphs()]


def _plain():
    return [
        (
            "dense",
            (5,),
            lambda k: [
                k.layers.Dense(4, activation="relu"),
                k.layers.Dense(3, activation="softmax", name="out"),
            ],
        ),
        (
            "dense with everything",
            (5,),
            lambda k: [
                k.layers.Dense(
                    4,
                    use_bias=False,
                    kernel_initializer=k.initializers.HeNormal(seed=1),
                    kernel_regularizer=k.regularizers.L1L2(0.01, 0.02),
                    kernel_constraint=k.constraints.MaxNorm(2.0),
                    activation=k.activations.gelu,
                ),
                k.layers.Dense(
                    2,
                    bias_initializer="ones",
                    bias_regularizer="l2",
                    kernel_initializer=k.initializers.VarianceScaling(
                        2.0, "fan_avg", "uniform"
                    ),
                    activity_regularizer=k.regularizers.L2(0.1),
                ),
            ],
        ),
        (
            "lora free einsum",
            (3, 4),
            lambda k: [k.layers.EinsumDense("abc,cd->abd", (3, 6), bias_axes="d")],
        ),
        (
            "activations",
            (6,),
            lambda k: [
                k.layers.Activation("selu"),
                k.layers.ReLU(max_value=3.0, negative_slope=0.1, threshold=0.05),
                k.layers.LeakyReLU(0.2),
                k.layers.ELU(0.7),
                k.layers.PReLU(),
                k.layers.Softmax(),
            ],
        ),
        (
            "shared axes prelu",
            (4, 4, 2),
            lambda k: [k.layers.PReLU(shared_axes=[1, 2], alpha_initializer="ones")],
        ),
        (
            "noise is still at prediction",
            (6, 4),
            lambda k: [
                k.layers.Dropout(0.3, seed=3),
                k.layers.SpatialDropout1D(0.3),
                k.layers.GaussianDropout(0.2),
                k.layers.GaussianNoise(0.2, seed=1),
                k.layers.AlphaDropout(0.2),
                k.layers.Dense(2),
            ],
        ),
        (
            "shapes",
            (4, 6),
            lambda k: [
                k.layers.Reshape((6, 4)),
                k.layers.Permute((2, 1)),
                k.layers.Flatten(),
                k.layers.RepeatVector(2),
                k.layers.Identity(),
                k.layers.ActivityRegularization(0.1, 0.2),
            ],
        ),
    ]


def _spatial():
    return [
        (
            "conv1d",
            (9, 3),
            lambda k: [
                k.layers.Conv1D(4, 3, padding="causal", dilation_rate=2),
                k.layers.Conv1D(4, 2, strides=2, groups=2, activation="tanh"),
            ],
        ),
        (
            "conv2d",
            (8, 8, 2),
            lambda k: [
                k.layers.Conv2D(4, (3, 2), padding="same", activation="relu"),
                k.layers.MaxPooling2D(),
                k.layers.Conv2D(3, 2, strides=(1, 2), use_bias=False),
                k.layers.Flatten(),
                k.layers.Dense(3),
            ],
        ),
        (
            "conv3d",
            (4, 5, 4, 2),
            lambda k: [
                k.layers.Conv3D(3, 2),
                k.layers.AveragePooling3D((1, 2, 1)),
                k.layers.GlobalMaxPooling3D(),
            ],
        ),
        (
            "transpose",
            (4, 4, 3),
            lambda k: [
                k.layers.Conv2DTranspose(2, 3, strides=2, padding="same"),
                k.layers.Conv2DTranspose(3, 2, output_padding=0, strides=2),
            ],
        ),
        (
            "transpose 1d",
            (5, 2),
            lambda k: [k.layers.Conv1DTranspose(3, 3, strides=2, padding="valid")],
        ),
        (
            "transpose 3d",
            (3, 2, 3, 2),
            lambda k: [k.layers.Conv3DTranspose(2, 2, strides=2)],
        ),
        (
            "separable",
            (6, 6, 3),
            lambda k: [
                k.layers.SeparableConv2D(4, 3, depth_multiplier=2, activation="relu"),
                k.layers.DepthwiseConv2D(2, depth_multiplier=2, padding="same"),
            ],
        ),
        (
            "separable 1d",
            (7, 3),
            lambda k: [
                k.layers.SeparableConv1D(4, 3, padding="same"),
                k.layers.DepthwiseConv1D(2),
            ],
        ),
        (
            "pools 1d",
            (8, 3),
            lambda k: [
                k.layers.MaxPooling1D(2, padding="same"),
                k.layers.AveragePooling1D(2, strides=1),
                k.layers.GlobalAveragePooling1D(keepdims=True),
                k.layers.GlobalMaxPooling1D(),
            ],
        ),
        (
            "pools 2d",
            (8, 6, 3),
            lambda k: [
                k.layers.AveragePooling2D(2),
                k.layers.MaxPooling2D(2, strides=1),
                k.layers.GlobalAveragePooling2D(),
            ],
        ),
        (
            "margins",
            (5, 5, 2),
            lambda k: [
                k.layers.ZeroPadding2D(((1, 0), (2, 1))),
                k.layers.Cropping2D(((0, 1), (1, 0))),
                k.layers.UpSampling2D(2, interpolation="bilinear"),
            ],
        ),
        (
            "margins 1d",
            (5, 2),
            lambda k: [
                k.layers.ZeroPadding1D(2),
                k.layers.Cropping1D((1, 0)),
                k.layers.UpSampling1D(3),
            ],
        ),
        (
            "margins 3d",
            (3, 3, 3, 1),
            lambda k: [
                k.layers.ZeroPadding3D(1),
                k.layers.Cropping3D(((1, 0), (0, 1), (0, 0))),
                k.layers.UpSampling3D((1, 2, 1)),
            ],
        ),
    ]


def _normal():
    return [
        (
            "batch normalization",
            (4, 4, 3),
            lambda k: [
                k.layers.BatchNormalization(),
                k.layers.Conv2D(2, 2),
                k.layers.BatchNormalization(
                    scale=False, center=False, momentum=0.9, epsilon=1e-2
                ),
            ],
        ),
        (
            "layer normalization",
            (4, 6),
            lambda k: [
                k.layers.LayerNormalization(),
                k.layers.LayerNormalization(axis=[1, 2], center=False),
            ],
        ),
        (
            "other normalizations",
            (4, 4, 6),
            lambda k: [
                k.layers.GroupNormalization(groups=3),
                k.layers.UnitNormalization(),
                k.layers.RMSNormalization(),
            ],
        ),
        (
            "given normalization",
            (3,),
            lambda k: [
                k.layers.Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 4.0, 9.0])
            ],
        ),
        ("adapted normalization", (3,), _adapted),
        (
            "spectral normalization",
            (6,),
            lambda k: [k.layers.SpectralNormalization(k.layers.Dense(3), 2)],
        ),
    ]


def _adapted(k):
    layer = k.layers.Normalization()
    layer.adapt(np.array([[1.0, 2.0, 3.0], [3.0, 5.0, 9.0]], "float32"))
    return [layer, k.layers.Dense(2)]


def _other():
    return [
        (
            "embedding",
            WORDS,
            lambda k: [
                k.layers.Embedding(12, 4, mask_zero=True),
                k.layers.GlobalAveragePooling1D(),
            ],
        ),
        (
            "masking",
            (5, 3),
            lambda k: [
                k.layers.Masking(0.5),
                k.layers.TimeDistributed(k.layers.Dense(2)),
            ],
        ),
        (
            "time distributed",
            (3, 6, 6, 1),
            lambda k: [
                k.layers.TimeDistributed(k.layers.Conv2D(2, 3)),
                k.layers.TimeDistributed(k.layers.BatchNormalization()),
                k.layers.TimeDistributed(k.layers.Flatten()),
            ],
        ),
        (
            "rescaling and sizes",
            (8, 8, 3),
            lambda k: [
                k.layers.Rescaling(1 / 127.5, offset=-1.0),
                k.layers.Resizing(6, 6),
                k.layers.CenterCrop(4, 4),
            ],
        ),
        (
            "augmentation is still at prediction",
            (8, 8, 3),
            lambda k: [
                k.layers.RandomFlip("horizontal"),
                k.layers.RandomRotation(0.1),
                k.layers.RandomZoom(0.2),
                k.layers.RandomTranslation(0.1, 0.1),
                k.layers.RandomContrast(0.2),
                k.layers.RandomBrightness(0.2),
                k.layers.Flatten(),
            ],
        ),
        (
            "category encoding",
            WORDS,
            lambda k: [k.layers.CategoryEncoding(12, "multi_hot")],
        ),
        (
            "discretization",
            (4,),
            lambda k: [k.layers.Discretization(bin_boundaries=[-1.0, 0.0, 1.0])],
        ),
        (
            "bfloat16 policy",
            (5,),
            lambda k: [k.layers.Dense(4, dtype="bfloat16"), k.layers.Dense(2)],
        ),
        (
            "mixed policy",
            (6, 6, 2),
            lambda k: [
                k.layers.Conv2D(3, 3, dtype="mixed_bfloat16"),
                k.layers.BatchNormalization(dtype="mixed_bfloat16"),
                k.layers.Flatten(),
                k.layers.Dense(2, dtype="float32"),
            ],
        ),
        (
            "mixed float16 policy",
            (5,),
            lambda k: [k.layers.Dense(4, dtype="mixed_float16"), k.layers.Dense(2)],
        ),
        (
            "frozen and named",
            (5,),
            lambda k: [
                k.layers.Dense(4, trainable=False, name="frozen"),
                k.layers.Dense(4, name="open"),
            ],
        ),
        (
            "many of a kind",
            (3,),
            lambda k: [k.layers.Dense(n) for n in range(1, 13)],
        ),
    ]


def _nested():
    return [
        (
            "nested",
            (6,),
            lambda k: [
                k.Sequential([k.layers.Dense(4), k.layers.BatchNormalization()]),
                k.layers.Dense(3),
                k.Sequential([k.layers.Dense(2), k.layers.Dense(2)]),
            ],
        ),
        (
            "nested with inputs",
            (6, 6, 1),
            lambda k: [
                k.Sequential(
                    [
                        k.Input(shape=(6, 6, 1)),
                        k.layers.Conv2D(2, 3),
                        k.Sequential([k.layers.Conv2D(2, 2), k.layers.Dropout(0.5)]),
                    ],
                    name="features",
                ),
                k.layers.Flatten(),
                k.layers.Dense(2),
            ],
        ),
    ]


def _graphs():
    """Models of any shape; the builders make the whole model from its input."""
    return [
        ("branches", (6, 6, 2), _branches),
        ("shared layer", (5,), _shared),
        ("graph in a graph", (5,), _graph_in_graph),
    ]


def _branches(k, x):
    left = k.layers.Conv2D(3, 3, padding="same", activation="relu")(x)
    right = k.layers.Conv2D(3, 1, name="right")(x)
    both = k.layers.Add()([left, right])
    y = k.layers.Concatenate()([both, k.layers.BatchNormalization()(left)])
    y = k.layers.GlobalAveragePooling2D()(y)
    return k.layers.Dense(2, name="out")(y)


def _shared(k, x):
    layer = k.layers.Dense(5, activation="tanh")
    return k.layers.Dense(2)(k.layers.Multiply()([layer(x), layer(layer(x))]))


def _graph_in_graph(k, x):
    a = k.Input(shape=(5,))
    inner = k.Model(a, k.layers.Dense(4)(k.layers.LayerNormalization()(a)))
    return k.layers.Subtract()([inner(x), k.Sequential([k.layers.Dense(4)])(x)])


def data(shape, rows=4, seed=0):
    """A batch for a case's shape."""
    rng = np.random.default_rng(seed)
    if shape is WORDS:
        return rng.integers(0, 12, (rows, 6)).astype("int32")
    return rng.normal(size=(rows, *shape)).astype("float32")


def build(k, case):
    """A Sequential of the case, its weights made less alike than fresh ones are."""
    _, shape, layers = case
    if shape is WORDS:
        entry = k.Input(shape=(6,), dtype="int32")
    else:
        entry = k.Input(shape=shape)
    if layers in (_branches, _shared, _graph_in_graph):
        model = k.Model(entry, layers(k, entry))
    else:
        model = k.Sequential([entry, *layers(k)])
    rng = np.random.default_rng(1)
    for weight in model.weights:
        statistics = ("mean", "variance", "count")  # Keras copies them when it loads
        if "float" in str(weight.dtype) and weight.name not in statistics:
            start = np.array(weight.numpy(), "float32")
            weight.assign(start + rng.uniform(0.05, 0.5, start.shape))
    return model


def run(model, x):
    """The model's prediction as NumPy."""
    return np.asarray(model(x, training=False), "float32")


def tolerance(name):
    """How near predictions must be: 1e-5, but for arithmetic in 16 bits."""
    return 2e-2 if "policy" in name else 1e-5


BY_NAME = {case[0]: case for case in cases()}
