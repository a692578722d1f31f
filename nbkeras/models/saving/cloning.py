"""clone_model: the same architecture with new layers and new weights."""

import inspect
from collections.abc import Callable
from typing import Any

import jax

from nbkeras.core.names.display_name import display_names
from nbkeras.core.serialization.configurable import functions_kept
from nbkeras.layers.engine import introspection
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes.function_nodes import FunctionCall, Operation
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.layers.input import Input, InputLayer
from nbkeras.models.graph import graph_of
from nbkeras.models.saving import graph_config


def clone_model(
    model: Any,
    input_tensors: Any = None,
    clone_function: Callable[[Layer], Layer] | None = None,
    call_function: Callable[..., Any] | None = None,
    recursive: bool = False,
) -> Any:
    """A model of the same architecture with new weights.

    Args:
        model: any model; a custom class is rebuilt from its `get_config`.
        input_tensors: symbolic tensors to start from, nested like `model.input`.
        clone_function: (layer) -> its replacement; by default a new layer with the same
            arguments. Returning the layer itself shares it.
        call_function: (layer, *args, **kwargs) -> output of the layer; it may insert
            other layers. Only for functional models.
        recursive: also clone nested models layer by layer.

    Returns:
        The new model; compiled with the same arguments and a new optimizer if `model`
        is.

    Raises:
        ValueError: an argument does not apply to this kind of model.
    """
    graph, stack = model._graph, model.__dict__.get("_stack")
    if not _is_built_from_layers(model, graph, stack):
        _refuse("a model of a custom class", clone_function, call_function)
        _refuse("a model of a custom class", input_tensors)
        clone = _copy(model)
        return compiled_like(model, clone)
    cloner = _Cloner(clone_function, call_function, recursive)
    settings = _own_settings(model)
    if graph is None:
        _refuse("a Sequential", call_function)
        layers = _cloned_layers(model, stack, input_tensors, cloner)
        clone = type(model)(layers, name=model.name, **settings)
    else:
        inputs, outputs = _cloned_graph(graph, input_tensors, cloner)
        clone = type(model)(inputs, outputs, name=model.name, **settings)
    if not introspection.own_trainable(model):
        introspection.freeze_alone(clone)
    return compiled_like(model, clone)


def _is_built_from_layers(model, graph, stack):
    """Whether its constructor takes layers or tensors, as in `Sequential([...])`."""
    if graph is not None:
        return graph_config.takes_graph(type(model))
    parameters = inspect.signature(type(model).__init__).parameters
    return stack is not None and "layers" in parameters


def _own_settings(model):
    """The further arguments of a custom class's constructor."""
    cls = type(model)
    if not graph_config.own_setting_names(cls):
        return {}
    return graph_config.own_settings(cls, model.get_config())


class _Cloner:
    """Clone each layer once, however often it is used."""

    def __init__(self, clone, call, recursive):
        self._clone, self.call = clone or _copy, call or _call
        self._recursive = recursive
        self._options = {"clone_function": clone, "recursive": recursive}
        self._call_function = call
        self._clones = {}

    def __call__(self, layer):
        """The clone of `layer`."""
        if layer not in self._clones:
            self._clones[layer] = self._new(layer)
        return self._clones[layer]

    def _new(self, layer):
        if isinstance(layer, Operation):
            return Operation(layer.function, name=layer.name, **layer.settings)
        if isinstance(layer, FunctionCall):
            return FunctionCall(layer.function, name=layer.name)
        if self._recursive and graph_of(layer) is not None:
            options = {**self._options, "call_function": self._call_function}
            return clone_model(layer, **options)
        if self._recursive and layer.__dict__.get("_stack") is not None:
            return clone_model(layer, **self._options)
        return self._clone(layer)


def _copy(layer):
    with functions_kept():
        return type(layer).from_config(layer.get_config())


def _call(layer, *args, **kwargs):
    return layer(*args, **kwargs)


def _cloned_layers(model, stack, input_tensors, cloner):
    input_layers = []
    if input_tensors is not None:
        tensors = jax.tree.leaves(input_tensors)
        if len(tensors) != 1 or not is_symbolic(tensors[0]):
            raise ValueError(
                f"clone_model(input_tensors={input_tensors!r}): a Sequential has one "
                "symbolic input tensor. Write input_tensors=Input(shape=(...))."
            )
        input_layers = [Input(tensor=tensors[0], name=tensors[0].name)]
    elif model.input_layer is not None:
        input_layers = [_copy(model.input_layer)]
    return [*input_layers, *map(cloner, stack)]


def _cloned_graph(graph, input_tensors, cloner):
    """(inputs, outputs) of the calls of `graph`, repeated with cloned layers."""
    if input_tensors is None:
        input_tensors = jax.tree.map(
            lambda t: Input(batch_shape=t.shape, dtype=t.dtype, name=t.name),
            graph.inputs_tree,
        )
    structure = jax.tree.structure(input_tensors)
    if structure != jax.tree.structure(graph.inputs_tree):
        raise ValueError(
            f"clone_model(input_tensors=...) has the structure {structure}; it must "
            "have the structure of model.input, with "
            f"{display_names(graph.input_names)}."
        )
    input_leaves = jax.tree.leaves(input_tensors)
    values = dict(zip(map(id, graph.inputs), input_leaves, strict=True))
    for node in graph.nodes:
        if isinstance(node.layer, InputLayer):
            continue
        args, kwargs = node.filled(lambda tensor: values[id(tensor)])
        results = cloner.call(cloner(node.layer), *args, **kwargs)
        leaves = jax.tree.leaves(results)
        values.update(zip(map(id, node.output_tensors), leaves, strict=True))
    return input_tensors, jax.tree.map(lambda t: values[id(t)], graph.outputs_tree)


def _refuse(kind, *arguments):
    if any(argument is not None for argument in arguments):
        raise ValueError(
            f"clone_model: {kind} cannot be cloned with call_function, and a custom "
            "class not with clone_function or input_tensors, because its computation "
            "is not known layer by layer. Leave these arguments out, or use "
            "Model(inputs, outputs)."
        )


def compiled_like(model, clone, **changes):
    """Compile `clone` like `model`, with a new optimizer; returns `clone`.

    Args:
        model: the compiled model.
        clone: the model to compile.
        **changes: arguments of `compile` to replace.
    """
    if model.compiled:
        names = ("loss", "metrics", "loss_weights", "weighted_metrics")
        optimizer = model.optimizer
        arguments = {name: model._compile_arguments[name] for name in names}
        if "optimizer" not in changes:
            arguments["optimizer"] = type(optimizer).from_config(optimizer.get_config())
        clone.compile(**arguments | changes)
    return clone
