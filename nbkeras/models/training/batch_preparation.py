"""Batch preparation: check data against the model, pad and place the batches.

The checks themselves, with their texts, are in `nbkeras.data.checks`.
"""

import jax
import numpy as np

from nbkeras.core.names.display_name import quoted
from nbkeras.core.structured_errors import plain_kind
from nbkeras.data.batches import first, pad
from nbkeras.data.checks import inputs, labels, values
from nbkeras.distribution import parallel
from nbkeras.losses.base import shape_of_values
from nbkeras.models.graph import graph_of, parts_of
from nbkeras.models.training.objective import outputs_of
from nbkeras.models.training.output_heads import last_activations, last_layers
from nbkeras.models.training.own_steps import (
    has_call,
    owns_prediction,
    owns_training,
    replaces,
)


class PreparedBatches:
    """Batches for the jitted steps: (x, y, weight, valid) and the number of rows.

    A short batch is filled up to the usual size where padding can be left out of the
    result exactly, so that it needs no second compilation; data of less than one batch
    to the next power of two, so that one example does not cost a whole batch. Where a
    layer, loss or metric is the user's own, which might look across rows, batches are
    not padded. On several devices, the rows of a batch are divided among them.

    `shapes` has what a full batch is for the steps, without its numbers.
    """

    def __init__(self, model, batches, first, loss=True, begin=""):
        rows = jax.tree.leaves(first.x)[0].shape[0]
        usual = max(batches.batch_size or rows, 1)
        self.size = min(usual, 1 << (rows - 1).bit_length()) if rows < usual else usual
        independent = all(layer.treats_rows_alone() for layer in model.walk())
        own = owns_training(model) if loss else owns_prediction(model)
        self.pads = (
            independent and not own and (not loss or model._objective.rows_independent)
        )
        self.parallel = parallel.distribution()
        if self.pads:
            self.size = self._even(self.size)
        self._full = np.ones(self.size, np.float32)
        # Arrays were checked as a whole.
        from_arrays = getattr(batches, "data", None) is not None
        self._check = (
            None if from_arrays else BatchCheck(model, batches, first, loss, begin)
        )
        self.shapes = parallel.rows(jax.tree.map(_shape, self._padded(first)))

    def through(self, source, epoch=0, start=0):
        """Iterate over `source`, the batches of `epoch` from number `start` on.

        It is closed at the end.

        Raises:
            ValueError: labels in a batch that do not suit the loss; names the batch.
        """
        try:
            for number, batch in enumerate(source, start):
                if self._check is not None:
                    self._check(batch, number, epoch)
                yield self._placed(self._padded(batch)), batch.rows
        finally:
            close = getattr(source, "close", None)
            if close:
                close()

    def _padded(self, batch):
        rows, valid = batch.rows, None
        if self.pads:
            valid, size = self._full, self._even(max(rows, self.size))
            if rows < size:
                batch, valid = pad(batch, size)
            elif rows > self.size:
                valid = np.ones(rows, np.float32)
        return batch.x, batch.y, batch.weight, valid

    def _placed(self, parts):
        return self.parallel.rows(parts) if self.parallel else parts

    def _even(self, rows):
        """`rows` rounded up to a multiple of the number of devices."""
        multiple = self.parallel.multiple if self.parallel else 1
        return -(-rows // multiple) * multiple


class BatchCheck:
    """Check the values of each batch from a generator or another iterable.

    The least and the greatest label cost some microseconds; what the first batch has
    shown is asked no more.

    Args:
        model: built and, with `loss`, its objective settled.
        batches: where the batches come from.
        first: the first batch.
        loss: whether targets matter.
        begin: how messages begin, "In validation_data: ".
    """

    def __init__(self, model, batches, first, loss=True, begin=""):
        self._model, self._begin = model, begin
        while not hasattr(batches, "kind") and hasattr(batches, "source"):
            batches = batches.source
        self._kind = getattr(batches, "kind", type(batches).__name__)
        self._embedding = first_embedding(model, first.x)
        self._cases, self._weight_ranks = [], _ranks(first.weight) if loss else None
        if loss and first.y is not None and not _decides_on_targets(model):
            output = model._compiled_steps.output_of(first.x)
            self._cases = [
                # Sequences of another length are checked in the same way.
                case and case._replace(shape=_open(case.shape))
                for case in label_cases(model, first.y, output)
            ]

    def __call__(self, batch, number, epoch):
        """Check batch `number` of `epoch`."""
        try:
            if self._embedding is not None:
                check_indices(self._embedding, batch.x)
            if any(self._cases):
                self._check_labels(batch.y)
            if self._weight_ranks is not None:
                self._check_weights(batch)
        except (ValueError, TypeError) as error:
            when = f" in epoch {epoch + 1}" if epoch else ""
            where = f"{self._begin}Batch {number} of the {self._kind}{when}"
            raise plain_kind(error)(f"{where}: {error}") from None

    def _check_labels(self, y):
        parts = self._model._objective.targets(y)
        for case, part in zip(self._cases, parts, strict=True):
            if case is not None and not labels.labels_in_range(case, part):
                labels.check_labels(case._replace(y=part))

    def _check_weights(self, batch):
        if _ranks(batch.weight) != self._weight_ranks:
            output = self._model._compiled_steps.output_of(batch.x)
            check_weights(self._model, batch.weight, batch.y, output)


def _ranks(weight):
    return [leaf.ndim for leaf in jax.tree.leaves(weight)]


def _open(shape):
    """An output's shape of which only the number of units is known."""
    return (*[None] * (len(shape) - 1), shape[-1])


def _shape(array):
    return jax.ShapeDtypeStruct(array.shape, jax.dtypes.canonicalize_dtype(array.dtype))


def prepare(model, batch, arrays=None, loss=True):
    """Build the model for a first batch and check the data against it.

    Args:
        model: compiled, unless `loss` is False.
        batch: the first batch.
        arrays: (x, y, weight) of all rows, where they are known.
        loss: whether targets and metrics matter.
    """
    own = ("train_step", "test_step") if loss else ("predict_step",)
    free = any(replaces(model, step) for step in own)
    if not free:
        check_inputs(model, batch.x)
        check_embedding(model, batch.x if arrays is None else arrays[0])
    if not free or has_call(model):
        model.build_for(batch.x)
    if not loss or (free and not has_call(model)):
        return
    try:
        output = model._compiled_steps.output_of(batch.x)
        _settle(model, batch, output)
    except (TypeError, ValueError):
        if not free:
            raise
        return  # the step makes of the data what it likes
    _, y, weight = batch[:3] if arrays is None else arrays
    check_targets(model, y, output)
    check_weights(model, weight, batch.y, output)


def _settle(model, batch, output):
    """Give the outputs their losses and metrics, for targets of this kind."""
    objective = model._objective
    if objective.settled and not objective.suits(batch.y):
        model._compiled_steps = model._compiled_steps.renewed()
        objective.settled = False
    if not objective.settled:
        objective.settle(batch.y, output, outputs_of(model, output))


def check_validation_data(model, batch, arrays=None):
    """Check the validation data against the model, before training begins.

    Args: as for `prepare`; the model is prepared.

    Raises:
        ValueError: says that it is about validation_data.
    """
    if any(replaces(model, step) for step in ("train_step", "test_step")):
        return
    try:
        check_inputs(model, batch.x)
        x, y, weight = batch[:3] if arrays is None else arrays
        check_embedding(model, x)
        output = model._compiled_steps.output_of(batch.x)
        check_targets(model, y, output)
        check_weights(model, weight, batch.y, output)
    except (ValueError, TypeError) as error:
        raise plain_kind(error)(f"In validation_data: {error}") from None


def check_inputs(model, x, owner="fit"):
    """Raise if `x` does not match the input shape, where that is already known."""
    graph = graph_of(model)
    if graph is not None:
        shapes = [tensor.shape for tensor in graph.inputs]
        x = parts_of(x) if graph.has_form_of_inputs(x) else x
        optional = [tensor.layer.optional for tensor in graph.inputs]
        inputs.check_inputs(x, shapes, graph.input_names, owner, optional)
        return
    first = getattr(model, "_input", None)
    if first is not None:
        inputs.check_inputs(x, first.batch_shape, None, owner)


def check_embedding(model, x):
    """Raise if the model starts with an Embedding and `x` is out of its range."""
    layer = first_embedding(model, x)
    if layer is not None:
        check_indices(layer, x)


def first_embedding(model, x):
    """The Embedding at the start of the model, if `x` is one array; else None."""
    layers = model.layers
    size = getattr(layers[0], "input_dim", None) if layers else None
    one = type(size) is int and isinstance(x, np.ndarray)
    return layers[0] if one else None


def check_indices(layer, x):
    """Raise if `x` has indices that are out of range for the Embedding `layer`."""
    inputs.check_indices(x, layer.name, layer.input_dim)


def check_targets(model, y, output, owner="fit"):
    """Raise if the targets do not match the outputs and the losses.

    Args:
        model: compiled and built, its objective settled.
        y: all targets where they are known, else those of the first batch.
        output: tree of shapes and dtypes of the output.
        owner: what messages name.
    """
    if _decides_on_targets(model):
        return
    heads = model._objective.heads
    if y is None:
        if any(head.loss_fn is not None for head in heads):
            raise ValueError(labels.no_labels(owner))
        return
    for case in label_cases(model, y, output):
        if case is not None:
            labels.check_labels(case)


def _decides_on_targets(model):
    """Whether the class computes the loss itself, from targets of any kind."""
    return any(replaces(model, n) for n in ("train_step", "test_step", "compute_loss"))


def label_cases(model, y, output):
    """A `labels.LabelledOutput` for each output; None for those without a loss.

    Raises:
        ValueError: an output has a loss and no targets.
    """
    heads = model._objective.heads
    outputs = zip(
        heads,
        model._objective.targets(y),
        jax.tree.leaves(output),
        last_activations(model, len(heads)),
        last_layers(model, len(heads)),
        strict=True,
    )
    cases = []
    for number, (head, part, shape, activation, layer) in enumerate(outputs):
        loss = head.loss_fn
        if loss is None:
            cases.append(None)
            continue
        name = _name_of_part("y", y, head, number)
        if part is None:
            raise ValueError(
                f"Targets are missing for the output {quoted(head.name)}, which has a "
                f"loss. Pass them as {name}, or compile it with loss None."
            )
        ours = getattr(loss, "rows_independent", False)
        case = labels.LabelledOutput(
            name,
            part,
            (None, *shape.shape[1:]),
            getattr(loss, "name", None) if ours else None,
            activation,
            layer,
            getattr(loss, "from_logits", False),
            getattr(loss, "ignore_class", None),
        )
        cases.append(case)
    return cases


def check_weights(model, weight, y, output):
    """Raise if sample weights do not fit what the losses give.

    Args:
        model: as for `check_targets`.
        weight: sample weights of all rows or of a batch; None for none.
        y: targets of a batch.
        output: tree of shapes and dtypes of the output.
    """
    if weight is None or _decides_on_targets(model):
        return
    heads = model._objective.heads
    outputs = zip(
        heads,
        model._objective.weights(weight),
        model._objective.targets(y),
        jax.tree.leaves(output),
        last_layers(model, len(heads)),
        strict=True,
    )
    for number, (head, part, target, out, layer) in enumerate(outputs):
        # A loss of the user's own is traced once only, in the step.
        if getattr(head.loss_fn, "rows_independent", False) and part is not None:
            shape = shape_of_values(head.loss_fn, target, out)
            name = _name_of_part("sample_weight", weight, head, number)
            values.check_weight_shape(name, part, shape, layer)


def _name_of_part(name, tree, head, number):
    """What messages call the array of a head among those of `name`."""
    if isinstance(tree, dict) and head.name:
        return f"{name}[{quoted(head.name)}]"
    several = isinstance(tree, list | tuple) and len(tree) > 1
    return f"{name}[{number}]" if several else name


def first_batch(batches, owner):
    """The first batch, without consuming it.

    Raises:
        ValueError: there is none.
    """
    head = first(batches)
    if head is None:
        raise ValueError(
            f"{owner} got no batch: the data is empty. Give at least one example."
        )
    return head
