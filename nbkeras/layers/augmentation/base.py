"""Base classes of data augmentation layers.

Outside of training they return their input, cast to floating point. When called
directly instead of within a model, they augment unless `training=False`, as in Keras.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import check, rng, settings
from nbkeras.core.annotations import Config, DataFormat
from nbkeras.layers.dropout import checked_seed, key_of
from nbkeras.layers.engine.layer import Layer, LayerArguments
from nbkeras.layers.engine.random_numbers import SeedGenerator, key_of_integer
from nbkeras.ops import box_geometry
from nbkeras.ops.kernels.random_bits import key_from


class Augmentation(Layer):
    """Base class of augmentation layers: implement `draw` and `transform`, or `change`.

    The input is images, or a dict with "images" and optionally "labels",
    "segmentation_masks" and "bounding_boxes": {"boxes": (batch, n, 4), "labels":
    (batch, n)}. Boxes are moved with the pixels and clipped to the image; boxes that
    leave it get the label -1. This class handles the data format and single images;
    subclasses receive (batch, height, width, channels).

    Args:
        seed: seed of the layer's random numbers; None for the global seed.
        data_format: "channels_last" or "channels_first".
        bounding_box_format: format of the boxes, such as "xyxy" or "rel_xywh"; see
            `utils.bounding_boxes.convert_format`.
        **base: arguments of `Layer`.
    """

    rows_independent = True
    # Whether the layer has a seed generator.
    draws_numbers = True

    def __init__(
        self,
        seed: int | None = None,
        data_format: DataFormat | None = None,
        bounding_box_format: str | None = None,
        **base: Unpack[LayerArguments],
    ) -> None:
        super().__init__(**base)
        owner = type(self).__name__
        self.bounding_box_format = bounding_box_format
        self.seed = checked_seed(owner, seed)
        if self.draws_numbers:
            self.seed_generator = SeedGenerator.of(self.seed)
        self.data_format = settings.data_format(owner, data_format)

    def __call__(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """Augment the images unless `training=False`."""
        if training is None and self._context is None:
            training = True
        return super().__call__(*args, training=training, **kwargs)

    def draw(self, key: jax.Array, shape: Sequence[int]) -> Any:
        """Draw parameters for images of `shape` (batch, h, w, c): a dict of arrays."""
        return {"key": key}

    def transform(self, x: jax.Array, parameters: Any) -> jax.Array:
        """Transform images (batch, h, w, c) with the parameters `parameters`."""
        return self.change(x, parameters["key"])

    def change(self, x: jax.Array, key: jax.Array) -> jax.Array:
        """Augment images (batch, h, w, c) with a random key."""
        return self.transform(x, self.draw(key, x.shape))

    def rest(self, x: jax.Array) -> jax.Array:
        """The output outside of training."""
        return x

    def transform_masks(self, masks: jax.Array, parameters: Any) -> jax.Array:
        """Transform segmentation masks in the same way, if pixels are moved."""
        return masks

    def move_boxes(
        self, boxes: jax.Array, parameters: Any, size: tuple[int, int]
    ) -> jax.Array:
        """Move boxes in the same way, if pixels are moved.

        Args:
            boxes: (batch, n, 4) as [left, top, right, bottom] in pixels.
            parameters: as drawn.
            size: (height, width) of the images.
        """
        return boxes

    def output_size(self, size: tuple[int, int]) -> tuple[int, int]:
        """The size of the output for images of `size` (height, width)."""
        return size

    def mixed_labels(self, labels: jax.Array, parameters: Any) -> jax.Array:
        """Mix labels in the same way, if images are mixed."""
        return labels

    def maps(
        self, key: jax.Array, count: int, height: int, width: int
    ) -> jax.Array | None:
        """The source positions of the pixels, for visualizing the transformation.

        Returns:
            (count, 6) affine maps as in `ops.image.affine_transform`; None if no pixels
            are moved.
        """
        return None

    @property
    def moves_pixels(self) -> bool:
        """Whether pixels are moved, so that masks must be transformed too."""
        return type(self).transform_masks is not Augmentation.transform_masks

    def call(self, x: Any, training: bool = False) -> Any:
        """The augmented images in training; parts of a dict are changed alike."""
        if not isinstance(x, dict):
            self._check_rank(x)
            parameters = self._drawn(x, training)
            return self.transform_images(x, parameters, training)
        self._check_rank(x["images"])
        if "bounding_boxes" in x:
            self._check_boxes()
        parameters = self._drawn(x["images"], training)
        changed = {
            **x,
            "images": self.transform_images(x["images"], parameters, training),
        }
        for name in ("labels", "segmentation_masks"):
            if name in x:
                change = getattr(self, f"transform_{name}")
                changed[name] = change(x[name], parameters, training)
        if "bounding_boxes" in x:
            changed["bounding_boxes"] = self._boxes_of(x, parameters, training)
        return changed

    def _drawn(self, x, training):
        """The parameters of a random transform of `x`; None if nothing is random."""
        if not training or not self.draws_numbers:
            return None
        return self.draw(key_of(self), self._shape(x))

    def _check_boxes(self):
        owner = type(self).__name__
        moves_boxes = type(self).move_boxes is not Augmentation.move_boxes
        if self.moves_pixels and not moves_boxes:
            raise ValueError(
                f"{owner} does not transform bounding boxes. Leave 'bounding_boxes' "
                "out, and give 'images', 'labels' and 'segmentation_masks'."
            )
        box_geometry.required_format(owner, self.bounding_box_format)

    def _boxes_of(self, x, parameters, training):
        """The boxes of the dict `x`, moved as its images are."""
        boxes = x["bounding_boxes"]
        if not training or not self.moves_pixels:
            return boxes
        _, height, width, _ = self._shape(x["images"])
        size = height, width

        def move(corners):
            batch = corners if corners.ndim == 3 else corners[None]
            moved = self.move_boxes(batch, parameters, size)
            return moved if corners.ndim == 3 else moved[0]

        return box_geometry.moved_with_image(
            boxes,
            box_geometry.required_format(type(self).__name__, self.bounding_box_format),
            (size, self.output_size(size)),
            move,
        )

    def get_random_transformation(
        self, data: Any, training: bool = True, seed: Any = None
    ) -> Any:
        """Draw a random transformation for `data`, to pass to `transform_images`.

        Args:
            data: images, or a dict with "images".
            training: False returns None.
            seed: an integer to draw the same transformation each time, or a
                SeedGenerator.
        """
        if not training:
            return None
        if isinstance(seed, SeedGenerator):
            key = key_from(seed.next())
        elif seed is None and self._context is not None:
            key = key_of(self)
        elif seed is None:
            key = jax.random.key(rng.next_seed())
        else:
            key = key_of_integer(seed)
        return self.draw(
            key, self._shape(data["images"] if isinstance(data, dict) else data)
        )

    def transform_images(
        self, images: Any, transformation: Any = None, training: bool = True
    ) -> Any:
        """Apply `transformation` to images; they are unchanged outside of training."""
        x = jnp.asarray(images).astype(self.compute_dtype)
        if not training:
            return self.rest(x)
        return self._with_batch(x, lambda x: self.transform(x, transformation))

    def transform_labels(
        self, labels: ArrayLike, transformation: Any = None, training: bool = True
    ) -> Any:
        """Apply `transformation` to labels."""
        if not training or transformation is None:
            return labels
        return self.mixed_labels(jnp.asarray(labels), transformation)

    def transform_segmentation_masks(
        self, masks: ArrayLike, transformation: Any = None, training: bool = True
    ) -> Any:
        """Apply `transformation` to segmentation masks."""
        if not training or transformation is None:
            return masks
        masks = jnp.asarray(masks)
        return self._with_batch(
            masks, lambda x: self.transform_masks(x, transformation)
        )

    def get_config(self) -> Config:
        """The constructor's arguments, without a `bounding_box_format` of None."""
        config = super().get_config()
        if config.get("bounding_box_format") is None:
            config.pop("bounding_box_format", None)
        return config

    def _with_batch(self, x, change):
        """Apply `change` to images in the layout (batch, h, w, c)."""
        batch = x if x.ndim == 4 else x[None]
        if self.data_format == "channels_first":
            batch = jnp.moveaxis(change(jnp.moveaxis(batch, 1, -1)), -1, 1)
        else:
            batch = change(batch)
        return batch if x.ndim == 4 else batch[0]

    def _shape(self, images):
        """The shape (batch, h, w, c) of the images that `transform` receives."""
        shape = tuple(images.shape)
        shape = shape if len(shape) == 4 else (1, *shape)
        first = self.data_format == "channels_first"
        return (shape[0], *shape[2:], shape[1]) if first else shape

    def _check_rank(self, x):
        if x.ndim not in (3, 4):
            raise ValueError(
                f"{type(self).__name__} needs images (batch, height, width, channels)"
                f" or one (height, width, channels); got shape {tuple(x.shape)}."
            )


