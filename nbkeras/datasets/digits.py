"""The MNIST digits in the package, as arrays and as folders of images."""

import io
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from pathlib import Path

import numpy as np

from nbkeras.core import check
from nbkeras.core.annotations import PathLike
from nbkeras.datasets.fetch import ArraySplit
from nbkeras.image.annotations import ImageSize

NUM_TRAIN = 4000


def load() -> ArraySplit:
    """Load (x_train, y_train), (x_test, y_test): 4,000 and 1,000 MNIST digits.

    Images are uint8 (n, 28, 28), labels uint8 (n,); see PROVENANCE.txt in the folder.
    """
    source = resources.files("nbkeras.datasets") / "data" / "digits_5k.npz"
    with source.open("rb") as file, np.load(file, allow_pickle=False) as data:
        x, y = data["images"], data["labels"]
    return (x[:NUM_TRAIN], y[:NUM_TRAIN]), (x[NUM_TRAIN:], y[NUM_TRAIN:])


def digit_folders(
    root: PathLike = "data", size: ImageSize = (150, 150)
) -> tuple[str, str]:
    """Write the digits as images: `root/train/7/0001.png` and so on.

    Existing images are kept; missing ones are written atomically.

    Args:
        root: folder to write to.
        size: (height, width) in pixels of the RGB images.

    Returns:
        (path of train, path of test), strings.

    Raises:
        ValueError: `size` is not two positive integers.
    """
    height, width = check.ints("digit_folders", "size", size, 2, example=150)
    root, jobs = Path(root), []
    for part, (x, y) in zip(("train", "test"), load(), strict=True):
        for label in range(10):
            folder = root / part / str(label)
            folder.mkdir(parents=True, exist_ok=True)
            existing = {path.name for path in folder.iterdir()}
            for number, row in enumerate(np.flatnonzero(y == label)):
                name = f"{number:04d}.png"
                if name not in existing:
                    jobs.append((folder / name, x[row]))
    if jobs:
        print(f"Writing {len(jobs)} images to {root}/ ...", flush=True)
        with ThreadPoolExecutor() as pool:
            try:
                list(pool.map(lambda job: _write(*job, height, width), jobs))
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
    return str(root / "train"), str(root / "test")


def _write(path, pixels, height, width):
    from PIL import Image

    picture = Image.fromarray(pixels).resize((width, height), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "PNG", compress_level=1)
    # Renamed when complete, so that an interrupt leaves no partial image; without a
    # sync of each file, which would take minutes for 5,000 files.
    temporary = path.with_suffix(".part")
    temporary.write_bytes(buffer.getvalue())
    temporary.replace(path)


__all__ = ["digit_folders", "load"]
