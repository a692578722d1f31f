"""Graph: the layer calls between input and output tensors, and how they run."""

import collections

import jax

from nbkeras.core import check, notices
from nbkeras.core.errors.argument_errors import call_of
from nbkeras.core.names.display_name import display_names
from nbkeras.layers.engine import functional_call, introspection
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes import symbolic
from nbkeras.layers.engine.nodes.symbolic import Node, is_symbolic
from nbkeras.layers.input import InputLayer
from nbkeras.models.microbatching import run_stack


class Graph:
    """The layer calls that compute `outputs` from `inputs`.

    Args:
        inputs: symbolic tensors, one or in a list, tuple or dict. A tensor from the
            middle of a model is replaced by a new Input.
        outputs: symbolic tensors, in the same forms.
        extra: a list of further tensors to compute.

    Attributes: `inputs_tree` and `outputs_tree`, nested as they were passed; `inputs`
    and `outputs`, flat lists (a dict is sorted by key); `layers` in Keras's order, by
    depth from the outputs; `nodes` in topological order.

    Raises:
        TypeError: an input or output is not a symbolic tensor.
        ValueError: an output cannot be computed from the inputs.
    """

    def __init__(self, inputs, outputs, extra=()):
        _require_symbolic(inputs, "inputs")
        _require_symbolic(outputs, "outputs")
        inputs, outputs = _with_input_layers(inputs, outputs)
        self.inputs_tree, self.outputs_tree = inputs, outputs
        self.inputs, self.outputs = jax.tree.leaves(inputs), jax.tree.leaves(outputs)
        self.extra = list(extra)
        self.nodes, layer_order = _ordered([*self.outputs, *extra])
        self._refuse_disconnected()
        for tensor in self.inputs:
            # An input that nothing uses comes last, as in Keras.
            if tensor.layer not in layer_order:
                layer_order[tensor.layer] = -1
                self.nodes.insert(0, tensor.node)
        self.layers = _by_depth(self.nodes, layer_order)
        positions = {layer: position for position, layer in enumerate(self.layers)}
        chain_ends = [*self.outputs, *extra]
        self.chains = [
            ([positions[node.layer] for node in chain], chain)
            for chain in _chains([n for n in self.nodes if n.parents], chain_ends)
        ]

    @property
    def input_names(self):
        """Names of the inputs: the keys of a dict, or the names of their layers."""
        tree = self.inputs_tree
        if isinstance(tree, dict) and all(map(is_symbolic, tree.values())):
            return sorted(tree)
        return [tensor.name for tensor in self.inputs]

    @property
    def output_names(self):
        """Names of the layers that produce the outputs."""
        return [tensor.name for tensor in self.outputs]

    def own_nodes(self, layer):
        """The calls of `layer` that are part of this graph, in order."""
        node_ids = set(map(id, self.nodes))
        return [
            node for node in introspection.call_nodes(layer) if id(node) in node_ids
        ]

    def run(self, layers, arrays):
        """(outputs, values of `extra`) for a list of input arrays.

        Args:
            layers: bound copies of `self.layers`, which are called instead.
            arrays: one array for each of `self.inputs`.
        """
        values = dict(zip(map(id, self.inputs), arrays, strict=True))
        context = functional_call.current()
        wanted = None if context is None else context.graph_values
        for positions, chain in self.chains if wanted is None else self._single_calls():
            node = chain[-1]
            if wanted is None and _is_single_input_call(node):
                x = values[id(chain[0].parents[0])]
                y = run_stack([layers[position] for position in positions], x)
                results = [y if context is None else context.passed(y)]
            else:
                args, kwargs = node.filled(lambda tensor: values[id(tensor)])
                results = jax.tree.leaves(layers[positions[0]](*args, **kwargs))
            values.update(zip(map(id, node.output_tensors), results, strict=True))
        if wanted is not None:
            wanted.update(values)
        trees = (self.outputs_tree, self.extra)
        return jax.tree.map(lambda tensor: values[id(tensor)], trees)

    def _single_calls(self):
        """`chains`, with each call on its own, so that every tensor has its array."""
        return [
            ([position], [node])
            for positions, chain in self.chains
            for position, node in zip(positions, chain, strict=True)
        ]

    def is_nested_like_inputs(self, data):
        """Whether the inputs are nested and `data` has the same structure."""
        tree = self.inputs_tree
        parts = tree.values() if isinstance(tree, dict) else tree
        if is_symbolic(tree) or all(map(is_symbolic, parts)):
            return False
        return _structure(data) == _structure(tree)

    def in_order(self, data):
        """Data for the inputs as a list in the order of `self.inputs`.

        Args:
            data: one array; or a list, tuple or dict of arrays.

        Raises:
            ValueError: the data of an input is missing, or the number of arrays
                differs; the message lists the inputs.
        """
        names = self.input_names
        if self.is_nested_like_inputs(data):
            return parts_of(data)
        if isinstance(data, dict):
            return [_by_name(data, name, names) for name in names]
        if isinstance(self.inputs_tree, dict) and list(self.inputs_tree) != names:
            if len(names) > 1:
                example = ", ".join(f"{name!r}: ..." for name in names)
                raise ValueError(
                    "This model takes a dict of inputs and got a list, whose order is "
                    f"ambiguous. Write {{{example}}}."
                )
        parts = parts_of(data)
        if len(parts) == len(names):
            if isinstance(self.inputs_tree, dict) and len(names) > 1:
                notices.once(
                    ("list for a dict", *names),
                    "The structure of `inputs` doesn't match the expected structure: "
                    f"the model takes a dict, and the list is taken as "
                    f"{', '.join(names)}. Write {{{names[0]!r}: ..., ...}}.",
                )
            return parts
        raise ValueError(
            f"This model has {len(names)} input{'s' if len(names) > 1 else ''} "
            f"({display_names(names)}) and got {len(parts)} arrays. Give one array for "
            "each, in this order, or a dict by these names."
        )

    def _refuse_disconnected(self):
        inputs = {id(tensor.node) for tensor in self.inputs}
        disconnected = [n for n in self.nodes if not n.parents and id(n) not in inputs]
        if not disconnected:
            return
        missing = [symbolic.described(node.output_tensors[0]) for node in disconnected]
        affected_outputs = [*self.outputs, *self.extra]
        affected_outputs = [
            symbolic.described(t)
            for t in affected_outputs
            if _depends_on(t, disconnected)
        ]
        names = [symbolic.described(tensor) for tensor in self.inputs]
        raise ValueError(
            f"Graph disconnected: the output {' and '.join(affected_outputs)} needs "
            f"the Input {' and '.join(missing)}, which is not among the inputs given: "
            f"{', '.join(names)}. Write Model(inputs=[...], outputs=...) with every "
            "Input that the outputs were made from."
        )


