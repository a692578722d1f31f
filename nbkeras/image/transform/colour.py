"""Brightness and channel shifts of one image."""

import numpy as np
from numpy.typing import ArrayLike


def apply_channel_shift(
    x: ArrayLike, intensity: float, channel_axis: int = 0
) -> np.ndarray:
    """Add `intensity` to all values, clipped to the image's own range.

    Args:
        x: one image with three axes.
        intensity: the value to add, in the units of `x`.
        channel_axis: the axis of channels; all are shifted by the same value.

    Returns:
        A new array of the shape and dtype of `x`; integers are rounded.
    """
    x = np.asarray(x)
    if x.dtype.kind == "f":
        return np.clip(x + x.dtype.type(intensity), x.min(), x.max())
    # In uint8, 250 + 10 would overflow to 4.
    shifted = np.rint(x.astype(np.float64) + intensity)
    return np.clip(shifted, x.min(), x.max()).astype(x.dtype)


def apply_brightness_shift(
    x: ArrayLike,
    brightness: float,
    scale: bool = True,
    channel_axis: int = -1,
    keras_compat: bool = False,
) -> np.ndarray:
    """Multiply the brightness of an image; 1 leaves it unchanged, 0 makes it black.

    Images in 0-255 are converted to 8 bits, as in Keras. Other ranges are scaled to
    0-255 and back. Floats in 0-1 stay in 0-1.

    Args:
        x: one image with three axes.
        brightness: the factor, at least 0.
        scale: whether to scale the image to 0-255 first, and not back afterwards.
        channel_axis: the axis of channels; a fourth channel (alpha) is not changed.
        keras_compat: whether to treat floats in 0-1 as Keras does: they become 0.

    Returns:
        float32 in the shape of `x`.
    """
    x = np.asarray(x, "float32")
    low, high = x.min(), x.max()
    if not (scale or keras_compat) and low >= 0 and high <= 1:
        return _keep_alpha(x, np.minimum(x * np.float32(brightness), 1), channel_axis)
    out_of_range = low < 0 or high > 255
    eight_bit = (stretch(x) if scale or out_of_range else x).astype("uint8")
    result = _keep_alpha(
        eight_bit, _brightness_table(brightness)[eight_bit], channel_axis
    )
    result = result.astype("float32")
    if out_of_range and not scale:
        result = result / 255 * (high - low) + low
    return result


def stretch(x: np.ndarray) -> np.ndarray:
    """`x` scaled linearly so that its minimum is 0 and its maximum 255."""
    x = x - x.min()
    high = x.max()
    if high != 0:
        x /= high
    x *= 255
    return x


def _brightness_table(brightness):
    """The new value of each 8-bit value, as Pillow blends with black."""
    values = np.float32(brightness) * np.arange(256, dtype="float32")
    return np.clip(values, 0, 255).astype("uint8")


def _keep_alpha(before, after, channel_axis):
    if before.shape[channel_axis] == 4:
        alpha = [slice(None)] * before.ndim
        alpha[channel_axis] = 3
        after[tuple(alpha)] = before[tuple(alpha)]
    return after
