"""Build the model of a `%%model` cell, or raise an error that names the line."""

from typing import Any, NamedTuple

from nbkeras.layers.input import Input
from nbkeras.models.saving.cloning import compiled_like
from nbkeras.notebook.model_magic import (
    cell_body,
    choice_names,
    errors,
    options,
    vocabulary,
)
from nbkeras.notebook.model_magic.assembly import ModelBuilder
from nbkeras.notebook.widget import translations


class BuiltModel(NamedTuple):
    """A model, and names of inputs and layers that the cell created but did not use."""

    model: Any
    unused: list


def refuse_unreadable(body, file="<model>"):
    """Raise if the body of a cell is not valid Python, without running it.

    Raises:
        CellMistake: with the number of the line.
    """
    try:
        cell_body.refuse_unreadable(body, file)
    except SyntaxError as error:
        mistake = errors.explain(error, None, body, file)
        raise errors.CellMistake(mistake) from error


def build(body, notebook=None, shape=None, file="<model>", first_line=2):
    r"""Run the body of a cell in a namespace of its own and build the model.

    Args:
        body: lines of Python, with layers on lines of their own.
        notebook: {name: value} of variables that the lines can use, `choose` and
            `between` of `Choices` among them.
        shape: shape of one sample for the first input; None if the body defines it.
        file: file name of the body in tracebacks.
        first_line: line number of the body's first line.

    Raises:
        CellMistake: it is not valid Python, a layer does not fit, or no model results.

    >>> build("Flatten()\nDense(10)", shape=(28, 28, 1)).model.count_params()
    7850
    """
    builder = None
    try:
        first = None if shape is None else Input(shape=shape)
        builder = ModelBuilder(file, first)
        choices = choice_names.functions_in(notebook or {})
        code = cell_body.compiled(body, file, first_line, choices)
        exec(code, vocabulary.cell_globals(builder, notebook))
        model = builder.model()
        return BuiltModel(model, builder.unused(model))
    except Exception as error:
        mistake = errors.explain(error, builder, body, file, first_line)
        partial_model = builder.partial_model() if builder else None
        raise errors.CellMistake(mistake, partial_model) from error


def compile_model(model, line, previous):
    """Compile by the options; missing ones are taken from the previous model.

    Args:
        model: the model of the cell.
        line: its parsed options.
        previous: the model that the name was bound to, or None.

    Returns:
        Whether the options say anything about compiling.
    """
    if not line.compile and line.rate is None:
        return False
    says_loss = "loss" in line.compile
    if not says_loss and previous is not None and previous.compiled:
        compiled_like(previous, model, **line.compile)
        if line.rate is not None:
            model.optimizer.learning_rate = line.rate
    elif says_loss or line.rate is None:
        model.compile(**line.compile)
    else:
        text = f"{line.rate:g}"
        raise options.OptionError(
            translations.text("model_magic", "rate_alone", text=text),
            f"%%model {line.name} --loss mse --lr {text}",
        )
    return True
