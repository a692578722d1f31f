"""`nbkeras.show_model`: an interactive diagram of a model."""

from collections.abc import Mapping
from typing import Any, Literal

from nbkeras.core import check
from nbkeras.layers.engine.layer import Layer
from nbkeras.notebook import environment
from nbkeras.notebook.model_plot.widget import STATUSES, ModelView


def show_model(
    model: Layer | None,
    *,
    name: str | None = None,
    status: Literal["", "compiling", "ready"] = "",
    note: str = "",
    mistake: Mapping[str, Any] | None = None,
) -> ModelView:
    """Display a diagram of a model: layers drawn to scale, with their weights.

    Args:
        model: any model or layer, built or not; None if the first layer failed.
        name: title of the diagram; the model's own name by default.
        status: shown beside the title; can be changed later on the returned widget.
        note: one line below the diagram, such as the weights that were kept.
        mistake: a layer that does not fit: a dict with the optional texts `line`,
            `source`, `layer`, `came`, `needed`, `write` and `message`. The diagram ends
            with that layer and marks the broken connection.

    Returns:
        The diagram, a widget with settable `status` and `note`; already displayed in a
        notebook.

    Raises:
        ValueError: an unknown status.
        TypeError: not a model or layer of nbkeras.

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
