"""How long a look inside a network takes in the kernel, and what following a fit costs.

    python tests/benchmarks/inside_interaction.py [--times 15] [--wide] [--training small|large]

Each interaction is a message that sets traits, as the page sends it, and is timed until all answers are set. With
`--wide` also for a network of 50 layers on 224 x 224 pixels, with `--training` while
another model trains in the same kernel. The time of the processor is that of all cores,
and says on a busy machine what the wall clock would say on a quiet one with one core.
"""

import argparse
import base64
import time

import beside
import comm
import numpy as np
from comm.base_comm import BaseComm

import nbkeras
from nbkeras import layers
from nbkeras.notebook.inside.follow import follower
from nbkeras.notebook.inside.show import inside


class Silent(BaseComm):
    """A comm that sends nothing."""

    def publish_msg(self, *args, **options):
        """Send nothing."""


comm.create_comm = Silent


def digits_network():
    """The network of a first course, and digits."""
    (x, y), _ = nbkeras.datasets.digits.load()
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1))])
    for filters in (16, 32):
        model.add(layers.Conv2D(filters, 5, activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dropout(0.3))
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model, x[..., None].astype("float32") / 255, y


def wide_network():
    """ResNet50 without its weights, and two pictures."""
    model = nbkeras.applications.ResNet50(weights=None)
    x = np.random.default_rng(0).uniform(-1, 1, (2, 224, 224, 3)).astype("float32")
    return model, x, np.zeros(2)


def interactions(view, conv, middle, shape):
    """{name: function of the turn's number -> traits}."""
    height, width = shape
    drawn = np.random.default_rng(0).integers(0, 256, view.size).astype("uint8")
    own = [base64.b64encode(x.tobytes()).decode() for x in (drawn, 255 - drawn)]
    return {
        "point at a pixel": lambda i: {"point": [i % height, (7 * i) % width]},
        "choose a tile": lambda i: {"chosen": [conv, i % 8], "point": [2, 2]},
        "switch a channel": lambda i: {"off": {str(conv): [1]} if i % 2 else {}},
        "in the middle": lambda i: {"off": {str(middle): [1]} if i % 2 else {}},
        "another picture": lambda i: {"at": i % 2},
        "draw": lambda i: {
            "at": -1,
            "own": own[i % 2],
            "own_shape": view.size,
        },
    }


def send(view, traits):
    """Set traits by a message, as the page does; returns seconds, also of processor."""
    time.sleep(0.03)  # the way through the page, in which training goes on
    began, at = time.perf_counter(), time.process_time()
    state = traits | {"ask": view.ask + 1}
    data = {"method": "update", "state": state, "buffer_paths": []}
    view._handle_msg({"content": {"data": data}, "buffers": []})
    return time.perf_counter() - began, time.process_time() - at


def measure(name, make, times):
    """Print the milliseconds of each interaction."""
    model, x, _ = make()
    began = time.perf_counter()
    view = inside(model, x)
    print(f"{name}: opened in {time.perf_counter() - began:.2f} s")
    conv = view.chosen[0]
    calls = view.activations.network.calls
    with_channels = [i for i, call in enumerate(calls) if call.channels]
    middle = with_channels[len(with_channels) // 2]
    shape = view.activations[conv].shape[:2]
    for title, act in interactions(view, conv, middle, shape).items():
        send(view, act(0))
        spent, processor = [], []
        for i in range(1, times + 1):
            took, used = send(view, act(i))
            spent.append(1000 * took)
            processor.append(1000 * used)
            assert view.trouble == "", view.trouble
        middle, high = np.percentile(spent, [50, 90])
        print(
            f"  {title:18} {middle:7.1f} ms, 90 % under {high:7.1f} ms; "
            f"processor {np.median(processor):7.1f} ms"
        )


def following():
    """Print the share of a fit's time that looking at it takes, turns interleaved."""
    model, x, y = digits_network()
    view = inside(model, x)
    model.fit(x, y, epochs=1, verbose=2)
    seconds = {True: 0.0, False: 0.0}
    inner = []
    take = view.take_weights

    def timed(live=None):
        began = time.perf_counter()
        take(live)
        inner.append(time.perf_counter() - began)

    view.take_weights = timed
    for turn in range(6):
        looks = turn % 2 == 0
        views = dict(follower._views)
        if not looks:
            follower._views.clear()
        began = time.perf_counter()
        model.fit(x, y, epochs=4, verbose=2)
        seconds[looks] += time.perf_counter() - began
        follower._views.update(views)
    print(
        f"following: {len(inner)} looks, {sum(inner):.2f} s of {seconds[True]:.1f} s "
        f"({100 * sum(inner) / seconds[True]:.1f} %); without {seconds[False]:.1f} s"
    )


def main():
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--wide", action="store_true")
    parser.add_argument("--training", choices=beside.SIZES)
    options = parser.parse_args()
    with beside.perhaps(options.training):
        measure("digits", digits_network, options.times)
        if options.wide:
            measure("ResNet50, 224 x 224", wide_network, options.times)
    if not options.training:
        following()


if __name__ == "__main__":
    main()
