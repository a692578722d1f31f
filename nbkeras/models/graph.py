"""Graph: the layer calls between input and output tensors, and how they run."""

import collections

import jax

from nbkeras.core import check, notices
from nbkeras.core.argument_errors import call_of
from nbkeras.layers.engine import functional_call, introspection
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes import symbolic
from nbkeras.layers.engine.nodes.symbolic import Node, is_symbolic
from nbkeras.layers.input import InputLayer
from nbkeras.models.microbatching import run_stack


class Graph:
    """The layer calls that compute `outputs` from `inputs`.

    Args:
        inputs: symbolic tensors, one or in a list, tuple or dict. Where they come from
            the middle of a model, new Inputs stand in their place.
        outputs: likewise.
        extra: a list of tensors to compute as well.

    Attributes: `inputs_tree` and `outputs_tree` as given, `inputs` and `outputs` as
    lists (entries of a dict by key); `layers` in Keras's order, by distance from the
    outputs; `nodes` in the order in which they run.

    Raises:
        TypeError: something that is no symbolic tensor.
        ValueError: an output that does not follow from the inputs.
    """

    def __init__(self, inputs, outputs, extra=()):
        _need_symbolic(inputs, "inputs")
        _need_symbolic(outputs, "outputs")
        inputs, outputs = _from_inputs(inputs, outputs)
        self.inputs_tree, self.outputs_tree = inputs, outputs
        self.inputs, self.outputs = jax.tree.leaves(inputs), jax.tree.leaves(outputs)
        self.extra = list(extra)
        self.nodes, seen = _ordered([*self.outputs, *extra])
        self._refuse_disconnected()
        for tensor in self.inputs:
            # An input that nothing uses comes last, as in Keras.
            if tensor.layer not in seen:
                seen[tensor.layer] = -1
                self.nodes.insert(0, tensor.node)
        self.layers = _by_depth(self.nodes, seen)
        places = {layer: place for place, layer in enumerate(self.layers)}
        ends = [*self.outputs, *extra]
        self.chains = [
            ([places[node.layer] for node in chain], chain)
            for chain in _chains([n for n in self.nodes if n.parents], ends)
        ]

    @property
    def input_names(self):
        """Names of the inputs: the keys of a dict, else those of their layers."""
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
        mine = set(map(id, self.nodes))
        return [node for node in introspection.call_nodes(layer) if id(node) in mine]

    def run(self, layers, arrays):
        """(outputs, values of `extra`) for a list of input arrays.

        Args:
            layers: what to call in place of `self.layers`: their bound copies.
            arrays: one for each of `self.inputs`.
        """
        values = dict(zip(map(id, self.inputs), arrays, strict=True))
        context = functional_call.current()
        for places, chain in self.chains:
            node = chain[-1]
            if _is_plain(node):
                x = values[id(chain[0].parents[0])]
                y = run_stack([layers[place] for place in places], x)
                results = [y if context is None else context.passed(y)]
            else:
                args, kwargs = node.filled(lambda tensor: values[id(tensor)])
                results = jax.tree.leaves(layers[places[0]](*args, **kwargs))
            values.update(zip(map(id, node.given), results, strict=True))
        trees = (self.outputs_tree, self.extra)
        return jax.tree.map(lambda tensor: values[id(tensor)], trees)

    def has_form_of_inputs(self, data):
        """Whether the inputs are nested and `data` has the same structure."""
        tree = self.inputs_tree
        parts = tree.values() if isinstance(tree, dict) else tree
        if is_symbolic(tree) or all(map(is_symbolic, parts)):
            return False
        return _form(data) == _form(tree)

    def in_order(self, data):
        """Data for the inputs as a list in the order of `self.inputs`.

        Args:
            data: one array; or a list, tuple or dict of arrays.

        Raises:
            ValueError: a missing name or another number; lists the inputs.
        """
        names = self.input_names
        if self.has_form_of_inputs(data):
            return parts_of(data)
        if isinstance(data, dict):
            return [_by_name(data, name, names) for name in names]
        if isinstance(self.inputs_tree, dict) and list(self.inputs_tree) != names:
            if len(names) > 1:
                shown = ", ".join(f"{name!r}: ..." for name in names)
                raise ValueError(
                    "This model takes a dict of inputs and got a list, whose order is "
                    f"ambiguous. Write {{{shown}}}."
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
            f"({', '.join(names)}) and got {len(parts)} arrays. Give one array for "
            "each, in this order, or a dict by these names."
        )

    def _refuse_disconnected(self):
        inputs = {id(tensor.node) for tensor in self.inputs}
        loose = [n for n in self.nodes if not n.parents and id(n) not in inputs]
        if not loose:
            return
        missing = [symbolic.described(node.given[0]) for node in loose]
        ends = [*self.outputs, *self.extra]
        ends = [symbolic.described(t) for t in ends if _leads(loose, t)]
        names = [symbolic.described(tensor) for tensor in self.inputs]
        raise ValueError(
            f"Graph disconnected: the output {' and '.join(ends)} needs the Input "
            f"{' and '.join(missing)}, which is not among the inputs given: "
            f"{', '.join(names)}. Write Model(inputs=[...], outputs=...) with every "
            "Input that the outputs were made from."
        )


