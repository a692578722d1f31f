"""Functional models as plain data, in the form of Keras 3's files, and back."""

import jax
import numpy as np

from nbkeras.core.configurable import as_dict
from nbkeras.core.registry import custom_object_scope
from nbkeras.layers import operation
from nbkeras.layers.naming import checked_name
from nbkeras.layers.registry import registry
from nbkeras.layers.symbolic import is_symbolic


def config_of(model):
    """The graph of `model`: layers, who calls whom, inputs and outputs."""
    graph = model._saved_graph()
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
        layers.append({**as_dict(layer), "name": layer.name, "inbound_nodes": nodes})

    def ends(tree):
        # Keras counts the calls of a functional model from 1 here, and only here.
        return _mapped(
            tree,
            lambda t: [t.name, places[id(t.node)] + _first_number(t.layer), t.index],
        )

    return {
        "name": model.name,
        "trainable": model._trainable,
        "layers": layers,
        "input_layers": ends(graph.inputs_tree),
        "output_layers": ends(graph.outputs_tree),
    }


def _first_number(layer):
    return int(getattr(layer, "_graph", None) is not None)


def rebuild(cls, config, custom_objects=None):
    """The model that `config_of` described; only registered layers can be named.

    Raises:
        ValueError: unknown layers, or calls that lead nowhere.
    """
    with custom_object_scope(custom_objects):
        made = {each.get("name", "?"): _layer(each) for each in config["layers"]}
    waiting = {
        each.get("name", "?"): list(each.get("inbound_nodes") or [])
        for each in config["layers"]
    }
    while any(waiting.values()):
        going_on = False
        for name, calls in waiting.items():
            while calls and (call := _call(calls[0], made)) is not None:
                args, kwargs = call
                made[name](*args, **kwargs)
                calls.pop(0)
                going_on = True
        if not going_on:
            names = ", ".join(repr(name) for name, calls in waiting.items() if calls)
            raise ValueError(
                f"The saved model cannot be rebuilt: {names} take what no layer gives. "
                "The file is damaged; save it again."
            )
    model = cls(
        inputs=_ends(config["input_layers"], made),
        outputs=_ends(config["output_layers"], made),
        name=checked_name(cls, config.get("name")),
    )
    if config.get("trainable") is False:
        model.trainable = False
    return model


def _layer(config):
    if str(config.get("module")).startswith(operation.KERAS_MODULE):
        return operation.from_saved(config)
    return registry.get(config)


def _call(node, made):
    """(args, kwargs) of one saved call; None while a tensor in it does not exist."""
    if isinstance(node, list):
        return _old_call(node, made)
    missing = []

    def find(history):
        tensor = _tensor(history, made)
        missing.extend([history] if tensor is None else [])
        return tensor

    args = _revived(node["args"], find)
    kwargs = _revived(node["kwargs"], find)
    return None if missing else (args, kwargs)


def _old_call(node, made):
    """The same for Keras 2: [[layer, call, output, {keywords}], ...]."""
    node = [node] if node and isinstance(node[0], str) else node
    tensors = [_tensor(each, made) for each in node]
    if any(tensor is None for tensor in tensors):
        return None
    kwargs = dict(node[0][3]) if len(node[0]) > 3 else {}
    for name, value in kwargs.items():
        if isinstance(value, list) and len(value) == 3 and value[0] in made:
            kwargs[name] = _tensor(value, made)
            if kwargs[name] is None:
                return None
    return (tensors if len(tensors) == 1 else [tensors]), kwargs


def _tensor(history, made):
    """The tensor that [layer name, call, output] names; None if not made yet."""
    name, call, index = history[:3]
    if name not in made:
        raise ValueError(
            f"The saved model cannot be rebuilt: there is no layer {name!r}. The file "
            "is damaged; save it again."
        )
    nodes = made[name]._nodes
    return nodes[call].given[index] if call < len(nodes) else None


def _ends(saved, made):
    """The input or output tensors in their tree."""
    if isinstance(saved, dict):
        return {key: _ends(each, made) for key, each in saved.items()}
    if isinstance(saved, list) and saved and isinstance(saved[0], str):
        layer = made.get(saved[0])
        call = saved[1] - _first_number(layer) if layer is not None else saved[1]
        return _tensor([saved[0], max(call, 0), saved[2]], made)
    return [_ends(each, made) for each in saved]


def _mapped(tree, change):
    """`tree` as plain lists and dicts, its leaves changed."""
    if isinstance(tree, dict):
        return {key: _mapped(each, change) for key, each in tree.items()}
    if isinstance(tree, list | tuple):
        return [_mapped(each, change) for each in tree]
    return change(tree)


def _saved(leaf, history):
    """One argument of a call in the form of Keras's files."""
    if is_symbolic(leaf):
        found = {"shape": list(leaf.shape), "dtype": leaf.dtype}
        found["keras_history"] = history(leaf)
        return {"class_name": "__keras_tensor__", "config": found}
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
    """The argument that `_saved` described; `find(history)` gives its tensors."""
    if isinstance(saved, list):
        return [_revived(each, find) for each in saved]
    if not isinstance(saved, dict):
        return saved
    kind, config = saved.get("class_name"), saved.get("config")
    if kind == "__keras_tensor__":
        return find(config["keras_history"])
    if kind == "__slice__":
        return slice(config["start"], config["stop"], config["step"])
    if kind == "__ellipsis__":
        return Ellipsis
    if kind in ("__numpy__", "__tensor__"):
        return np.array(config["value"], dtype=config["dtype"])
    return {key: _revived(each, find) for key, each in saved.items()}
