"""Standardization of images: centering, normalization, ZCA whitening."""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import notices

# A whitening matrix of 2**28 values takes 1 GB, and its computation several times that.
MAX_WHITENING_VALUES = 2**28
# Images are converted to float64 in blocks of this size.
BLOCK_BYTES = 2**24


def enable_dependencies(generator: Any) -> None:
    """Enable the settings that other settings of `generator` require, with a notice."""
    g = generator
    if g.zca_whitening:
        if g.featurewise_std_normalization:
            g.featurewise_std_normalization = False
            _note("zca_whitening", "switches featurewise_std_normalization off")
        if not g.featurewise_center:
            g.featurewise_center = True
            _note("zca_whitening", "switches featurewise_center on")
    for kind in ("featurewise", "samplewise"):
        if getattr(g, f"{kind}_std_normalization") and not getattr(g, f"{kind}_center"):
            setattr(g, f"{kind}_center", True)
            _note(f"{kind}_std_normalization", f"switches {kind}_center on")


def apply(generator: Any, x: ArrayLike) -> np.ndarray:
    """Apply the steps of `generator` to one image or a batch, in place if floats.

    The order is: preprocessing_function, rescale, samplewise mean and standard
    deviation, featurewise mean and standard deviation, whitening.
    """
    g = generator
    if g.preprocessing_function:
        x = g.preprocessing_function(x)
    x = np.asarray(x)
    if x.dtype.kind != "f":
        x = x.astype(g.dtype)
    elif not x.flags.writeable:
        x = x.copy()
    if g.rescale:
        x *= g.rescale
    if g.samplewise_center:
        x -= np.mean(x, keepdims=True)
    if g.samplewise_std_normalization:
        x /= np.std(x, keepdims=True) + 1e-6
    if g.featurewise_center and _is_fitted(g.mean, "featurewise_center"):
        x -= g.mean
    if g.featurewise_std_normalization and _is_fitted(
        g.std, "featurewise_std_normalization"
    ):
        x /= g.std + 1e-6
    if g.zca_whitening and _is_fitted(g.zca_whitening_matrix, "zca_whitening"):
        flat = x.reshape(-1, math.prod(x.shape[-3:]))
        x = (flat @ g.zca_whitening_matrix).reshape(x.shape)
    return x


def fit(
    generator: Any,
    x: ArrayLike,
    augment: bool = False,
    rounds: int = 1,
    seed: int | None = None,
) -> None:
    """Set `mean`, `std` and `zca_whitening_matrix` of `generator` from images.

    Args:
        generator: the `ImageDataGenerator`.
        x: images (count, height, width, channels).
        augment: whether to use `rounds` augmented images per image instead.
        rounds: number of augmented images per image.
        seed: seed of the augmentation; None for a new one.

    Raises:
        ValueError: `x` does not have four axes, or is too large for whitening.
    """
    g = generator
    x = np.array(x, dtype=g.dtype)
    if x.ndim != 4:
        raise ValueError(
            "ImageDataGenerator.fit(x): x must be images of shape (count, height, "
            f"width, channels), got shape {x.shape}. Write for one image "
            "fit(x[None]), for gray ones without channels fit(x[..., None])."
        )
    if g.rescale:
        x *= g.rescale
    if augment:
        x = _augmented(g, x, rounds, seed)
    axes, shape = (0, g.row_axis, g.col_axis), [1, 1, 1]
    shape[g.channel_axis - 1] = x.shape[g.channel_axis]
    if g.featurewise_center:
        # In float32, a sum of millions of values loses precision.
        mean = x.mean(axis=axes, dtype=np.float64)
        g.mean = mean.astype(x.dtype).reshape(shape)
        x -= g.mean
    if g.featurewise_std_normalization:
        g.std = _std(x, axes).astype(x.dtype).reshape(shape)
        x /= g.std + 1e-6
    if g.zca_whitening:
        g.zca_whitening_matrix = _whitening(x.reshape(len(x), -1), g.zca_epsilon)


def _std(x, axes):
    """Standard deviation over `axes` in float64, computed in blocks of images."""
    mean, total = x.mean(axis=axes, dtype=np.float64, keepdims=True), 0.0
    for block in np.array_split(x, math.ceil(x.nbytes / BLOCK_BYTES)):
        total = total + np.square(block - mean).sum(axis=axes)
    return np.sqrt(total * np.size(total) / x.size)


def _augmented(generator, x, rounds, seed):
    # One generator for all images, so that a seed gives the same images as in Keras.
    rng = None if seed is None else np.random.RandomState(seed)
    augmented = np.empty((rounds * len(x), *x.shape[1:]), x.dtype)
    for i in range(len(augmented)):
        image = x[i % len(x)]
        parameters = generator.get_random_transform(image.shape, rng)
        augmented[i] = generator.apply_transform(image, parameters)
    return augmented


def _whitening(flat, epsilon):
    size = flat.shape[1]
    if size * size > MAX_WHITENING_VALUES:
        raise ValueError(
            f"zca_whitening of images with {size:,} values needs a matrix of "
            f"{size:,} x {size:,} ({size * size * 4 / 1e9:.0f} GB). Use smaller "
            "images (32x32x3 works), or featurewise_center with "
            "featurewise_std_normalization."
        )
    u, s, _ = np.linalg.svd(flat.T, full_matrices=False)
    return (u * (np.sqrt(len(flat)) / (s + epsilon))) @ u.T


def _is_fitted(value, name):
    if value is None:
        notices.once(
            ("not_fit", name),
            f"ImageDataGenerator({name}=True) has no effect yet: it learns from data. "
            "Write generator.fit(x_train) first.",
        )
    return value is not None


def _note(name, effect):
    notices.once((name, effect), f"ImageDataGenerator({name}=True) {effect}.")
