"""Serialize functional models to configs in Keras 3's format, and rebuild them."""

import inspect
from typing import Any, NamedTuple

import jax
import numpy as np

from nbkeras.core.serialization import signatures
from nbkeras.core.serialization.configurable import as_dict
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.layers.engine import introspection
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.naming import checked_name
from nbkeras.layers.engine.nodes import function_nodes
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.layers.engine.registry import registry
from nbkeras.models.graph import graph_of


def config_of(model):
    """The config of the graph of `model`: layers, calls, inputs and outputs."""
    graph = model.saved_graph()
    call_indices = {
        id(node): index
        for layer in graph.layers
        for index, node in enumerate(graph.own_nodes(layer))
    }

    def history(tensor):
        return [tensor.name, call_indices[id(tensor.node)], tensor.index]

    def saved_node(node):
        tree = (list(node.args), node.kwargs)
        args, kwargs = _map_leaves(
            tree, lambda leaf: _serialized_argument(leaf, history)
        )
        return {"args": args, "kwargs": kwargs}

    layers = []
    for layer in graph.layers:
        nodes = [saved_node(n) for n in graph.own_nodes(layer) if n.parents]
        # Updated in place, because the mark of a shared layer may be added later.
        config = as_dict(layer)
        config.update(name=layer.name, inbound_nodes=nodes)
        layers.append(config)

    def tensor_indices(tree):
        # Keras counts the calls of a functional model from 1 here, and only here.
        return _map_leaves(
            tree,
            lambda t: [
                t.name,
                call_indices[id(t.node)] + _first_call_index(t.layer),
                t.index,
            ],
        )

    return {
        "name": model.name,
        "trainable": introspection.own_trainable(model),
        "layers": layers,
        "input_layers": tensor_indices(graph.inputs_tree),
        "output_layers": tensor_indices(graph.outputs_tree),
    }


# The keys of a saved graph.
GRAPH_KEYS = ("layers", "input_layers", "output_layers")


def takes_graph(cls):
    """Whether models of this class are created as `cls(inputs=..., outputs=...)`.

    False for a custom constructor that creates the tensors itself: `MyModel(units=3)`.
    """
    parameters = inspect.signature(cls.__init__).parameters
    if {"inputs", "outputs"} <= parameters.keys():
        return True
    kinds = {parameter.kind for parameter in parameters.values()}
    return {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} <= kinds


def own_setting_names(cls):
    """The arguments of a custom class's constructor that `Model` does not have."""
    common = {*signatures.parameters(Layer), "inputs", "outputs", "layers"}
    return signatures.parameters(cls).keys() - common


def own_settings(cls, config):
    """The entries of `config` whose names `own_setting_names` lists."""
    names = own_setting_names(cls)
    return {name: value for name, value in config.items() if name in names}


def without_graph(config):
    """`config` without the saved graph."""
    return {name: value for name, value in config.items() if name not in GRAPH_KEYS}


def _first_call_index(layer):
    return int(graph_of(layer) is not None)


def rebuild(cls, config, custom_objects=None):
    """Rebuild the model from `config_of`; only registered layers are allowed.

    Raises:
        ValueError: a layer is unknown, or a call takes a tensor that no layer produces.
    """
    with custom_object_scope(custom_objects):
        by_name = {saved.get("name", "?"): _layer(saved) for saved in config["layers"]}
    # A layer shared with another model already has calls; the file numbers only the
    # calls that are made here.
    calls = {name: _input_nodes(layer) for name, layer in by_name.items()}
    rebuilt = _RebuiltLayers(by_name, calls)
    pending_calls = {
        saved.get("name", "?"): list(saved.get("inbound_nodes") or [])
        for saved in config["layers"]
    }
    while any(pending_calls.values()):
        progressed = False
        for name, saved in pending_calls.items():
            while saved and (call := _call(saved[0], rebuilt)) is not None:
                args, kwargs = call
                by_name[name](*args, **kwargs)
                calls[name].append(introspection.call_nodes(by_name[name])[-1])
                saved.pop(0)
                progressed = True
        if not progressed:
            names = ", ".join(
                repr(name) for name, saved in pending_calls.items() if saved
            )
            raise ValueError(
                f"The saved model cannot be rebuilt: {names} take inputs that no layer "
                "produces. The file is damaged; save it again."
            )
    model = cls(
        inputs=_tensors(config["input_layers"], rebuilt),
        outputs=_tensors(config["output_layers"], rebuilt),
        name=checked_name(cls, config.get("name")),
        **own_settings(cls, config),
    )
    if config.get("trainable") is False:
        introspection.freeze_alone(model)
    return model


