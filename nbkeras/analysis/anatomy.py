"""Anatomy: what a model is made of, as plain data that a picture can be drawn from."""

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np

from nbkeras.analysis import costs, layer_code, receptive, shape_words
from nbkeras.layers.input import InputLayer

# Deeper nesting than this is shown as one block.
DEEPEST = 6


@dataclass(frozen=True)
class Block:
    """One call of a layer.

    Args:
        key: names it within the model: "resnet/conv1", for later calls "dense:1".
        name: of the layer. kind: of its class, or of the function.
        inputs, outputs: shapes with the batch axis; empty where they are not known.
        dtype: of the output.
        activation: its name, None for none.
        parameters, trained: numbers of all and of those that learn; None if not built.
        weight_bytes, output_bytes: of the weights; of the output for one sample.
        multiply_adds, operations: for one sample, see `costs`; None if not known.
        reach: the receptive field: Reach for each axis, "whole", or None if not known.
        words: (what, formula) lines, see `shape_words`.
        code: the line that makes the layer.
        named: whether its name was given by hand.
        call: 0 for the first call of a layer, 1 for the second...
        inner: the Anatomy of a nested model, else None.
    """

    key: str
    name: str
    kind: str
    inputs: tuple = ()
    outputs: tuple = ()
    dtype: str = "float32"
    activation: str | None = None
    parameters: int | None = None
    trained: int | None = None
    weight_bytes: int = 0
    output_bytes: int | None = None
    multiply_adds: int | None = None
    operations: int | None = None
    reach: object = None
    words: tuple = ()
    code: str = ""
    named: bool = False
    call: int = 0
    inner: object = None


@dataclass(frozen=True)
class Anatomy:
    """A model, block by block.

    Args:
        name, kind: of the model.
        blocks: in the order in which they run.
        edges: (from, to) as places in `blocks`.
        wired: False where only `call` knows how the layers are connected: the edges
            are then the order in which they were declared.
        outputs: places of the blocks that give the model's outputs.
        parameters, trained, weight_bytes: of the whole model, shared weights once.
        layers: {key: the layer}, for who wants to look further.
    """

    name: str
    kind: str
    blocks: tuple
    edges: tuple
    wired: bool = True
    outputs: tuple = ()
    parameters: int | None = None
    trained: int | None = None
    weight_bytes: int = 0
    layers: dict = field(default_factory=dict, compare=False, repr=False)

    @property
    def operations(self):
        """Of all blocks for one sample; None if one is not known."""
        return _sum(block.operations for block in self.blocks)

    @property
    def multiply_adds(self):
        """Of all blocks for one sample; None if one is not known."""
        return _sum(block.multiply_adds for block in self.blocks)

    def memory(self, batch=32):
        """Bytes of all outputs for a batch, kept for the way back, and of the weights.

        Gradients and what the optimizer keeps come on top while training.
        """
        kept = _sum(block.output_bytes for block in self.blocks)
        return None if kept is None else kept * batch + self.weight_bytes


def anatomy(model, prefix="", entering=None, deep=0):
    """The Anatomy of any model, or of a single layer.

    Args:
        model: a Sequential, a functional or a subclassed model, built or not.
        prefix: of the keys. entering: receptive fields of the inputs. deep: how deep
            it is nested.
    """
    calls = _calls(model)
    keys = _keys(calls, prefix)
    reaches, blocks, edges, found = {}, [], [], {}
    places = {id(call): i for i, call in enumerate(calls)}
    wired = all(hasattr(call, "parents") for call in calls)
    for i, call in enumerate(calls):
        block = _block(call, keys[i], reaches, entering, deep)
        blocks.append(block)
        found[block.key] = _layer(call)
        if block.inner:
            found |= block.inner.layers
        if hasattr(call, "parents"):
            reaches |= {id(tensor): block.reach for tensor in call.given}
            origins = [places.get(id(t.node)) for t in call.parents]
            edges += [(at, i) for at in dict.fromkeys(origins) if at is not None]
        elif i:
            edges.append((i - 1, i))
    known = model.built or bool(model.weights)
    totals = _weights(model) if known else (None, None, 0)
    ends = _ends(model, places, len(blocks))
    kind = type(model).__name__
    return Anatomy(
        model.name, kind, tuple(blocks), tuple(edges), wired, ends, *totals, found
    )


def _calls(model):
    """Nodes in the order in which they run; layers where there are no nodes."""
    graph = getattr(model, "_graph", None)
    if graph is None and getattr(model, "_tensors", None):
        graph = model._need_graph("graph")
    if graph is not None:
        return list(graph.nodes)
    return list(model.layers) if _is_model(model) else [model]


