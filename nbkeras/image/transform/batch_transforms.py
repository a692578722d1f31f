"""A batch of pictures after a generator's random changes and its scaling."""

import numpy as np

from nbkeras.image.transform import augment, batch_affine

_STEPS = ("get_random_transform", "apply_transform", "standardize")
_SETTINGS = ("samplewise", "featurewise")


def batch(generator, pictures, seeds, dtype="float32", size=2):
    """Change each picture in its own way, then centre and scale it.

    Args:
        generator: an `ImageDataGenerator`, or None for no change.
        pictures: list or array of pictures, all of one shape and dtype.
        seeds: one integer for each picture; it alone decides the change.
        dtype: of the result.
        size: usual number of pictures; a smaller batch needs no compilation.

    Returns:
        An array of the shape of `pictures`; it may be not writable.

    Raises:
        ValueError: the preprocessing_function changed the shape.
    """
    if generator is None:
        return np.array(pictures, dtype)
    if not _moves_together(generator, pictures[0].dtype, dtype):
        return _one_by_one(generator, pictures, seeds, dtype)
    g, shape = generator, pictures[0].shape
    drawn = [
        g.get_random_transform(shape, seed)
        for seed in map(np.random.Generator, map(np.random.Philox, seeds))
    ]
    scale = _only_scale(g, drawn[0])
    x = _moved(g, pictures, drawn, scale or 1, size)
    if scale is not None:
        return x
    x = x if x.flags.writeable else x.copy()
    for at, parameters in enumerate(drawn):
        one = augment.recolour(x[at], parameters, 2, g.keras_compat)
        x[at] = _same_shape(g.standardize(one), shape)
    return x


def _moves_together(generator, source, dtype):
    """Whether nothing is overridden or set that needs pictures one by one."""
    own = [getattr(getattr(type(generator), n, None), "__module__", "") for n in _STEPS]
    return (
        all(module.startswith("nbkeras.") for module in own)
        and generator.data_format == "channels_last"
        and generator.fill_mode in batch_affine.FILL_MODES
        and generator.interpolation_order in batch_affine.ORDERS
        and source in (np.uint8, np.float32)
        and np.dtype(dtype) == np.float32
    )


def _only_scale(generator, parameters):
    """The factor, if nothing but it is to be done after the moves; else None."""
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


def _moved(generator, pictures, drawn, scale, size):
    g, (rows, columns, _) = generator, pictures[0].shape
    transforms = [augment.transform_of(p, rows, columns, g.keras_compat) for p in drawn]
    mirrored = [(p["flip_horizontal"], p["flip_vertical"]) for p in drawn]
    if all(each is None for each in transforms):
        made = np.empty((len(drawn), *pictures[0].shape), np.float32)
        for out, picture, (across, down) in zip(made, pictures, mirrored, strict=True):
            turned = picture[:: -1 if down else 1, :: -1 if across else 1]
            np.multiply(turned, np.float32(scale), out=out)
        return made
    still = np.eye(3)
    transforms = [still if each is None else each for each in transforms]
    return batch_affine.move(
        np.stack(pictures),
        transforms,
        mirrored,
        scale,
        size,
        g.fill_mode,
        g.interpolation_order,
    )


def _one_by_one(generator, pictures, seeds, dtype):
    made = np.empty((len(pictures), *pictures[0].shape), dtype)
    draws = type(generator).get_random_transform
    for out, picture, seed in zip(made, pictures, seeds, strict=True):
        if getattr(draws, "__module__", "").startswith("nbkeras."):
            # Quicker to make than the old generator that an integer seed stands for.
            seed = np.random.Generator(np.random.Philox(seed))
        x = picture.astype(dtype)
        parameters = generator.get_random_transform(x.shape, seed)
        x = generator.standardize(generator.apply_transform(x, parameters))
        out[...] = _same_shape(x, out.shape)
    return made


def _same_shape(x, shape):
    if x.shape != shape:
        raise ValueError(
            f"preprocessing_function returned a picture of shape {x.shape} for one of "
            f"{shape}; return one of the same shape."
        )
    return x