def graph_of(layer):
    """The Graph of a functional model; None for a Sequential and any other layer."""
    return getattr(layer, "_graph", None)


def parts_of(data):
    """The arrays in a tree of data, and None where an optional input is left out."""
    return jax.tree.leaves(data, is_leaf=lambda part: part is None)


def _form(tree):
    """The structure of a tree in which a tuple counts as a list."""
    if isinstance(tree, dict):
        return {key: _form(tree[key]) for key in sorted(tree)}
    return [_form(part) for part in tree] if isinstance(tree, list | tuple) else None


def _by_name(data, name, names):
    if name in data:
        return data[name]
    raise ValueError(
        f"There is no data for the input {name!r}: the dict has "
        f"{', '.join(map(repr, data)) or 'no entries'}."
        f"{check.did_you_mean(name, list(data))} The inputs are: "
        f"{', '.join(names)}."
    )


def _need_symbolic(tree, what):
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
            f"Model({what}=...) got {kind}; it needs symbolic tensors.{hint} Write "
            "for example x = Input(shape=(4,)); model = Model(inputs=x, "
            "outputs=Dense(2)(x))."
        )


def _from_inputs(inputs, outputs):
    """(inputs, outputs) in which each input is one of an InputLayer.

    Tensors from the middle of a model are replaced by new Inputs, and the calls behind
    them are noted anew on those; the layers stay the same.
    """
    leaves = jax.tree.leaves(inputs)
    if not any(tensor.node.parents for tensor in leaves):
        return inputs, outputs
    nodes, _ = _ordered(jax.tree.leaves(outputs), stop=leaves)
    new = {}
    for tensor in leaves:
        if tensor.node.parents:
            layer = InputLayer(
                batch_shape=tensor.shape,
                dtype=tensor.dtype,
                name=f"{tensor.name}_input",
            )
            new[id(tensor)] = layer.output
        else:
            new[id(tensor)] = tensor

    def swap(tensor):
        return new.get(id(tensor), tensor)

    for node in nodes:
        if any(id(tensor) in new for tensor in node.parents):
            specs = jax.tree.map(lambda tensor: tensor.spec, node.outputs)
            args, kwargs = node.filled(swap)
            twin = Node(node.layer, args, kwargs, specs)
            for old, fresh in zip(node.given, twin.given, strict=True):
                new.setdefault(id(old), fresh)
    return jax.tree.map(swap, inputs), jax.tree.map(swap, outputs)


def _ordered(outputs, stop=()):
    """(nodes, {layer: position}) in topological order: each node after its inputs.

    The places are those at which a walk back from the outputs meets the layers first.
    """
    ends = {id(tensor) for tensor in stop if tensor.node.parents}
    nodes, done, seen = [], set(), {}
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
            if id(node) in done or id(tensor) in ends:
                continue
            seen.setdefault(node.layer, len(seen))
            stack.append((tensor, True))
            stack.extend((parent, False) for parent in reversed(node.parents))
    return nodes, seen


def _is_plain(node):
    """Whether a call is `y = layer(x)` and no more."""
    if node.kwargs or len(node.args) != 1 or len(node.given) != 1:
        return False
    return is_symbolic(node.args[0])


def _chains(nodes, outputs):
    """`nodes` in order, grouped into chains in which each feeds only the next."""
    takers = collections.Counter(map(id, outputs))
    takers.update(id(tensor) for node in nodes for tensor in node.parents)
    chains = []
    for node in nodes:
        before = chains[-1][-1] if chains else None
        if before is not None and _is_plain(node) and _is_plain(before):
            passed = before.given[0]
            if node.args[0] is passed and takers[id(passed)] == 1:
                chains[-1].append(node)
                continue
        chains.append([node])
    return chains


def _by_depth(nodes, seen):
    """The layers of `nodes`, those furthest from the outputs first.

    The distance is the longest way; a layer that is called several times stands where
    its farthest call does. Among equals the order of `seen` decides.
    """
    of_node, of_layer = {}, {}
    within = set(map(id, nodes))
    for node in reversed(nodes):
        depth = max(of_node.get(id(node), 0), of_layer.get(node.layer, 0))
        of_node[id(node)] = of_layer[node.layer] = depth
        for parent in node.parents:
            key = id(parent.node)
            if key in within:
                of_node[key] = max(of_node.get(key, 0), depth + 1)
    return sorted(of_layer, key=lambda layer: (-of_layer[layer], seen[layer]))


def _leads(loose, output):
    """Whether `output` depends on one of the nodes `loose`."""
    nodes, _ = _ordered([output])
    return any(node in loose for node in nodes)
