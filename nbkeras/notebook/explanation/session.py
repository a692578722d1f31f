"""ExplanationSession: images, classes and maps of the view as plain data."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from nbkeras.analysis.explanation.explain import Explainer
from nbkeras.analysis.explanation.explained_images import (
    ExplainedImage,
    ExplainedImages,
)
from nbkeras.image.transform.resize import resize

THUMB = 48
SIDE = 160  # largest side of a map or image on the page, in pixels
CACHED = 128
MOST_CLASSES = 12  # listed by confidence; others are selected by number
BASELINES = ("black", "mean", "blur")
DRAWN = (1, 3)


class ExplanationSession:
    """The state of the view for one model and some images.

    Args:
        explainer: an `Explainer`.
        labels: the class explained initially, one per image.
    """

    def __init__(self, explainer: Explainer, labels: list[int]) -> None:
        self.explainer, self.labels = explainer, labels
        self._explainers = {explainer.baseline_name: explainer}
        self._items: dict[tuple[Any, ...], ExplainedImage] = {}

    @property
    def baselines(self) -> list[str]:
        """The baselines that can be chosen."""
        own = self.explainer.baseline_name
        return list(dict.fromkeys([own, *BASELINES]))

    def name_of(self, label: int) -> str:
        """The name of a class, or its number."""
        names = self.explainer.class_names
        return str(label if names is None else names[label])

    def constant_traits(self) -> dict[str, Any]:
        """Traits that never change."""
        explainer = self.explainer
        pixels = [_square(self._shown(i)) for i in range(explainer.count)]
        return {
            "strip": np.stack(pixels).tobytes(),
            "count": explainer.count,
            "names": [Path(path).name for path in explainer.files or ()],
            "methods": list(explainer.methods),
            "baselines": self.baselines,
            "classes": [self.name_of(i) for i in range(explainer.head.num_classes)],
            "layer": explainer.layer or "",
            "unit": explainer.unit if explainer.head.has_probabilities else "output",
            "notes": explainer.notes(),
        }

    def known(self, index: int, label: int, baseline: str) -> ExplainedImage | None:
        """The finished item of an earlier request, or None."""
        return self._items.get((index, label, baseline))

    def forget(self) -> None:
        """Discard finished items, so that maps use the model's current weights."""
        self._items.clear()

    def work(self, index: int, label: int, baseline: str) -> Iterator[ExplainedImage]:
        """Yield the ExplainedImage after each piece, and cache the last one."""
        if baseline not in self._explainers:
            self._explainers[baseline] = self.explainer.with_baseline(baseline)
        explainer = self._explainers[baseline]
        item = explainer.begin(index, label)
        yield item
        for item in explainer.work(index, label):
            yield item
        if len(self._items) == CACHED:
            self._items.clear()
        self._items[index, label, baseline] = item

    def pieces(self) -> int:
        """The number of times that `work` yields."""
        return 1 + self.explainer.pieces()

    def explanation(self, baseline: str) -> ExplainedImages:
        """The explanations of all images, each for its class."""
        items = []
        for index, label in enumerate(self.labels):
            item = self.known(index, label, baseline)
            if item is None:
                *_, item = self.work(index, label, baseline)
            items.append(item)
        return self.explainer.explanation(items)

    def picture(self, index: int) -> np.ndarray:
        """An image as uint8 (height, width, 1 or 3), at its displayed size."""
        return _small(self._shown(index))

    def answer_traits(self, item: ExplainedImage, index: int) -> dict[str, Any]:
        """Traits of a prediction: the image and its classes."""
        picture = self.picture(index)
        confidences = item.confidences
        best = np.argsort(-confidences, kind="stable")[:MOST_CLASSES]
        return {
            "picture": picture.tobytes(),
            "picture_shape": list(picture.shape),
            "best": [[int(i), _finite(confidences[i])] for i in best],
            "score": {
                "score": _finite(item.scores[item.label]),
                "confidence": _finite(item.confidences[item.label]),
                "baseline": _finite(item.baseline_score),
                "predicted": item.predicted,
            },
        }

    def map_traits(self, item: ExplainedImage) -> dict[str, Any]:
        """Traits of the finished maps."""
        cards, heats, curves = [], [], []
        for method in self.explainer.methods:
            pixel_map = item.maps.get(method)
            if pixel_map is None:
                break
            heats.append(heat_bytes(pixel_map.heat))
            has_curves = pixel_map.deletion is not None
            cards.append(
                {
                    "method": method,
                    "verdict": item.verdict(method) or "",
                    "empty": pixel_map.is_empty,
                    "curves": has_curves,
                    "deletion": _finite(pixel_map.deletion_area),
                    "insertion": _finite(pixel_map.insertion_area),
                    "sanity": _finite(pixel_map.sanity),
                    "insensitive": bool(pixel_map.is_insensitive),
                    "gap": _finite(pixel_map.gap),
                }
            )
            if has_curves:
                curves.append([pixel_map.deletion, pixel_map.insertion])
        shape = list(heats[0].shape) if heats else []
        random_curves = b""
        if item.random_deletion is not None and item.random_insertion is not None:
            parts = item.random_deletion, item.random_insertion
            bands = [[part.min(axis=0), part.max(axis=0)] for part in parts]
            random_curves = np.array(bands, "<f4").tobytes()
        return {
            "cards": cards,
            "heats": b"".join(heat.tobytes() for heat in heats),
            "heat_shape": shape,
            "curves": np.array(curves, "<f4").tobytes(),
            "random_curves": random_curves,
        }

    def code(self, index: int, label: int, baseline: str) -> str:
        """Python code that computes the same arrays."""
        options = [f"classes={label}"]
        if baseline != "black":
            options.append(
                "baseline=..." if baseline == "array" else f'baseline="{baseline}"'
            )
        if len(self.explainer.methods) < 5 and self.explainer.layer is not None:
            options.append(f"methods={list(self.explainer.methods)!r}")
        images = f"images[{index}:{index + 1}]"
        if self.explainer.files is not None:
            images = repr(self.explainer.files[index])
            if self.explainer.preprocess is not None:
                options.append("preprocess=...")
        joined = ", ".join(options)
        return (
            f"found = nbkeras.analysis.explain(model, {images}, {joined})\n"
            f'heat = found.heat("{self.explainer.methods[0]}")[0]\n'
            "print(found)"
        )

    def _shown(self, index):
        image = self.explainer.range.to_bytes(self.explainer.images[index])
        return image if image.shape[-1] in DRAWN else image[..., :1]


