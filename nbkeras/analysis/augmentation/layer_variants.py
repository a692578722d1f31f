"""Variants of one image by random layers, and where their pixels come from."""

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.augmentation.variants import (
    Variants,
    concatenate_variants,
    corners_of,
)
from nbkeras.core import rng
from nbkeras.image.transform.resize import resize
from nbkeras.layers.augmentation import brightness_contrast, flip_rotate_zoom
from nbkeras.layers.augmentation.base import Always, Augmentation
from nbkeras.layers.augmentation.mixing import Mixing
from nbkeras.layers.engine import functional_call
from nbkeras.models import Sequential
from nbkeras.ops import image_geometry


class LayerChain:
    """Layers applied in sequence to copies of an image.

    Args:
        layers: list of layers; a Sequential counts as one call, as in a program. They
            must not be used elsewhere, because their transformations are recorded.
        pictures: the images that layers such as MixUp mix into an image.

    Attributes:
        random: the random layers among them, in order.
    """

    def __init__(self, layers, pictures=()):
        self.layers, self.pictures = list(layers), list(pictures)
        self.random = [
            e for e in flatten_layers(self.layers) if isinstance(e, Augmentation)
        ]
        self._records = []
        self._partners = _Partners()
        for layer in self.random:
            self._record_transforms(layer, _own_change, type(layer).maps)

    def variants(self, picture, seed=0, count=12):
        """Random variants of one image.

        They equal the output of the layers for `np.repeat(image[None], count, 0)` with
        `training=True` after `nbkeras.utils.set_random_seed(seed)`. A layer that mixes
        images takes the other half of a batch of `2 * count`: the other pictures.

        Args:
            picture: (height, width, channels).
            seed: an integer.
            count: number of variants.

        Returns:
            Variants.
        """
        names = tuple(f"{k + 1}" for k in range(count))
        mixes = any(isinstance(layer, Mixing) for layer in self.random)
        if not (mixes and len(self.pictures) > 1):
            return self._run(picture, seed, names, lambda layer: True)
        return self._run_mixed(picture, seed, names)

    def _run_mixed(self, picture, seed, names):
        """Random variants of one image, mixed with variants of the others."""
        count = len(names)
        own = next((i for i, other in enumerate(self.pictures) if other is picture), 0)
        rest = [i for i in range(len(self.pictures)) if i != own]
        partners = [rest[k % len(rest)] for k in range(count)]
        batch = [np.asarray(picture)] * count
        batch += [_fitted(self.pictures[i], picture) for i in partners]
        self._partners.begin([own] * count + partners, len(self.pictures))
        try:
            run = self._run_batch(np.stack(batch), seed, names * 2, lambda layer: True)
            shares = np.asarray(self._partners.shares)[:count]
        finally:
            self._partners.end()
        return Variants(
            run.pictures[:count],
            run.corners[:count],
            run.invented[:count],
            names,
            tuple(map(_mixture, shares)),
        )

    def unchanged(self, picture):
        """The output of the layers outside of training."""
        return self._run(picture, 0, ("rest",), lambda layer: False).pictures[0]

    def extremes(self, picture, count=12):
        """The ends of every range, one at a time; None if there are no ranges.

        They are computed on `count` copies, for which the code is already compiled.
        """
        parts = []
        for layer in self.random:
            for name, change, maps in ends(layer):
                self._record_transforms(layer, change, maps)
                alone = LayerChain.__new__(LayerChain)
                alone.layers, alone._records = (
                    _layer_and_fixed(layer, self.layers),
                    self._records,
                )
                parts.append(
                    alone._run(picture, 0, (name,), lambda e, on=layer: e is on)
                )
            self._record_transforms(layer, _own_change, type(layer).maps)
        return concatenate_variants(parts)

    def _record_transforms(self, layer, change, maps):
        if isinstance(layer, Always):
            return  # it draws nothing and moves nothing

        def watched(x, key):
            if self._partners.are_on and isinstance(layer, Mixing):
                y = self._partners.mix(layer, x, key)
            else:
                y = change(layer, x, key)
            transform = maps(layer, key, *x.shape[:3])
            self._records.append((transform, x.shape[1:3], y.shape[1:3]))
            return y

        # The bound copy that runs in a call receives these attributes.
        layer.__dict__["draw"] = lambda key, shape: {"key": key}
        layer.__dict__["transform"] = lambda x, parameters: watched(
            x, parameters["key"]
        )

    def _run(self, picture, seed, names, is_active):
        batch = jnp.repeat(jnp.asarray(picture)[None], len(names), 0)
        return self._run_batch(batch, seed, names, is_active)

    def _run_batch(self, batch, seed, names, is_active):
        x = jnp.asarray(batch)
        size = x.shape[1:3]
        if not jnp.issubdtype(x.dtype, jnp.floating):
            x = x.astype("float32")
        channels_first = any(
            layer.data_format == "channels_first" for layer in _random(self)
        )
        x = jnp.moveaxis(x, -1, 1) if channels_first else x
        self._records.clear()
        for i, layer in enumerate(self.layers):
            key = jax.random.key(rng.derive(seed, i))
            x = _called(layer, x, key, bool(is_active(layer)))
        x = np.asarray(jnp.moveaxis(x, 1, -1) if channels_first else x)
        corners, invented = _corners_and_invented(self._records, size, x.shape)
        return Variants(x, corners, invented, names)


