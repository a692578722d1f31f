"""`nbkeras.explain`: why a model gives a class, in a notebook or a script."""

from collections.abc import Sequence
from typing import Any

from nbkeras.analysis.explanation.explain import Baseline, Explainer, Method
from nbkeras.core.annotations import DataFormat
from nbkeras.models.model import Model
from nbkeras.notebook.explanation.session import ExplanationSession
from nbkeras.notebook.explanation.widget import ExplanationView


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
    seed: int = 0,
    class_names: Sequence[str] | None = None,
    data_format: DataFormat | None = None,
) -> ExplanationView:
    """Explain why a model gives a class: five maps side by side, each of them tested.

    Grad-CAM, gradients, SmoothGrad, integrated gradients and occlusion, for any class
    of any image. Beside each map stand its curves of deletion and insertion against
    random orders of pixels, and its rank correlation with the map of random weights.

    Args:
        model: any model that takes images; it need not be compiled.
        images: as `model.predict` takes them; see `nbkeras.analysis.explain`.
        classes: a class number for all images or one for each; None for those that are
            predicted.
        methods: some of "grad_cam", "gradients", "smooth_grad",
            "integrated_gradients", "occlusion"; None for all that the model allows.
        output: number or name of the output, for a model with several.
        layer: name of the layer for Grad-CAM; None for the last convolution.
        baseline: "black", "mean", "blur" or an array: the image without content.
        steps: gradients of the integral. samples: noisy copies of SmoothGrad.
        window: pixels of occlusion's window.
        seed: of noise, random orders and random weights.
        class_names: in the order of the class numbers.
        data_format: "channels_first" or "channels_last"; None to ask the model.

    Returns:
        The view, a widget: `.item` with the maps of the chosen image as arrays,
        `.explanation()` of all images, `.figure()` for Matplotlib, `.code`.

    Raises:
        ValueError: no images, no such class, method, output or layer.
        TypeError: no model.

    >>> from nbkeras import Input, Sequential, layers
    >>> model = Sequential([Input((8, 8, 1)), layers.Conv2D(4, 3, activation="relu"),
    ...     layers.Flatten(), layers.Dense(3, activation="softmax")])
    >>> view = explain(model, np.ones((2, 8, 8, 1)), methods=["occlusion"])
    >>> view.item.maps["occlusion"].heat.shape
    (8, 8)
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
    )
    labels = explainer.labels(classes)
    return ExplanationView(ExplanationSession(explainer, labels))
