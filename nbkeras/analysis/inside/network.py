"""Network: every layer call of a model in one list, and how to run them one by one."""

from __future__ import annotations

import contextlib
import copy
import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.model_plot import layer_calls
from nbkeras.core import settings
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.engine.functional_call import Context, bind, running
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.models.model import Model
from nbkeras.ops.kernels import lowering

CHANNELS_LAST, CHANNELS_FIRST = "channels_last", "channels_first"
# Sides of the picture of a network that leaves them open, where nothing says more.
OPEN_SIDE = 224
# Calls that are compiled together in networks of more than MOST_CALLS.
PART_CALLS, MOST_CALLS = 16, 24


class Passed(NamedTuple):
    """An array of a run and its mask, which is None for most."""

    array: Any
    mask: Any


@dataclass(frozen=True)
class Ref:
    """One array of a run: an output of a call, or an input of the model.

    Args:
        call: index of the call; -1 for an input of the model.
        output: which of its outputs, or which of the inputs.
    """

    call: int
    output: int = 0


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer.

    Args:
        layer: the layer.
        name: its name, after those of the models it is nested in: "base/conv1".
        args: its positional arguments, a `Ref` in the place of each array.
        kwargs: its keyword arguments, likewise.
        outputs: how many arrays it gives.
        data_format: where the channels of pictures stand behind it.
        channels: of its first output; None where their number is left open.
        shape: of its first output without the batch axis; None for sizes left open.
    """

    layer: Layer
    name: str
    args: Any
    kwargs: Any
    outputs: int
    data_format: str
    channels: int | None
    shape: tuple[int | None, ...]

    @property
    def sources(self) -> list[Ref]:
        """The arrays that it is called on."""
        leaves = jax.tree.leaves((self.args, self.kwargs))
        return [leaf for leaf in leaves if isinstance(leaf, Ref)]


@dataclass(frozen=True, eq=False)
class Part:
    """Consecutive calls that are compiled together.

    Args:
        index: its place among the parts.
        calls: their indices.
        needs: arrays that its calls are called on, from outside of the part.
        gives: outputs of its calls that later parts or the model's outputs need.
    """

    index: int
    calls: range
    needs: tuple[Ref, ...]
    gives: tuple[Ref, ...]


@dataclass(frozen=True)
class Input:
    """An input of the model.

    Args:
        name: of its layer. shape: with the batch axis. dtype: its name.
    """

    name: str
    shape: tuple
    dtype: str

    def is_picture(self) -> bool:
        """Whether it takes numbers in two spatial axes."""
        is_number = self.dtype.startswith(("float", "bfloat", "int", "uint"))
        return is_number and len(self.shape) in (3, 4)


@dataclass
class _Plan:
    calls: list = field(default_factory=list)
    names: dict = field(default_factory=dict)

    def unique(self, name):
        """`name`, numbered where a layer is called again."""
        self.names[name] = count = self.names.get(name, 0) + 1
        return name if count == 1 else f"{name} ({count})"


class Network:
    """The layer calls of a model, nested models taken apart, in the order they run.

    Args:
        model: built; Sequential, functional, or a subclass whose `call` can be traced.

    Attributes:
        calls: list of `Call`. inputs: list of `Input`. outputs: list of `Ref`.
        parts: list of `Part`, all calls in order. looked_into: indices of those of
            which more was asked than what they give to others; at first those that a
            view opens.
        picture: index of the input that takes the picture.
        data_format: where its channels stand.

    Raises:
        TypeError: no model.
        ValueError: it takes no picture, or its calls are not known.
    """

    def __init__(self, model: Model):
        if not layer_calls.is_model(model):
            kind = model.__name__ if isinstance(model, type) else type(model).__name__
            raise TypeError(
                f"inside(model, image) needs a model, and got {kind}. Write for "
                "example nbkeras.inside(model, x_test[0])."
            )
        self.model = model
        self.inputs = _inputs_of(model)
        self.picture = self._find_picture()
        self.data_format = _first_data_format(model)
        plan = _Plan()
        sources = [Ref(-1, i) for i in range(len(self.inputs))]
        self.outputs = _flatten(model, "", sources, plan, self.data_format)
        self.calls: list[Call] = plan.calls
        self.parts = _parts(self.calls, self.outputs)
        self.looked_into = {0, len(self.parts) - 1}
        options = lowering.compiler_options()
        # {(part, whether whole): (what it returns, its program)}
        self._programs = {}
        for part in self.parts:
            for whole in (True, False):
                refs = _every(part, self.calls) if whole else part.gives
                run = functools.partial(self._part, part, refs)
                program = jax.jit(run, compiler_options=options)
                self._programs[part, whole] = refs, program
        self._whole = jax.jit(self._as_model, compiler_options=options)

    @property
    def picture_shape(self) -> tuple[int | None, ...]:
        """(height, width, channels) of the picture; None for sizes left open."""
        shape = self.inputs[self.picture].shape[1:]
        if len(shape) == 2:
            return (*shape, 1)
        return (*shape[1:], shape[0]) if self._is_first() else tuple(shape)

    def size(self, like: Any = None) -> tuple[int, int]:
        """(height, width) for a new picture, where it is open as that of `like`."""
        known = (OPEN_SIDE, OPEN_SIDE) if like is None else like.shape[:2]
        sides = zip(self.picture_shape[:2], known, strict=True)
        height, width = (side or other for side, other in sides)
        return height, width

    def as_input(self, picture: Any) -> np.ndarray:
        """A picture (height, width, channels) as one row of the model's input."""
        x = np.asarray(picture)
        if len(self.inputs[self.picture].shape) == 3:
            x = x[..., 0]
        elif self._is_first():
            x = np.moveaxis(x, -1, 0)
        return x[None]

    def as_picture(self, x: Any) -> np.ndarray:
        """One row of the model's input as (height, width, channels)."""
        x = np.asarray(x)
        if x.ndim == 2:
            return x[..., None]
        return np.moveaxis(x, 0, -1) if self._is_first() else x

    def values(self) -> dict[str, Any]:
        """{path: array}: the weights as of one and the same step, also in a fit."""
        table = self.model.weights_by_path()
        homes = {id(w.home): w.home for w in table.values() if w.home is not None}
        with contextlib.ExitStack() as locks:
            for home in homes.values():
                if hasattr(home, "lock"):
                    locks.enter_context(home.lock)
            return {path: weight.own_value() for path, weight in table.items()}

    def start(self, inputs: Sequence[Any]) -> dict[Ref, Passed]:
        """The inputs of the model, as a part needs them: one array for each."""
        return {
            Ref(-1, i): Passed(_in_declared_dtype(x, self.inputs[i]), None)
            for i, x in enumerate(inputs)
        }

    def run(
        self,
        part: Part,
        values: Mapping[str, Any],
        needed: Mapping[Ref, Passed],
        kept: Mapping[int, Any],
        whole: bool = True,
    ) -> dict[Ref, Passed]:
        """The outputs of the calls of a part.

        Args:
            part: one of `parts`.
            values: {path: array} of the weights.
            needed: at least those that the part needs, with a batch axis of size 1.
            kept: {index of a call: bool (channels,)}; the others are set to zero.
            whole: False returns only what the part gives to others, sooner.
        """
        refs, program = self._programs[part, whole]
        results = program(*_packed(part, values, needed, kept))
        return dict(zip(refs, results, strict=True))

    def shapes(
        self,
        part: Part,
        values: Mapping[str, Any],
        needed: Mapping[Ref, Passed],
        kept: Mapping[int, Any],
    ) -> dict[Ref, tuple[int, ...]]:
        """The shapes of what `run` would return, without computing it."""
        refs, program = self._programs[part, True]
        specs = program.eval_shape(*_packed(part, values, needed, kept))
        return {ref: spec.array.shape for ref, spec in zip(refs, specs, strict=True)}

    def whole(self, inputs: Sequence[Any], values: Mapping[str, Any]) -> list[Any]:
        """The outputs of the model, computed by the model itself."""
        return self._whole(dict(values), [*inputs])

    def _part(self, part, refs, values, needed, kept):
        """The outputs `refs` of the calls of a part, as `Passed`."""
        table = dict(zip(part.needs, needed, strict=True))
        with self._running(values) as context:
            for passed in table.values():
                context.set_mask(passed.array, passed.mask)
            for i in part.calls:
                call = self.calls[i]
                args, kwargs = jax.tree.map(
                    lambda leaf: table[leaf].array if isinstance(leaf, Ref) else leaf,
                    (call.args, call.kwargs),
                )
                leaves = jax.tree.leaves(bind(call.layer, context)(*args, **kwargs))
                masks = [context.mask_of(leaf) for leaf in leaves]
                if i in kept:
                    leaves[0] = _switched(leaves[0], kept[i], call.data_format)
                    context.set_mask(leaves[0], masks[0])
                for k, (leaf, mask) in enumerate(zip(leaves, masks, strict=True)):
                    table[Ref(i, k)] = Passed(leaf, mask)
        return [table[ref] for ref in refs]

    def _as_model(self, values, inputs):
        arrays = [_in_declared_dtype(x, self.inputs[i]) for i, x in enumerate(inputs)]
        with self._running(values) as context:
            structure = arrays[0] if len(arrays) == 1 else self._in_form(arrays)
            return jax.tree.leaves(bind(self.model, context)(structure))

    def _in_form(self, arrays):
        tree = self.model.input
        if isinstance(tree, dict):
            return dict(zip(self.model.input_names, arrays, strict=True))
        return jax.tree.unflatten(jax.tree.structure(tree), arrays)

    @contextlib.contextmanager
    def _running(self, values) -> Iterator[Context]:
        table = self.model.weights_by_path()
        arrays = {weight: values[path] for path, weight in table.items()}
        context = Context(arrays, training=False, key=jax.random.key(0))
        with running(context):
            bind(self.model, context)
            yield context

    def _is_first(self):
        is_flat = len(self.inputs[self.picture].shape) == 3
        return self.data_format == CHANNELS_FIRST and not is_flat

    def _find_picture(self):
        for i, entry in enumerate(self.inputs):
            if entry.is_picture():
                return i
        shapes = ", ".join(f"{i.dtype} {i.shape}" for i in self.inputs)
        raise ValueError(
            f"inside: the model {quoted(self.model.name)} takes no picture: its input "
            f"is {shapes}, and a picture has the shape (height, width) or (height, "
            "width, channels). To look into its layers, write nbkeras.xray(model, (x, "
            "y)); for its structure, nbkeras.show_model(model)."
        )


