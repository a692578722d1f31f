"""`nbkeras.explain`: maps that explain a prediction, in a notebook or a script."""

from collections.abc import Sequence
from typing import Any

from nbkeras.analysis.explanation.explain import Baseline, Explainer, Method
from nbkeras.analysis.explanation.image_files import Preprocess
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
    preprocess: Preprocess | None = None,
) -> ExplanationView:
    """Explain a model's prediction: five maps side by side, with tests of fidelity.

    The methods are Grad-CAM, gradients, SmoothGrad, integrated gradients and occlusion,
    for any class of any image. Each map comes with its deletion and insertion curves,
    compared with random pixel orders, and its rank correlation with the map of random
    weights.

    Args:
        model: any model that takes images; it need not be compiled.
        images: images as for `model.predict`, a file, a list of files, or a folder; see
            `nbkeras.analysis.explain`.
        classes: a class number for all images or one for each; None for the predicted
            classes.
        methods: some of "grad_cam", "gradients", "smooth_grad",
            "integrated_gradients", "occlusion"; None for all that the model supports.
        output: number or name of the output, for a model with several.
        layer: name of the layer for Grad-CAM; None for the last convolution.
        baseline: the image without information: "black", "mean", "blur" or an array.
        steps: number of steps of the integral.
        samples: number of noisy copies for SmoothGrad.
        window: occlusion window in pixels.
        seed: seed of noise, random orders and random weights.
        class_names: in the order of the class numbers; None for those of a folder or an
            iterator.
        data_format: "channels_first" or "channels_last"; None to infer it.
        preprocess: function of float32 (height, width, channels) with values 0 to 255,
            applied to files; None scales them to 0 to 1, unless the model begins with
            `Rescaling` or `Normalization`.

    Returns:
        The view, a widget: `.item` has the maps of the selected image as arrays,
        `.explanation()` those of all images; also `.figure()` and `.code`.

    Raises:
        ValueError: there are no images, or no such class, method, output or layer.
        FileNotFoundError: there is no such file or folder.
        TypeError: `model` is not a model.

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
        preprocess=preprocess,
    )
    labels = explainer.labels(classes)
    return ExplanationView(ExplanationSession(explainer, labels))
