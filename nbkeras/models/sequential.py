"""Sequential: layers one after the other."""

import difflib
import inspect
import operator
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core.errors.argument_errors import example_of
from nbkeras.core.errors.structured_errors import CallMistake, shown
from nbkeras.core.names.display_name import display_name, quoted
from nbkeras.core.serialization import signatures
from nbkeras.core.serialization.configurable import as_dict
from nbkeras.data.checks.inputs import match_rank
from nbkeras.layers.embedding import Embedding
from nbkeras.layers.engine import building, introspection, layer_paths, text_ids
from nbkeras.layers.engine.errors import call_of
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes.symbolic import Node, is_symbolic
from nbkeras.layers.engine.registry import register, registry
from nbkeras.layers.input import InputLayer
from nbkeras.models.graph import Graph, graph_of
from nbkeras.models.microbatching import run_stack
from nbkeras.models.model import Model
from nbkeras.models.saving import graph_config

_name_of = operator.attrgetter("name")
_spec_of = operator.attrgetter("spec")


class _GraphInputs:
    """The inputs of a first layer that is a model of several inputs.

    Args:
        tensors: its symbolic inputs, a list or dict.
    """

    dtype = None

    def __init__(self, tensors: Any) -> None:
        self.output = tensors
        self.batch_shape = [tensor.shape for tensor in jax.tree.leaves(tensors)]


