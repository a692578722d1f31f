"""Pictures a second from `flow_from_directory`, and whether training is kept fed.

    pip install -e .[bench]
    python tests/benchmarks/pictures.py [rounds]

Reads JPEG files of about 200 x 200 at the settings of the tutorial: 150 x 150, shear,
zoom and flip at random, scaled to 0-1, 32 a batch. Every run is a process of its own, and
the runs of nbkeras and Keras alternate. Printed are medians and ratios, never a verdict.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COUNT, BATCH = 2000, 32
CHANGES = dict(rescale=1 / 255, shear_range=0.2, zoom_range=0.2, horizontal_flip=True)


def write_pictures(root, count=COUNT):
    """Smooth random colours, so that JPEG has as much to do as with a photo."""
    import numpy as np
    from PIL import Image

    draw = np.random.default_rng(0)
    for number in range(count):
        folder = Path(root, ("cats", "dogs")[number % 2])
        folder.mkdir(parents=True, exist_ok=True)
        colours = draw.integers(0, 256, (12, 12, 3), dtype=np.uint8)
        size = tuple(int(side) for side in draw.integers(180, 220, 2))
        image = Image.fromarray(colours).resize(size, Image.Resampling.BICUBIC)
        image.save(folder / f"{number:04}.jpg", quality=88)


def flow(library, root):
    if library == "keras":
        os.environ["KERAS_BACKEND"] = "jax"
        from keras.src.legacy.preprocessing.image import ImageDataGenerator
    else:
        from nbkeras.preprocessing.image import ImageDataGenerator
    options = dict(target_size=(150, 150), batch_size=BATCH, class_mode="binary")
    return ImageDataGenerator(**CHANGES).flow_from_directory(root, **options)


def rates(library, root):
    """Pictures a second, and a second of processor time, in two passes."""
    batches, found = flow(library, root), {}
    for number, name in enumerate(("first", "later")):
        began, used = time.perf_counter(), time.process_time()
        if library == "keras":
            count = sum(len(next(batches)[0]) for _ in range(len(batches)))
        else:
            count = sum(len(batch.x) for batch in batches.epoch(number))
        found[name] = count / (time.perf_counter() - began)
        found[f"{name}_cpu"] = count / (time.process_time() - used)
    return found


def fed(source, root):
    """Milliseconds a step of the tutorial's CNN, on pictures or on arrays."""
    import numpy as np

    import nbkeras as keras
    from nbkeras import layers

    batches = flow("nbkeras", root)
    model = keras.Sequential([keras.Input((150, 150, 3))])
    for filters in (32, 64):
        model.add(layers.Conv2D(filters, 3, activation="relu"))
        model.add(layers.MaxPooling2D(2))
    model.add(layers.Flatten())
    model.add(layers.Dense(64, activation="relu"))
    model.add(layers.Dense(1, activation="sigmoid"))
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    data = (batches,)
    if source == "arrays":
        parts = [batches[number] for number in range(20)]
        data = [np.concatenate(part) for part in zip(*parts, strict=True)]
    options = dict(steps_per_epoch=20, verbose=0)
    if source == "arrays":
        options = dict(batch_size=BATCH, verbose=0)
    found = {}
    for name in ("warm", "step_ms"):
        began = time.perf_counter()
        model.fit(*data, epochs=1, **options)
        found[name] = 1e3 * (time.perf_counter() - began) / 20
    return found


def run(*arguments):
    done = subprocess.run(
        [sys.executable, __file__, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def medians(names, root, rounds):
    runs = {name: [] for name in names}
    for _ in range(rounds):
        for name, taken in runs.items():
            taken.append(run(name, root))
    return {
        name: {key: statistics.median(each[key] for each in taken) for key in taken[0]}
        for name, taken in runs.items()
    }


def main(rounds=5):
    with tempfile.TemporaryDirectory() as root:
        write_pictures(root)
        found = medians(("nbkeras", "keras"), root, rounds)
        print("| pictures a second | nbkeras | keras | ratio | by processor time |")
        print("| --- | --- | --- | --- | --- |")
        for key, name in (("first", "first epoch"), ("later", "epochs after")):
            ours, theirs = found["nbkeras"], found["keras"]
            by_cpu = ours[f"{key}_cpu"] / theirs[f"{key}_cpu"]
            ratio = f"{ours[key] / theirs[key]:.1f} | {by_cpu:.1f}"
            print(f"| {name} | {ours[key]:,.0f} | {theirs[key]:,.0f} | {ratio} |")
        found = medians(("arrays", "pictures"), root, rounds)
        arrays, pictures = (each["step_ms"] for each in found.values())
        print("\n| W1, ms a step | on arrays | on pictures | ratio |")
        print("| --- | --- | --- | --- |")
        print(f"| | {arrays:.0f} | {pictures:.0f} | {pictures / arrays:.2f} |")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        work = rates if sys.argv[1] in ("nbkeras", "keras") else fed
        print(json.dumps(work(*sys.argv[1:])))
    else:
        main(*map(int, sys.argv[1:]))
