"""The class score that maps explain, and the confidence that curves plot."""

from dataclasses import dataclass
from typing import Any, Literal

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.layer_outputs.tapped import Tapped
from nbkeras.core.names.display_name import quoted
from nbkeras.losses.loss_classes import BinaryCrossentropy, BinaryFocalCrossentropy

Kind = Literal["softmax", "sigmoid", "logits", "probabilities", "values"]
TOLERANCE = 1e-3


@dataclass(frozen=True)
class Head:
    """One output of a model, interpreted as class scores.

    Args:
        index: index of the output. name: its name.
        kind: "softmax" or "sigmoid" if it ends in that activation; "logits" if a
            cross-entropy loss converts them; "probabilities" if the values already are;
            "values" for a regression.
        units: numbers per image.
        is_multi_label: whether each of several units is a label of its own, by a
            sigmoid, and a row can have several labels.
    """

    index: int
    name: str
    kind: Kind
    units: int
    is_multi_label: bool = False

    @property
    def num_classes(self) -> int:
        """Number of classes; a sigmoid with one unit has the classes 0 and 1."""
        return 2 if self.is_binary else self.units

    @property
    def is_binary(self) -> bool:
        """Whether it is a single unit for two classes."""
        return self.units == 1 and self.kind in ("sigmoid", "probabilities", "logits")

    @property
    def has_probabilities(self) -> bool:
        """Whether `confidences` are probabilities."""
        return self.kind != "values"

    def scores(self, tapped: Tapped) -> Any:
        """(batch, num_classes): logits if available, else the outputs."""
        z = tapped.logits[self.index]
        z = _rows(tapped.outputs[self.index] if z is None else z)
        if not self.is_binary:
            return z
        if self.kind == "probabilities":
            return jnp.concatenate([1 - z, z], axis=1)
        return jnp.concatenate([-z, z], axis=1)

    def confidences(self, tapped: Tapped) -> Any:
        """(batch, num_classes): probabilities, or the values of a regression."""
        y = _rows(tapped.outputs[self.index])
        if self.kind == "logits":
            by_itself = self.units == 1 or self.is_multi_label
            y = jax.nn.sigmoid(y) if by_itself else jax.nn.softmax(y, axis=1)
        return jnp.concatenate([1 - y, y], axis=1) if self.is_binary else y


def _rows(y):
    """(batch, units); the positions of an output map are averaged."""
    y = y.astype(jnp.float32)
    if y.ndim == 1:
        return y[:, None]
    return y.mean(axis=tuple(range(1, y.ndim - 1))) if y.ndim > 2 else y


def head_of(owner: str, model: Any, tapped: Tapped, output: Any) -> Head:
    """The Head of `output`, with its kind inferred from a run on a few images.

    Args:
        owner: name of the public function, for messages.
        output: number or name of the output; None for the first.

    Raises:
        ValueError: there is no such output.
    """
    names = _names(model, len(tapped.outputs))
    if output is None:
        index = 0
    elif output in names:
        index = names.index(output)
    elif isinstance(output, int) and 0 <= output < len(names):
        index = output
    else:
        raise ValueError(
            f"{owner}(output={output!r}): the model's outputs are "
            f"{', '.join(map(quoted, names))}. Write for example output={names[0]!r}."
        )
    y = np.asarray(_rows(tapped.outputs[index]))
    loss = _loss_of(model, index, names[index])
    kind = _kind(tapped.activations[index], loss, y)
    is_binary_loss = isinstance(loss, BinaryCrossentropy | BinaryFocalCrossentropy)
    by_itself = kind == "sigmoid" or (kind == "logits" and is_binary_loss)
    units = y.shape[1]
    return Head(index, names[index], kind, units, by_itself and units > 1)


def _names(model, count):
    names = getattr(model, "output_names", None) if count > 1 else None
    names = list(names or ())
    return names if len(names) == count else [str(i) for i in range(count)]


def _kind(activation, loss, y) -> Kind:
    if activation in ("softmax", "sigmoid"):
        return activation
    if getattr(loss, "from_logits", False):
        return "logits"
    inside = bool((y >= -TOLERANCE).all() and (y <= 1 + TOLERANCE).all())
    if inside and y.shape[1] > 1 and bool((abs(y.sum(1) - 1) < TOLERANCE).all()):
        return "probabilities"
    return "values"


def _loss_of(model, index, name):
    """The loss of this output, as compiled; None without one."""
    loss = getattr(model, "loss", None)
    if isinstance(loss, dict):
        return loss.get(name)
    if isinstance(loss, list | tuple):
        return loss[index] if index < len(loss) else None
    return loss
