"""Milliseconds a training step, images a second in predict, and resident memory.

    pip install -e .[bench]
    python tests/benchmarks/steps.py [rounds]

Every library trains the same models in a process of its own; rounds are interleaved, so
that a busy moment strikes all. Printed are medians and ratios, never a verdict.
Peers that are not installed are left out.
"""

import json
import sys

import side_by_side

# name: (rows a step, input shape, steps an epoch)
WORKLOADS = {
    "W1": (32, (150, 150, 3), 5),
    "W2": (128, (28, 28, 1), 20),
    "W3": (32, (100,), 1000),
}
LIBRARIES = ("nbkeras", "keras-jax", "keras-tensorflow", "pytorch")


def layers_of(name, keras):
    shape, kl = WORKLOADS[name][1], keras.layers
    if name == "W3":
        return [
            keras.Input(shape),
            kl.Dense(64, activation="relu"),
            kl.Dense(10, activation="softmax"),
        ]
    blocks = [keras.Input(shape)]
    for filters in (32, 64):
        blocks += [kl.Conv2D(filters, 3, activation="relu"), kl.MaxPooling2D(2)]
    middle = kl.Dense(64, activation="relu") if name == "W1" else kl.Dropout(0.5)
    return [*blocks, kl.Flatten(), middle, kl.Dense(10, activation="softmax")]


def with_keras(keras, name, x, y, rows):
    """(train one epoch, predict) through the public methods."""
    model = keras.Sequential(layers_of(name, keras))
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    return (
        lambda: model.fit(x, y, batch_size=rows, verbose=0),
        lambda: model.predict(x, batch_size=rows, verbose=0),
    )


def with_torch(torch, name, x, y, rows):
    """(train one epoch, predict) as a plain loop, channels last in memory."""
    nn = torch.nn
    if name == "W3":
        model = nn.Sequential(nn.Linear(100, 64), nn.ReLU(), nn.Linear(64, 10))
    else:
        parts, channels = [], x.shape[-1]
        for filters in (32, 64):
            parts += [nn.Conv2d(channels, filters, 3), nn.ReLU(), nn.MaxPool2d(2)]
            channels = filters
        end = [nn.LazyLinear(64), nn.ReLU()] if name == "W1" else [nn.Dropout(0.5)]
        model = nn.Sequential(*parts, nn.Flatten(), *end, nn.LazyLinear(10))
    data = torch.from_numpy(x if name == "W3" else x.transpose(0, 3, 1, 2))
    labels = torch.from_numpy(y.argmax(1))
    model(data[:2])  # the lazy layers need one look
    if name != "W3":
        model = model.to(memory_format=torch.channels_last)
    rule, loss = torch.optim.Adam(model.parameters()), nn.CrossEntropyLoss()

    def train():
        model.train()
        for some in torch.randperm(len(data)).split(rows):
            rule.zero_grad()
            loss(model(data[some]), labels[some]).backward()
            rule.step()

    def predict():
        model.eval()
        with torch.no_grad():
            return [model(part).numpy() for part in data.split(rows)]

    return train, predict


def measure(library, name):
    """Print one measurement as JSON: step_ms, predict_per_s, resident_mb."""
    import numpy as np

    rows, shape, steps = WORKLOADS[name]
    draw = np.random.default_rng(0)
    x = draw.random((rows * steps, *shape), dtype=np.float32)
    y = np.eye(10, dtype=np.float32)[draw.integers(0, 10, len(x))]
    if library == "pytorch":
        import torch

        train, predict = with_torch(torch, name, x, y, rows)
    else:
        keras = side_by_side.keras_module(library)
        train, predict = with_keras(keras, name, x, y, rows)
    result = side_by_side.measurement(train, predict, steps=steps, rows=len(x))
    print(json.dumps(result))


def main(rounds=5):
    """Measure all libraries in turns, and print one line per workload and library."""
    libraries = side_by_side.installed(LIBRARIES)
    print("| workload | library | ms a step | ratio | predict/s | ratio | MB |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for name in WORKLOADS:
        medians = side_by_side.in_rounds(__file__, libraries, name, rounds)
        ours = medians["nbkeras"]
        for library, row in medians.items():
            step = f"{row['step_ms']:.3g} | {ours['step_ms'] / row['step_ms']:.2f}"
            rate = row["predict_per_s"]
            rate = f"{rate:,.0f} | {ours['predict_per_s'] / rate:.2f}"
            print(
                f"| {name} | {library} | {step} | {rate} | {row['resident_mb']:.0f} |"
            )


if __name__ == "__main__":
    if len(sys.argv) == 3:
        measure(*sys.argv[1:])
    else:
        main(*map(int, sys.argv[1:]))
