"""The methods of a model that show what is in it."""

from nbkeras.core import check
from nbkeras.models import summary


class Contents:
    """Mixed into Model."""

    def get_layer(self, name=None, index=None):
        """The layer called `name`, or the one at `index`."""
        if index is not None:
            if check.is_int(index) and -len(self.layers) <= index < len(self.layers):
                return self.layers[index]
            raise ValueError(
                f"get_layer(index={index!r}): this model has {len(self.layers)} "
                f"layers. Give an index from 0 to {len(self.layers) - 1}."
            )
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise ValueError(
            f"No layer is called {name!r}.{check.did_you_mean(name, names)} "
            f"The layers are: {', '.join(names)}."
        )

    def summary(
        self,
        line_length=None,
        positions=None,
        print_fn=None,
        expand_nested=False,
        show_trainable=False,
        layer_range=None,
    ):
        """Print the layers with output shapes and numbers of parameters.

        After `%load_ext nbkeras` a notebook shows a table that folds, unless
        `print_fn`, `line_length`, `positions` or `layer_range` ask for text.

        Args:
            line_length: number of characters in a line; as many as needed by default.
            positions: accepted as in Keras; columns are as wide as they must be.
            print_fn: called with the text in place of print.
            expand_nested: show the layers of models within the model.
            show_trainable: add a column that says Y or N.
            layer_range: names of the first and the last layer to show.
        """
        text = summary.summary_text(
            self, line_length, expand_nested, show_trainable, layer_range
        )
        if not (print_fn or line_length or positions or layer_range):
            options = expand_nested, show_trainable
            if any(show(self, text, *options) for show in summary.displays):
                return
        (print_fn or print)(text)
