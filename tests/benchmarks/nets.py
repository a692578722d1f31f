"""Networks that no choice was tuned for, beside TensorFlow, Keras on JAX and PyTorch.

    pip install -e .[bench]
    python tests/benchmarks/nets.py [--rounds 3] [--networks unet,lstm]

Every library trains the same networks in a process of its own; rounds are interleaved,
so that a busy moment strikes all. Printed are medians, the ratio of a step's time to
the other library's (below 1 nbkeras is faster) and of rows predicted per second (above
1 nbkeras is faster), of wall time and of processor time, which other processes change
less. PyTorch runs through Keras. Libraries that are not installed are left out.
"""

import argparse
import json
import os
import sys
import time

import numpy as np
import side_by_side

LIBRARIES = ("nbkeras", "keras-jax", "keras-tensorflow", "keras-torch")
VOCABULARY = 5000


def _norm_relu(kl, x):
    return kl.ReLU()(kl.BatchNormalization()(x))


def resnet20(keras):
    """ResNet-20 for 32 x 32 images (He et al. 2015), with projections."""
    kl, start = keras.layers, keras.Input((32, 32, 3))
    conv = {"padding": "same", "use_bias": False}
    x = _norm_relu(kl, kl.Conv2D(16, 3, **conv)(start))
    for filters in (16, 32, 64):
        for block in range(3):
            stride = 2 if filters > 16 and block == 0 else 1
            y = _norm_relu(kl, kl.Conv2D(filters, 3, strides=stride, **conv)(x))
            y = kl.BatchNormalization()(kl.Conv2D(filters, 3, **conv)(y))
            if stride > 1:
                x = kl.BatchNormalization()(
                    kl.Conv2D(filters, 1, strides=stride, **conv)(x)
                )
            x = kl.ReLU()(kl.Add()([x, y]))
    x = kl.GlobalAveragePooling2D()(x)
    return start, kl.Dense(10, activation="softmax")(x)


def vgg(keras):
    """Pairs of 3 x 3 convolutions with max pooling on 64 x 64 images."""
    kl, start = keras.layers, keras.Input((64, 64, 3))
    x = start
    for filters in (32, 64, 128):
        for _ in range(2):
            x = kl.Conv2D(filters, 3, padding="same", activation="relu")(x)
        x = kl.MaxPooling2D(2)(x)
    x = kl.Dropout(0.5)(kl.Dense(128, activation="relu")(kl.Flatten()(x)))
    return start, kl.Dense(10, activation="softmax")(x)


def unet(keras):
    """A U-Net of two levels (Ronneberger et al. 2015) with transposed convolutions."""
    kl, start = keras.layers, keras.Input((64, 64, 3))

    def pair(x, filters):
        for _ in range(2):
            x = kl.Conv2D(filters, 3, padding="same", activation="relu")(x)
        return x

    x, levels = start, []
    for filters in (16, 32):
        levels.append(pair(x, filters))
        x = kl.MaxPooling2D(2)(levels[-1])
    x = pair(x, 64)
    for filters, level in zip((32, 16), reversed(levels), strict=True):
        x = kl.Conv2DTranspose(filters, 2, strides=2)(x)
        x = pair(kl.Concatenate()([x, level]), filters)
    return start, kl.Conv2D(1, 1, activation="sigmoid")(x)


def mobilenet(keras):
    """Depthwise and pointwise convolutions with normalization (Howard et al. 2017)."""
    kl, start = keras.layers, keras.Input((64, 64, 3))
    conv = {"padding": "same", "use_bias": False}
    x = _norm_relu(kl, kl.Conv2D(32, 3, strides=2, **conv)(start))
    for filters, stride in ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1)):
        x = _norm_relu(kl, kl.DepthwiseConv2D(3, strides=stride, **conv)(x))
        x = _norm_relu(kl, kl.Conv2D(filters, 1, **conv)(x))
    x = kl.GlobalAveragePooling2D()(x)
    return start, kl.Dense(10, activation="softmax")(x)


def separable(keras):
    """Separable convolutions with shortcuts, as in Xception (Chollet 2017)."""
    kl, start = keras.layers, keras.Input((48, 48, 3))
    x = kl.Conv2D(32, 3, padding="same", activation="relu")(start)
    for filters in (64, 128):
        y = kl.SeparableConv2D(filters, 3, padding="same", activation="relu")(x)
        y = kl.SeparableConv2D(filters, 3, padding="same")(y)
        y = kl.MaxPooling2D(3, strides=2, padding="same")(y)
        x = kl.Add()([y, kl.Conv2D(filters, 1, strides=2, padding="same")(x)])
    x = kl.GlobalAveragePooling2D()(x)
    return start, kl.Dense(10, activation="softmax")(x)


def mlp(keras):
    """784-512-512-10 with dropout."""
    kl, start = keras.layers, keras.Input((784,))
    x = start
    for _ in range(2):
        x = kl.Dropout(0.2)(kl.Dense(512, activation="relu")(x))
    return start, kl.Dense(10, activation="softmax")(x)


def lstm(keras):
    """One LSTM over 100 steps of 32 features."""
    kl, start = keras.layers, keras.Input((100, 32))
    return start, kl.Dense(10, activation="softmax")(kl.LSTM(64)(start))


def gru_text(keras):
    """Embeddings and a bidirectional GRU."""
    kl, start = keras.layers, keras.Input((80,), dtype="int32")
    x = kl.Bidirectional(kl.GRU(32))(kl.Embedding(VOCABULARY, 64)(start))
    return start, kl.Dense(10, activation="softmax")(x)


