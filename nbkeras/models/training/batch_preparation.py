"""Batch preparation: check data against the model, pad and place the batches."""

import jax
import numpy as np

from nbkeras.core.error_parts import plain_kind
from nbkeras.data.batches import first, pad
from nbkeras.distribution import parallel
from nbkeras.models.training import data_checks
from nbkeras.models.training.objective import outputs_of


class PreparedBatches:
    """Batches for the jitted steps: (x, y, weight, valid) and the number of rows.

    A short batch is filled up to the usual size where padding can be left out of the
    result exactly, so that it needs no second compilation; data of less than one batch
    to the next power of two, so that one example does not cost a whole batch. Where a
    layer, loss or metric is the user's own, which might look across rows, batches are
    not padded. On several devices, the rows of a batch are divided among them.

    `shapes` has what a full batch is for the steps, without its numbers.
    """

    def __init__(self, model, batches, first, loss=True):
        rows = jax.tree.leaves(first.x)[0].shape[0]
        usual = max(batches.batch_size or rows, 1)
        self.size = min(usual, 1 << (rows - 1).bit_length()) if rows < usual else usual
        independent = all(layer.treats_rows_alone() for layer in model.walk())
        self.pads = independent and (not loss or model._objective.rows_independent)
        self.parallel = parallel.distribution()
        if self.pads:
            self.size = self._even(self.size)
        self._full = np.ones(self.size, np.float32)
        self.shapes = parallel.rows(jax.tree.map(_shape, self._padded(first)))

    def through(self, source):
        """Iterate over `source`; closes it at the end."""
        try:
            for batch in source:
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
        """The next number of rows that can be divided among the devices."""
        multiple = self.parallel.multiple if self.parallel else 1
        return -(-rows // multiple) * multiple


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
    data_checks.inputs(model, batch.x)
    data_checks.embedding_indices(model, batch.x if arrays is None else arrays[0])
    model.build_for(batch.x)
    if not loss:
        return
    output = model._compiled_steps.output_of(batch.x)
    objective = model._objective
    if objective.settled and not objective.suits(batch.y):
        model._compiled_steps = model._compiled_steps.renewed()
        objective.settled = False
    if not objective.settled:
        objective.settle(batch.y, output, outputs_of(model, output))
    y = batch.y if arrays is None else arrays[1]
    data_checks.targets(model, y, output)


def check_validation_data(model, batch, arrays=None):
    """Check the validation data against the model, before training begins.

    Args: as for `prepare`; the model is prepared.

    Raises:
        ValueError: says that it is about validation_data.
    """
    try:
        data_checks.inputs(model, batch.x)
        x, y = (batch.x, batch.y) if arrays is None else arrays[:2]
        data_checks.embedding_indices(model, x)
        data_checks.targets(model, y, model._compiled_steps.output_of(batch.x))
    except (ValueError, TypeError) as error:
        raise plain_kind(error)(f"In validation_data: {error}") from None


def first_batch(batches, owner):
    """The first batch, not used up.

    Raises:
        ValueError: there is none.
    """
    head = first(batches)
    if head is None:
        raise ValueError(
            f"{owner} got no batch: the data is empty. Give at least one example."
        )
    return head