class _Partners:
    """The second half of a batch, which is mixed into the first, and the labels.

    `shares` is (rows, pictures): how much of each picture's label a row has.
    """

    def __init__(self):
        self.are_on, self.shares = False, None

    def begin(self, numbers, count):
        """Start with the pictures `numbers` of `count` in the rows of a batch."""
        self.are_on, self.shares = True, np.eye(count, dtype="float32")[numbers]

    def end(self):
        """Let layers mix the rows of a batch as they do in training."""
        self.are_on, self.shares = False, None

    def mix(self, layer, x, key):
        """Mix each row with the one in the other half; labels in the same shares."""
        half = x.shape[0] // 2
        parameters = type(layer).draw(layer, key, x.shape)
        order = np.roll(np.arange(2 * half), half)
        parameters = {**parameters, "permutation_order": order}
        self.shares = layer.mixed_labels(jnp.asarray(self.shares), parameters)
        return type(layer).transform(layer, x, parameters)


def _mixture(shares):
    """((index, share), ...) of a row of shares, the largest first."""
    order = np.argsort(-shares, kind="stable")
    return tuple((int(i), float(shares[i])) for i in order if shares[i] > 0)


def _fitted(picture, like):
    """An image with the size, channels and dtype of another."""
    like, x = np.asarray(like), np.asarray(picture)
    if x.shape[:2] != like.shape[:2]:
        x = resize(x.astype("float32"), like.shape[:2], "bilinear")
    if x.shape[-1] != like.shape[-1]:
        x = np.broadcast_to(x[..., :1], like.shape)
    return x.astype(like.dtype)


def _layer_and_fixed(layer, layers):
    """A random layer, and the layers that also act outside of training."""
    return [
        other
        for other in flatten_layers(layers)
        if other is layer
        or isinstance(other, flip_rotate_zoom.RandomCrop)
        or not isinstance(other, Augmentation)
    ]


def first(variants):
    """The first variant, as Variants."""
    return Variants(
        variants.pictures[:1],
        variants.corners[:1],
        variants.invented[:1],
        variants.names[:1],
    )


def flatten_layers(layers):
    """Yield the layers of a list; Sequentials are replaced by their layers."""
    for layer in layers:
        if isinstance(layer, Sequential):
            yield from flatten_layers(layer.layers)
        else:
            yield layer


def _random(chain):
    return [
        layer
        for layer in flatten_layers(chain.layers)
        if isinstance(layer, Augmentation)
    ]


def _called(layer, x, key, training):
    if not layer.built:
        layer.build_for(x)
    values = functional_call.values_of(layer)
    # New layers with a seed of their own draw from its first state.
    seeds = {
        generator: np.array([generator.seed & 0xFFFFFFFF, 0], np.uint32)
        for generator in layer.seed_generators()
        if generator.seed is not None
    }
    return functional_call.apply(
        layer, values, x, training=training, key=key, seeds=seeds
    ).y


def _own_change(layer, x, key):
    """The transformation of the layer's class, without the recording."""
    cls = type(layer)
    if cls.change is not Augmentation.change:
        return cls.change(layer, x, key)
    return cls.transform(layer, x, cls.draw(layer, key, x.shape))


def _corners_and_invented(records, size, shape):
    """(corners, invented) of the images after all maps; unknown if sizes do not fit.

    Another layer in between may have changed the size in an unknown way.
    """
    count, rows, columns = shape[:3]
    ends = [size, *(after for _, _, after in records)]
    starts = [*(before for _, before, _ in records), (rows, columns)]
    if ends != starts:
        unknown = np.full((count, 4, 2), np.nan), np.zeros(shape[:3], bool)
        return unknown
    points = np.repeat(corners_of(rows, columns)[None], count, 0)
    original = jnp.ones((count, *size, 1), "float32")
    for maps, _, after in records:
        original = original if maps is None else _map_mask(original, maps, after)
    for maps, _, _ in reversed(records):
        if maps is not None:
            a = np.asarray(maps, "float64").reshape(-1, 2, 3)
            points = np.einsum("nij,nkj->nki", a[..., :2], points) + a[:, None, :, 2]
    return points, np.asarray(original)[..., 0] == 0


