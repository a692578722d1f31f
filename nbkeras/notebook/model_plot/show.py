"""`show_model`: the picture of a model on the page."""

from nbkeras.core import check
from nbkeras.notebook import environment
from nbkeras.notebook.model_plot.widget import STATUSES, ModelView


def show_model(model, *, name=None, status="", note="", mistake=None):
    """Show the picture of a model: blocks to scale, to be opened and looked into.

    Args:
        model: any model, built or not; None where the first layer failed already.
        name: what to call it above the picture; the model's own name if not given.
        status: "", "compiling" or "ready"; may be set later on what is returned.
        note: one line under the picture, such as which weights were kept.
        mistake: what does not fit: a dict with `line`, `source`, `layer`, `came`,
            `needed`, `write` and `message`, each text or missing. The picture shows
            the layers up to there and marks the joint that is broken.

    Returns:
        The picture, a widget with settable `status` and `note`. In a notebook it has
        been displayed.

    Raises:
        ValueError: an unknown status.

    >>> from nbkeras import Sequential, layers
    >>> view = show_model(Sequential([layers.Input((8,)), layers.Dense(2)]))
    >>> view.totals[:2]
    [['Layers', '1'], ['Parameters', '18']]
    """
    status = check.choice("show_model", "status", status, STATUSES)
    traits = {} if name is None else {"name": str(name)}
    view = ModelView(model, mistake, status=status, note=note, **traits)
    if environment.in_kernel():
        view.show()
    return view
