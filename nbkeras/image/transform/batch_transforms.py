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
        generator: an `ImageDataGenerator`, or None for no change.
        images: list or array of images, all of one shape and dtype.
        seeds: one integer for each image; it alone decides the transform.
        dtype: of the result.
        size: usual number of images; a smaller batch needs no compilation.
        name_of: place in `images` -> what errors call it.

    Returns:
        An array of the shape of `images`; it may be not writable.

    Raises:
        ValueError: the preprocessing_function changed the shape.
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
    for at, parameters in enumerate(draws):
        one = augment.recolour(x[at], parameters, 2, g.keras_compat)
        with _named(g, name_of, at):
            x[at] = _same_shape(g.standardize(one), shape)
    return x


@contextlib.contextmanager
def _named(generator, name_of, at):
    """Let an error, which user code may raise, say at which image."""
    try:
        yield
    except Exception as error:
        function = generator.preprocessing_function
        own = getattr(function, "__name__", type(function).__name__)
        by = f" (preprocessing_function={own})" if function else ""
        error.add_note(f"while the image {name_of(at)} was changed{by}")
        raise


def _can_warp_together(generator, source, dtype):
    """Whether no override or setting requires images one by one."""
    own = [getattr(getattr(type(generator), n, None), "__module__", "") for n in _STEPS]
    return (
        all(module.startswith("nbkeras.") for module in own)
        and generator.data_format == "channels_last"
        and generator.fill_mode in batch_affine.FILL_MODES
        and generator.interpolation_order in batch_affine.ORDERS
        and source in (np.uint8, np.float32)
        and np.dtype(dtype) == np.float32
    )


def _rescale_only(generator, parameters):
    """The rescale factor, if it is the only step after the transforms; else None."""
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
    for at, (image, seed) in enumerate(zip(images, seeds, strict=True)):
        if getattr(draw, "__module__", "").startswith("nbkeras."):
            # Quicker to make than the old generator that an integer seed stands for.
            seed = np.random.Generator(np.random.Philox(seed))
        x = image.astype(dtype)
        with _named(generator, name_of, at):
            parameters = generator.get_random_transform(x.shape, seed)
            x = generator.standardize(generator.apply_transform(x, parameters))
            out_batch[at] = _same_shape(x, out_batch[at].shape)
    return out_batch


def _same_shape(x, shape):
    if x.shape != shape:
        kind = f"an image of shape {x.shape}" if x.shape else "None or a single number"
        raise ValueError(
            f"preprocessing_function returned {kind} for one of {shape}; return one "
            "of the same shape."
        )
    return x