def _map_mask(mask, maps, size):
    """1 for the pixels of the result, of `size`, that come from the image; else 0."""
    padding = [(0, max(0, n - m)) for n, m in zip(size, mask.shape[1:3], strict=True)]
    mask = jnp.pad(mask, ((0, 0), *padding, (0, 0)))
    mask = image_geometry.affine(mask, maps, "nearest", "constant", 0.0)
    return mask[:, : size[0], : size[1]]


def ends(layer):
    """[(name, change, maps)] of both ends of each range of a random layer.

    `change` and `maps` are functions like the methods of the layer's class.
    """
    kind = type(layer)
    if isinstance(layer, flip_rotate_zoom.RandomFlip):
        return [
            _flip(side) for side in ("horizontal", "vertical") if side in layer.mode
        ]
    if isinstance(layer, flip_rotate_zoom.RandomCrop):
        return [_crop(layer, "top left", 0), _crop(layer, "bottom right", 1)]
    if isinstance(layer, brightness_contrast.RandomContrast):
        low, high = 1 - layer.factor[0], 1 + layer.factor[1]
        return [_contrast(value) for value in (low, high) if low != high]
    extremes = []
    for name, low, high, settings in _ranges(layer):
        for value in (low, high) if low != high else ():
            text = f"{kind.__name__} {name}: {value:+.4g}".replace("-", "\u2212")
            config = layer.get_config() | settings(value)
            extremes.append((text, *_methods_of(kind.from_config(config))))
    return extremes


def _ranges(layer):
    """Yield (argument, low, high, function from a value to deterministic arguments)."""
    if isinstance(
        layer, flip_rotate_zoom.RandomRotation | brightness_contrast.RandomBrightness
    ):
        yield "factor", *layer.factor, lambda v: {"factor": (v, v)}
    elif isinstance(layer, flip_rotate_zoom.RandomZoom):
        both = layer.width_range is None

        def high(v):
            return {"height_factor": (v, v), "width_factor": None if both else (0, 0)}

        yield "height_factor", *layer.height_range, high
        if not both:
            yield (
                "width_factor",
                *layer.width_range,
                lambda v: {"height_factor": (0, 0), "width_factor": (v, v)},
            )
    elif isinstance(layer, flip_rotate_zoom.RandomTranslation):
        yield (
            "height_factor",
            *layer.height_range,
            lambda v: {"height_factor": (v, v), "width_factor": (0, 0)},
        )
        yield (
            "width_factor",
            *layer.width_range,
            lambda v: {"height_factor": (0, 0), "width_factor": (v, v)},
        )


def _methods_of(pinned_layer):
    def change(layer, x, key):
        return type(pinned_layer).change(pinned_layer, x, key)

    def maps(layer, *args):
        return type(pinned_layer).maps(pinned_layer, *args)

    return change, maps


def _flip(side):
    is_horizontal = side == "horizontal"

    def change(layer, x, key):
        return x[:, :, ::-1] if is_horizontal else x[:, ::-1]

    def maps(layer, key, count, height, width):
        all_true, all_false = jnp.ones(count, bool), jnp.zeros(count, bool)
        return image_geometry.flips(
            *((all_true, all_false) if is_horizontal else (all_false, all_true)),
            height,
            width,
        )

    return f"RandomFlip {side}", change, maps


def _crop(layer, name, fraction):
    def free_space(height, width):
        return max(height - layer.height, 0), max(width - layer.width, 0)

    def change(layer, x, key):
        if x.shape[1] < layer.height or x.shape[2] < layer.width:
            return flip_rotate_zoom.RandomCrop.change(layer, x, key)
        top, left = (fraction * n for n in free_space(*x.shape[1:3]))
        return x[:, top : top + layer.height, left : left + layer.width]

    def maps(layer, key, count, height, width):
        if height < layer.height or width < layer.width:
            return flip_rotate_zoom.RandomCrop.maps(layer, key, count, height, width)
        top, left = (
            jnp.full(count, -1.0 * fraction * n) for n in free_space(height, width)
        )
        return image_geometry.translations(top, left)

    return f"RandomCrop: {name}", change, maps


def _contrast(value):
    def change(layer, x, key):
        return layer.with_contrast(x, jnp.asarray(value, x.dtype))

    def maps(layer, *args):
        return None

    return f"RandomContrast: ×{value:.4g}", change, maps
