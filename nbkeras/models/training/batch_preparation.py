"""Batch preparation: check data against the model, pad and place the batches.

The checks themselves, with their texts, are in `nbkeras.data.checks`.
"""

from typing import Any

import jax
import numpy as np

from nbkeras.core.errors.structured_errors import plain_kind
from nbkeras.core.names.display_name import quoted
from nbkeras.data.batches import first, has_random_sizes, pad
from nbkeras.data.checks import inputs, labels, values
from nbkeras.distribution import parallel
from nbkeras.losses.base import shape_of_values
from nbkeras.models.graph import graph_of, parts_of
from nbkeras.models.training.objective import outputs_of
from nbkeras.models.training.output_heads import last_activations, last_layers
from nbkeras.models.training.steps.own_steps import (
    has_call,
    owns_prediction,
    owns_training,
    replaces,
)


class PreparedBatches:
    """Prepare batches for the jitted steps: (x, y, weight, valid) and the row count.

    A short batch is padded to the usual size, so that it needs no second compilation;
    data of less than one batch is padded to the next power of two, so that one example
    does not cost as much as a whole batch. Padding is used only if it can be excluded
    from the result exactly: not with custom layers, losses or metrics, which may
    combine rows. On several devices, the rows of a batch are divided among them.

    `shapes` has the shapes and dtypes of a full batch. On several devices,
    `first_placed` has the sharding and shape of the first batch's inputs, and its row
    count.
    """

    first_placed: tuple[Any, tuple[int, ...], int] | None = None

    def __init__(self, model, batches, first, loss=True, begin=""):
        rows = jax.tree.leaves(first.x)[0].shape[0]
        batch_size = max(batches.batch_size or rows, 1)
        self.size = (
            min(batch_size, 1 << (rows - 1).bit_length())
            if rows < batch_size
            else batch_size
        )
        independent = all(layer.treats_rows_alone() for layer in model.walk())
        has_own_step = owns_training(model) if loss else owns_prediction(model)
        self.pads = has_random_sizes(batches) or (
            independent
            and not has_own_step
            and (not loss or model._objective.rows_independent)
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

        Yields ((x, y, weight, valid), number of rows), and closes `source` at the end.



        Raises:
            ValueError: labels in a batch do not fit the loss; the message names the
                batch.
        """
        try:
            for number, batch in enumerate(source, start):
                if self._check is not None:
                    self._check(batch, number, epoch)
                parts = self._placed(self._padded(batch))
                if self.parallel is not None and self.first_placed is None:
                    inputs = jax.tree.leaves(parts[0])[0]
                    self.first_placed = inputs.sharding, inputs.shape, batch.rows
                yield parts, batch.rows
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

    Only values are checked, such as the smallest and greatest label, which takes
    microseconds; shapes and dtypes were checked on the first batch.

    Args:
        model: built; with `loss`, its objective is settled.
        batches: the source of the batches.
        first: the first batch.
        loss: whether targets are used.
        begin: prefix of messages, such as "In validation_data: ".
    """

    def __init__(self, model, batches, first, loss=True, begin=""):
        self._model, self._begin = model, begin
        while not hasattr(batches, "kind") and hasattr(batches, "source"):
            batches = batches.source
        self._kind = getattr(batches, "kind", type(batches).__name__)
        self._embedding = first_embedding(model, first.x)
        self._cases, self._weight_ranks = [], _ranks(first.weight) if loss else None
        if loss and first.y is not None and not _computes_own_loss(model):
            output = model._compiled_steps.output_of(first.x)
            self._cases = [
                # Sequences of another length are checked in the same way.
                case and case._replace(shape=_any_length(case.shape))
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


def _any_length(shape):
    """`shape` with only the last axis fixed; None for the others."""
    return (*[None] * (len(shape) - 1), shape[-1])


def _shape(array):
    return jax.ShapeDtypeStruct(array.shape, jax.dtypes.canonicalize_dtype(array.dtype))


def prepare(model, batch, arrays=None, loss=True):
    """Build the model for a first batch and check the data against it.

    Args:
        model: compiled, unless `loss` is False.
        batch: the first batch.
        arrays: (x, y, weight) of all rows, if they are in memory.
        loss: whether targets and metrics are used.
    """
    step_names = ("train_step", "test_step") if loss else ("predict_step",)
    has_own_step = any(replaces(model, step) for step in step_names)
    if not has_own_step:
        check_inputs(model, batch.x)
        check_embedding(model, batch.x if arrays is None else arrays[0])
    if not has_own_step or has_call(model):
        model.build_for(batch.x)
    if not loss or (has_own_step and not has_call(model)):
        return
    try:
        output = model._compiled_steps.output_of(batch.x)
        _settle(model, batch, output)
    except (TypeError, ValueError):
        if not has_own_step:
            raise
        return  # an own step may take data of any form
    _, y, weight = batch[:3] if arrays is None else arrays
    check_targets(model, y, output)
    check_weights(model, weight, batch.y, output)


def _settle(model, batch, output):
    """Assign losses and metrics to the outputs, for targets of this kind."""
    objective = model._objective
    if objective.settled and not objective.suits(batch.y):
        model._compiled_steps = model._compiled_steps.renewed()
        objective.settled = False
    if not objective.settled:
        objective.settle(batch.y, output, outputs_of(model, output))


def check_validation_data(model, batch, arrays=None):
    """Check the validation data against the model, before training begins.

    Args: as for `prepare`, after which this is called.

    Raises:
        ValueError: the data does not fit; the message names validation_data.
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
    """Raise if `x` does not match the model's input shape, if that is known."""
    graph = graph_of(model)
    if graph is not None:
        shapes = [tensor.shape for tensor in graph.inputs]
        x = parts_of(x) if graph.is_nested_like_inputs(x) else x
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
    """The Embedding that the model starts with, if `x` is one array; else None."""
    layers = model.layers
    size = getattr(layers[0], "input_dim", None) if layers else None
    is_indexed = type(size) is int and isinstance(x, np.ndarray)
    return layers[0] if is_indexed else None


def check_indices(layer, x):
    """Raise if an index in `x` is out of range for the Embedding `layer`."""
    inputs.check_indices(x, layer.name, layer.input_dim)


def check_targets(model, y, output, owner="fit"):
    """Raise if the targets do not match the outputs and the losses.

    Args:
        model: compiled and built, its objective settled.
        y: all targets if they are in memory, else those of the first batch.
        output: tree of shapes and dtypes of the output.
        owner: name of the caller, for messages.
    """
    if _computes_own_loss(model):
        return
    heads = model._objective.heads
    if y is None:
        if any(head.loss_fn is not None for head in heads):
            raise ValueError(labels.no_labels(owner))
        return
    for case in label_cases(model, y, output):
        if case is not None:
            labels.check_labels(case)


def _computes_own_loss(model):
    """Whether the class computes the loss itself, so that targets may be anything."""
    return any(replaces(model, n) for n in ("train_step", "test_step", "compute_loss"))


def label_cases(model, y, output):
    """A `labels.LabelledOutput` for each output; None for an output without a loss.

    Raises:
        ValueError: an output has a loss but no targets.
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
        name = _argument_name("y", y, head, number)
        if part is None:
            raise ValueError(
                f"Targets are missing for the output {quoted(head.name)}, which has a "
                f"loss. Pass them as {name}, or compile it with loss None."
            )
        is_built_in = getattr(loss, "rows_independent", False)
        case = labels.LabelledOutput(
            name,
            part,
            (None, *shape.shape[1:]),
            getattr(loss, "name", None) if is_built_in else None,
            activation,
            layer,
            getattr(loss, "from_logits", False),
            getattr(loss, "ignore_class", None),
        )
        cases.append(case)
    return cases


def check_weights(model, weight, y, output):
    """Raise if the shapes of sample weights do not fit those of the losses.

    Args:
        model: as for `check_targets`.
        weight: sample weights of all rows or of one batch, or None.
        y: targets of one batch.
        output: tree of shapes and dtypes of the output.
    """
    if weight is None or _computes_own_loss(model):
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
        # A custom loss is traced only once, in the step.
        if getattr(head.loss_fn, "rows_independent", False) and part is not None:
            shape = shape_of_values(head.loss_fn, target, out)
            name = _argument_name("sample_weight", weight, head, number)
            values.check_weight_shape(name, part, shape, layer)


def _argument_name(name, tree, head, number):
    """The name of a head's array in messages: "y", "y[1]" or "y['digit']"."""
    if isinstance(tree, dict) and head.name:
        return f"{name}[{quoted(head.name)}]"
    several = isinstance(tree, list | tuple) and len(tree) > 1
    return f"{name}[{number}]" if several else name


def first_batch(batches, owner):
    """The first batch; it is not consumed.

    Raises:
        ValueError: there are no batches.
    """
    batch = first(batches)
    if batch is None:
        raise ValueError(
            f"{owner} got no batch: the data is empty. Give at least one example."
        )
    return batch