@register("Sequential")
class Sequential(Model):
    """A stack of layers; the output of each is the input of the next.

    Args:
        layers: a list of layers, the first of which may be an `Input(shape=...)`.
        trainable: False freezes all layers.
        name: the model's name.

    Shapes:
        x (batch, ...), the input of the first layer -> the output of the last layer.

    >>> from nbkeras.layers import Dense, Input
    >>> model = Sequential([Input(shape=(4,)), Dense(3, "relu"), Dense(2)])
    >>> model.count_params()
    23
    """

    keras_module = "keras"
    rows_independent = True
    _casts_inputs = False

    def __init__(
        self,
        layers: Sequence[Any] | Layer | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        if isinstance(trainable, Layer):
            raise _not_in_a_list(layers, trainable)
        super().__init__(trainable=trainable, name=name)
        self._input: InputLayer | _GraphInputs | None = None
        self._stack: list[Layer] = []
        self._tensors: list[Any] = []
        # {name: the last number that was appended to it}
        self._last_numbers: dict[str, int] = {}
        for layer in _as_list(layers):
            self.add(layer)
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the `Input`."""
        return list(self._stack)

    def add(self, layer: Any, rebuild: Any = None) -> None:
        """Append a layer; raises immediately if its shape does not fit.

        Args:
            layer: a layer, a model, or, as the first one, an `Input`.
            rebuild: accepted as in Keras; it has no effect.

        Raises:
            TypeError: `layer` is not a layer; the message says what to write.
            ValueError: its input shape does not fit, or its name is taken.
            RuntimeError: the model is in training.
        """
        self._refuse_in_training("add")
        layer = self._checked(layer)
        if isinstance(layer, InputLayer):
            self._set_input(layer)
            return
        shape = _declared_shape(layer)
        if self._input is None and not self._stack:
            several = _several_inputs(layer)
            if shape is not None:
                self._input = InputLayer(batch_shape=shape, dtype=_text_dtype(layer))
            elif several is not None:
                self._input = _GraphInputs(several)
        previous_name = layer.name
        self._name(layer)
        try:
            if self._input is not None:
                self._tensors.append(self._append_call(layer))
        except BaseException:
            layer.name = previous_name
            self._last_numbers.clear()
            if not self._stack and (
                shape is not None or isinstance(self._input, _GraphInputs)
            ):
                self._input = None
            raise
        self._stack.append(layer)
        self.built = self._input is not None

    def pop(self, rebuild: Any = None) -> Layer:
        """Remove the last layer and return it.

        Raises:
            RuntimeError: the model is in training.
            ValueError: it has no layers.
        """
        self._refuse_in_training("pop")
        if not self._stack:
            raise ValueError("This model has no layers left to pop. Add one first.")
        layer = self._stack.pop()
        self._last_numbers.clear()
        if self._tensors:
            introspection.call_nodes(layer).remove(self._tensors.pop().node)
        self.built = self.built and bool(self._stack)
        return layer

    def _refuse_in_training(self, method):
        if getattr(self, "_checkout", None) is not None:
            raise RuntimeError(
                f"{method}: {quoted(self.name)} is in training, and its steps are "
                "compiled for its present layers. End the run first with run.stop() "
                f"and run.wait(), then {method}; or change a copy, "
                "nbkeras.models.clone_model(model)."
            )

    def build(self, input_shape: Sequence[int | None] | None = None) -> None:
        """Build all layers for `input_shape`, a shape with the batch axis.

        If the first layer takes several inputs, the layers are built on the first data.
        """
        if input_shape is None or self._input is not None or _is_several(input_shape):
            return
        self._set_input(
            InputLayer(batch_shape=tuple(input_shape), dtype=self._input_dtype())
        )

    def _settle_build(self, shapes):
        """Set `built` here only for several inputs; else the stack and input decide."""
        if _is_several(shapes):
            super()._settle_build(shapes)

    def build_for(self, *inputs: Any, initialise: bool = True) -> Any:
        """Build for arrays or shapes, unless the model is built already."""
        if self._input is None:
            example = _single_array(inputs[0])
            if _is_several(example):
                return super().build_for(example, initialise=initialise)
            shape = (
                example if isinstance(example, tuple) else (None, *example.shape[1:])
            )
            is_text = getattr(example, "dtype", None) == text_ids.DTYPE
            dtype = "string" if is_text else self._input_dtype()
            self._set_input(InputLayer(batch_shape=shape, dtype=dtype))
            if (
                len(shape) == 2
                and self._stack
                and isinstance(self._stack[0], Embedding)
            ):
                self._allow_any_length(shape[1], dtype)
        return self

    def _allow_any_length(self, length, dtype):
        """Let the sequences of the input have any length, if no layer needs this one.

        Batches of a text pipeline are as long as their longest sentence each.
        """
        fixed = self._input
        try:
            for other in (length + 1, None):
                self._disconnect()
                self._set_input(InputLayer(batch_shape=(None, other), dtype=dtype))
        except (TypeError, ValueError):
            self._set_input(fixed)

    def _disconnect(self):
        """Forget the input and the calls of the layers; their weights remain."""
        for tensor in self._tensors:
            introspection.call_nodes(tensor.node.layer).remove(tensor.node)
        self._input, self._tensors = None, []

    def _input_dtype(self):
        """The dtype "string" if the first layer takes only strings; else None."""
        return _text_dtype(self._stack[0]) if self._stack else None

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Run the layers one after another."""
        return run_stack(self._stack, inputs)

    @property
    def input_layer(self) -> InputLayer | None:
        """The `Input` that the model starts with; None if it starts with another model
        of several inputs, or while the shape is unknown.
        """
        return self._input if isinstance(self._input, InputLayer) else None

    @property
    def input(self) -> Any:
        """The symbolic input tensor; a list if the first layer has several."""
        return self._need_input("input").output

    @property
    def output(self) -> Any:
        """The symbolic output tensor."""
        first = self._need_input("output").output
        return self._tensors[-1] if self._tensors else first

    @property
    def inputs(self) -> list[Any]:
        """The symbolic input tensors, a list."""
        return jax.tree.leaves(self.input)

    @property
    def outputs(self) -> list[Any]:
        """The symbolic output tensor, in a list."""
        return [self.output]

    @property
    def input_shape(self) -> Any:
        """Shape of the input with the batch axis; a list of shapes for several."""
        return self._need_input("input_shape").batch_shape

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Shape of the output with the batch axis."""
        first = self._need_input("output_shape")
        return self._tensors[-1].shape if self._tensors else first.batch_shape

    def as_inputs(self, x: Any) -> Any:
        """Convert inputs to the rank and dtype that the first layer was built for."""
        x = _single_array(x)
        if self.input_layer is None or not hasattr(x, "shape"):
            return super().as_inputs(x)
        x = match_rank(jnp.asarray(x), self.input_layer.batch_shape)
        return x.astype(text_ids.computed(self.input_layer.dtype))

    def get_config(self) -> dict[str, Any]:
        """Name and layers in Keras's config format."""
        layers = [self.input_layer] if self.input_layer is not None else []
        config = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": self.policy_name,
            "layers": [as_dict(layer) for layer in layers + self._stack],
        }
        if self.input_layer is not None:
            config["build_input_shape"] = list(self.input_layer.batch_shape)
        if graph_config.own_setting_names(type(self)):
            base_config = super().get_config()
            config.update(graph_config.own_settings(type(self), base_config))
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """Rebuild from `get_config`; only registered layers are allowed."""
        settings = graph_config.own_settings(cls, config)
        name = config.get("name")
        if signatures.accepts(cls, "name"):
            model = cls(name=name, **settings)
        else:
            model = cls(**settings)
            model.name = name or model.name
        # The constructor of a subclass may have added the layers already.
        for layer_config in config["layers"] if not model.layers else ():
            model.add(registry.get(layer_config, custom_objects))
        shape = config.get("build_input_shape")
        if model._input is None and shape:
            model.build(tuple(shape))
        if config.get("trainable") is False:
            introspection.freeze_alone(model)
        return model

    def _checked(self, layer):
        if is_symbolic(layer):
            if layer.node.parents:
                raise TypeError(
                    f"add() got the output of the layer {quoted(layer.name)}; it needs "
                    "a layer. The only tensor that a Sequential accepts is an "
                    "Input(...)."
                )
            layer = layer.layer
        if not isinstance(layer, Layer):
            raise _not_a_layer(layer)
        if id(layer) in map(id, self._stack):
            raise ValueError(
                f"The layer {quoted(layer.name)} is already in this model. Create a "
                f"second one: model.add({type(layer).__name__}(...))."
            )
        return layer

    def _name(self, layer):
        """Make the name unique in this model; raise if the user chose it twice."""
        base = layer.name
        if layer._named_by_user or base not in self._last_numbers:
            if base not in map(_name_of, self._stack):
                return
            if layer._named_by_user:
                advised = display_name(repr(f"{base}_2"))
                raise ValueError(
                    f"Two layers are called {quoted(base)}. All names in a Sequential "
                    f"must differ: write for example name={advised}."
                )
        # Counted on, so that a model of thousands of layers is built fast.
        number = self._last_numbers.get(base, 0) + 1
        if f"{base}_{number}" in map(_name_of, self._stack):
            taken = set(map(_name_of, self._stack))
            while f"{base}_{number}" in taken:
                number += 1
        self._last_numbers[base] = number
        layer.name = f"{base}_{number}"

    def _set_input(self, layer):
        if self._input is not None:
            raise ValueError(
                "An Input must come first in a Sequential, and this model has one of "
                f"shape {self._input.batch_shape}. Leave this one out."
            )
        self._input = layer
        try:
            for stacked in self._stack:
                self._tensors.append(self._append_call(stacked))
        except BaseException:
            self._disconnect()
            raise
        self.built = bool(self._stack)

    def _append_call(self, layer):
        """Build `layer` after the last one, and record the call for `layer.output`."""
        first = self._need_input("output")
        previous = self._tensors[-1] if self._tensors else first.output
        with layer_paths.building_within(self):
            spec = building.build(layer, jax.tree.map(_spec_of, previous))
        return Node(layer, (previous,), {}, spec).outputs

    def _need_graph(self, attribute: str) -> Graph:
        self._need_input(attribute)
        return Graph(self.input, self.output)

    def _need_input(self, attribute: str) -> Any:
        if self._input is None:
            raise AttributeError(
                f"{attribute} is not known yet: this model has no input shape. Begin "
                "it with Input(shape=(...)), or call model.build((None, ...))."
            )
        return self._input