def graph_of(layer):
    """The Graph of a functional model; None for a Sequential or any other layer."""
    return getattr(layer, "_graph", None)


def parts_of(data):
    """The arrays in a tree of data; None where an optional input is absent."""
    return jax.tree.leaves(data, is_leaf=lambda part: part is None)


def _structure(tree):
    """The structure of a tree; a tuple counts as a list."""
    if isinstance(tree, dict):
        return {key: _structure(tree[key]) for key in sorted(tree)}
    return (
        [_structure(part) for part in tree] if isinstance(tree, list | tuple) else None
    )


def _by_name(data, name, names):
    if name in data:
        return data[name]
    raise ValueError(
        f"There is no data for the input {name!r}: the dict has "
        f"{', '.join(map(repr, data)) or 'no entries'}."
        f"{check.did_you_mean(name, list(data))} The inputs are: "
        f"{display_names(names)}."
    )


def _require_symbolic(tree, argument):
    leaves = jax.tree.leaves(tree, is_leaf=lambda leaf: leaf is None)
    wrong = [leaf for leaf in leaves if not is_symbolic(leaf)]
    if not leaves or wrong:
        kind = type(wrong[0]).__name__ if wrong else "no tensor at all"
        hint = ""
        if wrong and isinstance(wrong[0], Layer):
            layer = wrong[0]
            called = (
                f"{layer.name}.output"
                if introspection.call_nodes(layer)
                else f"{call_of(layer)}(x)"
            )
            hint = f" For the output of a layer write {called}."
        elif wrong and hasattr(wrong[0], "shape"):
            hint = " Data is given to fit and predict, not to Model."
        raise TypeError(
            f"Model({argument}=...) got {kind}; it needs symbolic tensors.{hint} Write "
            "for example x = Input(shape=(4,)); model = Model(inputs=x, "
            "outputs=Dense(2)(x))."
        )


