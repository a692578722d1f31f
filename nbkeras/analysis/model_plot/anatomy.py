"""Anatomy: the structure of a model as data for plots."""

from dataclasses import dataclass, field

import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.model_plot import (
    costs,
    layer_code,
    receptive_field,
    shape_arithmetic,
)
from nbkeras.analysis.model_plot.layer_calls import calls, is_model
from nbkeras.layers.engine import introspection
from nbkeras.layers.input import InputLayer

# Models nested deeper than this are shown as one block.
MAX_DEPTH = 6


@dataclass(frozen=True)
class Block:
    """One call of a layer.

    Args:
        key: path in the model, such as "resnet/conv1"; "dense:1" for the second of a
            name.
        name: name of the layer.
        kind: name of its class or function.
        inputs, outputs: shapes with the batch axis; empty if unknown.
        dtype: dtype of the output.
        activation: name of the activation, or None.
        parameters, trained: numbers of all parameters and of the trainable ones; None
            if the layer is not built.
        weight_bytes, output_bytes: size of the weights, and of the output of one
            sample.
        multiply_adds, operations: for one sample, see `costs`; None if unknown.
        receptive_field: a ReceptiveField per axis, "whole", or None if unknown.
        formulas: (name, formula) pairs, see `shape_arithmetic`.
        code: the line that creates the layer.
        named: whether the user chose the name.
        call: index of the call of this layer, 0 for the first.
        inner: the Anatomy of a nested model, or None.
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
    receptive_field: object = None
    formulas: tuple = ()
    code: str = ""
    named: bool = False
    call: int = 0
    inner: object = None


@dataclass(frozen=True)
class Anatomy:
    """A model, block by block.

    Args:
        name, kind: name and class of the model.
        blocks: the blocks in execution order.
        edges: (from, to) as indices into `blocks`.
        wired: False if the connections are known only to a custom `call`; the edges
            then follow the order in which the layers were created.
        outputs: indices of the blocks that produce the model's outputs.
        parameters, trained, weight_bytes: of the whole model; shared weights count
            once.
        layers: {key: layer}.
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
        """The sum over all blocks for one sample; None if one is unknown."""
        return _sum(block.operations for block in self.blocks)

    @property
    def multiply_adds(self):
        """The sum over all blocks for one sample; None if one is unknown."""
        return _sum(block.multiply_adds for block in self.blocks)

    def memory(self, batch=32):
        """Bytes of the weights and of a batch's outputs, stored for backpropagation.

        In training, gradients and the optimizer's state are added to that.
        """
        output_bytes = _sum(block.output_bytes for block in self.blocks)
        return (
            None if output_bytes is None else output_bytes * batch + self.weight_bytes
        )


def anatomy(model, prefix="", input_fields=None, depth=0):
    """The Anatomy of any model, or of a single layer.

    Args:
        model: a Sequential, a functional or a subclassed model, built or not.
        prefix: prefix of the keys.
        input_fields: receptive fields of the inputs.
        depth: nesting depth.
    """
    model_calls, ends, wired = calls(model)
    names = _keys(model_calls, prefix)
    places = {id(call): i for i, call in enumerate(model_calls)}
    input_fields = iter(input_fields or ())
    fields, blocks, edges, layers = {}, [], [], {}
    for i, call in enumerate(model_calls):
        if not i or not hasattr(call, "parents"):
            edges += [(i - 1, i)] if i else []
        else:
            origins = [places.get(id(t.node)) for t in call.parents]
            edges += [(at, i) for at in dict.fromkeys(origins) if at is not None]
        block = _block(call, names[i], fields, input_fields, depth)
        blocks.append(block)
        layers[block.key] = _layer(call)
        if block.inner:
            layers |= block.inner.layers
        for tensor in getattr(call, "output_tensors", ()):
            fields[id(tensor)] = block.receptive_field
    is_built = model.built or bool(model.weights)
    totals = _weights(model) if is_built else (None, None, 0)
    kind = type(model).__name__
    return Anatomy(
        model.name, kind, tuple(blocks), tuple(edges), wired, ends, *totals, layers
    )


def _layer(call):
    return call.layer if hasattr(call, "parents") else call


