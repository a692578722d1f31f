"""`tf.image`: images (height, width, channels), or batches of them."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from nbkeras import ops
from nbkeras import random as nbkeras_random
from nbkeras.compat.tensorflow import arrays, io
from nbkeras.compat.tensorflow.random import one_seed
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.data.tf_data import elements
from nbkeras.image.transform import resize as image_resize
from nbkeras.ops import image as image_ops

decode_image, decode_jpeg, decode_png = io.decode_image, io.decode_jpeg, io.decode_png
decode_bmp = decode_gif = io.decode_image
encode_jpeg, encode_png = io.encode_jpeg, io.encode_png


class ResizeMethod:
    """Names of the resampling methods."""

    BILINEAR = "bilinear"
    NEAREST_NEIGHBOR = "nearest"
    BICUBIC = "bicubic"
    LANCZOS3 = "lanczos3"
    LANCZOS5 = "lanczos5"
    AREA = "area"
    GAUSSIAN = "gaussian"
    MITCHELLCUBIC = "mitchellcubic"


def resize(
    images: Any,
    size: Any,
    method: str = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    name: Any = None,
) -> Any:
    """Resize images to float32; "nearest" keeps their dtype."""
    height, width = arrays._sizes(size)
    if preserve_aspect_ratio:
        old_height, old_width = images.shape[-3:-1]
        scale = min(height / old_height, width / old_width)
        height, width = round(old_height * scale), round(old_width * scale)
    dtype = images.dtype if method == "nearest" else np.float32
    if isinstance(images, np.ndarray) and images.ndim == 3 and not antialias:
        # On the host, because JAX would compile again for each image size.
        resized = image_resize.resize(images, (height, width), method)  # type: ignore[arg-type]
        return elements.as_tensor(resized.astype(dtype))
    resized = image_ops.resize(
        ops.cast(images, "float32"), (height, width), method, antialias,
        data_format="channels_last",
    )  # fmt: skip
    return ops.cast(resized, dtype)


def resize_with_pad(
    image: Any,
    target_height: int,
    target_width: int,
    method: str = "bilinear",
    antialias: bool = False,
) -> Any:
    """Resize keeping the aspect ratio, and pad with zeros."""
    old_height, old_width = image.shape[-3:-1]
    ratio = max(old_height / target_height, old_width / target_width)
    height, width = old_height / ratio, old_width / ratio
    resized = resize(
        image, (math.floor(height), math.floor(width)), method, antialias=antialias
    )
    top = math.floor((target_height - height) / 2)
    left = math.floor((target_width - width) / 2)
    return pad_to_bounding_box(resized, top, left, target_height, target_width)


def crop_to_bounding_box(
    image: Any,
    offset_height: int,
    offset_width: int,
    target_height: int,
    target_width: int,
) -> Any:
    """Crop a region of the target size at these offsets."""
    rows = np.s_[offset_height : offset_height + target_height]
    columns = np.s_[offset_width : offset_width + target_width]
    return ops.get_item(image, (..., rows, columns, np.s_[:]))


def pad_to_bounding_box(
    image: Any,
    offset_height: int,
    offset_width: int,
    target_height: int,
    target_width: int,
) -> Any:
    """Pad with zeros to the target size, with the image at these offsets."""
    height, width = image.shape[-3:-1]
    below = target_height - offset_height - height
    right = target_width - offset_width - width
    batch = [(0, 0)] * (len(image.shape) - 3)
    return ops.pad(
        image, [*batch, (offset_height, below), (offset_width, right), (0, 0)]
    )


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    """Crop the centre or pad with zeros, to the target size."""
    height, width = image.shape[-3:-1]
    rows, columns = min(height, target_height), min(width, target_width)
    image = crop_to_bounding_box(
        image, (height - rows) // 2, (width - columns) // 2, rows, columns
    )
    top, left = (target_height - rows) // 2, (target_width - columns) // 2
    return pad_to_bounding_box(image, top, left, target_height, target_width)


resize_image_with_crop_or_pad = resize_with_crop_or_pad


def central_crop(image: Any, central_fraction: float) -> Any:
    """Crop the centre to this fraction of the height and width."""
    height, width = image.shape[-3:-1]
    top = int((height - height * central_fraction) / 2)
    left = int((width - width * central_fraction) / 2)
    return crop_to_bounding_box(image, top, left, height - 2 * top, width - 2 * left)


def flip_left_right(image: Any) -> Any:
    """Flip left and right."""
    return ops.flip(image, -2)


def flip_up_down(image: Any) -> Any:
    """Flip top and bottom."""
    return ops.flip(image, -3)


def rot90(image: Any, k: int = 1, name: Any = None) -> Any:
    """Rotate counterclockwise by `k` quarter turns."""
    return ops.rot90(image, k, (-3, -2))


def transpose(image: Any, name: Any = None) -> Any:
    """Swap rows and columns."""
    return ops.swapaxes(image, -3, -2)


def random_flip_left_right(image: Any, seed: int | None = None) -> Any:
    """Flip left and right with probability 0.5."""
    return _flipped_at_random(flip_left_right, image, seed)


def random_flip_up_down(image: Any, seed: int | None = None) -> Any:
    """Flip top and bottom with probability 0.5."""
    return _flipped_at_random(flip_up_down, image, seed)


def _flipped_at_random(flip, image, seed):
    draw_shape = (*image.shape[:-3], 1, 1, 1)
    chosen = ops.less(nbkeras_random.uniform(draw_shape, seed=seed), 0.5)
    return ops.where(chosen, flip(image), image)


def random_crop(
    value: Any, size: Any, seed: int | None = None, name: Any = None
) -> Any:
    """Crop a region of this size at a random position.

    Raises:
        ValueError: the region is larger than the image.
    """
    size = arrays._sizes(size)
    if any(part > whole for part, whole in zip(size, value.shape, strict=True)):
        raise ValueError(
            f"tf.image.random_crop(size={size}): the image has shape "
            f"{tuple(value.shape)}. Give a size that fits into it."
        )
    draws = nbkeras_random.uniform((len(size),), seed=seed)
    num_starts = np.array([w - p + 1 for w, p in zip(value.shape, size, strict=True)])
    starts = ops.cast(ops.floor(ops.multiply(draws, num_starts)), "int32")
    return ops.slice(ops.convert_to_tensor(value), starts, size)


def convert_image_dtype(
    image: Any, dtype: Any, saturate: bool = False, name: Any = None
) -> Any:
    """Convert the dtype and rescale: integers span their range, floats 0 to 1."""
    old, new = np.dtype(image.dtype), np.dtype(dtype)
    if old == new:
        return ops.convert_to_tensor(image)
    if new.kind == "f":
        scaled = ops.cast(image, new)
        return (
            scaled if old.kind == "f" else ops.multiply(scaled, 1.0 / np.iinfo(old).max)
        )
    limit = np.iinfo(new).max
    if old.kind == "f":
        scaled = ops.multiply(image, limit + 0.5)
        return ops.saturate_cast(scaled, new) if saturate else ops.cast(scaled, new)
    factor = limit / np.iinfo(old).max
    return ops.cast(ops.multiply(ops.cast(image, "float32"), factor), new)


def _on_floats(change: Callable[[Any], Any], image: Any) -> Any:
    """Apply `change` to an image in floats, then convert back to its dtype."""
    dtype = np.dtype(image.dtype)
    if dtype.kind == "f":
        return change(image)
    changed = change(convert_image_dtype(image, "float32"))
    return convert_image_dtype(changed, dtype, saturate=True)


def adjust_brightness(image: Any, delta: Any) -> Any:
    """Add `delta` to the pixel values, on a scale from 0 to 1."""
    return _on_floats(lambda x: ops.add(x, delta), image)


def adjust_contrast(images: Any, contrast_factor: Any) -> Any:
    """Scale the differences from the mean of each channel by a factor."""

    def change(x):
        mean = ops.mean(x, (-3, -2), keepdims=True)
        return ops.add(ops.multiply(ops.subtract(x, mean), contrast_factor), mean)

    return _on_floats(change, images)


def adjust_gamma(image: Any, gamma: float = 1, gain: float = 1) -> Any:
    """Gamma correction: `gain * image ** gamma`."""
    return _on_floats(lambda x: ops.multiply(gain, ops.power(x, gamma)), image)


def adjust_saturation(image: Any, saturation_factor: Any, name: Any = None) -> Any:
    """Multiply the saturation by a factor, clipped to the range 0 to 1."""

    def change(hue, saturation, value):
        saturation = ops.clip(ops.multiply(saturation, saturation_factor), 0, 1)
        return hue, saturation, value

    return _on_floats(lambda x: _in_hsv(change, x), image)


def adjust_hue(image: Any, delta: Any, name: Any = None) -> Any:
    """Rotate the hue by `delta`, a fraction of the colour circle."""

    def change(hue, saturation, value):
        return ops.mod(ops.add(hue, delta), 1.0), saturation, value

    return _on_floats(lambda x: _in_hsv(change, x), image)


def _in_hsv(change, image):
    hsv = image_ops.rgb_to_hsv(image, data_format="channels_last")
    parts = change(*(hsv[..., channel] for channel in range(3)))
    return image_ops.hsv_to_rgb(ops.stack(parts, -1), data_format="channels_last")


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> Any:
    """Adjust brightness by a random delta of at most `max_delta`."""
    return adjust_brightness(image, _between(-max_delta, max_delta, seed))


def random_contrast(
    image: Any, lower: float, upper: float, seed: int | None = None
) -> Any:
    """Adjust contrast by a random factor between two bounds."""
    return adjust_contrast(image, _between(lower, upper, seed))


def random_saturation(
    image: Any, lower: float, upper: float, seed: int | None = None
) -> Any:
    """Adjust saturation by a random factor between two bounds."""
    return adjust_saturation(image, _between(lower, upper, seed))


def random_hue(image: Any, max_delta: float, seed: int | None = None) -> Any:
    """Adjust hue by a random delta of at most `max_delta`."""
    return adjust_hue(image, _between(-max_delta, max_delta, seed))


def _between(low, high, seed):
    return nbkeras_random.uniform((), low, high, seed=seed)


def rgb_to_grayscale(images: Any, name: Any = None) -> Any:
    """Convert to one channel: the luma of each pixel."""
    return _on_floats(
        lambda x: image_ops.rgb_to_grayscale(x, data_format="channels_last"), images
    )


def grayscale_to_rgb(images: Any, name: Any = None) -> Any:
    """Repeat the grayscale channel three times."""
    return ops.repeat(images, 3, -1)


def rgb_to_hsv(images: Any, name: Any = None) -> Any:
    """Convert RGB to hue, saturation and value."""
    return image_ops.rgb_to_hsv(images, data_format="channels_last")


def hsv_to_rgb(images: Any, name: Any = None) -> Any:
    """Convert hue, saturation and value to RGB."""
    return image_ops.hsv_to_rgb(images, data_format="channels_last")


def per_image_standardization(image: Any) -> Any:
    """Standardize each image to mean 0 and standard deviation 1."""
    x = ops.cast(image, "float32")
    axes = (-3, -2, -1)
    min_deviation = 1.0 / np.sqrt(np.prod(image.shape[-3:]))
    deviation = ops.maximum(ops.std(x, axes, keepdims=True), min_deviation)
    return ops.divide(ops.subtract(x, ops.mean(x, axes, keepdims=True)), deviation)


def total_variation(images: Any, name: Any = None) -> Any:
    """Sum of absolute differences between neighbouring pixels, for each image."""
    dy = ops.subtract(images[..., 1:, :, :], images[..., :-1, :, :])
    dx = ops.subtract(images[..., :, 1:, :], images[..., :, :-1, :])
    axes = (-3, -2, -1)
    return ops.add(ops.sum(ops.absolute(dy), axes), ops.sum(ops.absolute(dx), axes))


def image_gradients(image: Any) -> tuple[Any, Any]:
    """(dy, dx): differences to the next row and column, zero in the last one."""
    dy = ops.subtract(image[:, 1:], image[:, :-1])
    dx = ops.subtract(image[:, :, 1:], image[:, :, :-1])
    return (
        ops.pad(dy, [(0, 0), (0, 1), (0, 0), (0, 0)]),
        ops.pad(dx, [(0, 0), (0, 0), (0, 1), (0, 0)]),
    )


def extract_patches(
    images: Any,
    sizes: Any,
    strides: Any,
    rates: Any = (1, 1, 1, 1),
    padding: str = "VALID",
    name: Any = None,
) -> Any:
    """Patches in the channels: (batch, rows, columns, height * width * channels).

    Args:
        images: (batch, height, width, channels).
        sizes: [1, height, width, 1] of a patch.
        strides: [1, rows, columns, 1] from one patch to the next.
        rates: [1, rows, columns, 1] from one pixel of a patch to the next.
        padding: "VALID" or "SAME".
        name: accepted as in TensorFlow.
    """
    size, stride = arrays._sizes(sizes)[1:3], arrays._sizes(strides)[1:3]
    rate = arrays._sizes(rates)[1]
    return image_ops.extract_patches(
        images, size, stride, rate, padding.lower(), data_format="channels_last"
    )


def sobel_edges(image: Any) -> Any:
    """Sobel gradients (dy, dx) on a new last axis."""
    return image_ops.sobel_edges(image, data_format="channels_last")


def psnr(a: Any, b: Any, max_val: float, name: Any = None) -> Any:
    """Peak signal-to-noise ratio of each pair of images, in decibels."""
    error = ops.mean(
        ops.square(ops.subtract(ops.cast(a, "float32"), ops.cast(b, "float32"))),
        (-3, -2, -1),
    )
    return 20 * np.log10(max_val) - 10 * ops.log10(error)


def ssim(
    img1: Any,
    img2: Any,
    max_val: float,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
) -> Any:
    """Structural similarity of each pair of images."""
    return image_ops.ssim(
        img1, img2, max_val, filter_size, filter_sigma, k1, k2, "channels_last"
    )


def stateless_random_flip_left_right(image: Any, seed: Any) -> Any:
    """`random_flip_left_right` determined by `seed` (two numbers) alone."""
    return random_flip_left_right(image, one_seed(seed))


def stateless_random_brightness(image: Any, max_delta: float, seed: Any) -> Any:
    """`random_brightness` determined by `seed` (two numbers) alone."""
    return random_brightness(image, max_delta, one_seed(seed))


def stateless_random_contrast(image: Any, lower: float, upper: float, seed: Any) -> Any:
    """`random_contrast` determined by `seed` (two numbers) alone."""
    return random_contrast(image, lower, upper, one_seed(seed))


def stateless_random_crop(value: Any, size: Any, seed: Any, name: Any = None) -> Any:
    """`random_crop` determined by `seed` (two numbers) alone."""
    return random_crop(value, size, one_seed(seed))


def __getattr__(name):
    raise AttributeError(absent.message(f"image.{name}"))
