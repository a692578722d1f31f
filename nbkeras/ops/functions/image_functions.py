"""Image functions: resizing, colour, geometry, filters, patches.

Images are (height, width, channels), or (channels, height, width) for "channels_first",
single or in a batch.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.typing import ArrayLike

from nbkeras.core import check, rng, settings
from nbkeras.ops import image_geometry
from nbkeras.ops.functions import array_creation, convolution_and_pooling
from nbkeras.ops.functions.convolution_and_pooling import DataFormat
from nbkeras.ops.functions.operation_table import floating, operation

_image = functools.partial(operation, "images", "image")
_ORDERS = {"nearest": 0, "bilinear": 1}
FILL_MODES = ("constant", "nearest", "wrap", "mirror", "reflect")


def _form(name: str, images: jax.Array, data_format: Any) -> str:
    """The data format; raises if `images` has the wrong number of axes."""
    if images.ndim not in (3, 4):
        raise ValueError(
            f"ops.image.{name}: images of shape {images.shape} must have three axes, "
            "or four as a batch. Write for example images[..., None] for grey images "
            "without a channel axis."
        )
    return settings.data_format(f"ops.image.{name}", data_format)


def _channels_last(
    run: Callable[[jax.Array], jax.Array], images: jax.Array, form: str
) -> jax.Array:
    """Apply `run` to `images` as a batch with channels last, then restore the form."""
    single, first = images.ndim == 3, form == "channels_first"
    x = images[None] if single else images
    y = run(jnp.moveaxis(x, 1, -1) if first else x)
    y = jnp.moveaxis(y, -1, 1) if first else y
    return y[0] if single else y


def _choices(name: str, interpolation: Any, fill_mode: Any) -> int:
    """Check the interpolation and fill mode; returns the spline order."""
    owner = f"ops.image.{name}"
    check.choice(owner, "interpolation", interpolation, tuple(_ORDERS))
    check.choice(owner, "fill_mode", fill_mode, FILL_MODES)
    return _ORDERS[interpolation]


@_image()
def resize(
    images: ArrayLike,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: DataFormat = None,
) -> jax.Array:
    """Resize images to `size` (height, width).

    Integers are rounded and keep their dtype.

    Args:
        images: one image or a batch.
        size: (height, width).
        interpolation: "nearest", "bilinear", "bicubic", "lanczos3" or "lanczos5".
        antialias: apply a low-pass filter when downscaling.
        crop_to_aspect_ratio: crop the centre first, to avoid distortion.
        pad_to_aspect_ratio: pad first, to avoid distortion.
        fill_mode: padding mode; must be "constant".
        fill_value: value of the padding.
        data_format: "channels_last" or "channels_first"; None for the global setting.
    """
    owner = "ops.image.resize"
    check.choice(owner, "interpolation", interpolation, image_geometry.INTERPOLATIONS)
    check.choice(owner, "fill_mode", fill_mode, ("constant",))
    form = _form("resize", images, data_format)
    size = tuple(size)
    both = crop_to_aspect_ratio and pad_to_aspect_ratio
    if len(size) != 2 or min(size) < 1 or both:
        raise ValueError(
            f"{owner}(size={size!r}): size must be a positive height and width, and "
            "only one of crop_to_aspect_ratio and pad_to_aspect_ratio can be True. "
            f"Write for example {owner}(x, (128, 128), pad_to_aspect_ratio=True)."
        )
    if crop_to_aspect_ratio:
        images = image_geometry.crop_to_proportions(images, size, form)
    if pad_to_aspect_ratio:
        images = image_geometry.pad_to_proportions(images, size, fill_value, form)
    resized = image_geometry.resize(images, size, interpolation, form, antialias)
    if not jnp.issubdtype(images.dtype, jnp.integer):
        return resized
    return array_creation.saturate_cast(jnp.round(resized), images.dtype)


def _channel_axis(form: str) -> int:
    return -1 if form == "channels_last" else -3


def _needs_colour(name: str, images: jax.Array, form: str) -> int:
    axis = _channel_axis(form)
    if not jnp.issubdtype(images.dtype, jnp.floating):
        raise ValueError(
            f"ops.image.{name}: images are {images.dtype} and must be floating-point. "
            f"Write for example ops.image.{name}(ops.cast(images, 'float32') / 255)."
        )
    return axis


@_image(class_name="RGBToGrayscale")
def rgb_to_grayscale(images: ArrayLike, data_format: DataFormat = None) -> jax.Array:
    """Convert RGB images to grayscale: 0.2989 R + 0.587 G + 0.114 B."""
    form = _form("rgb_to_grayscale", images, data_format)
    axis = _channel_axis(form)
    if images.shape[axis] not in (1, 3):
        raise ValueError(
            f"ops.image.rgb_to_grayscale: images of shape {images.shape} have "
            f"{images.shape[axis]} channels in {form} and must have 3 or 1. Write for "
            "example images[..., :3], or another data_format."
        )
    if images.shape[axis] == 1:
        return images
    weights = jnp.asarray([0.2989, 0.5870, 0.1140], floating(images).dtype)
    grey = jnp.tensordot(floating(images), weights, axes=(axis, 0))
    return jnp.expand_dims(grey, axis).astype(images.dtype)


@_image(class_name="RGBToHSV")
def rgb_to_hsv(images: ArrayLike, data_format: DataFormat = None) -> jax.Array:
    """Convert RGB images to HSV (hue, saturation, value); all values are 0 to 1.

    Source: Smith, "Color gamut transform pairs", SIGGRAPH (1978).
    """
    form = _form("rgb_to_hsv", images, data_format)
    axis = _needs_colour("rgb_to_hsv", images, form)
    images = jnp.where(jnp.abs(images) < jnp.finfo(images.dtype).eps, 0.0, images)
    red, green, blue = jnp.moveaxis(images, axis, 0)
    value = jnp.max(images, axis)
    reach = value - jnp.min(images, axis)
    sixth = 1 / (6 * jnp.where(reach > 0, reach, 1))
    hue = jnp.where(
        value == green, sixth * (blue - red) + 2 / 6, sixth * (red - green) + 4 / 6
    )
    hue = jnp.where(value == red, sixth * (green - blue), hue)
    hue = jnp.where(reach > 0, hue, 0.0)
    hue = hue + (hue < 0)
    saturation = jnp.where(value > 0, reach / jnp.where(value > 0, value, 1), 0.0)
    return jnp.stack([hue, saturation, value], axis)


@_image(class_name="HSVToRGB")
def hsv_to_rgb(images: ArrayLike, data_format: DataFormat = None) -> jax.Array:
    """The inverse of `rgb_to_hsv`."""
    form = _form("hsv_to_rgb", images, data_format)
    axis = _needs_colour("hsv_to_rgb", images, form)
    hue, saturation, value = jnp.moveaxis(images, axis, 0)
    place = hue % 1 * 6
    full = [
        jnp.abs(place - 3) - 1,
        2 - jnp.abs(place - 2),
        2 - jnp.abs(place - 4),
    ]
    colours = [
        value * (1 - saturation + saturation * jnp.clip(part, 0, 1)) for part in full
    ]
    return jnp.stack(colours, axis)


@operation("inputs coordinates", "image")
def map_coordinates(
    inputs: ArrayLike,
    coordinates: ArrayLike,
    order: int,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
) -> jax.Array:
    """Sample `inputs` at fractional coordinates.

    Args:
        inputs: any array.
        coordinates: (rank of `inputs`, ...), one row per axis.
        order: 0 for the nearest value, 1 for linear interpolation.
        fill_mode: "constant", "nearest", "wrap", "mirror" or "reflect".
        fill_value: for "constant".

    Returns: the shape of `coordinates` without its first axis.
    """
    owner = "ops.image.map_coordinates"
    check.choice(owner, "fill_mode", fill_mode, FILL_MODES)
    check.choice(owner, "order", order, (0, 1))
    if coordinates.ndim < 2 or coordinates.shape[0] != inputs.ndim:
        raise ValueError(
            f"{owner}: coordinates of shape {coordinates.shape} must have two or more "
            f"axes, the first of size {inputs.ndim}: one coordinate per axis of an "
            f"array of shape {inputs.shape}. Write for example ops.stack([rows, "
            "columns])."
        )
    return _sampled(inputs, coordinates, order, fill_mode, fill_value)


def _sampled(image, places, order, fill_mode, fill_value):
    from jax.scipy import ndimage

    return ndimage.map_coordinates(image, list(places), order, fill_mode, fill_value)


def _looked_up(images, rows, columns, order, fill_mode, fill_value):
    """Sample images at `rows` and `columns`, each (batch, height, width)."""

    def one(image, row, column):
        places = jnp.stack([row, column])
        channel = lambda x: _sampled(x, places, order, fill_mode, fill_value)  # noqa: E731
        return jax.vmap(channel, -1, -1)(image)

    return jax.vmap(one)(images, rows, columns)


def _grid(images: jax.Array) -> tuple[jax.Array, jax.Array]:
    """Coordinates of a channels-last batch: rows (height, 1), columns (1, width)."""
    height, width = images.shape[1:3]
    return jnp.arange(height)[:, None], jnp.arange(width)[None]


@operation("images transform", "image")
def affine_transform(
    images: ArrayLike,
    transform: ArrayLike,
    interpolation: str = "bilinear",
    fill_mode: str = "constant",
    fill_value: float = 0,
    data_format: DataFormat = None,
) -> jax.Array:
    """Sample output pixel (x, y) at ((a0 x + a1 y + a2) / k, (b0 x + b1 y + b2) / k).

    Here k = c0 x + c1 y + 1. If c0 or c1 is nonzero this is a projective map, which
    Keras supports only on the TensorFlow backend.

    Args:
        images: one image or a batch.
        transform: (8,) or (batch, 8): a0, a1, a2, b0, b1, b2, c0, c1.
        interpolation: "nearest" or "bilinear".
        fill_mode: as in `map_coordinates`.
        fill_value: for "constant".
        data_format: as in `resize`.
    """
    order = _choices("affine_transform", interpolation, fill_mode)
    form = _form("affine_transform", images, data_format)
    if transform.ndim not in (1, 2):
        raise ValueError(
            f"ops.image.affine_transform: a transform of shape {transform.shape} must "
            "have eight numbers, or eight for each image. Write for example "
            "ops.array([1, 0, 5, 0, 1, 0, 0, 0]), which moves by 5 pixels."
        )

    def run(x):
        rows, columns = _grid(x)
        maps = jnp.broadcast_to(jnp.atleast_2d(transform), (x.shape[0], 8))
        m = [maps[:, i, None, None] for i in range(8)]
        depth = m[6] * columns + m[7] * rows + 1
        down, across = (
            (m[3] * columns + m[4] * rows + m[5]) / depth,
            (m[0] * columns + m[1] * rows + m[2]) / depth,
        )
        return _looked_up(x, down, across, order, fill_mode, fill_value)

    return _channels_last(run, images, form)


@operation("images start_points end_points", "image")
def perspective_transform(
    images: ArrayLike,
    start_points: ArrayLike,
    end_points: ArrayLike,
    interpolation: str = "bilinear",
    fill_value: float = 0,
    data_format: DataFormat = None,
) -> jax.Array:
    """Perspective transform that moves the corners `start_points` to `end_points`.

    Args:
        images: one image or a batch.
        start_points: (4, 2) or (batch, 4, 2), x and y.
        end_points: likewise.
        interpolation: "nearest" or "bilinear".
        fill_value: value outside the image.
        data_format: as in `resize`.

    Source: Heckbert, "Fundamentals of texture mapping and image warping" (1989).
    """
    order = _choices("perspective_transform", interpolation, "constant")
    form = _form("perspective_transform", images, data_format)
    shapes = start_points.shape, end_points.shape
    if shapes[0] != shapes[1] or shapes[0][-2:] != (4, 2) or len(shapes[0]) > 3:
        raise ValueError(
            f"ops.image.perspective_transform: the points have the shapes {shapes[0]} "
            f"and {shapes[1]}; both must be (4, 2), or (batch, 4, 2). Write for "
            "example ops.array([[0, 0], [0, 9], [9, 0], [9, 9]])."
        )
    start, end = (
        jnp.reshape(points, (-1, 4, 2)).astype("float32")
        for points in (start_points, end_points)
    )
    maps = jax.vmap(_homography)(start, end)

    def run(x):
        rows, columns = _grid(x)
        m = [
            jnp.broadcast_to(maps, (x.shape[0], 8))[:, i, None, None] for i in range(8)
        ]
        depth = m[6] * columns + m[7] * rows + 1
        across = (m[0] * columns + m[1] * rows + m[2]) / depth
        down = (m[3] * columns + m[4] * rows + m[5]) / depth
        return _looked_up(x, down, across, order, "constant", fill_value)

    return _channels_last(run, images, form)


def _homography(start: jax.Array, end: jax.Array) -> jax.Array:
    """The eight coefficients mapping `end` to `start`, by solving a linear system."""
    (x, y), (u, v) = end.T, start.T
    one, none = jnp.ones_like(x), jnp.zeros_like(x)
    for_u = jnp.stack([x, y, one, none, none, none, -u * x, -u * y], 1)
    for_v = jnp.stack([none, none, none, x, y, one, -v * x, -v * y], 1)
    return jnp.linalg.solve(jnp.concatenate([for_u, for_v]), jnp.concatenate([u, v]))


@_image()
def elastic_transform(
    images: ArrayLike,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: DataFormat = None,
) -> jax.Array:
    """Elastic distortion by a smooth random displacement field.

    Args:
        images: one image or a batch.
        alpha: strength of the displacement.
        sigma: smoothness of the displacement field, in pixels.
        interpolation: "nearest" or "bilinear".
        fill_mode: as in `map_coordinates`.
        fill_value: for "constant".
        seed: an integer makes the field reproducible and equal to that of Keras.
        data_format: as in `resize`.

    Source: Simard, Steinkraus, Platt, "Best practices for convolutional neural
    networks", ICDAR (2003).
    """
    order = _choices("elastic_transform", interpolation, fill_mode)
    form = _form("elastic_transform", images, data_format)
    width = int(6 * sigma) | 1
    key = _field_key(seed)

    def run(x):
        field = jax.random.normal(key, x.shape[:3], x.dtype) * sigma
        blurred = gaussian_blur(
            field[..., None], (width, width), (sigma, sigma), "channels_last"
        )
        rows, columns = _grid(x)
        moved = alpha * blurred[..., 0]
        looked_up = _looked_up(
            x, rows + moved, columns + moved, order, fill_mode, fill_value
        )
        return looked_up.astype(x.dtype)

    return _channels_last(run, images, form)


def _field_key(seed: Any) -> Any:
    if hasattr(seed, "next"):
        return seed.next()
    seed = rng.next_seed() if seed is None else int(seed)
    return jnp.asarray([seed, 0], "uint32")


@_image()
def gaussian_blur(
    images: ArrayLike,
    kernel_size: Sequence[int] = (3, 3),
    sigma: Any = (1.0, 1.0),
    data_format: DataFormat = None,
) -> jax.Array:
    """Gaussian blur.

    Args:
        images: one image or a batch, floating.
        kernel_size: size of the kernel.
        sigma: standard deviations in pixels, (horizontal, vertical).
        data_format: as in `resize`.
    """
    form = _form("gaussian_blur", images, data_format)
    across, down = (
        _bell(n, s, images.dtype) for n, s in zip(kernel_size, sigma, strict=True)
    )
    kernel = jnp.outer(down, across)

    def run(x):
        return _filtered(x, kernel)

    return _channels_last(run, images, form)


def _bell(size: int, sigma: Any, dtype: Any) -> jax.Array:
    places = jnp.arange(size, dtype=dtype) - (size - 1) / 2
    bell = jnp.exp(-0.5 * (places / jnp.asarray(sigma, dtype)) ** 2)
    return bell / jnp.sum(bell)


def _filtered(x: jax.Array, kernel: jax.Array, padding: str = "same") -> jax.Array:
    """Filter every channel of (batch, height, width, channels) with one kernel."""
    kernels = jnp.broadcast_to(kernel[..., None, None], (*kernel.shape, x.shape[-1], 1))
    return convolution_and_pooling.depthwise_conv(
        x, kernels, 1, padding, "channels_last"
    )


@_image()
def sobel_edges(images: ArrayLike, data_format: DataFormat = None) -> jax.Array:
    """Sobel gradients of a batch, vertical and horizontal, stacked on a new axis.

    Source: Sobel and Feldman, "A 3x3 isotropic gradient operator" (1968).
    """
    form = _form("sobel_edges", images, data_format)
    down = jnp.outer(jnp.array([-1, 0, 1]), jnp.array([1, 2, 1])).astype(images.dtype)
    edges = [
        _channels_last(lambda x, k=kernel: _filtered(x, k), images, form)
        for kernel in (down, down.T)
    ]
    return jnp.stack(edges, -1)


@operation("images ?output_shape scale translation", "image")
def scale_and_translate(
    images: ArrayLike,
    output_shape: Sequence[int],
    scale: ArrayLike,
    translation: ArrayLike,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> jax.Array:
    """Scale and translate images along some axes into an array of `output_shape`.

    Args:
        images: any floating array.
        output_shape: shape of the result; None keeps the size of that axis.
        scale: a factor for each of `spatial_dims`.
        translation: offset in pixels along each of `spatial_dims`.
        spatial_dims: axes to scale.
        method: "linear", "cubic", "lanczos3", "lanczos5" or an alias, as "bilinear".
        antialias: apply a low-pass filter when downscaling.
    """
    methods = (
        "linear bilinear trilinear cubic bicubic tricubic lanczos3 lanczos5"
    ).split()
    check.choice("ops.image.scale_and_translate", "method", method, tuple(methods))
    sizes = zip(output_shape, images.shape, strict=True)
    return jax.image.scale_and_translate(
        images,
        tuple(size if n is None else n for n, size in sizes),
        tuple(spatial_dims),
        scale,
        translation,
        method,
        antialias,
    )


@_image()
def extract_patches(
    images: ArrayLike,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: DataFormat = None,
) -> jax.Array:
    """Extract patches into the channels: (batch, rows, columns, h * w * channels).

    Args:
        images: one image or a batch; volumes for a `size` of three.
        size: patch size, one number or one per spatial axis.
        strides: steps between patches; None for `size`.
        dilation_rate: spacing of the pixels in a patch.
        padding: "valid" or "same".
        data_format: as in `resize`.

    Raises:
        TypeError: `size` is neither an integer nor a list.
        ValueError: `size` does not have two or three numbers.
    """
    if not isinstance(size, int | list | tuple):
        raise TypeError(
            f"ops.image.extract_patches(size={size!r}): size must be an integer, or "
            "two or three integers. Write for example size=(16, 16)."
        )
    size = (size, size) if isinstance(size, int) else tuple(size)
    if len(size) not in (2, 3):
        raise ValueError(
            f"ops.image.extract_patches(size={size!r}): size must be an integer, or "
            "two or three integers. Write for example size=(16, 16)."
        )
    return _patches(
        "extract_patches", images, size, strides, dilation_rate, padding, data_format
    )


@operation("volumes", None, subjects="image")
def extract_patches_3d(
    volumes: ArrayLike,
    size: Any,
    strides: Any = None,
    dilation_rate: Any = 1,
    padding: str = "valid",
    data_format: DataFormat = None,
) -> jax.Array:
    """`extract_patches` for volumes (batch, depth, height, width, channels)."""
    size = (size,) * 3 if isinstance(size, int) else tuple(size)
    return _patches(
        "extract_patches_3d",
        volumes,
        size,
        strides,
        dilation_rate,
        padding,
        data_format,
    )


def _patches(name, x, size, strides, dilation, padding, data_format):
    form = settings.data_format(f"ops.image.{name}", data_format)
    rank = len(size)
    single = x.ndim == rank + 1
    x = x[None] if single else x
    if x.ndim != rank + 2:
        raise ValueError(
            f"ops.image.{name}(size={size!r}): an array of shape {x.shape} does not "
            f"have {rank} spatial axes and channels. Write for example images[..., "
            "None] for grey images without a channel axis."
        )
    channels = x.shape[-1 if form == "channels_last" else 1]
    total = channels
    for n in size:
        total *= n
    # Each filter of the identity kernel reads one value of the patch.
    kernel = jnp.eye(total, dtype=x.dtype).reshape(*size, channels, total)
    y = convolution_and_pooling.conv(
        x, kernel, strides or size, padding, form, dilation
    )
    return y[0] if single else y


def _sides(
    name: str, words: str, before: Any, after: Any, target: Any, axis: str
) -> None:
    if sum(value is None for value in (before, after, target)) != 1:
        raise ValueError(
            f"ops.image.{name}: exactly two of {words} must be given for the {axis}. "
            f"Write for example ops.image.{name}(x, 2, 2, 2, 2)."
        )


@_image()
def pad_images(
    images: ArrayLike,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: DataFormat = None,
) -> jax.Array:
    """Pad images with zeros.

    Args:
        images: one image or a batch.
        top_padding: rows above. Give two of top, bottom and target height.
        left_padding: columns on the left. Give two of left, right and target width.
        bottom_padding: rows below.
        right_padding: columns on the right.
        target_height: height of the result.
        target_width: width of the result.
        data_format: as in `resize`.

    Raises:
        ValueError: not exactly two of the three are given, or a padding is negative.
    """
    form = _form("pad_images", images, data_format)
    axes = image_geometry.axes_of(images, form)
    widths = [(0, 0)] * images.ndim
    sides = (
        (top_padding, bottom_padding, target_height, "height"),
        (left_padding, right_padding, target_width, "width"),
    )
    for axis, (before, after, target, word) in zip(axes, sides, strict=True):
        words = "the two paddings and the target size"
        _sides("pad_images", words, before, after, target, word)
        size = images.shape[axis]
        before = target - after - size if before is None else before
        after = target - before - size if after is None else after
        _not_negative("pad_images", word, before, after)
        widths[axis] = (before, after)
    return jnp.pad(images, widths)


def _not_negative(name: str, word: str, *values: int) -> None:
    if min(values) < 0:
        raise ValueError(
            f"ops.image.{name}: the {word} would need {min(values)} pixels. Give a "
            "target size that the image can have."
        )


@_image()
def crop_images(
    images: ArrayLike,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: DataFormat = None,
) -> jax.Array:
    """Crop the edges of images; arguments as in `pad_images`."""
    form = _form("crop_images", images, data_format)
    axes = image_geometry.axes_of(images, form)
    sides = (
        (top_cropping, bottom_cropping, target_height, "height"),
        (left_cropping, right_cropping, target_width, "width"),
    )
    for axis, (before, after, target, word) in zip(axes, sides, strict=True):
        words = "the two croppings and the target size"
        _sides("crop_images", words, before, after, target, word)
        size = images.shape[axis]
        before = size - target - after if before is None else before
        target = size - before - after if target is None else target
        _not_negative("crop_images", word, before, target)
        images = jax.lax.slice_in_dim(
            images, before, before + target, axis=axis % images.ndim
        )
    return images


@operation("image1 image2", "image", class_name="SSIM")
def ssim(
    image1: ArrayLike,
    image2: ArrayLike,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: DataFormat = None,
) -> jax.Array:
    """Structural similarity (SSIM) of each pair of images; 1 for equal images.

    Args:
        image1: one image or a batch.
        image2: the same shape.
        max_val: maximum possible pixel value.
        filter_size: size of the Gaussian window, in pixels.
        filter_sigma: standard deviation of the Gaussian window, in pixels.
        k1: stabilises the luminance term.
        k2: stabilises the contrast term.
        data_format: as in `resize`.

    Source: Wang et al., "Image quality assessment", IEEE Transactions on Image
    Processing 13 (2004).
    """
    form = _form("ssim", image1, data_format)
    _form("ssim", image2, data_format)
    x, y = floating(image1), floating(image2)
    bell = _bell(filter_size, filter_sigma, x.dtype)
    kernel = jnp.outer(bell, bell)

    def mean(z):
        run = lambda batch: _filtered(batch, kernel, "valid")  # noqa: E731
        return _channels_last(run, z, form)

    mean_x, mean_y = mean(x), mean(y)
    spread = mean(x * x) - mean_x**2 + mean(y * y) - mean_y**2
    together = mean(x * y) - mean_x * mean_y
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    alike = (2 * mean_x * mean_y + c1) * (2 * together + c2)
    alike = alike / ((mean_x**2 + mean_y**2 + c1) * (spread + c2))
    return jnp.mean(alike, axis=(-3, -2, -1)).astype(image1.dtype)
