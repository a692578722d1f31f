"""`interpret`: a model's mistakes and calibration on a data set."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.analysis.explanation.score import Head, head_of
from nbkeras.analysis.explanation.target_layer import layer_names
from nbkeras.analysis.interpretation.interpretation import Interpretation, Residuals
from nbkeras.analysis.interpretation.multi_label import MultiLabel
from nbkeras.analysis.interpretation.rows import DataRows, data_rows
from nbkeras.analysis.labels.neighbours import (
    NEIGHBOUR_ROWS,
    NEIGHBOUR_VALUES,
    neighbour_agreement,
)
from nbkeras.analysis.layer_outputs.tapped import output_specs, run_tapped
from nbkeras.core import check, settings
from nbkeras.core.check import did_you_mean
from nbkeras.data.batches import Batch, pad
from nbkeras.layers.embedding import Embedding
from nbkeras.models.model import Model
from nbkeras.ops.kernels import lowering

# Limits of the feature map: number of points, and of stored values.
MOST_POINTS = 2000
MOST_FEATURES = 32_000_000
TOLERANCE = 1e-6


def interpret(
    model: Model,
    data: Any,
    y: Any = None,
    *,
    class_names: Sequence[str] | None = None,
    layer: str | None = None,
    output: int | str | None = None,
    batch_size: int = 64,
    steps: int | None = None,
) -> Interpretation | MultiLabel | Residuals:
    """Analyse a model's mistakes and calibration on a data set.

    The data is read once; one program computes a batch's predictions and features.

    Args:
        model: any model; a classifier, or a regression.
        data: x, (x, y), a folder with one subfolder per class (read at the model's
            input size; values 0 to 255 for a model that begins with Rescaling or
            Normalization, otherwise 0 to 1), an iterator of an ImageDataGenerator, an
            ImageDataset, or any other iterable of batches (x, y); preferably data that
            the model was not trained on.
        y: labels, if not part of `data`: class numbers (n,) or (n, 1), or one-hot
            (n, classes); 0 or 1 for each label (n, labels) if a row can have several,
            for a model with a sigmoid for each label; numbers for a regression.
        class_names: in the order of the class or label numbers; None for those of the
            data.
        layer: name of the layer for the feature map ("base/conv5" inside a nested
            model); None for the layer before the last one with weights.
        output: number or name of the output, for a model with several.
        batch_size: batch size for arrays and folders.
        steps: batches to read, needed for an endless generator.

    Returns:
        An `Interpretation`: `.confusion`, `.mistakes`, `.report`, `.calibration`,
        `.suspects`, `.pca()`, `.code(corrections)`; for several labels a row a
        `MultiLabel`, with an Interpretation `.of(label)` of each; or `Residuals`.

    Raises:
        ValueError: the data has no labels, or it does not fit the model.
        TypeError: `model` is not a model.

    >>> from nbkeras import Input, Sequential, layers
    >>> model = Sequential([Input((4,)), layers.Dense(3, activation="softmax")])
    >>> result = interpret(model, np.eye(4), np.array([0, 1, 2, 0]))
    >>> result.confusion.sum()
    np.int64(4)
    """
    if not isinstance(model, Model):
        raise TypeError(
            f"interpret: needs a model, and got a {type(model).__name__}. Write for "
            "example nbkeras.interpret(model, x_test, y_test)."
        )
    batch_size = check.positive_int("interpret", "batch_size", batch_size)
    rows = data_rows(
        "interpret", model, data, y, batch_size, steps, _is_channels_first(model)
    )
    reading = _Reading(model, output, layer)
    for batch in rows.read():
        reading.take(batch)
    return reading.result(rows, class_names)


class _Reading:
    """Collects predictions, labels and features, batch by batch."""

    def __init__(self, model, output, layer):
        self.model, self.output, self.layer_name = model, output, layer
        self.head: Head | None = None
        self.layer: Any = None
        self.parts, self.labels = [], []
        self.features, self.inputs = _KeptFeatures(), _KeptFeatures()
        self._run: Any = None
        self._size = 0

    def take(self, batch: Batch) -> None:
        """Predict one batch."""
        if batch.y is None:
            raise ValueError(
                "interpret: the data has no labels. Write interpret(model, x, y), or "
                "give batches (x, y), as of flow_from_directory with "
                'class_mode="sparse".'
            )
        if self._run is None:
            self._begin(batch)
        size = self._size = max(self._size, batch.rows)
        x, _ = pad(Batch(batch.x, rows=batch.rows), size)
        y, features = self._run(self.model.current_values(), _without_rest(x.x))
        self.parts.append(np.asarray(y)[: batch.rows])
        if features is not None:
            self.features.add(np.asarray(features)[: batch.rows])
        values = _comparable_values(self.model, batch)
        if values is not None:
            self.inputs.add(values)
        self.labels.append(jax.tree.map(lambda a: np.asarray(a)[: batch.rows], batch.y))

    def _begin(self, batch):
        """Resolve the output and the layer with the first batch."""
        model, x = self.model, _without_rest(batch.x)
        model.build_for(x)
        one = jax.tree.map(lambda a: np.asarray(a)[:8], x)
        tapped = run_tapped(model, model.current_values(), one)
        self.head = head_of("interpret", model, tapped, self.output)
        self.layer = _feature_layer(model, one, self.layer_name)
        layers = [] if self.layer is None else [self.layer[0]]
        index = self.head.index

        def run(values, x):
            tapped = run_tapped(model, values, x, layers)
            features = _pooled(tapped.taken[layers[0]], layers[0]) if layers else None
            return tapped.outputs[index].astype(jnp.float32), features

        self._run = jax.jit(run, compiler_options=lowering.compiler_options())

    def result(
        self, rows: DataRows, class_names: Any
    ) -> Interpretation | MultiLabel | Residuals:
        """The results of a classifier, or the Residuals of a regression."""
        if self.head is None:
            raise ValueError(
                "interpret: the data has no rows. Give at least one picture with its "
                "label."
            )
        outputs = np.concatenate(self.parts)
        labels = jax.tree.map(lambda *parts: np.concatenate(parts), *self.labels)
        labels = _labels_of(labels, self.head)
        n = len(outputs)
        order = rows.order
        numbers = np.arange(n) if order is None else np.asarray(order)[:n]
        features, feature_rows = self.features.result()
        about = {
            "files": rows.files,
            "folder": rows.folder,
            "numbers": numbers,
            "pictures": rows.pictures,
            "features": features,
            "feature_rows": feature_rows,
            "layer": None if self.layer is None else self.layer[1],
            "output": self.head.name,
        }
        if outputs.ndim > 2:
            raise ValueError(
                f"interpret: the output {self.head.name!r} has the shape "
                f"{outputs.shape}, a map for each row. Needed is one label or number a "
                "row; choose another output with output=..."
            )
        outputs = outputs.reshape(n, -1)
        kind = _kind(self.head, outputs, labels)
        if kind == "values":
            targets = np.asarray(labels, "float32").reshape(n, -1)
            if targets.shape != outputs.shape:
                raise ValueError(
                    f"interpret: the targets have the shape {targets.shape}, and the "
                    f"predictions {outputs.shape}. Give one target for each output."
                )
            return Residuals(targets=targets, predictions=outputs, **about)
        if class_names is None:
            class_names = rows.class_names
        if self.head.is_multi_label and _are_several_labels(labels, outputs.shape):
            sigmoid = np.asarray(jax.nn.sigmoid(outputs)) if kind == "logits" else None
            return MultiLabel(
                probabilities=outputs if sigmoid is None else sigmoid,
                targets=np.asarray(labels).astype("int64"),
                label_names=_names(class_names, outputs.shape[1]),
                **about,
            )
        probabilities = _probabilities(outputs, kind)
        k = probabilities.shape[1]
        numbers_of_classes, form = _class_numbers(labels, k)
        names = _names(class_names, k)
        return Interpretation(
            probabilities=probabilities,
            labels=numbers_of_classes,
            class_names=names,
            label_form=form,
            neighbours=self._neighbours(numbers_of_classes),
            **about,
        )

    def _neighbours(self, labels):
        values, rows = self.inputs.result()
        if values is None:
            return None
        every = -(-len(rows) // NEIGHBOUR_ROWS)
        rates = neighbour_agreement(values[::every], labels[rows[::every]])
        return None if rates is None else (*rates, len(rows[::every]))


def _comparable_values(model, batch):
    """(rows, values) float32 of a batch; None for several inputs or for tokens."""
    x = _without_rest(batch.x)
    if not hasattr(x, "ndim") or x.ndim < 2 or x.dtype.kind not in "fiub":
        return None
    if any(isinstance(layer, Embedding) for layer in model.walk()):
        return None
    rows = np.asarray(x)[: batch.rows].reshape(batch.rows, -1)
    return rows[:, :: -(-rows.shape[1] // NEIGHBOUR_VALUES) or 1].astype("float32")


class _KeptFeatures:
    """Features of a bounded number of rows: of every row, then every second..."""

    def __init__(self):
        self.rows, self.parts = [], []
        self.stride, self.seen = 1, 0

    def add(self, features):
        """Add the features of a batch, thinned to the current stride."""
        most = min(MOST_POINTS, max(16, MOST_FEATURES // max(features.shape[1], 1)))
        first = -self.seen % self.stride
        positions = np.arange(first, len(features), self.stride)
        self.rows += (self.seen + positions).tolist()
        self.parts += list(features[positions])
        self.seen += len(features)
        while len(self.rows) > most:
            self.rows, self.parts = self.rows[::2], self.parts[::2]
            self.stride *= 2

    def result(self):
        """(features, rows), or None if there are none."""
        if not self.rows:
            return None, None
        return np.stack(self.parts), np.array(self.rows)


def _without_rest(x):
    """The first inputs of `x`, as many as the model takes."""
    return x[0] if isinstance(x, list | tuple) and len(x) == 1 else x


def _is_channels_first(model):
    formats = [getattr(layer, "data_format", None) for layer in model.walk()]
    named = next((name for name in formats if name), None)
    return (named or settings.image_data_format()) == "channels_first"


def _feature_layer(model, x, name):
    """(layer, its name): `name`, or the layer before the last one with weights."""
    names = layer_names(model)
    if name is not None:
        layer = next(
            (one for one, path in names.items() if name in (path, one.name)), 0
        )
        if layer and layer in output_specs(model, x, [layer]):
            return layer, names[layer]
        layer_paths = [path for path in names.values() if "/" not in path]
        raise ValueError(
            f"interpret(layer={name!r}): there is no such layer."
            f"{did_you_mean(name, list(names.values()))} Layers are "
            f"{', '.join(layer_paths[-8:])}."
        )
    called = list(output_specs(model, x, list(names)))
    weighted = [i for i, layer in enumerate(called) if layer.weights]
    before = [
        layer
        for layer in called[: weighted[-1] if weighted else 0]
        if not isinstance(layer, Model)
    ]
    return (before[-1], names[before[-1]]) if before else None


def _pooled(y, layer):
    """(batch, features): the mean over positions, if the layer has any."""
    y = jax.tree.leaves(y)[0].astype(jnp.float32)
    if y.ndim > 2:
        is_first = getattr(layer, "data_format", None) == "channels_first"
        channels = 1 if is_first else y.ndim - 1
        y = y.mean(axis=tuple(i for i in range(1, y.ndim) if i != channels))
    return y.reshape(y.shape[0], -1)


def _labels_of(labels, head):
    """The labels of this output, if there are several outputs."""
    if isinstance(labels, dict):
        return labels[head.name] if head.name in labels else next(iter(labels.values()))
    if isinstance(labels, list | tuple):
        return labels[head.index if head.index < len(labels) else 0]
    return labels


def _kind(head, outputs, labels):
    """The Head's kind; unknown outputs with class-number labels are logits."""
    if head.kind != "values" or outputs.shape[1] < 2:
        return head.kind
    y = np.asarray(labels)
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim == 2 and y.shape == outputs.shape:
        is_one_hot = np.isin(y, (0, 1)).all() and (y.sum(axis=1) == 1).all()
        return "logits" if is_one_hot else "values"
    is_number = y.ndim == 1 and y.dtype.kind in "iufb" and (y == np.rint(y)).all()
    return "logits" if is_number else "values"


