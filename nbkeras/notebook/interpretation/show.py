"""`nbkeras.interpret`: a model's mistakes, in a notebook or a script."""

from collections.abc import Sequence
from typing import Any

from nbkeras.analysis.interpretation import interpret as analysis
from nbkeras.models.model import Model
from nbkeras.notebook.interpretation.session import InterpretationSession
from nbkeras.notebook.interpretation.widget import InterpretationView


def interpret(
    model: Model,
    data: Any,
    y: Any = None,
    *,
    class_names: Sequence[str] | None = None,
    layer: str | None = None,
    output: int | str | None = None,
    batch_size: int = 64,
    steps: int | None = None,
) -> InterpretationView:
    """Analyse a model's mistakes: which images, how confident, and wrong labels.

    Shows the confusion matrix (click a cell to see its images), the most confident
    mistakes, precision and recall by class, calibration, suspected label errors, and a
    map of a layer's features; for a regression, the residuals. Correcting a label or
    removing an image generates code; no file or array is changed.

    Args:
        model: any model; a classifier, or a regression.
        data: x, (x, y), a folder with one subfolder per class, an iterator of an
            ImageDataGenerator, an ImageDataset, or any other iterable of batches.
        y: labels, if not part of `data`.
        class_names: in the order of the class numbers; None for those of the data.
        layer: name of the layer for the feature map; None for the layer before the last
            one with weights.
        output: number or name of the output, for a model with several.
        batch_size: batch size for arrays and folders.
        steps: batches to read; required for an endless generator.

    Returns:
        The view, a widget: `.result` with all numbers as arrays (`.result.confusion`,
        `.result.mistakes`...), `.corrections`, `.code` that applies them, `.figure()`
        for Matplotlib.

    Raises:
        ValueError: the data has no labels, its labels are multi-label, or it does not
            fit the model.
        TypeError: `model` is not a model.

    >>> from nbkeras import Input, Sequential, layers
    >>> model = Sequential([Input((4, 4)), layers.Flatten(),
    ...     layers.Dense(3, activation="softmax")])
    >>> view = interpret(model, np.ones((3, 4, 4)), np.array([0, 1, 2]))
    >>> view.result.confusion.shape
    (3, 3)
    """
    result = analysis.interpret(
        model,
        data,
        y,
        class_names=class_names,
        layer=layer,
        output=output,
        batch_size=batch_size,
        steps=steps,
    )
    return InterpretationView(InterpretationSession(result))
