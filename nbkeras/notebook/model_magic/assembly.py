"""Assemble the lines of a `%%model` cell into a Sequential or functional model.

Lines with only layers make a `Sequential`. Once a line uses a symbolic tensor, by `|`,
by a call or by `concat(...)`, the model is a `Model(inputs, outputs)`. The next layer
is applied to the current tensor; a tensor on a line of its own changes the current
tensor. The outputs are the tensors that nothing follows, or the tensors of the last
line if it lists several.
"""

import functools

import jax

from nbkeras.core.serialization.configurable import created_at
from nbkeras.layers.engine import introspection
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.layers.input import InputLayer
from nbkeras.models.model import Model
from nbkeras.models.sequential import Sequential
from nbkeras.notebook.model_magic import cell_body
from nbkeras.notebook.model_magic.chaining import (
    PendingLayers,
    is_layer_class,
    is_pending,
    layers_of,
    no_instance,
)


class ModelBuilder:
    """Builds the model of a cell.

    Args:
        file: name of the cell's code, to recognise layers created by it.
        first: an `Input` before the first line, or None.
    """

    def __init__(self, file, first=None):
        self.file = file
        self.row = Sequential()
        self.branched = False
        self.inputs = []
        self.assigned = []
        self.tensors = []
        self.current_call = None
        self._place = None
        self._ends = []
        self._listed = None
        if first is not None:
            self.remember_input(first)
            self.add(first)

    def functions(self):
        """{name: function} of the names inserted into the code by `cell_body`."""
        return {
            cell_body.ADD: self.add,
            cell_body.NAMED: self.named,
            cell_body.PIPE: self.pipe,
            cell_body.CALLEE: self.callee,
            cell_body.PLACE: self.here,
        }

    @property
    def place(self):
        """The tensor that the next layer is applied to; None without an input."""
        if self.branched:
            return self._place
        return None if self.row.input_layer is None else self.row.output

    def add(self, value):
        """Handle an expression statement: a layer, a tensor, or something else."""
        if isinstance(value, Layer) or is_layer_class(value):
            self._add_layer(value)
        elif isinstance(value, PendingLayers):
            for layer in value.layers:
                self._add_layer(layer)
        elif is_symbolic(value):
            self._move(value)
        elif _lists_tensors(value):
            self._branch()
            self._listed = value
        elif isinstance(value, list | tuple):
            for element in value:
                self.add(element)

    def named(self, value, name, is_statement):
        """Handle `name = value`; it is added here if the name is not used again."""
        layer = value.layer if is_symbolic(value) else value
        is_of_cell = isinstance(layer, Layer) and self._is_mine(layer)
        is_of_cell = is_of_cell and not hasattr(layer, "is_operation")
        if is_of_cell and name and not introspection.is_named_by_user(layer):
            introspection.set_user_name(layer, name)
        if is_of_cell and not is_symbolic(value):
            self.assigned.append(value)
        if is_statement:
            self.add(value)
        return value

    def pipe(self, left, right):
        """Handle `left | right`; after a tensor, `right` may be any function."""
        for operand in (left, right):
            if is_layer_class(operand):
                raise TypeError(no_instance(operand))
        if not is_pending(right):
            is_call = is_symbolic(left) and callable(right)
            return right(left) if is_call else left | right
        if is_pending(left):
            return PendingLayers(*layers_of(left), *layers_of(right))
        return self._run(right, left)

    def callee(self, function):
        """The replacement of `function` in calls: layers also accept pending layers."""
        if isinstance(function, Layer | PendingLayers):
            return functools.partial(self._run, function)
        return function

    def here(self):
        """The current tensor, for `here` in a cell."""
        if self.place is None:
            raise ValueError(
                "here, because the shape is not known yet. Give the input shape: "
                "write --input 150,150,3 after the name of the model."
            )
        self._branch()
        return self._place

    def remember_input(self, tensor):
        """Record an Input created by the cell."""
        self.inputs.append(tensor)
        return tensor

    def merge(self, layer, parts):
        """Merge `parts`; layers among them are applied to the current tensor."""
        return self._run(layer, list(parts))

    def model(self):
        """The finished model.

        Raises:
            ValueError: nothing was added, or the output is undefined.
        """
        if not self.branched:
            if not self.row.layers:
                raise ValueError(
                    "This cell has no layers, and a model needs at least one. Write "
                    "each layer on its own line, for example Dense(10)."
                )
            return self._only_model() or self.row
        outputs = self._listed
        if outputs is None:
            outputs = self._outputs()
            outputs = outputs[0] if len(outputs) == 1 else outputs
        return Model(_inputs_of(outputs), outputs)

    def unused(self, model):
        """Names of inputs and layers that the cell created but `model` does not use."""
        used = set(map(id, model.walk()))
        layers = [tensor.layer for tensor in self.inputs] + self.assigned
        if not self.branched:
            used.add(id(self.row.input_layer))
        return list(
            dict.fromkeys(layer.name for layer in layers if id(layer) not in used)
        )

    def partial_model(self):
        """The model up to the line that failed, None if there is nothing to show."""
        if not self.branched:
            return self.row if self.row.layers else None
        consumed = {
            id(parent) for tensor in self.tensors for parent in tensor.node.parents
        }
        ends = [parent for parent in self.tensors if id(parent) not in consumed] or [
            self._place
        ]
        try:
            return Model(_inputs_of(ends), ends if len(ends) > 1 else ends[0])
        except Exception:  # an incomplete cell need not form a model
            return None

    def _only_model(self):
        """The model that the cell creates explicitly, if it adds no layers."""
        first, *more = self.row.layers
        is_whole = isinstance(first, Model) and not more and not self.inputs
        return first if is_whole and self._is_mine(first) else None

    def _is_mine(self, layer):
        return (created_at(layer) or ("",))[0] == self.file

    def _add_layer(self, layer):
        if is_layer_class(layer):
            raise TypeError(no_instance(layer))
        self.current_call = layer, self.place
        if self.branched:
            if self._place is None:
                raise ValueError(
                    f"{type(layer).__name__} is on its own line, and there is no "
                    "tensor yet to apply it to. Name one: write x | "
                    f"{type(layer).__name__}(...)."
                )
            place = self._run(layer, self._place)
            self._ends = [end for end in self._ends if end is not self._place]
            self._move(place)
        else:
            self.row.add(layer)
        self.current_call = None

    def _move(self, tensor):
        """Make `tensor` the current tensor; it is an output if nothing follows it."""
        is_input = isinstance(tensor.layer, InputLayer)
        fresh = not self.row.layers and self.row.input_layer is None
        if is_input and fresh and not self.branched:
            self.row.add(tensor)
            return
        self._branch()
        self._place, self._listed = tensor, None
        self._ends.append(tensor)

    def _branch(self):
        """Switch from a sequential to a functional model."""
        if self.branched:
            return
        if self.row.layers and self.row.input_layer is None:
            raise ValueError(
                "The lines above have no input yet. Give the input shape: write "
                "--input 150,150,3 after the name of the model, or start the cell "
                "with input(150, 150, 3)."
            )
        place = self.place
        self.branched = True
        if place is not None:
            self._place = place
            self._ends = [place]

    def _run(self, layer, *args, **kwargs):
        """Call `layer`, first applying pending layers among the arguments."""
        if args and is_pending(args[0]) and not kwargs:
            return PendingLayers(*layers_of(args[0]), *layers_of(layer))
        args, kwargs = jax.tree.map(self._started, (args, kwargs), is_leaf=is_pending)
        for part in layer.layers if isinstance(layer, PendingLayers) else [layer]:
            self.current_call = part, _came(args)
            args, kwargs = (part(*args, **kwargs),), {}
            self.tensors += [
                tensor for tensor in jax.tree.leaves(args) if is_symbolic(tensor)
            ]
        self.current_call = None
        if any(is_symbolic(tensor) for tensor in jax.tree.leaves(args[0])):
            self._branch()
        return args[0]

    def _started(self, value):
        return self._run(value, self.here()) if is_pending(value) else value

    def _outputs(self):
        followed = {id(t) for end in self._ends for t in _behind(end) if t is not end}
        ends = {id(e): e for e in self._ends if id(e) not in followed}.values()
        ends = [end for end in ends if not isinstance(end.layer, InputLayer)]
        if not ends:
            raise ValueError(
                "No line determines the output. Put the output tensor of the model on "
                "its own line, at the end."
            )
        return ends


def _inputs_of(outputs):
    """The inputs that `outputs` depend on, in order of creation."""
    tensors = [tensor for end in jax.tree.leaves(outputs) for tensor in _behind(end)]
    inputs = {id(tensor): tensor for tensor in tensors if not tensor.node.parents}
    in_order = sorted(
        inputs.values(),
        key=lambda tensor: introspection.creation_number(tensor.layer),
    )
    return in_order[0] if len(in_order) == 1 else in_order


def _lists_tensors(value):
    """Whether `value` is a list, tuple or dict of tensors, not a single tensor."""
    leaves = jax.tree.leaves(value) if isinstance(value, list | tuple | dict) else []
    return bool(leaves) and all(map(is_symbolic, leaves))


def _came(args):
    tensors = [t for t in jax.tree.leaves(args) if is_symbolic(t)]
    return tensors if len(tensors) > 1 else (tensors or [None])[0]


def _behind(tensor):
    """`tensor` and all tensors that it was computed from, each once."""
    tensors, stack = {}, [tensor]
    while stack:
        current = stack.pop()
        if id(current) not in tensors:
            tensors[id(current)] = current
            stack.extend(current.node.parents)
    return list(tensors.values())
