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
    """What `nbkeras.xray(model, batch)` displays.

    Traits:
        look: the step as `sentences.picture_of` gives it.
    """

    look = traitlets.Dict().tag(sync=True)

    def __init__(self, result):
        self.result = result
        super().__init__(look=sentences.picture_of(result))

    @property
    def layers(self):
        """The layers, `analysis.xray.look.LayerLook`, in the order of the step."""
        return self.result.layers

    @property
    def loss(self):
        """The loss of the batch."""
        return self.result.loss

    @property
    def findings(self):
        """What is wrong, the most urgent first; [] where nothing stands out."""
        return diagnose(self.result)

    @property
    def advice(self):
        """The findings in words, with what to try."""
        return [sentences.sentence(finding) for finding in self.findings]

    def figure(self):
        """Gradients and updates of all layers, as a Matplotlib figure."""
        return static_picture.figure(self.result)

    def static_picture(self):
        """A row a layer, and the findings in words."""
        return static_picture.still(self.result)

    def __repr__(self):
        return sentences.as_text(self.result)


def xray(
    model: Model, x: Any, y: ArrayLike | None = None, *, sample_weight: Any = None
) -> XRayView:
    """Look into one training step, layer by layer, and say what is wrong.

    It shows activations (dead and saturated units), gradients (vanishing, exploding)
    and how much the step changes the weights, and says what to try. The step is that of
    `fit` with the optimizer's present state; the model stays as it is.

    Args:
        model: compiled.
        x: a batch as in `fit`, or the tuple (x, y); of more than 256 rows the first are
            taken.
        y: targets, where x does not bring them.
        sample_weight: (rows,) factors of the samples' loss.

    Returns:
        A widget: `.layers`, `.findings`, `.advice`, `.loss`, `.figure()`; `print` it in
        a script.

    Raises:
        RuntimeError: the model is not compiled.
        TypeError: it trains with a step of its own.
        ValueError: data that does not suit the model.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((1,)), layers.Dense(1, name="dense")])
    >>> model.compile("sgd", "mse")
    >>> x = np.ones((4, 1))
    >>> xray(model, (x, x)).figure().axes[0].get_title() != ""
    True
    """
    return XRayView(looks.xray(model, x, y, sample_weight=sample_weight))