def network_of(model: Model) -> Network:
    """The network of a model, with the programs that earlier views have compiled.

    They are kept with the compiled steps of the model: until it is compiled again, its
    layers change, or it is gone.

    Args, Raises: as for `Network`.
    """
    if not layer_calls.is_model(model):
        return Network(model)  # refuses it
    kept = model.compiled_steps.kept("inside", lambda: Network(model))
    network = copy.copy(kept)
    network.looked_into = {0, len(network.parts) - 1}
    return network


def _parts(calls, outputs):
    """Cut the calls of a deep network into parts of `PART_CALLS`."""
    size = PART_CALLS if len(calls) > MOST_CALLS else max(len(calls), 1)
    ranges = [
        range(first, min(first + size, len(calls)))
        for first in range(0, len(calls), size)
    ]
    home = {i: index for index, part in enumerate(ranges) for i in part}
    needs: list[dict] = [{} for _ in ranges]
    gives: list[dict] = [{} for _ in ranges]
    for i, call in enumerate(calls):
        for source in call.sources:
            if home.get(source.call) != home[i]:
                needs[home[i]][source] = None
                if source.call >= 0:
                    gives[home[source.call]][source] = None
    for ref in outputs:
        if ref.call >= 0:
            gives[home[ref.call]][ref] = None
    return [
        Part(index, part, tuple(needs[index]), tuple(gives[index]))
        for index, part in enumerate(ranges)
    ]


