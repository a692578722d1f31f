"""`nbkeras.interpret`: where a model is wrong, in a notebook or a script."""

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
    """Look at a model's mistakes: which pictures, how sure, and whose fault.

    Confusion matrix (a cell opens its pictures), the most confident mistakes, precision
    and recall by class, calibration, suspected wrong labels, and the features of a
    layer as a map. For a regression the residuals. Correcting a label or leaving a
    picture out gives code; no file and no array is touched.

    Args:
        model: any model; a classifier, or a regression.
        data: x, (x, y), a folder with one folder for each class, an iterator of an
            ImageDataGenerator, an ImageDataset, or anything else that gives batches.
        y: labels, where `data` does not bring them.
        class_names: in the order of the class numbers; None for those of the data.
        layer: name of the layer for the feature map; None for the one before the last
            with weights.
        output: number or name of the output, for a model with several.
        batch_size: for arrays and folders.
        steps: batches to read, needed for an endless generator.

    Returns:
        The view, a widget: `.found` with all numbers as arrays (`.found.confusion`,
        `.found.mistakes`...), `.corrections`, `.code` that applies them, `.figure()`
        for Matplotlib.

    Raises:
        ValueError: data without labels, labels of several classes at once, or data that
            the model cannot take.
        TypeError: no model.

    >>> from nbkeras import Input, Sequential, layers
    >>> model = Sequential([Input((4, 4)), layers.Flatten(),
    ...     layers.Dense(3, activation="softmax")])
    >>> view = interpret(model, np.ones((3, 4, 4)), np.array([0, 1, 2]))
    >>> view.found.confusion.shape
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
