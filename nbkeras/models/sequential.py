"""Sequential: layers one after the other."""

import jax
import jax.numpy as jnp

from nbkeras.core.configurable import as_dict
from nbkeras.data.model_checks import match_rank
from nbkeras.layers.engine import building
from nbkeras.layers.engine.building import Spec
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register, registry
from nbkeras.layers.engine.symbolic import Node, is_symbolic
from nbkeras.layers.input import InputLayer
from nbkeras.models.graph import Graph
from nbkeras.models.microbatching import run_stack
from nbkeras.models.model import Model
from nbkeras.models.no_layer import no_layer, not_a_list


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

    def __init__(self, layers=None, trainable=True, name=None):
        if isinstance(trainable, Layer):
            raise not_a_list(layers, trainable)
        super().__init__(trainable=trainable, name=name)
        self._input = None
        self._stack = []
        self._tensors = []
        for layer in _listed(layers):
            self.add(layer)
        if not trainable:
            self.trainable = False

    @property
    def layers(self):
        """The layers, without the input."""
        return list(self._stack)

    def add(self, layer, rebuild=None):
        """Put a layer at the end. Wrong shapes are found here, at this line.

        Args:
            layer: a layer, a model, or an `Input` in the first place.
            rebuild: accepted as in Keras; nothing depends on it.
        """
        layer = self._checked(layer)
        if isinstance(layer, InputLayer):
            self._take_input(layer)
            return
        given = _given_shape(layer)
        if self._input is None and not self._stack and given is not None:
            self._input = InputLayer(batch_shape=given)
        before = layer.name
        self._name(layer)
        try:
            if self._input is not None:
                self._tensors.append(self._grow(layer))
        except BaseException:
            layer.name = before
            if not self._stack and given is not None:
                self._input = None
            raise
        self._stack.append(layer)
        self.built = self._input is not None

    def pop(self, rebuild=None):
        """Take the last layer away and return it."""
        if not self._stack:
            raise ValueError("This model has no layers left to pop. Add one first.")
        layer = self._stack.pop()
        if self._tensors:
            layer._nodes.remove(self._tensors.pop().node)
        self.built = self.built and bool(self._stack)
        return layer

    def build(self, input_shape=None):
        """Build all layers for `input_shape`, the batch axis in front."""
        if input_shape is None or self._input is not None:
            return
        self._take_input(InputLayer(batch_shape=tuple(input_shape)))

    def build_for(self, *inputs, initialise=True):
        """Build for real arrays or shapes; nothing happens when built already."""
        if self._input is None:
            first = _alone(inputs[0])
            shape = first if isinstance(first, tuple) else (None, *first.shape[1:])
            self._take_input(InputLayer(batch_shape=shape))
        return self

    def call(self, x, training=None, mask=None):
        """Run the stack."""
        return run_stack(self._stack, x)

    @property
    def input(self):
        """The symbolic input tensor."""
        return self._need_graph("input").inputs[0]

    @property
    def output(self):
        """The symbolic output tensor."""
        return self._need_graph("output").outputs[0]

    @property
    def input_shape(self):
        """Shape of the input with the batch axis, None for open sizes."""
        self._need_input("input_shape")
        return self._input.batch_shape

    @property
    def output_shape(self):
        """Shape of the output with the batch axis."""
        self._need_input("output_shape")
        return self._tensors[-1].shape if self._tensors else self._input.batch_shape

    def _as_inputs(self, x):
        """Inputs in the shape and dtype that the first layer was built for."""
        x = _alone(x)
        if self._input is None or not hasattr(x, "shape"):
            return super()._as_inputs(x)
        x = match_rank(jnp.asarray(x), self._input.batch_shape)
        return x.astype(self._input.dtype)

    def get_config(self):
        """Name and the layers in Keras's saved form."""
        layers = [self._input] if self._input is not None else []
        config = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": self.dtype,
            "layers": [as_dict(layer) for layer in layers + self._stack],
        }
        if self._input is not None:
            config["build_input_shape"] = list(self._input.batch_shape)
        return config

    @classmethod
    def from_config(cls, config, custom_objects=None):
        """Rebuild from `get_config`; only registered layers can be named."""
        model = cls(name=config.get("name"))
        for each in config["layers"]:
            model.add(registry.get(each, custom_objects))
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
                    f"add() got the output of the layer {layer.name!r}; it needs a "
                    "layer. Only an Input(...) may stand in a Sequential as a tensor."
                )
            layer = layer.layer
        if not isinstance(layer, Layer):
            raise no_layer(layer)
        if any(layer is each for each in self._stack):
            raise ValueError(
                f"The layer {layer.name!r} is in this model already. Make a second "
                f"one: model.add({type(layer).__name__}(...))."
            )
        return layer

    def _name(self, layer):
        """Make the name unique in this model, or say which two clash."""
        taken = {each.name for each in self._stack}
        if layer.name not in taken:
            return
        if layer._named_by_user:
            raise ValueError(
                f"Two layers are called {layer.name!r}. All names in a Sequential must "
                f"differ: write for example name={layer.name + '_2'!r}."
            )
        number = 1
        while f"{layer.name}_{number}" in taken:
            number += 1
        layer.name = f"{layer.name}_{number}"

    def _take_input(self, layer):
        if self._input is not None or self._tensors:
            raise ValueError(
                "An Input can only stand first in a Sequential, and this model has "
                f"one of shape {self._input.batch_shape}. Leave this one out."
            )
        self._input = layer
        try:
            for each in self._stack:
                self._tensors.append(self._grow(each))
        except BaseException:
            for tensor in self._tensors:
                tensor.node.layer._nodes.remove(tensor.node)
            self._input, self._tensors = None, []
            raise
        self.built = bool(self._stack)

    def _grow(self, layer):
        """Build `layer` behind the last one; notes the call for `layer.output`."""
        before = self._tensors[-1] if self._tensors else self._input.output
        spec = building.build(layer, before.spec)
        return Node(layer, (before,), {}, spec).outputs

    def _need_graph(self, what):
        self._need_input(what)
        return Graph(self._input.output, [self._input.output, *self._tensors][-1])

    def _need_input(self, what):
        if self._input is None:
            raise ValueError(
                f"{what} is not known yet: this model has no input shape. Begin it "
                "with Input(shape=(...)), or call model.build((None, ...))."
            )


def _listed(layers):
    if layers is None:
        return []
    return layers if isinstance(layers, list | tuple) else [layers]


def _alone(x):
    """The array in a list, tuple or dict of one: a Sequential has one input."""
    if not isinstance(x, list | tuple | dict):
        return x
    leaves = jax.tree.leaves(x)
    return leaves[0] if len(leaves) == 1 and hasattr(leaves[0], "shape") else x


def _given_shape(layer):
    """The input shape that a first layer was given or was built with."""
    if isinstance(layer, Sequential) and layer._input is not None:
        return layer._input.batch_shape
    if getattr(layer, "_graph", None) is not None:
        return layer.input_shape if isinstance(layer.input_shape, tuple) else None
    shape = getattr(layer, "_given_shape", None)
    if shape is None and layer.built:
        shape = layer.__dict__.get("_build_shape")
    return shape if isinstance(shape, tuple) else None


__all__ = ["Sequential", "Spec"]