def _every(part, calls):
    """The Refs of all outputs of a part, in order."""
    return [Ref(i, k) for i in part.calls for k in range(calls[i].outputs)]


def _packed(part, values, needed, kept):
    """The arguments of a compiled part."""
    mine = {i: mask for i, mask in kept.items() if i in part.calls}
    return dict(values), [needed[ref] for ref in part.needs], mine


def _inputs_of(model):
    graph_inputs = _symbolic_inputs(model)
    if graph_inputs is None:
        raise ValueError(
            f"inside: the layers of {quoted(model.name)} cannot be followed: its "
            "`call` decides in Python what to do, or it was not built yet. Call the "
            "model once on data, or make it with Sequential or Model(inputs, outputs)."
        )
    return [Input(t.name, tuple(t.shape), str(t.dtype)) for t in graph_inputs]


def _symbolic_inputs(model):
    """The symbolic inputs in the order in which data is given; None if unknown."""
    nodes, _, wired = layer_calls.calls(model)
    if not wired or not all(hasattr(node, "parents") for node in nodes):
        return None
    try:
        return list(model.inputs)
    except AttributeError:
        return [
            tensor
            for node in nodes
            if not node.parents
            for tensor in node.output_tensors
        ]


def _first_data_format(model):
    for layer in model.walk():
        if data_format := getattr(layer, "data_format", None):
            return data_format
    return settings.data_format("inside", None)


