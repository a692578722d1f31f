"""Functional models to and from configs in Keras 3's format."""

import inspect
from typing import Any, NamedTuple

import jax
import numpy as np

from nbkeras.core import signatures
from nbkeras.core.configurable import as_dict
from nbkeras.core.registry import custom_object_scope
from nbkeras.layers.engine import introspection
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.naming import checked_name
from nbkeras.layers.engine.nodes import function_nodes
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.layers.engine.registry import registry
from nbkeras.models.graph import graph_of


def config_of(model):
    """The graph of `model`: layers, calls, inputs and outputs."""
    graph = model.saved_graph()
    places = {
        id(node): place
        for layer in graph.layers
        for place, node in enumerate(graph.own_nodes(layer))
    }

    def history(tensor):
        return [tensor.name, places[id(tensor.node)], tensor.index]

    def saved_node(node):
        tree = (list(node.args), node.kwargs)
        args, kwargs = _mapped(tree, lambda leaf: _saved(leaf, history))
        return {"args": args, "kwargs": kwargs}

    layers = []
    for layer in graph.layers:
        nodes = [saved_node(n) for n in graph.own_nodes(layer) if n.parents]
        # Changed in place: the mark of a shared layer may be added later.
        config = as_dict(layer)
        config.update(name=layer.name, inbound_nodes=nodes)
        layers.append(config)

    def ends(tree):
        # Keras counts the calls of a functional model from 1 here, and only here.
        return _mapped(
            tree,
            lambda t: [t.name, places[id(t.node)] + _first_number(t.layer), t.index],
        )

    return {
        "name": model.name,
        "trainable": introspection.own_trainable(model),
        "layers": layers,
        "input_layers": ends(graph.inputs_tree),
        "output_layers": ends(graph.outputs_tree),
    }


# The keys of a saved graph.
GRAPH_KEYS = ("layers", "input_layers", "output_layers")


