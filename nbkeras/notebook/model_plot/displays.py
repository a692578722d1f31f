"""Notebook displays of models: the diagram, and a collapsible summary."""

import sys

from IPython.display import display

from nbkeras.models import summary
from nbkeras.models.model import Model
from nbkeras.notebook import environment
from nbkeras.notebook.model_plot.summary_table import table
from nbkeras.notebook.model_plot.widget import ModelView
from nbkeras.notebook.widget import translations


def load(shell):
    """Display a model at the end of a cell as a diagram, and summary() as a table."""
    if environment.in_kernel() and show_summary not in summary.displays:
        shell.display_formatter.ipython_display_formatter.for_type(Model, show_picture)
        summary.displays.append(show_summary)


def unload(shell):
    """Return to text output."""
    if show_summary in summary.displays:
        summary.displays.remove(show_summary)
        shell.display_formatter.ipython_display_formatter.pop(Model, None)


def show_picture(model):
    """Display the diagram of a model."""
    ModelView(model).show()


def show_summary(model, text, expand_nested, show_trainable):
    """Display a summary as a table, if standard output goes to the notebook.

    Returns:
        Whether it was shown; False if output is redirected.
    """
    if type(sys.stdout).__module__.partition(".")[0] != "ipykernel":
        return False
    words = translations.table("model_plot")
    html = table(model, words, expand_nested, show_trainable)
    display({"text/html": html, "text/plain": text}, raw=True)
    return True
