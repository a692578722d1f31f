"""`%%model`, `%model`, `%%keras`, `%keras`: each parses, and calls the public API."""

import contextlib

from IPython.core.magic import Magics, line_cell_magic, magics_class

from nbkeras.analysis.tune.choices import Choices, remember_builder
from nbkeras.models import Model, transfer_weights
from nbkeras.models.saving.cloning import compiled_like
from nbkeras.notebook.model_magic import (
    build,
    completion,
    display,
    keras_magic,
    options,
)
from nbkeras.notebook.model_magic.errors import CellMistake, of_line
from nbkeras.notebook.model_magic.tunable_cell import TunableCell
from nbkeras.notebook.model_magic.undo import ModelHistory
from nbkeras.notebook.widget import translations


@magics_class
class ModelMagics(Magics):
    """The magics of a shell."""

    def __init__(self, shell):
        super().__init__(shell)
        self._pictures = display.ModelPictures()
        self._history = ModelHistory(
            shell.user_ns, display.undone, self._pictures.release
        )
        self._ahead = {}

    @line_cell_magic
    def model(self, line, cell=None):
        """Define a model in a cell, and display it or its first error.

            %%model net --input 28,28,1 --optimizer adam --loss mse --metrics mae
            Conv2D(16, 3, activation="relu")
            MaxPooling2D()
            Flatten()
            Dense(10, activation="softmax")

        binds `net` to the model that the same lines would give within
        Sequential([Input((28, 28, 1)), ...]) and net.compile(...).

        Lines: each layer on a line of its own is added, also in for, if, with and
        functions; no imports, no commas. The notebook's variables can be used; names
        that the cell sets are gone afterwards. `top = Dense(10)` calls the layer "top".

        Branches: `x = input(28, 28, 1)` begins one; `x | Dense(3)`, or Dense(3)(x),
        goes on; concat(a, b), add(a, b)... join; `here` is the tensor at this place. A
        tensor on a line of its own is where the next layer goes; those that nothing
        follows are the outputs.

        Options:
            --input 150,150,3   shape of one sample; ? for an open size
            --optimizer adam    or an expression: SGD(0.1, momentum=0.9)
            --loss mse          or a function of the notebook; out=mse for one output
            --metrics mae,acc   several with commas or spaces
            --lr 0.001          the learning rate
            --no-keep           begin afresh; else layers that did not change keep
                                their weights when the cell runs again
            --summary           also print model.summary()
            --traceback         a mistake with its traceback; %tb shows it afterwards

        Choices: `Dense(choose(16, 32, 64))` takes the first value, and
        `Dropout(between(0.0, 0.5))` the lower one; `nbkeras.tune(net, (x, y))` tries
        them all and keeps the best model. Also in options: `--lr choose(0.01, 0.001)`.

        `net.undo()` goes back to the model from before the cell ran. `%model net` shows
        the picture of a model.
        """
        if cell is None:
            return self._show(line.strip())
        # Evaluate the options only if the cell is valid Python.
        build.refuse_unreadable(cell)
        choices = Choices()
        try:
            variables = choices.functions() | self.shell.user_ns
            options_of_line = options.parse(line, variables)
            self._free(options_of_line.name)
        except options.OptionError as error:
            raise CellMistake(of_line(error, line)) from error
        try:
            self._make(options_of_line, line, cell, choices)
        except CellMistake as mistake:
            self._pictures.show_mistake(mistake, options_of_line.name)
            mistake.in_full = "traceback" in options_of_line.switches
            raise
        return None

    @line_cell_magic
    def keras(self, line, cell=None):
        """Let `import keras` mean nbkeras.

            %%keras        for this cell: a pasted tutorial runs
            %keras         from now on, in the whole notebook
            %keras off     take it back

        `from keras...`, `tensorflow.keras` and `tf.keras` are meant too, the latter
        where TensorFlow is not installed. Refused where Keras itself is imported
        already. `%load_ext nbkeras --as keras` loads nbkeras and does the same.
        """
        if cell is not None:
            return keras_magic.run(self.shell, cell)
        return keras_magic.switch(line.strip(), self.shell)

    def _make(self, options_of_line, line, cell, choices):
        """Build and compile the model, transfer weights, bind the name, and show it."""
        text = f"%%model {line}\n{cell}"
        file = self.shell.compile.cache(text, self.shell.execution_count)
        variables = choices.functions() | self.shell.user_ns
        # A cell does not change the model that its name was bound to.
        previous = variables.pop(options_of_line.name, None)
        built = build.build(cell, variables, options_of_line.shape, file)
        source = previous if "no-keep" not in options_of_line.switches else None
        try:
            is_compiled = build.compile_model(built.model, options_of_line, previous)
        except (ValueError, TypeError) as error:
            raise CellMistake(of_line(error, line), built.model) from error
        if not is_compiled and source is not None:
            with contextlib.suppress(ValueError, TypeError):  # for other outputs
                compiled_like(source, built.model)
        transfer = None
        if source is not None and source.built and built.model.built:
            transfer = transfer_weights(source, built.model)
        if choices.values:
            notebook = dict(self.shell.user_ns)
            tunable = TunableCell(line, cell, notebook, built.model, file)
            remember_builder(built.model, tunable)
        self._history.replace(options_of_line.name, built.model)
        compilation = self._begin_to_compile(options_of_line.name, built.model)
        self._pictures.show(options_of_line, built, transfer, previous, compilation)

    def _begin_to_compile(self, name, model):
        """Compile the train step in the background; returns its handle or None.

        The compilation for the previous model is cancelled.
        """
        if name in self._ahead:
            self._ahead.pop(name).cancel()
        if not (model.built and model.loss):
            return None
        try:
            self._ahead[name] = model.compile_ahead()
        except (ValueError, TypeError):  # unknown sizes: the data decides
            return None
        return self._ahead[name]

    def _show(self, name):
        value = self.shell.user_ns.get(name)
        if isinstance(value, Model):
            display.show_model(value, name=name)
        elif name:
            print(translations.text("model_magic", "not_a_model", name=name))
        else:
            print(translations.text("model_magic", "usage"))

    def _free(self, name):
        """Raise if the name holds something other than a model, which would be lost."""
        value = self.shell.user_ns.get(name)
        if value is not None and not isinstance(value, Model):
            raise options.OptionError(
                translations.text(
                    "model_magic", "taken", name=name, kind=type(value).__name__
                ),
                f"%%model {name}_model",
            )


def load(shell):
    """Register the magics and their completion."""
    shell.register_magics(ModelMagics(shell))
    completion.load(shell)


def unload(shell):
    """Remove the magics, and undo what they switched on."""
    for kind in ("line", "cell"):
        for name in ("model", "keras"):
            shell.magics_manager.magics[kind].pop(name, None)
    keras_magic.unload(shell)
    completion.unload(shell)
