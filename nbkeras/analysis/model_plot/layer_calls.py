"""The layer calls of a model and their connections."""

import jax

from nbkeras.layers.engine import introspection
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.layers.input import InputLayer
from nbkeras.models.graph import Graph, graph_of
from nbkeras.models.model import Model
from nbkeras.models.sequential import Sequential


def is_model(layer):
    """Whether `layer` is a model."""
    return isinstance(layer, Model)


def calls(model):
    """(calls, indices of the output calls, whether the connections are known).

    Calls are Nodes in execution order. If the connections are known only to a custom
    `call`, they are the layers in order of creation.

    Raises:
        TypeError: `model` is neither a model nor a layer.
    """
    if not introspection.is_layer(model):
        is_class = isinstance(model, type)
        description = (
            f"the class {model.__name__}" if is_class else type(model).__name__
        )
        raise TypeError(
            f"The plot needs a model, and got {description}. Write for example model = "
            "nbkeras.Sequential([nbkeras.Input((4,)), layers.Dense(2)])."
        )
    graph = _graph(model)
    if graph is None:
        layers = list(model.layers) if is_model(model) else [model]
        return layers, (len(layers) - 1,) if layers else (), len(layers) < 2
    places = {id(node): i for i, node in enumerate(graph.nodes)}
    outputs = tuple(dict.fromkeys(places[id(t.node)] for t in graph.outputs))
    return list(graph.nodes), outputs, True


def _graph(model):
    graph = graph_of(model)
    if graph is not None:
        return graph
    if isinstance(model, Sequential):  # a row of layers where no shape is known
        has_graph = model.input_layer is not None and model.layers
        return Graph(model.input, model.output) if has_graph else None
    return _traced(model) if is_model(model) and model.built else None


def _traced(model):
    """Trace a custom `call` with symbolic tensors; None if that fails.

    The model and its layers are restored afterwards.
    """
    shape = introspection.build_shape(model)
    if not isinstance(shape, tuple | list | dict):
        return None
    before = {layer: _state(layer) for layer in model.walk()}
    try:
        inputs = jax.tree.map(_input, shape, is_leaf=_is_shape)
        outputs = model.call(inputs)
        leaves = jax.tree.leaves(outputs)
        if not leaves or not all(map(is_symbolic, leaves)):
            return None
        return Graph(inputs, outputs)
    except Exception:  # a custom call may raise anything
        return None
    finally:
        for layer, (attributes, nodes) in before.items():
            _restore(layer, attributes, nodes)


def _input(shape):
    return InputLayer(batch_shape=(None, *shape[1:])).output


def _is_shape(value):
    return isinstance(value, tuple) and all(
        n is None or isinstance(n, int) for n in value
    )


def _state(layer):
    return dict(vars(layer)), list(introspection.call_nodes(layer))


def _restore(layer, attributes, nodes):
    current = vars(layer)
    for name in [name for name in current if name not in attributes]:
        del current[name]
    for name, value in attributes.items():
        if current.get(name) is not value:
            current[name] = value
    introspection.call_nodes(layer)[:] = nodes
