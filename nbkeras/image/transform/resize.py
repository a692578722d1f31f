"""Resize an image array, as Keras's `Resizing` layer does.

Without antialiasing, unlike Pillow and so `load_img`: each output pixel depends on a
few input pixels around its position, even when an image is shrunk.
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


# {name: (weight of a pixel as a function of its distance, radius)}
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
    """Resize an image.

    Args:
        x: (height, width, channels).
        size: (height, width) of the result in pixels.
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
        positions = np.minimum((out + 0.5) * step, n - 1).astype(int)
        return positions[:, None], np.ones((count, 1))
    if interpolation == "area":
        positions = np.floor(out * step).astype(int)[:, None]
        positions = positions + np.arange(int(np.ceil(step)) + 1)
        overlap = np.minimum(positions + 1, (out[:, None] + 1) * step)
        weights = np.maximum(0, overlap - np.maximum(positions, out[:, None] * step))
    else:
        kernel, radius = KERNELS[interpolation]
        centre = ((out + 0.5) * step - 0.5)[:, None]
        positions = np.floor(centre).astype(int) + np.arange(1 - radius, radius + 1)
        weights = kernel(np.abs(positions - centre))
    weights = np.where((positions >= 0) & (positions < n), weights, 0)
    return np.clip(positions, 0, n - 1), weights / weights.sum(axis=1, keepdims=True)


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
    """Resize `x` to fit into `size`, keeping its aspect ratio, and pad with black.

    Args:
        x: (height, width, channels).
        size: (height, width) of the result in pixels.
        interpolation: one of `INTERPOLATIONS`.

    Returns:
        float32 (height, width, channels).
    """
    ratio = max(x.shape[0] / size[0], x.shape[1] / size[1])
    inner = [max(1, int(side / ratio)) for side in x.shape[:2]]
    out = np.zeros((*size, x.shape[2]), "float32")
    top, left = (size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2
    resized = resize(x, inner, interpolation)
    out[top : top + inner[0], left : left + inner[1]] = resized
    return out


def smart_resize(
    x: ArrayLike,
    size: Sequence[int],
    interpolation: ResizeInterpolation = "bilinear",
    data_format: DataFormat = "channels_last",
) -> np.ndarray:
    """Crop the center of images to the aspect ratio of `size`, and resize.

    Args:
        x: (height, width, channels) or (count, height, width, channels); for
            "channels_first" with the channels before the height.
        size: (height, width) of the result in pixels.
        interpolation: one of `INTERPOLATIONS`.
        data_format: "channels_last" or "channels_first".

    Returns:
        float32 with the rank of `x`.

    Raises:
        ValueError: `x` does not have 3 or 4 axes, or `size` is not two integers.
    """
    size = check.ints("smart_resize", "size", size, 2, example=150)
    x = np.asarray(x)
    if x.ndim not in (3, 4):
        raise ValueError(
            "smart_resize: x must be one image (height, width, channels) or a batch "
            f"of images, got shape {x.shape}. Write for gray values x[..., None]."
        )
    is_channels_first = data_format == "channels_first"
    batch = np.moveaxis(x, -3, -1) if is_channels_first else x
    batch = batch[None] if x.ndim == 3 else batch
    out = np.stack(
        [resize(crop_to(image, size), size, interpolation) for image in batch]
    )
    out = out[0] if x.ndim == 3 else out
    return np.moveaxis(out, -1, -3) if is_channels_first else out