def _are_several_labels(labels, shape):
    """Whether `labels` has a 0 or 1 for each unit, and not a single 1 in each row."""
    y = np.asarray(labels)
    if y.shape != shape or y.dtype.kind not in "iufb" or not np.isin(y, (0, 1)).all():
        return False
    return bool((y.sum(axis=1) != 1).any())


def _names(class_names, k):
    """The names of k classes or labels: `class_names`, or their numbers."""
    names = list(map(str, range(k) if class_names is None else class_names))
    if len(names) != k:
        raise ValueError(
            f"interpret: there are {len(names)} class names, and the output has "
            f"{k} classes. Give one name for each class, in the order of the "
            "numbers: class_names=[...]."
        )
    return names


def _probabilities(outputs, kind):
    """(n, classes) float32; a single unit means the classes 0 and 1."""
    if kind == "logits":
        if outputs.shape[1] == 1:
            outputs = np.asarray(jax.nn.sigmoid(outputs))
        else:
            outputs = np.asarray(jax.nn.softmax(outputs, axis=1))
    if outputs.shape[1] == 1:
        outputs = np.concatenate([1 - outputs, outputs], axis=1)
    return outputs


def _class_numbers(labels, k):
    """((n,) int64, encoding) of labels in any encoding."""
    y, form = np.asarray(labels), "numbers"
    if y.ndim == 2 and y.shape[1] == 1:
        y, form = y[:, 0], "column"
    elif y.ndim == 2 and y.shape[1] == k:
        if not (abs(y.sum(axis=1) - 1) < TOLERANCE).all() or (y < 0).any():
            raise ValueError(
                "interpret: some rows have several labels or none, and the model "
                "divides the probability among its classes. Give one class a row; for "
                'several labels end the model in Dense(units, activation="sigmoid") '
                'and train it with loss="binary_crossentropy".'
            )
        y, form = y.argmax(axis=1), "one-hot"
    if y.ndim != 1 or y.dtype.kind not in "iufb" or not (y == np.rint(y)).all():
        raise ValueError(
            f"interpret: the labels are {y.dtype} of shape {y.shape}. Needed are class "
            f"numbers 0 to {k - 1}, or one-hot rows of {k}. For names of classes write "
            "names, y = np.unique(y, return_inverse=True)."
        )
    if len(y) and not (0 <= y.min() and y.max() < k):
        raise ValueError(
            f"interpret: the labels go from {y.min():g} to {y.max():g}, and the output "
            f"has the classes 0 to {k - 1}. Give the labels that the model was trained "
            "with, or choose another output with output=..."
        )
    return y.astype("int64"), form