def _keys(model_calls, prefix):
    """(unique key, index of the call of its layer) for each call."""
    keys, names, layers = [], {}, {}
    for call in model_calls:
        layer = _layer(call)
        same_name = names[layer.name] = names.get(layer.name, -1) + 1
        number = layers[layer] = layers.get(layer, -1) + 1
        keys.append(
            (prefix + layer.name + (f":{same_name}" if same_name else ""), number)
        )
    return keys


def _block(call, name, fields_by_tensor, input_fields, depth):
    layer, (key, number) = _layer(call), name
    shapes = _shapes(call)
    inputs, outputs, dtypes = shapes
    is_built = bool(layer.built or layer.weights)
    total, trained, size = _weights(layer) if is_built else (None, None, 0)
    figures = {"parameters": total, "trained": trained, "weight_bytes": size}
    fields = _fields(call, fields_by_tensor)
    inner = None
    if is_model(layer) and depth < MAX_DEPTH:
        inner = anatomy(layer, f"{key}/", fields, depth + 1)
    if outputs:
        figures |= _facts(layer, inputs, outputs, dtypes, fields, input_fields, inner)
    return Block(
        key,
        layer.name,
        _kind(layer),
        tuple(inputs),
        tuple(outputs),
        dtypes[0] if dtypes else layer.compute_dtype,
        _activation(layer),
        code=layer_code.source_line(layer),
        named=introspection.is_named_by_user(layer),
        call=number,
        inner=inner,
        **figures,
    )


def _facts(layer, inputs, outputs, dtypes, fields, input_fields, inner):
    """The figures of a block that depend on the shapes."""
    if isinstance(layer, InputLayer):
        reach = next(input_fields, receptive_field.of_input(outputs[0]))
        return {
            "receptive_field": reach,
            "output_bytes": 0,
            "multiply_adds": 0,
            "operations": 0,
        }
    if inner is not None:
        outputs_of_inner = [inner.blocks[at] for at in inner.outputs]
        return {
            "receptive_field": outputs_of_inner[0].receptive_field
            if outputs_of_inner
            else None,
            "output_bytes": _sum(b.output_bytes for b in inner.blocks),
            "multiply_adds": inner.multiply_adds,
            "operations": inner.operations,
        }
    products, operations = costs.of_layer(layer, inputs, outputs[0])
    return {
        "receptive_field": receptive_field.of_output(layer, fields, inputs),
        "output_bytes": costs.output_bytes(layer, outputs, dtypes),
        "multiply_adds": products,
        "operations": operations,
        "formulas": tuple(shape_arithmetic.lines(layer, inputs, outputs[0])),
    }


def _shapes(call):
    """(input shapes, output shapes, output dtypes) of a call; empty if unknown."""
    if hasattr(call, "parents"):
        results = call.output_tensors
        return (
            [t.shape for t in call.parents],
            [t.shape for t in results],
            [t.dtype for t in results],
        )
    input_shape = introspection.build_shape(call)
    output_shape = introspection.output_shape(call)
    if not _is_shape(output_shape):
        return [], [], []
    inputs = [input_shape] if _is_shape(input_shape) else []
    return inputs, [output_shape], [call.compute_dtype]


def _is_shape(value):
    return isinstance(value, tuple) and all(
        n is None or isinstance(n, int) for n in value
    )


def _fields(call, fields):
    if not hasattr(call, "parents"):
        return []
    return [fields.get(id(tensor)) for tensor in call.parents]


def _kind(layer):
    saved_as = getattr(layer, "saved_as", None)
    if getattr(layer, "is_operation", False) and saved_as:
        return saved_as[1]
    return type(layer).__name__


def _activation(layer):
    name = getattr(getattr(layer, "activation", None), "__name__", None)
    return None if name == "linear" else name


def _weights(layer):
    """(number of parameters, number of trainable parameters, bytes)."""
    trainable = layer.trainable_paths()
    total = trained = size = 0
    for path, weight in layer.weights_by_path().items():
        if weight.carried:
            continue
        total += weight.size
        trained += weight.size if path in trainable else 0
        size += weight.size * np.dtype(jnp.dtype(weight.dtype)).itemsize
    return total, trained, size


def _sum(values):
    values = list(values)
    return None if None in values else sum(values)