def _layer(call):
    return call.layer if hasattr(call, "parents") else call


def _ends(model, places, count):
    graph = getattr(model, "_graph", None)
    if graph is None:
        return (count - 1,) if count else ()
    return tuple(dict.fromkeys(places[id(t.node)] for t in graph.outputs))


def _keys(calls, prefix):
    keys, used = [], {}
    for call in calls:
        name = _layer(call).name
        number = used[name] = used.get(name, -1) + 1
        keys.append(f"{prefix}{name}:{number}" if number else f"{prefix}{name}")
    return keys


def _block(call, key, reaches, entering, deep):
    layer = _layer(call)
    shapes = _shapes(call)
    inputs, outputs, dtypes = shapes
    known = bool(layer.built or layer.weights)
    total, trained, size = _weights(layer) if known else (None, None, 0)
    facts = {"parameters": total, "trained": trained, "weight_bytes": size}
    fields = _fields(call, reaches)
    inner = None
    if _is_model(layer) and deep < DEEPEST:
        inner = anatomy(layer, f"{key}/", fields, deep + 1)
    if outputs:
        facts |= _facts(layer, inputs, outputs, dtypes, fields, entering, inner)
    return Block(
        key,
        layer.name,
        _kind(layer),
        tuple(inputs),
        tuple(outputs),
        dtypes[0] if dtypes else layer.compute_dtype,
        _activation(layer),
        code=layer_code.line(layer),
        named=bool(getattr(layer, "_named_by_user", False)),
        call=int(key.rpartition(":")[2]) if _is_again(key) else 0,
        inner=inner,
        **facts,
    )


def _facts(layer, inputs, outputs, dtypes, fields, entering, inner):
    """What is known only with the shapes."""
    if isinstance(layer, InputLayer):
        reach = entering[0] if entering else receptive.of_input(outputs[0])
        return {"reach": reach, "output_bytes": 0, "multiply_adds": 0, "operations": 0}
    if inner is not None:
        ends = [inner.blocks[at] for at in inner.outputs]
        return {
            "reach": ends[0].reach if ends else None,
            "output_bytes": _sum(b.output_bytes for b in inner.blocks),
            "multiply_adds": inner.multiply_adds,
            "operations": inner.operations,
        }
    products, operations = costs.of_layer(layer, inputs, outputs[0])
    return {
        "reach": receptive.behind(layer, fields, inputs, outputs[0]),
        "output_bytes": costs.output_bytes(layer, outputs, dtypes),
        "multiply_adds": products,
        "operations": operations,
        "words": tuple(shape_words.lines(layer, inputs, outputs[0])),
    }


def _shapes(call):
    """(shapes of the inputs, of the outputs, dtypes) of a call, empty if not known."""
    if hasattr(call, "parents"):
        given = call.given
        return (
            [t.shape for t in call.parents],
            [t.shape for t in given],
            [t.dtype for t in given],
        )
    came = call.__dict__.get("_build_shape")
    gone = call.__dict__.get("_output_shape")
    if not _is_shape(gone):
        return [], [], []
    inputs = [came] if _is_shape(came) else []
    return inputs, [gone], [call.compute_dtype]


def _is_shape(value):
    return isinstance(value, tuple) and all(
        n is None or isinstance(n, int) for n in value
    )


def _fields(call, reaches):
    if not hasattr(call, "parents"):
        return []
    return [reaches.get(id(tensor)) for tensor in call.parents]


def _is_model(layer):
    return hasattr(layer, "fit") and hasattr(layer, "layers")


def _is_again(key):
    return key.rpartition(":")[2].isdigit() and ":" in key


def _kind(layer):
    saved_as = getattr(layer, "saved_as", None)
    if getattr(layer, "is_operation", False) and saved_as:
        return saved_as[1]
    return type(layer).__name__


def _activation(layer):
    name = getattr(getattr(layer, "activation", None), "__name__", None)
    return None if name == "linear" else name


def _weights(layer):
    """(number of parameters, of those that learn, bytes)."""
    open_ = layer.trainable_paths()
    total = learns = size = 0
    for path, weight in layer.weights_by_path().items():
        total += weight.size
        learns += weight.size if path in open_ else 0
        size += weight.size * np.dtype(jnp.dtype(weight.dtype)).itemsize
    return total, learns, size


def _sum(values):
    values = list(values)
    return None if None in values else sum(values)