def _flatten(model, prefix, sources, plan, data_format):
    """Append the calls of `model` to the plan; returns the Refs of its outputs."""
    nodes, ends, _ = layer_calls.calls(model)
    refs = {}
    starts = [
        tensor for node in nodes if not node.parents for tensor in node.output_tensors
    ]
    for tensor, source in zip(_inputs_in_order(model, starts), sources, strict=True):
        refs[id(tensor)] = source
    for node in nodes:
        if not node.parents:
            continue
        args, kwargs = node.filled(lambda tensor: refs[id(tensor)])
        layer = node.layer
        name = f"{prefix}{layer.name}"
        sources = [refs[id(tensor)] for tensor in node.parents]
        if layer_calls.is_model(layer) and _symbolic_inputs(layer) is not None:
            outputs = _flatten(layer, f"{name}/", sources, plan, data_format)
        else:
            own = getattr(layer, "data_format", None)
            own = own or _inherited(sources, plan, data_format)
            at = len(plan.calls)
            plan.calls.append(
                Call(
                    layer,
                    plan.unique(name),
                    args,
                    kwargs,
                    outputs=len(node.output_tensors),
                    data_format=own,
                    channels=_channels(node.output_tensors[0].shape, own),
                    shape=tuple(node.output_tensors[0].shape[1:]),
                )
            )
            outputs = [Ref(at, k) for k in range(len(node.output_tensors))]
        for tensor, ref in zip(node.output_tensors, outputs, strict=True):
            refs[id(tensor)] = ref
    return _outputs(model, nodes, ends, refs)


def _inputs_in_order(model, starts):
    """The tensors of `starts` in the order in which the model takes its inputs."""
    known = {id(tensor) for tensor in starts}
    try:
        inputs = list(model.inputs)
    except AttributeError:
        return starts
    # A Sequential makes its graph anew each time, on tensors that stay the same.
    return inputs if all(id(tensor) in known for tensor in inputs) else starts


def _outputs(model, nodes, ends, refs):
    try:
        tensors = [t for t in model.outputs if is_symbolic(t) and id(t) in refs]
    except AttributeError:
        tensors = []
    if tensors:
        return [refs[id(tensor)] for tensor in tensors]
    return [refs[id(tensor)] for end in ends for tensor in nodes[end].output_tensors]


def _inherited(sources, plan, default):
    if sources and sources[0].call >= 0:
        return plan.calls[sources[0].call].data_format
    return default


def _channels(shape, data_format):
    if len(shape) < 2:
        return None
    return shape[1 if len(shape) == 4 and data_format == CHANNELS_FIRST else -1]


def _in_declared_dtype(x, entry):
    """The input in the dtype that the model computes with."""
    dtype = jnp.dtype(entry.dtype)
    return jnp.asarray(x).astype(dtype)


def _switched(y, kept, data_format):
    """`y` with the channels that are not kept set to zero."""
    if y.ndim == 4 and data_format == CHANNELS_FIRST:
        kept = kept[:, None, None]
    return jnp.where(kept, y, 0)
