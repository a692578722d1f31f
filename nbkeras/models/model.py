"""Model: build, inspect and save a network."""

import copy
from collections.abc import Callable, Mapping
from os import PathLike
from typing import IO, Any, Literal, Self

from nbkeras.core import check
from nbkeras.core.annotations import Config
from nbkeras.core.errors.structured_errors import CallMistake
from nbkeras.core.names.display_name import display_name, quoted
from nbkeras.core.serialization.configurable import to_config
from nbkeras.layers.engine import building
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register
from nbkeras.models import summary, variable_tree
from nbkeras.models.functional import Functional
from nbkeras.models.saving import backup, model_io, rebuild
from nbkeras.models.training.trainer import Trainer


@register("Functional", "Model")
class Model(Functional, Trainer):
    """A layer that can be compiled, fitted, evaluated and saved.

    Make one from symbolic tensors, `Model(inputs, outputs)`; or subclass it with layers
    as attributes and a `call`; or use `Sequential`.

    Args:
        inputs: symbolic tensors from `Input`, one or in a list or dict.
        outputs: symbolic tensors computed from them, in the same forms. They may come
            from within another model: both models then share layers and weights.
        name: the model's name.
        trainable: False freezes all layers.

    >>> from nbkeras.layers import Dense, Input
    >>> x = Input(shape=(4,))
    >>> Model(inputs=x, outputs=Dense(2)(x)).count_params()
    10
    """

    keras_module = "keras"
    supports_masking = True
    _masks_inside = True

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        *,
        trainable: bool = True,
        **base: Any,
    ) -> None:
        from_tensors = inputs is not None or outputs is not None
        default = "functional" if from_tensors and type(self) is Model else None
        super().__init__(trainable=trainable, name=name or default, **base)
        self._named_by_user = name is not None
        if from_tensors:
            self._set_graph(inputs, outputs)
            if not trainable:
                self.trainable = False

    def build(self, input_shape: Any = None) -> None:
        """Build all layers for `input_shape`.

        Args:
            input_shape: shape with the batch axis, (None, 28, 28); a list or dict of
                shapes for several inputs.
        """
        if building.by_hand() and self._graph is None and input_shape is not None:
            self.build_for(input_shape)

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer called `name`, or the one at `index`.

        Raises:
            ValueError: there is no such layer; the message lists the model's layers.
        """
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
            f"No layer is called {quoted(name)}.{check.did_you_mean(name, names)} "
            f"The layers are: {', '.join(map(display_name, names))}."
        )

    def __getstate__(self) -> dict[str, Any]:
        if self.running_cell() is not None:
            raise RuntimeError(
                f"{quoted(self.name)} is in training, so that a copy or a pickle would "
                "include the run itself. Copy it after the run (run.stop(), "
                "run.wait()), or create a new model and set its weights: new = "
                "nbkeras.models.clone_model(model); "
                "new.set_weights(model.get_weights())."
            )
        return super().__getstate__()

    def copy_without_run(self) -> Self:
        """A deep copy with the state of custom steps; of a model in training, at rest.

        The caller holds `between_steps()`.
        """
        memo: dict[int, Any] = {}
        if self.running_cell() is None:
            copied = copy.deepcopy(self, memo)
        else:
            copied = memo[id(self)] = type(self).__new__(type(self))
            state = super().__getstate__()  # leaves out the run
            copied.__setstate__(copy.deepcopy(state, memo))
        holders = self.compiled_steps.own.others
        copied.compiled_steps.own.others = copy.deepcopy(holders, memo)
        return copied

    def summary(
        self,
        line_length: int | None = None,
        positions: Any = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: tuple[str, str] | None = None,
    ) -> None:
        """Print the layers with output shapes and parameter counts.

        After `%load_ext nbkeras` a notebook shows a collapsible table, unless
        `print_fn`, `line_length`, `positions` or `layer_range` is passed.

        Args:
            line_length: characters per line; by default as many as needed.
            positions: accepted as in Keras; column widths are always computed.
            print_fn: called with the text in place of print.
            expand_nested: show the layers of models within the model.
            show_trainable: add a column with Y or N.
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

    def save(
        self,
        filepath: str | PathLike[str] | IO[bytes],
        overwrite: bool = True,
        zipped: bool | None = None,
        include_optimizer: bool = True,
        save_format: str | None = None,
        **old: Any,
    ) -> None:
        """Save architecture, weights, compile arguments and optimizer to one file.

        Args:
            filepath: name ending in ".keras" (Keras 3's format) or ".h5" (Keras 2's),
                or an open binary file such as `io.BytesIO()`.
            overwrite: False refuses to replace an existing file.
            zipped: False writes a folder with the contents of a .keras file.
            include_optimizer: False omits the compile arguments and the optimizer.
            save_format: "h5" writes Keras 2's format under any name.
            old: other arguments of Keras 2, which have no effect.

        Raises:
            FileExistsError: the file exists and `overwrite` is False.
            ValueError: an .h5 file is requested for a model without weights, the config
                cannot be written as JSON, or the suffix contradicts `zipped` or
                `save_format`.
        """
        _refuse_unknown("save", old, ("options", "signatures"))
        with self.between_steps():
            model_io.save_model(
                self, filepath, overwrite, zipped, include_optimizer, save_format
            )

    def save_weights(
        self,
        filepath: str | PathLike[str],
        overwrite: bool = True,
        max_shard_size: float | None = None,
        **old: Any,
    ) -> None:
        """Save the weights to an HDF5 file.

        Args:
            filepath: name, which ends in ".weights.h5".
            overwrite: False refuses to replace an existing file.
            max_shard_size: save to several files of at most this many GB each;
                `filepath` then ends in ".weights.json", the index of these files.
            old: arguments of Keras 2, which have no effect.
        """
        _refuse_unknown("save_weights", old, ("save_format", "options"))
        with self.between_steps():
            model_io.save_weights(self, filepath, overwrite, max_shard_size)

    def load_weights(
        self,
        filepath: str | PathLike[str],
        skip_mismatch: bool = False,
        by_name: bool = False,
        **old: Any,
    ) -> None:
        """Load weights from a file; on any error the model stays unchanged.

        Args:
            filepath: a weights file, or a model file.
            skip_mismatch: skip layers whose shapes do not match.
            by_name: for files of Keras 2: match layers by name instead of by position.
            old: arguments of Keras 2, which have no effect.

        Raises:
            ValueError: the file is damaged, not a weights file, or of another model.
        """
        _refuse_unknown("load_weights", old, ("options", "objects_to_skip"))
        model_io.load_weights(self, filepath, skip_mismatch, by_name)

    def get_state_tree(
        self, value_format: Literal["backend_tensor", "numpy_array"] = "backend_tensor"
    ) -> dict[str, dict[str, Any]]:
        """All variables in nested dicts keyed by path.

        Args:
            value_format: "backend_tensor" for JAX arrays, or "numpy_array".

        Returns:
            {"trainable_variables": {"dense": {"kernel": array, "bias": array}},
            "non_trainable_variables": ..., "optimizer_variables": ...,
            "metrics_variables": ...}.

        Raises:
            ValueError: two variables have the same path.
        """
        return variable_tree.get(self, value_format)

    def set_state_tree(self, state_tree: Mapping[str, Mapping[str, Any]]) -> None:
        """Assign the values of a `get_state_tree` tree, or of a part of it.

        Args:
            state_tree: values for some or all variables; the others stay as they are.

        Raises:
            ValueError: a name is not in the model; nothing is assigned then.
        """
        variable_tree.assign(self, state_tree)

    def get_compile_config(self) -> Config:
        """The arguments of `compile` as a config; {} if the model is not compiled.

        Files hold it, so a model with a `compile` of its own overrides it, together
        with `compile_from_config`.
        """
        return to_config(self._compile_arguments) if self.compiled else {}

    def compile_from_config(self, config: Config) -> None:
        """Compile with the arguments in a config, as from `get_compile_config`.

        `load_model` calls it.

        Raises:
            ValueError: an unknown name of an optimizer, loss or metric.
        """
        rebuild.compile_from_config(self, config)

    def back_up(
        self, filepath: str | PathLike[str], epochs_done: int, batches_done: int = 0
    ) -> None:
        """Save the model and the progress of its run, for BackupAndRestore."""
        backup.back_up(self, filepath, epochs_done, batches_done)

    def restore(self, filepath: str | PathLike[str]) -> tuple[int, int, Any]:
        """Restore a backup of `back_up`; returns (epoch, batch, running metrics)."""
        return backup.restore(self, filepath)

    def to_json(self, **options: Any) -> str:
        """The architecture as JSON text; `models.model_from_json` rebuilds it."""
        return model_io.to_json(self, **options)


def _refuse_unknown(
    owner: str, arguments: dict[str, Any], accepted: tuple[str, ...]
) -> None:
    for name in arguments:
        if name not in accepted:
            raise CallMistake(
                owner,
                owner,
                f"{owner}({name}=...)",
                f"{owner} has no argument {name!r}",
                f"{owner}('name{'.weights.h5' if 'weights' in owner else '.keras'}')",
                check.did_you_mean(name, accepted),
            )
