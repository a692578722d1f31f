"""Grad-CAM, gradients, occlusion: the computations of the methods, compiled.

There is one program a method, for all classes and weights. It takes one image, makes at
most `rows` perturbed copies of it on the device, and returns arrays there. Weights,
class and image are arguments: changing any of them does not recompile.
"""

import functools
import weakref
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.analysis.explanation.layout import Layout
from nbkeras.analysis.explanation.score import Head
from nbkeras.analysis.layer_outputs.tapped import run_tapped
from nbkeras.layers.engine import introspection
from nbkeras.layers.engine.layer import Layer
from nbkeras.ops.kernels import lowering
from nbkeras.utils import compile_cache

# Limits for the perturbed images of one call: total number of values, and images.
VALUES_AT_ONCE = 1 << 20
MOST_ROWS = 64


class CompiledMethods:
    """The methods for images of one shape, one output and one layer of a model.

    Args:
        model: built.
        layout: layout of its images. head: the output.
        layer: the layer for Grad-CAM, or None.
        example: one image with the model's other inputs, a list of arrays (1, ...).
        structure: tree structure whose leaves are `example`.
        place: index of the image in `example`.
    """

    def __init__(
        self,
        model: Any,
        layout: Layout,
        head: Head,
        layer: Layer | None,
        example: list[Any],
        structure: Any,
        place: int,
    ) -> None:
        # Programs are cached by model in a weak dictionary: do not keep it alive.
        self._model = weakref.ref(model)
        self._layer = None if layer is None else weakref.ref(layer)
        self.layout, self.head = layout, head
        self._structure, self._place = structure, place
        image = example[place]
        self.rows = max(4, min(MOST_ROWS, VALUES_AT_ONCE // max(image.size, 1)))
        compile_cache.turn_on()

    def _tapped(self, values, leaves, images, layers=(), added=None):
        """Run the model on `images`, with the other inputs of the single image."""
        rows = images.shape[0]
        leaves = [
            images if i == self._place else jnp.repeat(leaf, rows, axis=0)
            for i, leaf in enumerate(leaves)
        ]
        x = jax.tree.unflatten(self._structure, leaves)
        return run_tapped(self._model(), values, x, layers, added)

    def _scores(self, values, leaves, images):
        return self.head.scores(self._tapped(values, leaves, images))

    def _class_gradients(self, values, leaves, images, label):
        """Gradients of the class score with respect to each of `images`."""

        def total(images):
            return self._scores(values, leaves, images)[:, label].sum()

        return jax.grad(total)(images)

    @functools.cached_property
    def predict(self) -> Any:
        """(values, leaves) -> scores and confidences, (num_classes,) each."""

        def run(values, leaves):
            tapped = self._tapped(values, leaves, leaves[self._place])
            return self.head.scores(tapped)[0], self.head.confidences(tapped)[0]

        return _compiled(run)

    @functools.cached_property
    def gradients(self) -> Any:
        """(values, leaves, label) -> gradient of the score, shaped like the image."""

        def run(values, leaves, label):
            images = leaves[self._place]
            return self._class_gradients(values, leaves, images, label)[0]

        return _compiled(run)

    @functools.cached_property
    def noisy_gradients(self) -> Any:
        """(values, leaves, label, key, deviation) -> sum of `rows` noisy gradients."""

        def run(values, leaves, label, key, deviation):
            image = leaves[self._place]
            noise = jax.random.normal(key, (self.rows, *image.shape[1:]), image.dtype)
            images = image + deviation * noise
            return self._class_gradients(values, leaves, images, label).sum(axis=0)

        return _compiled(run)

    @functools.cached_property
    def path_gradients(self) -> Any:
        """(values, leaves, baseline, label, places, weights) -> part of the integral.

        The sum, weighted by `weights` (rows,), of the gradients at fractions `places`
        (rows,) of the line from baseline to image, times image minus baseline.
        """

        def run(values, leaves, baseline, label, places, weights):
            image = leaves[self._place][0]
            images = baseline + _column(places, image) * (image - baseline)
            slopes = self._class_gradients(values, leaves, images, label)
            return (_column(weights, image) * slopes).sum(axis=0) * (image - baseline)

        return _compiled(run)

    @functools.cached_property
    def occluded(self) -> Any:
        """(values, leaves, baseline, label, tops, lefts, window) -> (rows,) scores.

        A square of `window` pixels at (top, left) is filled with the baseline.
        """

        def run(values, leaves, baseline, label, tops, lefts, window):
            image = leaves[self._place][0]
            height, width = self.layout.size
            y, x = jnp.arange(height), jnp.arange(width)
            down = (y >= tops[:, None]) & (y < tops[:, None] + window)
            across = (x >= lefts[:, None]) & (x < lefts[:, None] + window)
            covered = self.layout.expand(down[:, :, None] & across[:, None, :])
            images = jnp.where(covered, baseline, image)
            return self._scores(values, leaves, images)[:, label]

        return _compiled(run)

    @functools.cached_property
    def grad_cam(self) -> Any:
        """(values, leaves, label) -> the map at the layer's size, channels first.

        Also returns the map resized to the image, bilinearly.
        """
        assert self._layer is not None

        def run(values, leaves, label):
            layer, image = self._layer(), leaves[self._place]
            shape = jax.eval_shape(
                lambda: self._tapped(values, leaves, image, [layer]).taken[layer]
            )

            def score(added):
                tapped = self._tapped(values, leaves, image, [layer], {layer: added})
                return self.head.scores(tapped)[0, label], tapped.taken[layer]

            zeros = jnp.zeros(shape.shape, shape.dtype)
            slopes, outputs = jax.grad(score, has_aux=True)(zeros)
            slopes, outputs = (
                _channels_last(layer, slopes),
                _channels_last(layer, outputs),
            )
            weights = slopes.mean(axis=(1, 2), keepdims=True)
            small = jax.nn.relu((weights * outputs).sum(axis=-1))[0].astype(jnp.float32)
            return small, jax.image.resize(small, self.layout.size, "bilinear")

        return _compiled(run)

    @functools.cached_property
    def erased(self) -> Any:
        """(values, leaves, baseline, label, ranks, counts, keep) -> (rows,).

        Confidences with the first `counts` pixels by `ranks` (height, width) replaced
        by the baseline, or with all other pixels replaced where `keep` is true.
        """

        def run(values, leaves, baseline, label, ranks, counts, keep):
            image = leaves[self._place][0]
            first = ranks[None] < counts[:, None, None]
            shown = self.layout.expand(first == keep[:, None, None])
            images = jnp.where(shown, image, baseline)
            tapped = self._tapped(values, leaves, images)
            return self.head.confidences(tapped)[:, label]

        return _compiled(run)


def compiled_methods(
    model: Any,
    layout: Layout,
    head: Head,
    layer: Layer | None,
    example: list[Any],
    structure: Any,
    place: int,
) -> CompiledMethods:
    """The `CompiledMethods` for these arguments, cached per model.

    They live as long as the model; adding or removing a layer creates new ones.
    """
    shapes = tuple((leaf.shape[1:], str(leaf.dtype)) for leaf in example)
    walked = model.walk()
    layers = tuple(introspection.creation_number(inner) for inner in walked)
    weights = tuple((p, w.shape) for p, w in model.weights_by_path().items())
    target = None if layer is None else introspection.creation_number(layer)
    key = (layout, head, target, shapes, structure, place, layers, weights)
    key = (*key, lowering.blocks())
    cached = _of_models.setdefault(model, {})
    if key not in cached:
        if len(cached) == KEPT:
            cached.clear()
        cached[key] = CompiledMethods(
            model, layout, head, layer, example, structure, place
        )
    return cached[key]


KEPT = 8
_of_models: weakref.WeakKeyDictionary[Any, dict[Any, CompiledMethods]] = (
    weakref.WeakKeyDictionary()
)


def _compiled(function):
    return jax.jit(function, compiler_options=lowering.compiler_options())


def _column(numbers, image):
    """(rows,) reshaped to (rows, 1, ...), to broadcast with images."""
    return numbers.reshape(-1, *[1] * image.ndim)


def _channels_last(layer, y):
    is_first = getattr(layer, "data_format", None) == "channels_first"
    return jnp.moveaxis(y, 1, -1) if is_first else y