def _with_input_layers(inputs, outputs):
    """(inputs, outputs) where every input belongs to an InputLayer.

    Tensors from the middle of a model are replaced by new Inputs, and the calls that
    depend on them are recorded again on those; the layers are shared.
    """
    leaves = jax.tree.leaves(inputs)
    if not any(tensor.node.parents for tensor in leaves):
        return inputs, outputs
    nodes, _ = _ordered(jax.tree.leaves(outputs), stop=leaves)
    replacements = {}
    for tensor in leaves:
        if tensor.node.parents:
            is_input = isinstance(tensor.layer, InputLayer)
            layer = InputLayer(
                batch_shape=tensor.shape,
                dtype=tensor.dtype,
                name=tensor.name if is_input else f"{tensor.name}_input",
            )
            replacements[id(tensor)] = layer.output
        else:
            replacements[id(tensor)] = tensor

    def swap(tensor):
        return replacements.get(id(tensor), tensor)

    for node in nodes:
        if any(id(tensor) in replacements for tensor in node.parents):
            specs = jax.tree.map(lambda tensor: tensor.spec, node.outputs)
            args, kwargs = node.filled(swap)
            copy = Node(node.layer, args, kwargs, specs)
            for tensor, replacement in zip(
                node.output_tensors, copy.output_tensors, strict=True
            ):
                replacements.setdefault(id(tensor), replacement)
    return jax.tree.map(swap, inputs), jax.tree.map(swap, outputs)


def _ordered(outputs, stop=()):
    """(nodes, {layer: rank}): nodes in topological order, each after its inputs.

    The rank of a layer is the order in which a walk back from the outputs first meets
    it.
    """
    stop_ids = {id(tensor) for tensor in stop if tensor.node.parents}
    nodes, done, layer_order = [], set(), {}
    for output in outputs:
        stack = [(output, False)]
        while stack:
            tensor, leaving = stack.pop()
            node = tensor.node
            if leaving:
                if id(node) not in done:
                    done.add(id(node))
                    nodes.append(node)
                continue
            if id(node) in done or id(tensor) in stop_ids:
                continue
            layer_order.setdefault(node.layer, len(layer_order))
            stack.append((tensor, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return nodes, layer_order


def _is_single_input_call(node):
    """Whether a call is `y = layer(x)`: one tensor in, one out, no other arguments."""
    if node.kwargs or len(node.args) != 1 or len(node.output_tensors) != 1:
        return False
    return is_symbolic(node.args[0])


def _chains(nodes, outputs):
    """`nodes` in order, grouped into chains where each node feeds only the next."""
    num_consumers = collections.Counter(map(id, outputs))
    num_consumers.update(id(tensor) for node in nodes for tensor in node.parents)
    chains = []
    for node in nodes:
        previous = chains[-1][-1] if chains else None
        if (
            previous is not None
            and _is_single_input_call(node)
            and _is_single_input_call(previous)
        ):
            passed_on = previous.output_tensors[0]
            if node.args[0] is passed_on and num_consumers[id(passed_on)] == 1:
                chains[-1].append(node)
                continue
        chains.append([node])
    return chains


def _by_depth(nodes, layer_order):
    """The layers of `nodes`, deepest first.

    The depth of a layer is the length of the longest path to an output, over all of its
    calls. Layers of equal depth are ordered by `layer_order`.
    """
    node_depths, layer_depths = {}, {}
    node_ids = set(map(id, nodes))
    for node in reversed(nodes):
        depth = max(node_depths.get(id(node), 0), layer_depths.get(node.layer, 0))
        node_depths[id(node)] = layer_depths[node.layer] = depth
        for parent in node.parents:
            key = id(parent.node)
            if key in node_ids:
                node_depths[key] = max(node_depths.get(key, 0), depth + 1)
    return sorted(
        layer_depths, key=lambda layer: (-layer_depths[layer], layer_order[layer])
    )


def _depends_on(output, candidates):
    """Whether `output` depends on one of `candidates`, a list of nodes."""
    nodes, _ = _ordered([output])
    return any(node in candidates for node in nodes)