class Always(Augmentation):
    """Base class of deterministic layers, which also apply outside of training."""

    draws_numbers = False

    def rest(self, x: jax.Array) -> jax.Array:
        """The transformed images."""
        return self._with_batch(x, lambda x: self.transform(x, None))

    def get_config(self) -> Config:
        """The constructor's arguments; Keras's deterministic layers have no seed."""
        config = super().get_config()
        config.pop("seed", None)
        return config


def uniform(
    key: jax.Array, shape: Sequence[int], bounds: tuple[float, float]
) -> jax.Array:
    """Numbers of `shape` from bounds[0] to bounds[1]."""
    return jax.random.uniform(key, shape, minval=bounds[0], maxval=bounds[1])


def checked_range(
    owner: str, name: str, factor: Any, low: float, high: float
) -> tuple[float, float]:
    """(lower, upper) from a pair, or from one number for a symmetric range.

    Raises:
        ValueError: not one or two numbers within `low` and `high`.
    """
    single = check.is_int(factor) or isinstance(factor, float)
    pair = (-abs(factor), abs(factor)) if single else factor
    if isinstance(pair, list | tuple) and len(pair) == 2:
        first, last = sorted(pair)
        if low <= first and last <= high:
            return (first, last)
    raise ValueError(
        f"{owner}({name}={factor!r}): {name} must be a number or a pair of numbers "
        f"from {low} to {high}. Write for example {owner}({name}=0.1)."
    )
