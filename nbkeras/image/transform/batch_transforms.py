"""Transform a batch of images: random augmentation, then standardization."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from nbkeras.core.annotations import DTypeLike
from nbkeras.image.transform import augment, batch_affine

_STEPS = ("get_random_transform", "apply_transform", "standardize")
_SETTINGS = ("samplewise", "featurewise")


def transform_batch(
    generator: Any,
    images: Sequence[np.ndarray] | np.ndarray,
    seeds: Sequence[int],
    dtype: DTypeLike = "float32",
    size: int = 2,
    name_of: Callable[[int], str] = "number {}".format,
) -> np.ndarray:
    """Augment each image by a separate random transform, then standardize it.

    Args:
        generator: an `ImageDataGenerator`, or None for no transforms.
        images: list or array of images of the same shape and dtype.
        seeds: one integer per image, which determines its transform.
        dtype: dtype of the result.
        size: usual number of images; smaller batches use the same compiled code.
        name_of: index in `images` -> name of the image in error messages.

    Returns:
        An array (count, height, width, channels); it may be read-only.

    Raises:
        ValueError: the preprocessing_function changes the shape.
    """
    if generator is None:
        return np.array(images, dtype)
    if not _can_warp_together(generator, images[0].dtype, dtype):
        return _transform_one_by_one(generator, images, seeds, dtype, name_of)
    g, shape = generator, images[0].shape
    draws = [
        g.get_random_transform(shape, seed)
        for seed in map(np.random.Generator, map(np.random.Philox, seeds))
    ]
    scale = _rescale_only(g, draws[0])
    x = _warped(g, images, draws, scale or 1, size)
    if scale is not None:
        return x
    x = x if x.flags.writeable else x.copy()
    for index, parameters in enumerate(draws):
        image = augment.recolour(x[index], parameters, 2, g.keras_compat)
        with _named(g, name_of, index):
            x[index] = _same_shape(g.standardize(image), shape)
    return x


@contextlib.contextmanager
def _named(generator, name_of, index):
    """A context that adds the name of the image to errors of user code."""
    try:
        yield
    except Exception as error:
        function = generator.preprocessing_function
        function_name = getattr(function, "__name__", type(function).__name__)
        suffix = f" (preprocessing_function={function_name})" if function else ""
        error.add_note(f"while the image {name_of(index)} was transformed{suffix}")
        raise


def _can_warp_together(generator, source, dtype):
    """Whether a batch can be warped at once: nothing needs single images."""
    modules = [
        getattr(getattr(type(generator), n, None), "__module__", "") for n in _STEPS
    ]
    return (
        all(module.startswith("nbkeras.") for module in modules)
        and generator.data_format == "channels_last"
        and generator.fill_mode in batch_affine.FILL_MODES
        and generator.interpolation_order in batch_affine.ORDERS
        and source in (np.uint8, np.float32)
        and np.dtype(dtype) == np.float32
    )


def _rescale_only(generator, parameters):
    """The rescale factor if it is the only step after the warp; otherwise None."""
    g = generator
    if (
        g.preprocessing_function
        or g.zca_whitening
        or parameters["channel_shift_intensity"] is not None
        or parameters["brightness"] is not None
        or any(getattr(g, f"{k}_center") for k in _SETTINGS)
    ):
        return None
    return g.rescale or 1


def _warped(generator, images, draws, scale, size):
    g, (rows, columns, _) = generator, images[0].shape
    transforms = [augment.transform_of(p, rows, columns, g.keras_compat) for p in draws]
    mirrored = [(p["flip_horizontal"], p["flip_vertical"]) for p in draws]
    if all(transform is None for transform in transforms):
        out_batch = np.empty((len(draws), *images[0].shape), np.float32)
        for out, image, (across, down) in zip(out_batch, images, mirrored, strict=True):
            flipped = image[:: -1 if down else 1, :: -1 if across else 1]
            np.multiply(flipped, np.float32(scale), out=out)
        return out_batch
    identity = np.eye(3)
    transforms = [identity if t is None else t for t in transforms]
    return batch_affine.warp_batch(
        np.stack(images),
        transforms,
        mirrored,
        scale,
        size,
        g.fill_mode,
        g.interpolation_order,
    )


def _transform_one_by_one(generator, images, seeds, dtype, name_of):
    out_batch = np.empty((len(images), *images[0].shape), dtype)
    draw = type(generator).get_random_transform
    for index, (image, seed) in enumerate(zip(images, seeds, strict=True)):
        if getattr(draw, "__module__", "").startswith("nbkeras."):
            # Faster to create than the RandomState that an integer seed stands for.
            seed = np.random.Generator(np.random.Philox(seed))
        x = image.astype(dtype)
        with _named(generator, name_of, index):
            parameters = generator.get_random_transform(x.shape, seed)
            x = generator.standardize(generator.apply_transform(x, parameters))
            out_batch[index] = _same_shape(x, out_batch[index].shape)
    return out_batch


def _same_shape(x, shape):
    if x.shape != shape:
        kind = f"an image of shape {x.shape}" if x.shape else "None or a single number"
        raise ValueError(
            f"preprocessing_function returned {kind} for one of {shape}; return one "
            "of the same shape."
        )
    return x
