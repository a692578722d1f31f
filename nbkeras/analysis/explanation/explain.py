"""`explain`: maps of the pixels behind a predicted class, with their fidelity."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike

from nbkeras.analysis.explanation.attribution_methods import (
    CompiledMethods,
    compiled_methods,
)
from nbkeras.analysis.explanation.explained_images import (
    METHODS,
    ExplainedImage,
    ExplainedImages,
    PixelMap,
)
from nbkeras.analysis.explanation.fidelity import (
    CURVE_STEPS,
    area,
    deletion_and_insertion,
    pixel_ranks,
    rank_correlation,
)
from nbkeras.analysis.explanation.image_files import (
    Preprocess,
    are_files,
    read_files,
)
from nbkeras.analysis.explanation.layout import Layout, layout_of
from nbkeras.analysis.explanation.score import Head, head_of
from nbkeras.analysis.explanation.target_layer import target_layer
from nbkeras.analysis.image_samples.samples import first_batch
from nbkeras.analysis.image_samples.value_range import value_range
from nbkeras.analysis.layer_outputs.tapped import run_tapped
from nbkeras.core import check
from nbkeras.core.annotations import DataFormat
from nbkeras.models.model import Model

Method = Literal[
    "grad_cam", "gradients", "smooth_grad", "integrated_gradients", "occlusion"
]
Baseline = Literal["black", "mean", "blur"] | ArrayLike
# Points of the curves, and number of random pixel orders to compare with.
RANDOM_ORDERS = 5
# Occlusion windows along the longer side of an image; they overlap by half.
WINDOWS = 7
# Standard deviation of SmoothGrad's noise, as a fraction of the image's value range.
NOISE = 0.15
# Standard deviation of the blurred baseline, as a fraction of the longer side.
BLUR = 0.1
MOST_IMAGES = 64


def explain(
    model: Model,
    images: Any,
    *,
    classes: int | Sequence[int] | None = None,
    methods: Sequence[Method] | None = None,
    output: int | str | None = None,
    layer: str | None = None,
    baseline: Baseline = "black",
    steps: int = 64,
    samples: int = 64,
    window: int | None = None,
    fidelity: bool = True,
    sanity: bool = True,
    seed: int = 0,
    class_names: Sequence[str] | None = None,
    data_format: DataFormat | None = None,
    preprocess: Preprocess | None = None,
) -> ExplainedImages:
    """Explain a class of each image by five methods, and test the fidelity of each map.

    The explained score is the logit of the class if the output ends in a softmax or
    sigmoid, otherwise the output itself. Scores of an output map, as in segmentation,
    are averaged over its positions.

    Args:
        model: any model that takes images: Sequential, functional, nested, subclassed
            or loaded; it need not be compiled.
        images: (count, height, width, channels) as for `model.predict`, a single image,
            images without a channel axis, a list or dict for several inputs, (x, y), an
            iterator of batches, of which the first is used; or a file, a list of files,
            or a folder, of which 12 files are read, alternating between its subfolders.
        classes: a class number for all images or one for each; None for the predicted
            classes.
        methods: some of "grad_cam", "gradients", "smooth_grad",
            "integrated_gradients", "occlusion"; None for all that the model supports.
        output: number or name of the output, for a model with several.
        layer: name of the layer for Grad-CAM ("base/conv5" inside a nested model);
            None for the last convolution that the output depends on.
        baseline: the image without information, for integrated gradients, occlusion and
            the curves: "black" (the lowest value), "mean", "blur", or an array with the
            shape of one image.
        steps: number of steps of the integral.
        samples: number of noisy copies for SmoothGrad.
        window: occlusion window in pixels; None for a seventh of the longer side.
        fidelity: compute deletion and insertion curves.
        sanity: compare the maps with those of random weights.
        seed: seed of noise, random orders and random weights.
        class_names: in the order of the class numbers; None for those of an iterator or
            of the subfolders of a folder, if there is one for each class.
        data_format: "channels_first" or "channels_last"; None to infer it.
        preprocess: function of float32 (height, width, channels) with values 0 to 255,
            applied to files; None scales them to 0 to 1, unless the model begins with
            `Rescaling` or `Normalization`.

    Returns:
        `ExplainedImages`, with `.heat(method)` and `.items[i].maps[method]`; it prints
        as a table.

    Raises:
        ValueError: there are no images, or no such class, method, output or layer.
        FileNotFoundError: there is no such file or folder.
        TypeError: `model` is not a model.

    Sources: Selvaraju et al., "Grad-CAM" (ICCV 2017); Simonyan et al., "Deep Inside
    Convolutional Networks" (2013); Smilkov et al., "SmoothGrad" (2017); Sundararajan et
    al., "Axiomatic Attribution for Deep Networks" (ICML 2017); Zeiler and Fergus,
    "Visualizing and Understanding Convolutional Networks" (ECCV 2014); curves: Petsiuk
    et al., "RISE" (BMVC 2018); random weights: Adebayo et al., "Sanity Checks for
    Saliency Maps" (NeurIPS 2018).

    >>> from nbkeras import Input, Sequential, layers
    >>> model = Sequential([Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"),
    ...     layers.Flatten(), layers.Dense(3, activation="softmax")])
    >>> x = np.ones((2, 8, 8, 1))
    >>> result = explain(model, x, classes=1, methods=["grad_cam"], sanity=False)
    >>> result.heat("grad_cam").shape
    (2, 8, 8)
    """
    explainer = Explainer(
        model,
        images,
        methods=methods,
        output=output,
        layer=layer,
        baseline=baseline,
        steps=steps,
        samples=samples,
        window=window,
        seed=seed,
        class_names=class_names,
        data_format=data_format,
        preprocess=preprocess,
    )
    items = []
    for index, label in enumerate(explainer.labels(classes)):
        *_, item = explainer.work(index, label, fidelity, sanity)
        items.append(item)
    return explainer.explanation(items)


class Explainer:
    """Compute the maps of `explain`, image by image and method by method.

    Args: see `explain`.

    Attributes:
        images: (count, height, width, channels). files: their paths, or None.
        methods, layer, head, layout, window: as resolved for the model.
    """

    def __init__(
        self,
        model: Any,
        images: Any,
        *,
        methods: Sequence[Method] | None = None,
        output: int | str | None = None,
        layer: str | None = None,
        baseline: Baseline = "black",
        steps: int = 64,
        samples: int = 64,
        window: int | None = None,
        seed: int = 0,
        class_names: Sequence[str] | None = None,
        data_format: DataFormat | None = None,
        preprocess: Preprocess | None = None,
        owner: str = "explain",
    ) -> None:
        if not isinstance(model, Model):
            raise TypeError(
                f"{owner}: needs a model, and got a {type(model).__name__}. Write for "
                f"example nbkeras.{owner}(model, x_test[:4])."
            )
        self.owner, self.model = owner, model
        self.steps = check.positive_int(owner, "steps", steps, example=64)
        self.samples = check.positive_int(owner, "samples", samples, example=64)
        self.seed = check.whole(owner, "seed", seed)
        self.files: tuple[str, ...] | None = None
        self.preprocess = preprocess
        names = None
        if are_files(images):
            files = read_files(owner, model, images, preprocess, MOST_IMAGES)
            images, self.files, names = files.images, files.paths, files.class_names
        elif _are_batches(images):
            images, names = first_batch(owner, images)
        leaves, structure, place = image_leaves(owner, images)
        self._leaves, self._place = leaves, place
        self.count = len(leaves[place])
        model.build_for(jax.tree.unflatten(structure, leaves))
        example = [leaf[:1] for leaf in leaves]
        shape = leaves[place].shape
        self.layout: Layout = layout_of(model, shape, data_format)
        self.images = self.layout.channels_last(leaves[place])
        self.range = value_range(self.images)
        x = jax.tree.unflatten(structure, [leaf[:8] for leaf in leaves])
        tapped = run_tapped(model, model.current_values(), x)
        self.head: Head = head_of(owner, model, tapped, output)
        target = target_layer(
            owner, model, jax.tree.unflatten(structure, example), self.head, layer
        )
        self.target, self.layer = target if target else (None, None)
        self.methods = _methods(owner, methods, self.target)
        self.compiled: CompiledMethods = compiled_methods(
            model, self.layout, self.head, self.target, example, structure, place
        )
        longer = max(self.layout.size)
        window = max(1, round(longer / WINDOWS)) if window is None else window
        self.window = check.positive_int(owner, "window", window, example=8)
        self._set_baseline(baseline)
        if class_names is not None and len(class_names) != self.head.num_classes:
            raise ValueError(
                f"{owner}: there are {len(class_names)} class_names, and the output "
                f"has {self.head.num_classes} classes. Give one name for each class, "
                "in the order of the numbers."
            )
        if class_names is None and names and len(names) == self.head.num_classes:
            class_names = names
        self.class_names = class_names
        self._random_values: Any = None
        self._answers: dict[int, Any] = {}

    def _set_baseline(self, baseline):
        images = self._leaves[self._place]
        self._baselines = _baselines(self.owner, baseline, images, self)
        self.baseline_name = baseline if isinstance(baseline, str) else "array"

    def with_baseline(self, baseline: Baseline) -> "Explainer":
        """The same Explainer with another baseline."""
        other = copy.copy(self)
        other._set_baseline(baseline)
        return other

    @property
    def unit(self) -> str:
        """The kind of the scores, "logit" or "output"."""
        is_logit = self.head.kind in ("softmax", "sigmoid", "logits")
        return "logit" if is_logit else "output"

    def labels(self, classes: Any) -> list[int]:
        """One class number for each image; None gives the predicted ones."""
        if classes is None:
            return [self.answer(i)[2] for i in range(self.count)]
        labels = [classes] * self.count if np.ndim(classes) == 0 else list(classes)
        if len(labels) != self.count:
            raise ValueError(
                f"{self.owner}: there are {len(labels)} classes for {self.count} "
                f"images. Write one number for all, or {self.count} of them."
            )
        return [self.label(label) for label in labels]

    def label(self, label: Any) -> int:
        """`label` as a class number; raises if there is no such class."""
        number = int(label) if isinstance(label, np.integer) else label
        if not check.is_int(number) or not 0 <= number < self.head.num_classes:
            raise ValueError(
                f"{self.owner}(classes={label!r}): the output has the classes 0 to "
                f"{self.head.num_classes - 1}. Write for example classes=0, or leave "
                "it out for the predicted class."
            )
        return number

    def answer(self, index: int) -> tuple[np.ndarray, np.ndarray, int]:
        """(scores, confidences, most confident class) of one image."""
        if index not in self._answers:
            self._answers[index] = self._ask(index)
        return self._answers[index]

    def _ask(self, index):
        parts = self.compiled.predict(self.model.current_values(), self._one(index))
        scores, confidences = map(np.asarray, parts)
        return scores, confidences, int(confidences.argmax())

    def begin(self, index: int, label: int) -> ExplainedImage:
        """The prediction for one image, without maps."""
        scores, confidences, predicted = self._answers[index] = self._ask(index)
        one = self._one(index)
        one[self._place] = jnp.asarray(self._baselines[index][None])
        baseline_scores, _ = self.compiled.predict(self.model.current_values(), one)
        score = float(baseline_scores[label])
        return ExplainedImage(label, predicted, scores, confidences, score, {})

    def work(
        self, index: int, label: int, fidelity: bool = True, sanity: bool = True
    ) -> Iterator[ExplainedImage]:
        """Compute maps, curves and sanity checks; yields the item after each."""
        item, values = self.begin(index, label), self.model.current_values()
        for method in self.methods:
            maps = {**item.maps, method: self._map(method, values, index, item)}
            item = replace(item, maps=maps)
            yield item
        if fidelity:
            item = self._with_random_orders(values, index, item)
            for method in self.methods:
                item = self._with_curves(values, index, item, method)
                yield item
        if sanity:
            values = self.random_values()
            for method in self.methods:
                other = self._map(method, values, index, item)
                pixel_map = item.maps[method]
                agreement = rank_correlation(pixel_map.heat, other.heat)
                pixel_map = replace(pixel_map, sanity=agreement)
                item = replace(item, maps={**item.maps, method: pixel_map})
                yield item

    def pieces(self, fidelity: bool = True, sanity: bool = True) -> int:
        """The number of times that `work` yields."""
        return len(self.methods) * (1 + fidelity + sanity)

    def explanation(self, items: Sequence[ExplainedImage]) -> ExplainedImages:
        """The ExplainedImages of `items`, which belong to the first images in order."""
        return ExplainedImages(
            self.images[: len(items)],
            tuple(items),
            self.methods,
            self.class_names,
            self.layer,
            self.head.name,
            self.unit,
            self.window,
            tuple(self.notes()),
            None if self.files is None else self.files[: len(items)],
        )

    def notes(self) -> list[str]:
        """Notes on this model, as sentences."""
        if self.target is not None:
            return []
        return [
            "Grad-CAM needs a convolution whose output is a map of positions; the "
            "output depends on none."
        ]

    def random_values(self) -> dict[str, Any]:
        """The model's weights with the values of each array shuffled."""
        if self._random_values is None:
            key = jax.random.key(self.seed)
            self._random_values = {
                path: _shuffled(jax.random.fold_in(key, i), value)
                for i, (path, value) in enumerate(self.model.current_values().items())
            }
        return self._random_values

    def _one(self, index):
        """One image with the model's other inputs, arrays (1, ...)."""
        return [jnp.asarray(leaf[index : index + 1]) for leaf in self._leaves]

    def _map(self, method, values, index, item) -> PixelMap:
        one, layout, label = self._one(index), self.layout, item.label
        if method == "grad_cam":
            small, heat = self.compiled.grad_cam(values, one, label)
            return PixelMap(method, np.asarray(heat), np.asarray(small))
        if method == "occlusion":
            return self._occlusion(values, one, index, item)
        if method == "gradients":
            pixels = self.compiled.gradients(values, one, label)
        elif method == "smooth_grad":
            pixels = self._smooth(values, one, label, index)
        else:
            pixels = self._integral(values, one, label, index)
        if method == "integrated_gradients":
            heat = jax.nn.relu(layout.plane(pixels[None], jnp.sum))
        else:
            heat = layout.plane(jnp.abs(pixels[None]), jnp.max)
        attribution = layout.channels_last(pixels[None])[0]
        gap = None
        if method == "integrated_gradients" and values is not self._random_values:
            difference = float(item.scores[label]) - item.baseline_score
            gap = float(attribution.sum(dtype="float64")) - difference
        heat = np.asarray(heat[0], "float32")
        return PixelMap(method, heat, attribution, gap=gap)

    def _smooth(self, values, one, label, index):
        """SmoothGrad: the mean gradient of noisy copies, in whole batches."""
        run, rows = self.compiled.noisy_gradients, self.compiled.rows
        image = self.images[index]
        deviation = NOISE * float(image.max() - image.min())
        batches = -(-self.samples // rows)
        key = jax.random.fold_in(jax.random.key(self.seed), index)
        keys = [jax.random.fold_in(key, i) for i in range(batches)]
        parts = [run(values, one, label, key, deviation) for key in keys]
        return _total(parts) / (batches * rows)

    def _integral(self, values, one, label, index):
        """Integrated gradients from the baseline, by the midpoint rule."""
        rows, baseline = self.compiled.rows, self._baselines[index]
        batches = -(-self.steps // rows)
        places = np.zeros(batches * rows, "float32")
        weights = np.zeros_like(places)
        places[: self.steps] = (np.arange(self.steps) + 0.5) / self.steps
        weights[: self.steps] = 1 / self.steps
        return _total(
            [
                self.compiled.path_gradients(values, one, baseline, label, *part)
                for part in zip(
                    places.reshape(-1, rows), weights.reshape(-1, rows), strict=True
                )
            ]
        )

    def _occlusion(self, values, one, index, item):
        """Occlusion: the mean drop of the score over the windows that cover a pixel."""
        height, width = self.layout.size
        tops, lefts = _corners(height, self.window), _corners(width, self.window)
        corners = np.array([(y, x) for y in tops for x in lefts], "int32")
        rows, baseline = self.compiled.rows, self._baselines[index]
        padded = np.resize(corners, (-(-len(corners) // rows) * rows, 2))
        parts = [
            self.compiled.occluded(
                values, one, baseline, item.label, *part.T, self.window
            )
            for part in padded.reshape(-1, rows, 2)
        ]
        scores = np.concatenate([np.asarray(part) for part in parts])[: len(corners)]
        if values is self._random_values:
            score = float(self.compiled.predict(values, one)[0][item.label])
        else:
            score = float(item.scores[item.label])
        drops, covers = np.zeros((height, width)), np.zeros((height, width))
        for (y, x), fall in zip(corners, score - scores, strict=True):
            drops[y : y + self.window, x : x + self.window] += fall
            covers[y : y + self.window, x : x + self.window] += 1
        attribution = (drops / covers).astype("float32")
        return PixelMap("occlusion", np.maximum(attribution, 0), attribution)

    def _with_random_orders(self, values, index, item):
        shape = np.zeros(self.layout.size)
        orders = [
            pixel_ranks(shape, self.seed + 1 + number)
            for number in range(RANDOM_ORDERS)
        ]
        curves = [self._curves(values, index, item.label, ranks) for ranks in orders]
        deletion, insertion = (np.stack(part) for part in zip(*curves, strict=True))
        return replace(
            item,
            fractions=np.linspace(0, 1, CURVE_STEPS),
            random_deletion=deletion,
            random_insertion=insertion,
        )

    def _with_curves(self, values, index, item, method):
        pixel_map = item.maps[method]
        ranks = pixel_ranks(pixel_map.heat, self.seed)
        deletion, insertion = self._curves(values, index, item.label, ranks)
        pixel_map = replace(
            pixel_map,
            deletion=deletion,
            insertion=insertion,
            deletion_area=area(item.fractions, deletion),
            insertion_area=area(item.fractions, insertion),
        )
        return replace(item, maps={**item.maps, method: pixel_map})

    def _curves(self, values, index, label, ranks):
        """(deletion, insertion): confidences for increasing fractions of the pixels."""
        one, baseline = self._one(index), self._baselines[index]

        def confidences(counts, keep):
            return self.compiled.erased(
                values, one, baseline, label, ranks, counts, keep
            )

        return deletion_and_insertion(confidences, ranks.size, self.compiled.rows)


def _are_batches(images):
    return hasattr(images, "__next__") or hasattr(images, "epoch")


def image_leaves(owner: str, images: Any) -> tuple[list[Any], Any, int]:
    """(arrays, their tree structure, index of the images), with images as floats.

    Raises:
        ValueError: no array looks like images.
    """
    if isinstance(images, tuple) and len(images) > 1 and np.ndim(images[0]) >= 3:
        images = images[0]
    leaves, structure = jax.tree.flatten(images)
    leaves = [np.asarray(leaf) for leaf in leaves]
    if len(leaves) == 1 and leaves[0].ndim in (2, 3):
        # Without a channel axis, a batch and a single image are ambiguous: three axes
        # are one image only if the last or the first looks like channels.
        array = leaves[0]
        if array.ndim == 2 or array.shape[-1] in (1, 3, 4) or array.shape[0] in (1, 3):
            leaves = [array[None]]
    place = next((i for i, leaf in enumerate(leaves) if leaf.ndim == 4), None)
    if place is None:
        place = next((i for i, leaf in enumerate(leaves) if leaf.ndim == 3), None)
    if (
        place is None
        or not leaves[place].size
        or leaves[place].dtype.kind not in "fiub"
    ):
        shapes = ", ".join(str(leaf.shape) for leaf in leaves) or "nothing"
        raise ValueError(
            f"{owner}: needs images of shape (count, height, width, channels), and got "
            f"{shapes}. Write for example {owner}(model, x_test[:4])."
        )
    if len(leaves[place]) > MOST_IMAGES:
        leaves = [leaf[:MOST_IMAGES] for leaf in leaves]
    leaves[place] = leaves[place].astype("float32")
    return leaves, structure, place


def _methods(owner, methods, target):
    if methods is None:
        return tuple(m for m in METHODS if m != "grad_cam" or target is not None)
    names = (methods,) if isinstance(methods, str) else tuple(methods)
    for name in names:
        check.choice(owner, "methods", name, METHODS)
    if "grad_cam" in names and target is None:
        raise ValueError(
            f"{owner}: Grad-CAM needs a convolution whose output is a map of "
            "positions, and the output depends on none. Write for example "
            'methods=["integrated_gradients", "occlusion"].'
        )
    return tuple(dict.fromkeys(names))


def _baselines(owner, baseline, images, explainer):
    """One baseline for each image, with the shape of the image."""
    if isinstance(baseline, str):
        check.choice(owner, "baseline", baseline, ("black", "mean", "blur"))
        if baseline == "black":
            return np.full_like(images, explainer.range.low)
        if baseline == "mean":
            axes = (explainer.layout.height, explainer.layout.width)
            means = images.mean(axis=axes, keepdims=True)
            return np.broadcast_to(means, images.shape).astype("float32")
        return _blurred(images, explainer.layout)
    array = np.asarray(baseline, "float32")
    try:
        return np.broadcast_to(array, images.shape)
    except ValueError:
        raise ValueError(
            f"{owner}: the baseline has the shape {array.shape}, and an image "
            f"{images.shape[1:]}. Give an array of that shape, or write "
            'baseline="mean".'
        ) from None


def _blurred(images, layout):
    from scipy.ndimage import gaussian_filter1d

    deviation = BLUR * max(layout.size)
    for axis in (layout.height, layout.width):
        images = gaussian_filter1d(images, deviation, axis=axis, mode="nearest")
    return images


def _corners(length, window):
    """Start positions of windows that overlap by half and cover both ends."""
    last = max(length - window, 0)
    corners = list(range(0, last + 1, max(1, window // 2)))
    return corners if corners[-1] == last else [*corners, last]


def _shuffled(key, value):
    if not jnp.issubdtype(value.dtype, jnp.floating) or value.size < 2:
        return value
    return jax.random.permutation(key, value.ravel()).reshape(value.shape)


def _total(parts):
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total
