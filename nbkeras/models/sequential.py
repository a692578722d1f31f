"""Sequential: layers one after the other."""

import difflib
import inspect
from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import signatures
from nbkeras.core.argument_errors import example_of
from nbkeras.core.configurable import as_dict
from nbkeras.core.names.display_name import quoted
from nbkeras.core.structured_errors import CallMistake, shown
from nbkeras.data.checks.inputs import match_rank
from nbkeras.layers.engine import building, introspection, text_ids
from nbkeras.layers.engine.errors import call_of
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes.symbolic import Node, is_symbolic
from nbkeras.layers.engine.registry import register, registry
from nbkeras.layers.input import InputLayer
from nbkeras.models.graph import Graph, graph_of
from nbkeras.models.microbatching import run_stack
from nbkeras.models.model import Model
from nbkeras.models.saving import graph_config


@register("Sequential")
class Sequential(Model):
    """A stack of layers; the output of each is the input of the next.

    Args:
        layers: a list of layers, the first of which may be an `Input(shape=...)`.
        trainable: False freezes all.
        name: the model's name.

    Shapes:
        x (batch, ...) as the first layer takes it -> as the last layer gives it.

    >>> from nbkeras.layers import Dense, Input
    >>> model = Sequential([Input(shape=(4,)), Dense(3, "relu"), Dense(2)])
    >>> model.count_params()
    23
    """

    keras_module = "keras"
    rows_independent = True

    def __init__(
        self,
        layers: Sequence[Any] | Layer | None = None,
        trainable: bool = True,
        name: str | None = None,
    ) -> None:
        if isinstance(trainable, Layer):
            raise _not_in_a_list(layers, trainable)
        super().__init__(trainable=trainable, name=name)
        self._input: InputLayer | None = None
        self._stack: list[Layer] = []
        self._tensors: list[Any] = []
        for layer in _listed(layers):
            self.add(layer)
        if not trainable:
            self.trainable = False

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input."""
        return list(self._stack)

    def add(self, layer: Any, rebuild: Any = None) -> None:
        """Append a layer. Shapes that do not fit are reported here, at this line.

        Args:
            layer: a layer, a model, or an `Input` in the first place.
            rebuild: accepted as in Keras; nothing depends on it.

        Raises:
            TypeError: no layer; says what to write.
            ValueError: a shape or a name that does not fit.
            RuntimeError: the model is in training.
        """
        self._refuse_in_training("add")
        layer = self._checked(layer)
        if isinstance(layer, InputLayer):
            self._take_input(layer)
            return
        shape = _declared_shape(layer)
        if self._input is None and not self._stack and shape is not None:
            self._input = InputLayer(batch_shape=shape, dtype=_text_or_none(layer))
        before = layer.name
        self._name(layer)
        try:
            if self._input is not None:
                self._tensors.append(self._grow(layer))
        except BaseException:
            layer.name = before
            if not self._stack and shape is not None:
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
        if self._tensors:
            introspection.call_nodes(layer).remove(self._tensors.pop().node)
        self.built = self.built and bool(self._stack)
        return layer

    def _refuse_in_training(self, what):
        if getattr(self, "_checkout", None) is not None:
            raise RuntimeError(
                f"{what}: {quoted(self.name)} is in training, and its steps are "
                "compiled for its present layers. End the run first with run.stop() "
                f"and run.wait(), then {what}; or change a copy, "
                "nbkeras.models.clone_model(model)."
            )

    def build(self, input_shape: Sequence[int | None] | None = None) -> None:
        """Build all layers for `input_shape`, the batch axis in front.

        For a first layer that takes several inputs the rest are built as data comes.
        """
        if input_shape is None or self._input is not None or _are_several(input_shape):
            return
        self._take_input(
            InputLayer(batch_shape=tuple(input_shape), dtype=self._input_dtype())
        )

    def _settle_build(self, shapes):
        """`built` follows the stack and the input; several inputs have none."""
        if _are_several(shapes):
            super()._settle_build(shapes)

    def build_for(self, *inputs: Any, initialise: bool = True) -> Any:
        """Build for arrays or shapes, unless the model is built already."""
        if self._input is None:
            first = _alone(inputs[0])
            if _are_several(first):
                return super().build_for(first, initialise=initialise)
            shape = first if isinstance(first, tuple) else (None, *first.shape[1:])
            texts = getattr(first, "dtype", None) == text_ids.DTYPE
            text = "string" if texts else self._input_dtype()
            self._take_input(InputLayer(batch_shape=shape, dtype=text))
        return self

    def _input_dtype(self):
        """The dtype "string" where the first layer takes only strings; else None."""
        return _text_or_none(self._stack[0]) if self._stack else None

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Run the layers one after another."""
        return run_stack(self._stack, inputs)

    @property
    def input_layer(self) -> InputLayer | None:
        """The `Input` that the model starts with, or None while it is not known."""
        return self._input

    @property
    def input(self) -> Any:
        """The symbolic input tensor."""
        return self._need_input("input").output

    @property
    def output(self) -> Any:
        """The symbolic output tensor."""
        first = self._need_input("output").output
        return self._tensors[-1] if self._tensors else first

    @property
    def inputs(self) -> list[Any]:
        """The symbolic input tensor, in a list."""
        return [self.input]

    @property
    def outputs(self) -> list[Any]:
        """The symbolic output tensor, in a list."""
        return [self.output]

    @property
    def input_shape(self) -> tuple[int | None, ...]:
        """Shape of the input with the batch axis, None for unknown sizes."""
        return self._need_input("input_shape").batch_shape

    @property
    def output_shape(self) -> tuple[int | None, ...]:
        """Shape of the output with the batch axis."""
        first = self._need_input("output_shape")
        return self._tensors[-1].shape if self._tensors else first.batch_shape

    def as_inputs(self, x: Any) -> Any:
        """Inputs in the shape and dtype that the first layer was built for."""
        x = _alone(x)
        if self._input is None or not hasattr(x, "shape"):
            return super().as_inputs(x)
        x = match_rank(jnp.asarray(x), self._input.batch_shape)
        return x.astype(text_ids.computed(self._input.dtype))

    def get_config(self) -> dict[str, Any]:
        """Name and layers in Keras's config format."""
        layers = [self._input] if self._input is not None else []
        config = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": self.policy_name,
            "layers": [as_dict(layer) for layer in layers + self._stack],
        }
        if self._input is not None:
            config["build_input_shape"] = list(self._input.batch_shape)
        if graph_config.own_setting_names(type(self)):
            base_config = super().get_config()
            config.update(graph_config.own_settings(type(self), base_config))
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """Rebuild from `get_config`; only registered layers can be named."""
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
            model.trainable = False
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
        if any(layer is other for other in self._stack):
            raise ValueError(
                f"The layer {quoted(layer.name)} is already in this model. Create a "
                f"second one: model.add({type(layer).__name__}(...))."
            )
        return layer

    def _name(self, layer):
        """Make the name unique in this model; raise if two chosen names are equal."""
        taken = {other.name for other in self._stack}
        if layer.name not in taken:
            return
        if layer._named_by_user:
            raise ValueError(
                f"Two layers are called {quoted(layer.name)}. All names in a "
                f"Sequential must differ: write for example name={layer.name + '_2'!r}."
            )
        number = 1
        while f"{layer.name}_{number}" in taken:
            number += 1
        layer.name = f"{layer.name}_{number}"

    def _take_input(self, layer):
        if self._input is not None:
            raise ValueError(
                "An Input must come first in a Sequential, and this model has one of "
                f"shape {self._input.batch_shape}. Leave this one out."
            )
        self._input = layer
        try:
            for stacked in self._stack:
                self._tensors.append(self._grow(stacked))
        except BaseException:
            for tensor in self._tensors:
                introspection.call_nodes(tensor.node.layer).remove(tensor.node)
            self._input, self._tensors = None, []
            raise
        self.built = bool(self._stack)

    def _grow(self, layer):
        """Build `layer` after the last one, and record the call for `layer.output`."""
        first = self._need_input("output")
        before = self._tensors[-1] if self._tensors else first.output
        spec = building.build(layer, before.spec)
        return Node(layer, (before,), {}, spec).outputs

    def _need_graph(self, what: str) -> Graph:
        self._need_input(what)
        return Graph(self.input, self.output)

    def _need_input(self, what: str) -> InputLayer:
        if self._input is None:
            raise AttributeError(
                f"{what} is not known yet: this model has no input shape. Begin it "
                "with Input(shape=(...)), or call model.build((None, ...))."
            )
        return self._input