def transformer(keras):
    """Two blocks of attention over token embeddings (Vaswani et al. 2017)."""
    kl, start = keras.layers, keras.Input((128,), dtype="int32")
    x = kl.Embedding(VOCABULARY, 64)(start)
    for _ in range(2):
        y = kl.MultiHeadAttention(4, 16, dropout=0.1)(x, x)
        x = kl.LayerNormalization()(kl.Add()([x, y]))
        y = kl.Dense(64)(kl.Dense(128, activation="relu")(x))
        x = kl.LayerNormalization()(kl.Add()([x, kl.Dropout(0.1)(y)]))
    x = kl.GlobalAveragePooling1D()(x)
    return start, kl.Dense(10, activation="softmax")(x)


def autoencoder(keras):
    """784-512-256-64-256-512-784."""
    kl, start = keras.layers, keras.Input((784,))
    x = start
    for units in (512, 256, 64, 256, 512):
        x = kl.Dense(units, activation="relu")(x)
    return start, kl.Dense(784, activation="sigmoid")(x)


def conv1d(keras):
    """One-dimensional convolutions over 128 steps of 9 sensors."""
    kl, start = keras.layers, keras.Input((128, 9))
    x = start
    for filters in (64, 128):
        for _ in range(2):
            x = kl.Conv1D(filters, 5, padding="same", activation="relu")(x)
        x = kl.MaxPooling1D(2)(x)
    x = kl.GlobalAveragePooling1D()(x)
    return start, kl.Dense(10, activation="softmax")(x)


def wavenet(keras):
    """Causal dilated convolutions with shortcuts (van den Oord et al. 2016)."""
    kl, start = keras.layers, keras.Input((256, 1))
    x = kl.Conv1D(32, 1)(start)
    for dilation in (1, 2, 4, 8, 16, 32):
        y = kl.Conv1D(
            32, 3, padding="causal", dilation_rate=dilation, activation="relu"
        )(x)
        x = kl.Add()([x, y])
    x = kl.GlobalAveragePooling1D()(x)
    return start, kl.Dense(10, activation="softmax")(x)


def dilated(keras):
    """A context network of dilated convolutions (Yu and Koltun 2016)."""
    kl, start = keras.layers, keras.Input((48, 48, 3))
    x = start
    for dilation in (1, 1, 2, 4, 8):
        x = kl.Conv2D(32, 3, padding="same", dilation_rate=dilation, activation="relu")(
            x
        )
    return start, kl.Conv2D(1, 1, activation="sigmoid")(x)


# network: (rows per step, steps per epoch)
NETWORKS = {
    resnet20: (32, 15),
    vgg: (32, 8),
    unet: (16, 10),
    mobilenet: (32, 15),
    separable: (32, 10),
    mlp: (128, 100),
    lstm: (32, 40),
    gru_text: (32, 40),
    transformer: (32, 20),
    autoencoder: (128, 60),
    conv1d: (64, 20),
    wavenet: (32, 20),
    dilated: (16, 10),
}
BY_NAME = {network.__name__: network for network in NETWORKS}


def measure(library, name):
    """Print one measurement as JSON."""
    keras = side_by_side.keras_module(library)
    network = BY_NAME[name]
    rows, steps = NETWORKS[network]
    keras.utils.set_random_seed(0)
    model = keras.Model(*network(keras))
    draw = np.random.default_rng(0)
    count, shape = rows * steps, model.input_shape[1:]
    if model.inputs[0].dtype == "int32":
        x = draw.integers(0, VOCABULARY, (count, *shape)).astype(np.int32)
    else:
        x = draw.random((count, *shape), dtype=np.float32)
    if model.output_shape[1:] == (10,):
        y, loss = draw.integers(0, 10, count), "sparse_categorical_crossentropy"
    else:
        y = draw.random((count, *model.output_shape[1:]), dtype=np.float32)
        loss = "binary_crossentropy" if len(y.shape) > 2 else "mse"
    model.compile("adam", loss)
    result = side_by_side.measurement(
        lambda: model.fit(x, y, batch_size=rows, verbose=0),
        lambda: model.predict(x, batch_size=rows, verbose=0),
        steps=steps,
        rows=count,
    )
    print(json.dumps(result))


def main(rounds, networks, libraries):
    """Measure all libraries in turns, and print one line per network and library."""
    start = time.perf_counter()
    print(f"load before: {os.getloadavg()[0]:.1f}")
    print(
        "| network | library | ms per step | ratio | processor ms | ratio | "
        "predicted/s | ratio | per processor s | ratio | MB |"
    )
    print("| --- " * 11 + "|")
    for name in networks:
        medians = side_by_side.in_rounds(__file__, libraries, name, rounds)
        ours = medians.get("nbkeras") or next(iter(medians.values()))
        for library, row in medians.items():
            cells = [name, library]
            for key in ("step_ms", "step_cpu_ms", "predict_per_s", "predict_per_cpu_s"):
                value = row[key]
                text = f"{value:.3g}" if key.startswith("step") else f"{value:,.0f}"
                cells += [text, f"{ours[key] / value:.2f}"]
            print(
                "|", " | ".join([*cells, f"{row['resident_mb']:.0f}"]), "|", flush=True
            )
    load, took = os.getloadavg()[0], time.perf_counter() - start
    print(f"load after: {load:.1f}; {took:.0f} s")


if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] in LIBRARIES:
        measure(*sys.argv[1:])
    else:
        parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
        parser.add_argument("--rounds", type=int, default=3)
        parser.add_argument("--networks", default=",".join(BY_NAME))
        parser.add_argument("--libraries", default=",".join(LIBRARIES))
        arguments = parser.parse_args()
        main(
            arguments.rounds,
            arguments.networks.split(","),
            side_by_side.installed(arguments.libraries.split(",")),
        )
