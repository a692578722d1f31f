"""XRayView: one training step, layer by layer."""

from typing import Any

import traitlets
from numpy.typing import ArrayLike

from nbkeras.analysis.xray import look as looks
from nbkeras.analysis.xray.findings import diagnose
from nbkeras.models.model import Model
from nbkeras.notebook.widget.base import Widget
from nbkeras.notebook.xray import sentences, static_picture


class XRayView(Widget):
    """The display of `nbkeras.xray(model, batch)`.

    Traits:
        look: the step in the form of `sentences.picture_of`.
    """

    look = traitlets.Dict().tag(sync=True)

    def __init__(self, result):
        self.result = result
        super().__init__(look=sentences.picture_of(result))

    @property
    def layers(self):
        """The layers as `analysis.xray.look.LayerLook`, in execution order."""
        return self.result.layers

    @property
    def loss(self):
        """The loss of the batch."""
        return self.result.loss

    @property
    def findings(self):
        """Problems found, the most urgent first; [] if there are none."""
        return diagnose(self.result)

    @property
    def advice(self):
        """The findings as sentences, with advice."""
        return [sentences.sentence(finding) for finding in self.findings]

    def figure(self):
        """Gradients and updates of all layers, as a Matplotlib figure."""
        return static_picture.figure(self.result)

    def static_picture(self):
        """(svg, caption): one row per layer, and the findings."""
        return static_picture.still(self.result)

    def __repr__(self):
        return sentences.as_text(self.result)


def xray(
    model: Model, x: Any, y: ArrayLike | None = None, *, sample_weight: Any = None
) -> XRayView:
    """Inspect one training step layer by layer, and find problems.

    Shows activations (dead and saturated units), gradients (vanishing, exploding) and
    the size of weight updates, with advice. It is the step that `fit` would take with
    the optimizer's current state; the model is not changed.

    Args:
        model: compiled.
        x: a batch as in `fit`, or the tuple (x, y); only its first 256 rows are used.
        y: targets, if not part of `x`.
        sample_weight: (rows,) weights of the samples in the loss.

    Returns:
        A widget: `.layers`, `.findings`, `.advice`, `.loss`, `.figure()`; `print` it in
        a script.

    Raises:
        RuntimeError: the model is not compiled.
        TypeError: the model has a custom train step.
        ValueError: the data does not fit the model.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mse")
    >>> x = np.ones((4, 1))
    >>> xray(model, (x, x)).figure().axes[0].get_title() != ""
    True
    """
    return XRayView(looks.xray(model, x, y, sample_weight=sample_weight))