def _listed(layers):
    if layers is None:
        return []
    return layers if isinstance(layers, list | tuple) else [layers]


def _alone(x: Any) -> Any:
    """The array in a list, tuple or dict of one element: a Sequential has one input."""
    if not isinstance(x, list | tuple | dict):
        return x
    leaves = jax.tree.leaves(x)
    return leaves[0] if len(leaves) == 1 and hasattr(leaves[0], "shape") else x


def _are_several(x):
    """Whether it is a dict or a list of arrays or of shapes."""
    if isinstance(x, dict):
        return True
    return isinstance(x, list | tuple) and not all(isinstance(n, int | None) for n in x)


def _text_or_none(layer):
    """The dtype of a first layer's input, where it can only be strings."""
    return "string" if layer.reads_text and not layer.takes_integers else None


def _declared_shape(layer):
    """The input shape that a first layer was given or was built with."""
    if isinstance(layer, Sequential) and layer._input is not None:
        return layer._input.batch_shape
    if graph_of(layer) is not None:
        return layer.input_shape if isinstance(layer.input_shape, tuple) else None
    shape = introspection.declared_shape(layer)
    if shape is None and layer.built:
        shape = introspection.build_shape(layer)
    return shape if isinstance(shape, tuple) else None


def _not_a_layer(value):
    """The error for `model.add(value)` where `value` is no layer."""
    what, write = _advice(value)
    return CallMistake(
        "Sequential",
        "Sequential",
        f"add({shown(value)})",
        f"add() got {what}; it needs a layer",
        f"model.add({write})",
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
    """(what the value is, what to pass to add)."""
    if inspect.isclass(value):
        ours = issubclass(value, Layer)
        write = example_of(value) if ours else f"{value.__name__}()"
        return f"the class {value.__name__}", write
    if isinstance(value, str):
        near = difflib.get_close_matches(value, registry.names(), n=1, cutoff=0.5)
        cls = registry.find(near[0]) if near else None
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