def heat_bytes(heat: np.ndarray) -> np.ndarray:
    """A map as uint8, scaled to a maximum of 255, at most `SIDE` pixels on a side."""
    top = float(np.max(heat, initial=0.0))
    scaled = heat * (255 / top) if top > 0 and np.isfinite(top) else np.zeros_like(heat)
    return _small(scaled[..., None].astype("float32"))[..., 0]


def _small(image):
    height, width = image.shape[:2]
    if max(height, width) > SIDE:
        share = SIDE / max(height, width)
        size = max(1, round(height * share)), max(1, round(width * share))
        image = resize(image.astype("float32"), size, "area")
    return np.rint(image).clip(0, 255).astype("uint8")


def _square(image):
    """The centre of an image as (THUMB, THUMB, 3)."""
    side = min(image.shape[:2])
    top, left = ((n - side) // 2 for n in image.shape[:2])
    middle = image[top : top + side, left : left + side].astype("float32")
    small = resize(middle, (THUMB, THUMB), "area" if side >= THUMB else "nearest")
    small = np.rint(small).clip(0, 255).astype("uint8")
    return np.broadcast_to(small, (THUMB, THUMB, 3))


def _finite(value):
    """A number for JSON; None if it is missing or not finite."""
    if value is None or not np.isfinite(value):
        return None
    return float(f"{float(value):.6g}")
