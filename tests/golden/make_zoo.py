"""Make the zoo: small model files of many versions of Keras, run with each of them.

    python make_zoo.py NAME [keras | tensorflow.keras | tf_keras]

Under Theano, NAME ends in `_theano`. Each model comes with an input and its prediction in `<NAME>_<model>.npz`, and the name
of the version goes into `versions.json`. What a version lacks is left out. The code
runs from Python 3.6 and Keras 1.2 on.
"""

import importlib
import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent / "zoo"
SIZES = {"image": (12, 12, 3), "steps": (7, 5), "tokens": (6,), "clip": (3, 6, 6, 2)}
SIZES["channels"] = (3, 12, 10)


def stack(keras, layers):
    """A Sequential of these layers; the first one has the input shape."""
    model = keras.models.Sequential()
    for layer in layers:
        model.add(layer)
    return model


def convolutions(keras):
    """A small MobileNet: depthwise, separable and transposed convolutions."""
    layers = keras.layers
    return "image", stack(
        keras,
        [
            layers.Conv2D(4, 3, strides=2, padding="same", input_shape=(12, 12, 3)),
            layers.BatchNormalization(),
            layers.ReLU(6.0),
            layers.DepthwiseConv2D(3, padding="same", use_bias=False),
            layers.SeparableConv2D(5, 3, activation="relu"),
            layers.Conv2DTranspose(4, 2, strides=2, padding="same"),
            layers.ZeroPadding2D(1),
            layers.UpSampling2D(2),
            layers.Cropping2D(1),
            layers.AveragePooling2D(2),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ],
    )


