"""How long the maps of an image and a page of mistakes take, without a browser.

    python tests/benchmarks/explain_interaction.py [--times 9] [--side 224] [--training small|large]

For the digits of the tutorial and for a network on larger images: the first maps (with
compiling), the maps of another class, all tests of them, and the pieces of `interpret`;
with `--training` while another model trains in the same kernel.
"""

import argparse
import statistics
import time

import beside
import numpy as np

import nbkeras
from nbkeras import layers
from nbkeras.analysis.explanation.explain import Explainer
from nbkeras.analysis.interpretation.interpret import interpret
from nbkeras.notebook.interpretation.session import InterpretationSession

VIEW = {"source": "sure", "label": 0, "predicted": 0, "page": 0, "row": -1}


def digits_model():
    """(model, images, labels) of the tutorial's size."""
    (x, y), _ = nbkeras.datasets.digits.load()
    model = nbkeras.Sequential([nbkeras.Input((28, 28, 1)), layers.Rescaling(1 / 255)])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D())
    model.add(layers.Flatten())
    model.add(layers.Dense(10, activation="softmax"))
    return model, x[:1000, ..., None], y[:1000]


def large_model(side):
    """(model, images, labels) of colour images."""
    model = nbkeras.Sequential([nbkeras.Input((side, side, 3))])
    for filters in (16, 32, 64, 64):
        model.add(layers.Conv2D(filters, 3, strides=2, activation="relu"))
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="softmax"))
    x = np.random.default_rng(0).random((32, side, side, 3), "float32")
    return model, x, np.arange(32) % 10


def milliseconds(act, times):
    """Median of so many calls; the argument counts them."""
    spans = []
    for i in range(times):
        begun = time.perf_counter()
        act(i)
        spans.append(1000 * (time.perf_counter() - begun))
    return statistics.median(spans)


def of_explain(model, images, times):
    """{what: milliseconds}."""
    explainer = Explainer(model, images[:4])

    def maps(i):
        for _ in explainer.work(i % 4, i % 10, fidelity=False, sanity=False):
            pass

    def tested(i):
        for _ in explainer.work(i % 4, i % 10):
            pass

    def first_map(i):
        next(explainer.work(i % 4, i % 10))

    return {
        "first maps, with compiling": milliseconds(maps, 1),
        "five maps of another class": milliseconds(maps, times),
        "the first of them": milliseconds(first_map, times),
        "with compiling of the curves": milliseconds(tested, 1),
        "maps, curves and random weights": milliseconds(tested, times),
    }


def of_interpret(model, images, labels, times):
    """{what: milliseconds}."""
    begun = time.perf_counter()
    session = InterpretationSession(interpret(model, images, labels))
    read = 1000 * (time.perf_counter() - begun)
    return {
        f"read {len(images)} images, with compiling": read,
        "tables and diagrams": milliseconds(lambda i: session.result_traits(), 1),
        "a page of pictures": milliseconds(
            lambda i: session.gallery_traits(VIEW | {"page": i}), times
        ),
        "PCA": milliseconds(lambda i: session.result.pca(), times),
    }


def main():
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=9)
    parser.add_argument("--side", type=int, default=224)
    parser.add_argument("--training", choices=beside.SIZES)
    asked = parser.parse_args()
    cases = {"28 x 28 digits": digits_model()}
    cases[f"{asked.side} x {asked.side} x 3"] = large_model(asked.side)
    with beside.perhaps(asked.training):
        for name, (model, images, labels) in cases.items():
            print(name)
            for what, ms in of_explain(model, images, asked.times).items():
                print(f"  explain    {what:<36} {ms:8.1f} ms")
            for what, ms in of_interpret(model, images, labels, asked.times).items():
                print(f"  interpret  {what:<36} {ms:8.1f} ms")


if __name__ == "__main__":
    main()
