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

# Deeper nesting than this is shown as one block.
DEEPEST = 6


@dataclass(frozen=True)
class Block:
    """One call of a layer.

    Args:
        key: its place in the model: "resnet/conv1"; "dense:1" for the next of a name.
        name: of the layer. kind: of its class, or of the function.
        inputs, outputs: shapes with the batch axis; empty where they are not known.
        dtype: of the output.
        activation: its name, None for none.
        parameters, trained: numbers of all and of those that learn; None if not built.
        weight_bytes, output_bytes: of the weights; of the output for one sample.
        multiply_adds, operations: for one sample, see `costs`; None if not known.
        receptive_field: a ReceptiveField for each axis, "whole", or None if unknown.
        formulas: (what, formula) lines, see `shape_arithmetic`.
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
        name, kind: of the model.
        blocks: in the order in which they run.
        edges: (from, to) as places in `blocks`.
        wired: False where only `call` knows how the layers are connected: the edges
            are then the order in which they were made.
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
        output_bytes = _sum(block.output_bytes for block in self.blocks)
        return (
            None if output_bytes is None else output_bytes * batch + self.weight_bytes
        )


def anatomy(model, prefix="", input_fields=None, depth=0):
    """The Anatomy of any model, or of a single layer.

    Args:
        model: a Sequential, a functional or a subclassed model, built or not.
        prefix: of the keys. entering: receptive fields of the inputs. depth: how deep
            it is nested.
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
        for tensor in getattr(call, "given", ()):
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
    """(key, number of the call of its layer) for each call; no two keys are equal."""
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
    if is_model(layer) and depth < DEEPEST:
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
    """What is known only with the shapes."""
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
    """(shapes of the inputs, of the outputs, dtypes) of a call, empty if not known."""
    if hasattr(call, "parents"):
        results = call.given
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
    """(number of parameters, of those that learn, bytes)."""
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
