"""Resize an image array, as Keras's `Resizing` layer does.

No smoothing before shrinking (Pillow, and so `load_img`, smooths): each output pixel
looks at a few input pixels around its own place.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import check
from nbkeras.core.annotations import DataFormat
from nbkeras.image.annotations import ResizeInterpolation


def _triangle(x):
    return np.maximum(0, 1 - x)


def _keys_cubic(x):
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _mitchell_cubic(x):
    near = (7 / 6 * x - 2) * x * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return np.where(x < 1, near, np.where(x < 2, far, 0))


def _gaussian(x):
    return np.where(x < 1.5, np.exp(-2 * x * x), 0)


def _lanczos(radius):
    return lambda x: np.where(x < radius, np.sinc(x) * np.sinc(x / radius), 0)


# Name: (weight of a pixel at a distance, largest distance that counts).
KERNELS = {
    "bilinear": (_triangle, 1),
    "bicubic": (_keys_cubic, 2),
    "lanczos3": (_lanczos(3), 3),
    "lanczos5": (_lanczos(5), 5),
    "gaussian": (_gaussian, 2),
    "mitchellcubic": (_mitchell_cubic, 2),
}
INTERPOLATIONS = ("nearest", "area", *KERNELS)


def resize(
    x: ArrayLike, size: Sequence[int], interpolation: ResizeInterpolation = "bilinear"
) -> np.ndarray:
    """Resize `x`.

    Args:
        x: (height, width, channels).
        size: (height, width) wanted, in pixels.
        interpolation: one of `INTERPOLATIONS`.

    Returns:
        float32 (height, width, channels).

    Raises:
        ValueError: unknown interpolation.

    Source: `tf.image.resize` with antialias=False; Keys (1981) and Mitchell and
    Netravali (1988) for the cubic ones.
    """
    check.choice("resize", "interpolation", interpolation, INTERPOLATIONS)
    x = np.asarray(x, "float32")
    for axis in (0, 1):
        if x.shape[axis] != size[axis]:
            x = _resize_axis(x, axis, size[axis], interpolation)
    return x


def _resize_axis(x, axis, count, interpolation):
    positions, weights = _sample_weights(x.shape[axis], count, interpolation)
    shape = [1] * x.ndim
    shape[axis] = count
    weights = weights.astype("float32")
    taps = zip(positions.T, weights.T, strict=True)
    return np.sum([x.take(p, axis) * w.reshape(shape) for p, w in taps], axis=0)


def _sample_weights(n, count, interpolation):
    """(input positions, their weights) of each output position, both (count, k)."""
    step = n / count
    out = np.arange(count)
    if interpolation == "nearest":
        place = np.minimum((out + 0.5) * step, n - 1).astype(int)
        return place[:, None], np.ones((count, 1))
    if interpolation == "area":
        places = np.floor(out * step).astype(int)[:, None]
        places = places + np.arange(int(np.ceil(step)) + 1)
        overlap = np.minimum(places + 1, (out[:, None] + 1) * step)
        weights = np.maximum(0, overlap - np.maximum(places, out[:, None] * step))
    else:
        kernel, reach = KERNELS[interpolation]
        centre = ((out + 0.5) * step - 0.5)[:, None]
        places = np.floor(centre).astype(int) + np.arange(1 - reach, reach + 1)
        weights = kernel(np.abs(places - centre))
    weights = np.where((places >= 0) & (places < n), weights, 0)
    return np.clip(places, 0, n - 1), weights / weights.sum(axis=1, keepdims=True)


def crop_to(x: np.ndarray, size: Sequence[int]) -> np.ndarray:
    """The largest centre crop of `x` with the aspect ratio of `size`."""
    (height, width), (to_h, to_w) = x.shape[:2], size
    crop_h = max(1, min(height, int(width * to_h / to_w)))
    crop_w = max(1, min(width, int(height * to_w / to_h)))
    top, left = (height - crop_h) // 2, (width - crop_w) // 2
    return x[top : top + crop_h, left : left + crop_w]


def resize_with_pad(
    x: np.ndarray, size: Sequence[int], interpolation: ResizeInterpolation = "bilinear"
) -> np.ndarray:
    """Resize `x` to fit into `size` with its aspect ratio, padded with black."""
    ratio = max(x.shape[0] / size[0], x.shape[1] / size[1])
    inner = [max(1, int(side / ratio)) for side in x.shape[:2]]
    out = np.zeros((*size, x.shape[2]), "float32")
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    small = resize(x, inner, interpolation)
    out[top : top + inner[0], left : left + inner[1]] = small
    return out


def smart_resize(
    x: ArrayLike,
    size: Sequence[int],
    interpolation: ResizeInterpolation = "bilinear",
    data_format: DataFormat = "channels_last",
) -> np.ndarray:
    """Crop the centre of an image or batch to the aspect ratio of `size`, and resize.

    Args:
        x: (height, width, channels) or (count, height, width, channels), or with the
            channels before the height for "channels_first".
        size: (height, width) wanted.
        interpolation: one of `INTERPOLATIONS`.
        data_format: "channels_last" or "channels_first".

    Returns:
        float32 of the same rank.

    Raises:
        ValueError: the rank is not 3 or 4, or `size` not two integers.
    """
    size = check.ints("smart_resize", "size", size, 2, example=150)
    x = np.asarray(x)
    if x.ndim not in (3, 4):
        raise ValueError(
            "smart_resize: x must be one image (height, width, channels) or a batch "
            f"of images, got shape {x.shape}. Write for gray values x[..., None]."
        )
    first = data_format == "channels_first"
    batch = np.moveaxis(x, -3, -1) if first else x
    batch = batch[None] if x.ndim == 3 else batch
    out = np.stack(
        [resize(crop_to(image, size), size, interpolation) for image in batch]
    )
    out = out[0] if x.ndim == 3 else out
    return np.moveaxis(out, -1, -3) if first else out