def _as_list(layers):
    if layers is None:
        return []
    return layers if isinstance(layers, list | tuple) else [layers]


def _single_array(x: Any) -> Any:
    """The array in a list, tuple or dict of one element: a Sequential has one input."""
    if not isinstance(x, list | tuple | dict):
        return x
    leaves = jax.tree.leaves(x)
    return leaves[0] if len(leaves) == 1 and hasattr(leaves[0], "shape") else x


def _is_several(x):
    """Whether `x` is a dict or a list of arrays or of shapes."""
    if isinstance(x, dict):
        return True
    return isinstance(x, list | tuple) and not all(isinstance(n, int | None) for n in x)


def _text_dtype(layer):
    """The dtype "string" if the input of `layer` can only be strings; else None."""
    return "string" if layer.reads_text and not layer.takes_integers else None


def _several_inputs(layer):
    """The symbolic inputs of a model that has several; None for other layers."""
    if isinstance(layer, Sequential):
        inputs = layer._input
        return inputs.output if isinstance(inputs, _GraphInputs) else None
    if isinstance(layer, Model) and graph_of(layer) is not None:
        return layer.input if len(layer.inputs) > 1 else None
    return None


def _declared_shape(layer):
    """The input shape that `layer` declares or was built with; None if unknown."""
    if isinstance(layer, Sequential) and layer.input_layer is not None:
        return layer.input_layer.batch_shape
    if graph_of(layer) is not None:
        return layer.input_shape if isinstance(layer.input_shape, tuple) else None
    shape = introspection.declared_shape(layer)
    if shape is None and layer.built:
        shape = introspection.build_shape(layer)
    return shape if isinstance(shape, tuple) else None


def _not_a_layer(value):
    """The error for `model.add(value)` where `value` is not a layer."""
    description, argument = _advice(value)
    return CallMistake(
        "Sequential",
        "Sequential",
        f"add({shown(value)})",
        f"add() got {description}; it needs a layer",
        f"model.add({argument})",
    )


def _not_in_a_list(first, second):
    """The error for Sequential(layer, layer)."""
    layers = first if isinstance(first, list | tuple) else [first]
    calls = ", ".join(call_of(layer) for layer in (*layers, second))
    return CallMistake(
        "Sequential",
        "Sequential",
        f"Sequential({calls})",
        "Sequential takes its layers as one list",
        f"Sequential([{calls}])",
    )


def _advice(value):
    """(description of the value, the argument to pass to `add` instead)."""
    if inspect.isclass(value):
        is_layer = issubclass(value, Layer)
        argument = example_of(value) if is_layer else f"{value.__name__}()"
        return f"the class {value.__name__}", argument
    if isinstance(value, str):
        close_names = difflib.get_close_matches(
            value, registry.names(), n=1, cutoff=0.5
        )
        cls = registry.find(close_names[0]) if close_names else None
        return f"the text {value!r}", example_of(cls) if cls else "Dense(32)"
    if isinstance(value, list | tuple):
        return "a list", "layer) for each layer in it, or Sequential(layers"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"the number {value}", f"Dense({value})"
    if callable(value):
        name = getattr(value, "__name__", "function")
        shown_name = "lambda x: ..." if name == "<lambda>" else name
        return "a function", f"Lambda({shown_name})"
    return type(value).__name__, "Dense(32)"