def takes_graph(cls):
    """Whether models of this class are created as `cls(inputs=..., outputs=...)`.

    Not where a constructor of your own makes the tensors itself, `MyModel(units=3)`.
    """
    parameters = inspect.signature(cls.__init__).parameters
    if {"inputs", "outputs"} <= parameters.keys():
        return True
    kinds = {parameter.kind for parameter in parameters.values()}
    return {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds


def own_setting_names(cls):
    """The constructor's arguments that are specific to a custom class."""
    common = {*signatures.parameters(Layer), "inputs", "outputs", "layers"}
    return signatures.parameters(cls).keys() - common


def own_settings(cls, config):
    """The entries of `config` that `own_setting_names` lists."""
    own = own_setting_names(cls)
    return {name: value for name, value in config.items() if name in own}


def without_graph(config):
    """`config` without the saved graph."""
    return {name: value for name, value in config.items() if name not in GRAPH_KEYS}


def _first_number(layer):
    return int(graph_of(layer) is not None)


def rebuild(cls, config, custom_objects=None):
    """Rebuild the model from `config_of`; only registered layers are allowed.

    Raises:
        ValueError: unknown layers, or calls that lead nowhere.
    """
    with custom_object_scope(custom_objects):
        by_name = {saved.get("name", "?"): _layer(saved) for saved in config["layers"]}
    # A layer shared with another model was called before; only the calls that
    # are made here are numbered in the file.
    calls = {name: _inputs_of(layer) for name, layer in by_name.items()}
    rebuilt = _Layers(by_name, calls)
    waiting = {
        saved.get("name", "?"): list(saved.get("inbound_nodes") or [])
        for saved in config["layers"]
    }
    while any(waiting.values()):
        going_on = False
        for name, saved in waiting.items():
            while saved and (call := _call(saved[0], rebuilt)) is not None:
                args, kwargs = call
                by_name[name](*args, **kwargs)
                calls[name].append(introspection.call_nodes(by_name[name])[-1])
                saved.pop(0)
                going_on = True
        if not going_on:
            names = ", ".join(repr(name) for name, saved in waiting.items() if saved)
            raise ValueError(
                f"The saved model cannot be rebuilt: {names} take inputs that no layer "
                "produces. The file is damaged; save it again."
            )
    model = cls(
        inputs=_ends(config["input_layers"], rebuilt),
        outputs=_ends(config["output_layers"], rebuilt),
        name=checked_name(cls, config.get("name")),
        **own_settings(cls, config),
    )
    if config.get("trainable") is False:
        model.trainable = False
    return model


def _layer(config):
    registered = config.get("class_name") in registry
    if function_nodes.is_saved(config) and not (
        registered and config.get("module") is None
    ):
        return function_nodes.from_saved(config)
    return registry.get(config)


def _call(node, rebuilt) -> Any:
    """(args, kwargs) of one saved call; None while a tensor in it does not exist."""
    if isinstance(node, list):
        return _old_call(node, rebuilt)
    missing = []

    def find(history):
        tensor = rebuilt.tensor(history)
        missing.extend([history] if tensor is None else [])
        return tensor

    args = _revived(node["args"], find)
    kwargs = _revived(node["kwargs"], find)
    return None if missing else (args, kwargs)


def _old_call(node, rebuilt):
    """The same for Keras 2: [[layer, call, output, {keywords}], ...]."""
    node = [node] if node and isinstance(node[0], str) else node
    tensors = [rebuilt.tensor(history) for history in node]
    if any(tensor is None for tensor in tensors):
        return None
    kwargs = dict(node[0][3]) if len(node[0]) > 3 else {}
    for name, value in kwargs.items():
        if isinstance(value, list) and len(value) == 3 and value[0] in rebuilt.layers:
            kwargs[name] = rebuilt.tensor(value)
            if kwargs[name] is None:
                return None
    return (tensors if len(tensors) == 1 else [tensors]), kwargs


def _inputs_of(layer):
    """The calls that a layer has before those in the file: one for an input layer."""
    return [node for node in introspection.call_nodes(layer) if not node.parents]


class _Layers(NamedTuple):
    """The layers of a model that is being rebuilt, and their calls so far, by name."""

    layers: dict
    calls: dict

    def tensor(self, history):
        """The tensor of [layer name, call, output]; None if it does not exist yet."""
        name, call, index = history[:3]
        if name not in self.layers:
            raise ValueError(
                f"The saved model cannot be rebuilt: there is no layer {name!r}. The "
                "file is damaged; save it again."
            )
        nodes = self.calls[name]
        return nodes[call].given[index] if call < len(nodes) else None


def _ends(saved, rebuilt):
    """The input or output tensors in their tree."""
    if isinstance(saved, dict):
        return {key: _ends(part, rebuilt) for key, part in saved.items()}
    if isinstance(saved, list) and saved and isinstance(saved[0], str):
        layer = rebuilt.layers.get(saved[0])
        call = saved[1] - _first_number(layer) if layer is not None else saved[1]
        return rebuilt.tensor([saved[0], max(call, 0), saved[2]])
    parts = [_ends(part, rebuilt) for part in saved]
    return tuple(parts) if isinstance(saved, tuple) else parts


def _mapped(tree, change):
    """`tree` as plain lists, tuples and dicts, its leaves changed."""
    if isinstance(tree, dict):
        return {key: _mapped(part, change) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        parts = [_mapped(part, change) for part in tree]
        return tuple(parts) if isinstance(tree, tuple) else parts
    return change(tree)


def _saved(leaf, history):
    """One argument of a call in the form of Keras's files."""
    if is_symbolic(leaf):
        config = {"shape": list(leaf.shape), "dtype": leaf.dtype}
        config["keras_history"] = history(leaf)
        return {"class_name": "__keras_tensor__", "config": config}
    if isinstance(leaf, slice):
        ends = {"start": leaf.start, "stop": leaf.stop, "step": leaf.step}
        return {"class_name": "__slice__", "config": ends}
    if leaf is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(leaf, np.generic):
        return leaf.item()
    if isinstance(leaf, np.ndarray | jax.Array):
        kind = "__numpy__" if isinstance(leaf, np.ndarray) else "__tensor__"
        values = {"value": np.asarray(leaf).tolist(), "dtype": str(leaf.dtype)}
        return {"class_name": kind, "config": values}
    return leaf


def _revived(saved, find):
    """The argument that `_saved` serialized; `find(history)` gives its tensors."""
    if isinstance(saved, list | tuple):
        parts = [_revived(part, find) for part in saved]
        return tuple(parts) if isinstance(saved, tuple) else parts
    if not isinstance(saved, dict):
        return saved
    kind, config = saved.get("class_name"), saved.get("config", {})
    if kind == "__keras_tensor__":
        return find(config["keras_history"])
    if kind == "__slice__":
        return slice(config["start"], config["stop"], config["step"])
    if kind == "__ellipsis__":
        return Ellipsis
    if kind in ("__numpy__", "__tensor__"):
        return np.array(config["value"], dtype=config["dtype"])
    return {key: _revived(part, find) for key, part in saved.items()}