def _layer(config):
    registered = config.get("class_name") in registry
    if function_nodes.is_saved(config) and not (
        registered and config.get("module") is None
    ):
        return function_nodes.from_saved(config)
    return registry.get(config)


def _call(node, rebuilt) -> Any:
    """(args, kwargs) of a saved call; None as long as one of its tensors is missing."""
    if isinstance(node, list):
        return _keras2_call(node, rebuilt)
    missing = []

    def find(history):
        tensor = rebuilt.tensor(history)
        missing.extend([history] if tensor is None else [])
        return tensor

    args = _deserialized_argument(node["args"], find)
    kwargs = _deserialized_argument(node["kwargs"], find)
    return None if missing else (args, kwargs)


def _keras2_call(node, rebuilt):
    """As `_call`, for Keras 2's format: [[layer, call, output, {keywords}], ...]."""
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


def _input_nodes(layer):
    """The calls without inputs: the one call of an input layer, else none."""
    return [node for node in introspection.call_nodes(layer) if not node.parents]


class _RebuiltLayers(NamedTuple):
    """Layers of a model that is being rebuilt, and their calls so far, by name."""

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
        return nodes[call].output_tensors[index] if call < len(nodes) else None


def _tensors(saved, rebuilt):
    """The input or output tensors, nested as in the config."""
    if isinstance(saved, dict):
        return {key: _tensors(part, rebuilt) for key, part in saved.items()}
    if isinstance(saved, list) and saved and isinstance(saved[0], str):
        layer = rebuilt.layers.get(saved[0])
        call = saved[1] - _first_call_index(layer) if layer is not None else saved[1]
        return rebuilt.tensor([saved[0], max(call, 0), saved[2]])
    parts = [_tensors(part, rebuilt) for part in saved]
    return tuple(parts) if isinstance(saved, tuple) else parts


def _map_leaves(tree, change):
    """Apply `change` to the leaves of lists, tuples and dicts."""
    if isinstance(tree, dict):
        return {key: _map_leaves(part, change) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        parts = [_map_leaves(part, change) for part in tree]
        return tuple(parts) if isinstance(tree, tuple) else parts
    return change(tree)


def _serialized_argument(leaf, history):
    """Serialize an argument of a call in the format of Keras's files."""
    if is_symbolic(leaf):
        config = {"shape": list(leaf.shape), "dtype": leaf.dtype}
        config["keras_history"] = history(leaf)
        return {"class_name": "__keras_tensor__", "config": config}
    if isinstance(leaf, slice):
        bounds = {"start": leaf.start, "stop": leaf.stop, "step": leaf.step}
        return {"class_name": "__slice__", "config": bounds}
    if leaf is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(leaf, np.generic):
        return leaf.item()
    if isinstance(leaf, np.ndarray | jax.Array):
        kind = "__numpy__" if isinstance(leaf, np.ndarray) else "__tensor__"
        values = {"value": np.asarray(leaf).tolist(), "dtype": str(leaf.dtype)}
        return {"class_name": kind, "config": values}
    return leaf


def _deserialized_argument(saved, find):
    """Deserialize an argument; `find(history)` looks up its tensors."""
    if isinstance(saved, list | tuple):
        parts = [_deserialized_argument(part, find) for part in saved]
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
    return {key: _deserialized_argument(part, find) for key, part in saved.items()}