def images(keras):
    """What every version has: convolution, pooling, dropout, dense."""
    layers = keras.layers
    return "image", stack(
        keras,
        [
            layers.Conv2D(4, (3, 3), activation="relu", input_shape=(12, 12, 3)),
            layers.MaxPooling2D((2, 2)),
            layers.BatchNormalization(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(6, activation="tanh"),
            layers.Dense(2),
            layers.Activation("sigmoid"),
        ],
    )


def images_of_keras_1(keras):
    """The same in the spelling of Keras 1."""
    layers = keras.layers
    return "image", stack(
        keras,
        [
            layers.Convolution2D(
                4, 3, 3, border_mode="same", activation="relu", input_shape=(12, 12, 3)
            ),
            layers.MaxPooling2D(pool_size=(2, 2)),
            layers.BatchNormalization(axis=3),
            layers.Flatten(),
            layers.Dense(output_dim=6, init="uniform", W_regularizer="l2"),
            layers.Dense(2, activation="softmax"),
        ],
    )


def graph_of_keras_1(keras):
    """Branches that `merge` joins."""
    layers = keras.layers
    inputs = layers.Input((12, 12, 3))
    left = layers.Convolution2D(3, 3, 3, border_mode="same", subsample=(1, 1))(inputs)
    both = layers.merge([inputs, left], mode="sum")
    both = layers.merge([both, left], mode="concat", concat_axis=3)
    pooled = layers.GlobalMaxPooling2D()(both)
    y = layers.Dense(2, activation="sigmoid", bias=True)(pooled)
    return "image", keras.models.Model(input=inputs, output=y)


def series_of_keras_1(keras):
    """Recurrent layers of Keras 1, with an embedding."""
    layers = keras.layers
    return "tokens", stack(
        keras,
        [
            layers.Embedding(12, 4, input_length=6, dropout=0.0),
            layers.SimpleRNN(output_dim=4, return_sequences=True, inner_init="uniform"),
            layers.TimeDistributed(layers.Dense(3)),
            layers.Flatten(),
            layers.Dense(2),
        ],
    )


def sentences_of_keras_1(keras):
    """An LSTM and a GRU of Keras 1, whose weights lie apart, gate by gate."""
    layers = keras.layers
    return "tokens", stack(
        keras,
        [
            layers.Embedding(12, 4, mask_zero=True, input_length=6),
            layers.LSTM(5, return_sequences=True),
            layers.GRU(4, inner_activation="sigmoid", consume_less="mem"),
            layers.Dense(2),
        ],
    )


def steps_of_keras_1(keras):
    """Gates in one matrix, both directions, and a layer for all steps."""
    layers = keras.layers
    return "steps", stack(
        keras,
        [
            layers.TimeDistributedDense(6, activation="tanh", input_shape=(7, 5)),
            layers.Bidirectional(
                layers.LSTM(3, return_sequences=True), merge_mode="concat"
            ),
            layers.GRU(4, return_sequences=True, consume_less="gpu"),
            layers.LSTM(3, consume_less="gpu", go_backwards=True),
            layers.Dense(2, activation="hard_sigmoid"),
        ],
    )


def signals_of_keras_1(keras):
    """One-dimensional convolutions of Keras 1, whose kernels have four axes."""
    layers = keras.layers
    return "steps", stack(
        keras,
        [
            layers.ZeroPadding1D(padding=2, input_shape=(7, 5)),
            layers.Convolution1D(4, 3, border_mode="same", activation="relu"),
            layers.AtrousConvolution1D(4, 2, atrous_rate=2),
            layers.BatchNormalization(mode=0, axis=-1),
            layers.MaxPooling1D(pool_length=2, stride=1),
            layers.Cropping1D((1, 1)),
            layers.UpSampling1D(length=2),
            layers.AveragePooling1D(pool_length=2, stride=2),
            layers.LeakyReLU(alpha=0.2),
            layers.ELU(alpha=0.5),
            layers.PReLU(),
            layers.ThresholdedReLU(theta=0.1),
            layers.GaussianNoise(sigma=0.1),
            layers.GaussianDropout(p=0.1),
            layers.SpatialDropout1D(p=0.1),
            layers.GlobalMaxPooling1D(),
            layers.Dense(2),
        ],
    )


def convolutions_of_keras_1(keras):
    """Dilated, separable and transposed convolutions of Keras 1."""
    layers = keras.layers
    return "image", stack(
        keras,
        [
            layers.AtrousConvolution2D(
                4, 3, 3, atrous_rate=(2, 2), input_shape=(12, 12, 3)
            ),
            layers.SeparableConvolution2D(5, 3, 3, depth_multiplier=2),
            layers.Deconvolution2D(
                4,
                3,
                3,
                output_shape=(None, 12, 12, 4),
                subsample=(2, 2),
                border_mode="same",
            ),
            layers.ZeroPadding2D(padding=(1, 2)),
            layers.Cropping2D(((1, 1), (2, 2))),
            layers.UpSampling2D(size=(2, 2)),
            layers.AveragePooling2D(pool_size=(2, 2), strides=(2, 2)),
            layers.SpatialDropout2D(p=0.1),
            layers.MaxPooling2D(pool_size=(3, 3), border_mode="same"),
            layers.Permute((3, 1, 2)),
            layers.Flatten(),
            layers.RepeatVector(2),
            layers.Reshape((8, 16)),
            layers.Flatten(),
            layers.Dense(2),
        ],
    )


def channels_of_keras_1(keras):
    """Channels first, as Theano had them; kernels are stored filters first."""
    layers = keras.layers
    return "channels", stack(
        keras,
        [
            layers.Convolution2D(
                4, 3, 3, dim_ordering="th", activation="relu", input_shape=(3, 12, 10)
            ),
            layers.MaxPooling2D((2, 2), dim_ordering="th"),
            layers.BatchNormalization(axis=1),
            layers.Convolution2D(4, 2, 2, dim_ordering="th", subsample=(2, 1)),
            layers.Flatten(),
            layers.Dense(2, activation="softmax"),
        ],
    )


def branches_of_keras_1(keras):
    """Sequentials of different lengths in a `Merge` that begins a third one."""
    layers = keras.layers
    left = stack(
        keras, [layers.LSTM(4, input_shape=(7, 5)), layers.Dense(4), layers.Dense(3)]
    )
    right = stack(keras, [layers.Flatten(input_shape=(7, 5)), layers.Dense(3)])
    merged = layers.Merge([left, right], mode="concat", concat_axis=1)
    return "two series", stack(keras, [merged, layers.Dense(4), layers.Dense(2)])


def clips_of_keras_1(keras):
    """Three-dimensional convolutions of Keras 1, and a recurrent one."""
    layers = keras.layers
    return "clip", stack(
        keras,
        [
            layers.ConvLSTM2D(
                2,
                3,
                3,
                border_mode="same",
                return_sequences=True,
                input_shape=(3, 6, 6, 2),
            ),
            layers.Convolution3D(3, 2, 2, 2, activation="relu"),
            layers.MaxPooling3D(pool_size=(1, 2, 2), border_mode="same"),
            layers.Flatten(),
            layers.Dense(2),
        ],
    )


def sentences(keras):
    """An embedding with a mask, and an LSTM."""
    layers = keras.layers
    return "tokens", stack(
        keras,
        [
            layers.Embedding(12, 4, mask_zero=True, input_length=6),
            layers.LSTM(5),
            layers.Dense(1, activation="sigmoid"),
        ],
    )


def series(keras):
    """Recurrent layers in a row, one of them in both directions."""
    layers = keras.layers
    return "steps", stack(
        keras,
        [
            layers.GRU(4, return_sequences=True, input_shape=(7, 5)),
            layers.Bidirectional(layers.LSTM(3, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(4, activation="relu")),
            layers.SimpleRNN(3),
            layers.Dense(2),
        ],
    )


def signals(keras):
    """One-dimensional convolutions and what goes with them."""
    layers = keras.layers
    return "steps", stack(
        keras,
        [
            layers.Conv1D(4, 3, padding="causal", input_shape=(7, 5)),
            layers.LeakyReLU(),
            layers.ZeroPadding1D(1),
            layers.MaxPooling1D(2),
            layers.PReLU(),
            layers.UpSampling1D(2),
            layers.Permute((2, 1)),
            layers.ELU(),
            layers.Reshape((4, 8)),
            layers.SpatialDropout1D(0.1),
            layers.GlobalMaxPooling1D(),
            layers.RepeatVector(2),
            layers.GaussianNoise(0.1),
            layers.Flatten(),
            layers.Dense(2, activation="softplus", kernel_constraint="non_neg"),
        ],
    )


def clips(keras):
    """Three-dimensional convolutions, and a recurrent one."""
    layers = keras.layers
    return "clip", stack(
        keras,
        [
            layers.ConvLSTM2D(2, 3, return_sequences=True, input_shape=(3, 6, 6, 2)),
            layers.Conv3D(3, 2, activation="relu"),
            layers.MaxPooling3D((1, 2, 2), padding="same"),
            layers.GlobalAveragePooling3D(),
            layers.Dense(2),
        ],
    )


def graph(keras):
    """Two branches, a shared layer, a skip connection, two outputs."""
    layers = keras.layers
    inputs = layers.Input((12, 12, 3))
    left = layers.Conv2D(3, 3, padding="same", activation="relu")(inputs)
    skip = layers.add([inputs, left])
    both = layers.concatenate([skip, layers.multiply([left, inputs])])
    pooled = layers.GlobalMaxPooling2D()(both)
    shared = layers.Dense(4, activation="elu", name="shared")
    first, second = shared(pooled), shared(layers.GlobalAveragePooling2D()(both))
    near = layers.Dense(2, name="near")(layers.average([first, second]))
    far = layers.Dense(1, name="far")(layers.dot([first, second], axes=1))
    return "image", keras.models.Model(inputs, [near, far])


def attention(keras):
    """A block of a transformer."""
    layers = keras.layers
    inputs = layers.Input((7, 5))
    y = layers.MultiHeadAttention(num_heads=2, key_dim=3)(inputs, inputs)
    y = layers.LayerNormalization()(layers.Add()([inputs, y]))
    y = layers.Dense(6, activation="gelu")(y)
    y = layers.Conv1D(4, 1, activation="swish")(y)
    y = layers.Dense(2)(layers.GlobalAveragePooling1D()(y))
    return "steps", keras.models.Model(inputs, y)


MODELS = [
    convolutions,
    images,
    images_of_keras_1,
    graph_of_keras_1,
    series_of_keras_1,
    sentences_of_keras_1,
    steps_of_keras_1,
    signals_of_keras_1,
    convolutions_of_keras_1,
    channels_of_keras_1,
    clips_of_keras_1,
    branches_of_keras_1,
    sentences,
    series,
    signals,
    clips,
    graph,
    attention,
]


def inputs_for(kind, rng):
    """Two rows; a sentence of tokens ends in padding."""
    if kind == "tokens":
        return np.array([[3, 5, 1, 11, 0, 0], [2, 2, 7, 4, 9, 1]])
    if kind == "two series":
        return [inputs_for("steps", rng), inputs_for("steps", rng)]
    return rng.normal(size=(2,) + SIZES[kind]).astype("float32")


def make(name, keras, suffixes):
    """Write the files of one version; returns how many models."""
    rng, count = np.random.RandomState(0), 0
    is_first = keras.__version__.startswith("1.")
    for build in MODELS:
        if is_first != build.__name__.endswith("keras_1"):
            continue
        try:
            kind, model = build(keras)
            model.set_weights(
                [
                    0.1 + np.abs(rng.normal(scale=0.3, size=weight.shape))
                    for weight in model.get_weights()
                ]
            )
            model.compile("sgd", "mse")
            x = inputs_for(kind, rng)
            y = model.predict(x)
        except Exception as error:
            reason = str(error).strip().splitlines()[-1:]
            print(name, "has no", build.__name__, type(error).__name__, reason)
            continue
        outputs = y if isinstance(y, list) else [y]
        stem = name + "_" + build.__name__
        for suffix in suffixes:
            model.save(str(HERE / (stem + suffix)))
        arrays = {f"y{number}": array for number, array in enumerate(outputs)}
        inputs = x if isinstance(x, list) else [x]
        arrays.update((f"x{number}", array) for number, array in enumerate(inputs))
        np.savez_compressed(str(HERE / (stem + ".npz")), **arrays)
        count += 1
    return count


def main(name, module="keras"):
    """Make the files of the Keras that can be imported as `module`."""
    keras = importlib.import_module(module)
    for part in ("layers", "models"):
        importlib.import_module(module + "." + part)
    HERE.mkdir(exist_ok=True)
    version = tuple(int(n) for n in keras.__version__.split("-")[0].split(".")[:2])
    suffixes = [".h5"] if version < (2, 13) else [".keras"]
    suffixes += [".h5"] if module == "tf_keras" else []
    count = make(name, keras, suffixes)
    path = HERE / "versions.json"
    versions = json.loads(path.read_text()) if path.exists() else {}
    versions[name] = module + " " + keras.__version__
    path.write_text(json.dumps(versions, indent=2, sort_keys=True) + "\n")
    print(name, keras.__version__, count, "models")


if __name__ == "__main__":
    main(*sys.argv[1:])
