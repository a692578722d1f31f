"""Maps of the pixels that matter for a class, and evidence of their fidelity."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

METHODS = (
    "grad_cam",
    "gradients",
    "smooth_grad",
    "integrated_gradients",
    "occlusion",
)
# Above this correlation with the map of random weights, a map ignores the model.
SAME_WITHOUT_TRAINING = 0.75


@dataclass(frozen=True)
class PixelMap:
    """The map of one method for one image and class.

    Attributes:
        method: one of `METHODS`.
        heat: (height, width) float32, non-negative relevance of each pixel. Evidence
            against the class is 0 in Grad-CAM, integrated gradients and occlusion;
            gradients and SmoothGrad use absolute values.
        attribution: the signed values behind `heat`: (height, width, channels) for
            gradients, SmoothGrad and integrated gradients; (height, width) for
            occlusion; at the layer's resolution for Grad-CAM.
        deletion: confidence as pixels are deleted in the order of `heat`.
        insertion: confidence as they are inserted into the baseline.
        deletion_area, insertion_area: areas under the two curves; see
            `ExplainedImage.verdict`.
        sanity: rank correlation with the map of random weights; None if not computed or
            if one of the maps is constant.
        gap: for integrated gradients, their sum minus the score difference between
            image and baseline; 0 for an exact integral.
    """

    method: str
    heat: np.ndarray
    attribution: np.ndarray
    deletion: np.ndarray | None = None
    insertion: np.ndarray | None = None
    deletion_area: float | None = None
    insertion_area: float | None = None
    sanity: float | None = None
    gap: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no pixel is relevant."""
        return not bool(self.heat.max(initial=0) > 0)

    @property
    def is_insensitive(self) -> bool | None:
        """Whether random weights give almost the same map; None if not computed."""
        return None if self.sanity is None else self.sanity >= SAME_WITHOUT_TRAINING


@dataclass(frozen=True)
class ExplainedImage:
    """The maps of one image for one class.

    Attributes:
        label: the explained class. predicted: the predicted class.
        scores: (classes,) explained scores: logits if the output has them.
        confidences: (classes,) probabilities, or the outputs of a regression.
        baseline_score: score of the baseline for the class.
        maps: {method: PixelMap}.
        fractions: (steps,) fractions of the pixels, the x axis of the curves.
        random_deletion, random_insertion: (orders, steps) curves of random orders.
    """

    label: int
    predicted: int
    scores: np.ndarray
    confidences: np.ndarray
    baseline_score: float
    maps: dict[str, PixelMap]
    fractions: np.ndarray | None = None
    random_deletion: np.ndarray | None = None
    random_insertion: np.ndarray | None = None

    def verdict(self, method: str) -> str | None:
        """How faithful a map is, comparing its curves with those of random orders.

        "faithful": deleting pixels in the order of the map lowers the confidence faster
        than every random order, and inserting them raises it faster. "partly": one of
        the two. "no better than random": neither. "empty": no pixel is relevant. None
        without curves.
        """
        pixel_map = self.maps[method]
        if pixel_map.is_empty:
            return "empty"
        lows, highs = self.random_areas
        if pixel_map.deletion_area is None or lows is None or highs is None:
            return None
        deletes = bool(pixel_map.deletion_area < lows.min())
        inserts = bool((pixel_map.insertion_area or 0.0) > highs.max())
        return ("no better than random", "partly", "faithful")[deletes + inserts]

    @property
    def random_areas(self) -> tuple[np.ndarray | None, np.ndarray | None]:
        """(deletion, insertion) areas of the random orders, each (orders,)."""
        if self.random_deletion is None or self.random_insertion is None:
            return None, None
        deletion, insertion = (
            np.trapezoid(curves, self.fractions, axis=1)
            for curves in (self.random_deletion, self.random_insertion)
        )
        return deletion, insertion


@dataclass(frozen=True)
class ExplainedImages:
    """The maps of several images, as returned by `nbkeras.analysis.explain`.

    Attributes:
        images: (count, height, width, channels), the input images.
        items: one ExplainedImage per image.
        methods: names of the methods, in order.
        class_names: names of the classes, or None.
        layer: name of the layer used by Grad-CAM, or None.
        output: name of the output. unit: kind of the scores, "logit" or "output".
        window_px: size of the occlusion window.
        notes: remarks on the model, as sentences.
        files: the path of each image, or None.
    """

    images: np.ndarray
    items: tuple[ExplainedImage, ...]
    methods: tuple[str, ...]
    class_names: Sequence[str] | None = None
    layer: str | None = None
    output: str = "0"
    unit: str = "logit"
    window_px: int = 0
    notes: tuple[str, ...] = field(default=())
    files: tuple[str, ...] | None = None

    def heat(self, method: str) -> np.ndarray:
        """The maps of one method, (count, height, width) float32."""
        return np.stack([item.maps[method].heat for item in self.items])

    def name_of(self, label: int) -> str:
        """The name of a class, or its number."""
        return str(label if self.class_names is None else self.class_names[label])

    def __repr__(self) -> str:
        lines = []
        for number, item in enumerate(self.items):
            name = f"image {number}" if self.files is None else self.files[number]
            lines.append(
                f"{name}: why {self.name_of(item.label)}? "
                f"{item.confidences[item.label]:.3g}, predicted "
                f"{self.name_of(item.predicted)} "
                f"{item.confidences[item.predicted]:.3g}"
            )
            lines += [self._line(item, method) for method in self.methods]
        return "\n".join([*lines, *self.notes])

    def _line(self, item, method):
        pixel_map = item.maps[method]
        parts = [f"  {method:<21}"]
        if pixel_map.deletion_area is not None:
            parts.append(f"deletion {pixel_map.deletion_area:.3f}")
            parts.append(f"insertion {pixel_map.insertion_area:.3f}")
        if pixel_map.sanity is not None:
            parts.append(f"random weights {pixel_map.sanity:+.2f}")
        if verdict := item.verdict(method):
            parts.append(verdict)
        if pixel_map.is_insensitive:
            parts.append("hardly depends on the weights")
        return "  ".join(parts)
