"""How long the playground takes in the kernel for what a page asks, and while it trains.

    python tests/benchmarks/playground_interaction.py [--times 15] [--training small|large]

Each interaction is a message of the page, timed until all its answers are set; with
`--training` while another model trains in the same kernel.
"""

import argparse
import time

import beside
import comm
import numpy as np
from comm.base_comm import BaseComm

import nbkeras


class Silent(BaseComm):
    """A comm that sends nothing."""

    def publish_msg(self, *args, **options):
        """Send nothing."""


comm.create_comm = Silent


def interactions(lab):
    """{name: function of the turn's number that does it}."""

    def setting(**values):
        lab.set_state({"settings": dict(lab.settings) | values})

    points = np.random.default_rng(0).uniform(-5, 5, (300, 2)).round(2)
    drawn = [[*point, float(i % 3)] for i, point in enumerate(points.tolist())]
    return {
        "a unit more or less": lambda i: setting(layers=[8, 6 + i % 2]),
        "a layer more or less": lambda i: setting(layers=[8, 6, 4][: 2 + i % 2]),
        "a feature": lambda i: setting(features=["x1", "x2", "sin_x1"][: 2 + i % 2]),
        "noise": lambda i: setting(noise=0.01 * (i % 40)),
        "a drawn point": lambda i: setting(data="drawn", points=drawn[: 200 + i]),
        "a weight": lambda i: lab._handle_custom_msg(
            {"do": "weight", "name": "output/bias[0]", "value": 0.1 * i}, []
        ),
        "a data set": lambda i: setting(data=["xor", "spiral"][i % 2]),
    }


def timed(do, times):
    """Milliseconds of each turn after the first, which may compile."""
    do(0)
    spans = []
    for i in range(1, times + 1):
        began = time.perf_counter()
        do(i)
        spans.append(1000 * (time.perf_counter() - began))
    return np.array(spans)


def main():
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--training", choices=beside.SIZES)
    asked = parser.parse_args()
    lab = nbkeras.playground(data="spiral", layers=[8, 6])
    print(f"{'interaction':26} {'median':>8} {'90 %':>8}  ms")
    with beside.perhaps(asked.training):
        for name, do in interactions(lab).items():
            spans = timed(do, asked.times)
            median, most = np.percentile(spans, [50, 90])
            print(f"{name:26} {median:8.1f} {most:8.1f}")
            assert lab.trouble == "", lab.trouble
    for watched in (False, True):
        experiment = nbkeras.playground(layers=[8, 6]).experiment
        experiment.train(200)
        began = time.perf_counter()
        experiment.train(8000, (lambda maps: None) if watched else None)
        took = time.perf_counter() - began
        print(f"steps/s, {'seen' if watched else 'not seen'}: {8000 / took:.0f}")
        experiment.close()
    lab.close()


if __name__ == "__main__":
    main()
