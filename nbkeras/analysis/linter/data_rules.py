"""Lint rules about data: scaling, labels, validation data, first losses."""

import numpy as np

from nbkeras.analysis.labels.class_labels import class_labels
from nbkeras.analysis.linter.advice import Advice
from nbkeras.analysis.linter.context import rows_at, sample_rows
from nbkeras.core.names.display_name import quoted
from nbkeras.data.checks.loss_names import CROSSENTROPIES

# Layers that do not change the scale of values: after them the input is still raw.
SCALE_PRESERVING = (
    "Flatten Reshape Permute Dropout ZeroPadding1D ZeroPadding2D Cropping2D Resizing "
    "CenterCrop MaxPooling2D AveragePooling2D RandomFlip RandomCrop RandomRotation "
    "RandomTranslation RandomZoom RandomContrast RandomBrightness"
).split()
WEIGHTED = (
    "Dense Conv1D Conv2D Conv3D SeparableConv1D SeparableConv2D DepthwiseConv2D"
).split()
MANY_FEATURES = 64

# Rows of at least so many values do not repeat by themselves; the share of different
# rows below which that is reported.
LONG_ROW, REPEATED = 16, 0.5

# Deviation of a column, or its mean in deviations, from which on it is not scaled.
FAR = 100.0

# Fraction of the labels in one class that is reported, of at least so many labels.
IMBALANCED, FEWEST_LABELS = 0.9, 50
KEY_VALUES = 8
COMPARED_ROWS = 200_000
HELD_ROWS = 200
# Losses that measure the distance of quantities.
DISTANCES = ("meansquarederror", "meanabsoluteerror", "huber", "logcosh")
# {activation: (lowest, highest) output}
RANGES = {
    "sigmoid": (0.0, 1.0),
    "softmax": (0.0, 1.0),
    "tanh": (-1.0, 1.0),
    "relu": (0.0, np.inf),
    "softplus": (0.0, np.inf),
}
# Fraction of the targets out of the range of the activation that is reported.
OUT_OF_RANGE = 0.1
# Most class numbers, and the metrics that count right answers.
MOST_CLASSES = 1000
ACCURACIES = ("accuracy", "acc")
# Training and validation inputs whose spread differs by this factor are scaled
# differently, and the fewest rows that tell.
SCALED_APART, FEWEST_COMPARED = 10.0, 20


def inputs_not_scaled(context):
    """Unscaled pixels, 0 to 255, as input of a layer with weights."""
    for x, chain in zip(context.x, context.input_chains, strict=False):
        if x is None or chain is None or not _looks_like_pixels(x):
            continue
        first = next(
            (layer for layer in chain if type(layer).__name__ not in SCALE_PRESERVING),
            None,
        )
        if type(first).__name__ in WEIGHTED:
            name = type(first).__name__
            yield Advice(
                "inputs-not-scaled",
                f"x has values up to {x.max():g}; initial weights suit inputs of about "
                "1, so training is slow or diverges.",
                "x = x.astype('float32') / 255, or Rescaling(1 / 255) as the first "
                "layer",
                f"x before {name} {quoted(first.name)}",
            )


def features_not_scaled(context):
    """Columns of a table that are large, or hardly differ beside their mean."""
    for x, chain in zip(context.x, context.input_chains, strict=False):
        if x is None or chain is None or x.ndim != 2 or len(x) < FEWEST_COMPARED:
            continue
        first = next(
            (layer for layer in chain if type(layer).__name__ not in SCALE_PRESERVING),
            None,
        )
        if type(first).__name__ not in WEIGHTED or _looks_like_pixels(x):
            continue
        x = np.where(np.isfinite(x), x, np.nan).astype("float64")
        mean, deviation = np.abs(np.nanmean(x, axis=0)), np.nanstd(x, axis=0)
        is_offset = (mean > FAR) & (mean > FAR * deviation) & (deviation > 0)
        columns = np.flatnonzero((deviation > FAR) | is_offset)
        if not len(columns):
            continue
        worst = columns[np.argmax(np.nanmax(np.abs(x[:, columns]), axis=0))]
        low, high = np.nanmin(x[:, worst]), np.nanmax(x[:, worst])
        yield Advice(
            "features-not-scaled",
            f"column {worst} of x runs {low:.4g}..{high:.4g} (columns like it: "
            f"{len(columns)} of {x.shape[1]}); initial weights suit a mean of about 0 "
            "and a deviation of about 1.",
            "normalize = Normalization(); normalize.adapt(x), and normalize as the "
            "first layer",
            f"x before {type(first).__name__} {quoted(first.name)}",
        )


def repeated_rows(context):
    """The same rows many times; rows of few values repeat by themselves."""
    x = context.x[0] if len(context.x) == 1 else None
    if x is None or len(x) < FEWEST_LABELS or x[0].size < LONG_ROW:
        return
    distinct = len({row.tobytes() for row in x})
    if distinct < REPEATED * len(x):
        yield Advice(
            "repeated-rows",
            f"of {len(x)} rows looked at only {distinct} differ: the model learns them "
            "by heart, and rows split off for validation are not new.",
            "x, first = np.unique(x, axis=0, return_index=True); y = y[first]",
            "x",
        )


def labels_out_of_range(context):
    """Labels out of the range of the output units."""
    for head in context.heads:
        y = head.targets
        if y is None or not y.size:
            continue
        if head.ignore_class is not None:
            y = y[y != head.ignore_class]
        low, high = float(y.min()), float(y.max())
        if head.loss == "sparsecategoricalcrossentropy" and head.units:
            if low < 0 or high >= head.units:
                yield Advice(
                    "labels-out-of-range",
                    f"labels run {low:g}..{high:g}, and {head.units} units mean "
                    f"classes 0..{head.units - 1}.",
                    _code_for_labels(low, high, head.units),
                    "y",
                )
        elif head.loss == "binarycrossentropy" and (low < 0 or high > 1):
            yield Advice(
                "labels-out-of-range",
                f"labels run {low:g}..{high:g}, and binary_crossentropy needs 0 to 1.",
                "y = (y > 0).astype('float32')",
                "y",
            )


def targets_out_of_reach(context):
    """Targets that the last activation cannot give."""
    for head in context.heads:
        y = head.targets
        if y is None or not y.size or head.loss not in DISTANCES:
            continue
        low, high = RANGES.get(head.activation or "", (-np.inf, np.inf))
        if ((y < low) | (y > high)).mean() > OUT_OF_RANGE:
            yield Advice(
                "targets-out-of-reach",
                f"targets run {y.min():.4g}..{y.max():.4g}, and {head.activation} "
                f"gives {_range_in_words(low, high)}, so the others are never reached.",
                "activation=None in the last layer",
                head.layer,
            )


def class_numbers_as_quantities(context):
    """Class numbers, as the metric says, with a loss for quantities."""
    for head in context.heads:
        y = head.targets
        is_distance = head.loss in DISTANCES and head.activation == "linear"
        if y is None or not is_distance or head.units != 1:
            continue
        classes = np.unique(y)
        is_number = np.array_equal(classes, np.rint(classes)) and classes.min() >= 0
        is_counted = any(metric in ACCURACIES for metric in context.metrics)
        if not is_counted or not is_number or not 2 < len(classes) < MOST_CLASSES:
            continue
        yield Advice(
            "class-numbers-as-quantities",
            f"y has class numbers up to {classes.max():.0f}, and the loss takes them "
            "for quantities, where class 2 lies between 1 and 3.",
            f"Dense({classes.max() + 1:.0f}, activation='softmax') with "
            "loss='sparse_categorical_crossentropy'",
            head.layer,
        )


def validation_scaled_differently(context):
    """Validation inputs in another scale than training inputs."""
    if context.train_and_validation is None:
        return
    training, validation = map(sample_rows, context.train_and_validation)
    if training is None or validation is None or "b" in training.dtype.kind:
        return
    if min(len(training), len(validation)) < FEWEST_COMPARED:
        return
    spreads = [float(np.std(part.astype("float64"))) for part in (training, validation)]
    if min(spreads) <= 0 or not np.isfinite(spreads).all():
        return
    if max(spreads) / min(spreads) > SCALED_APART:
        sizes = [float(np.abs(part).max()) for part in (training, validation)]
        yield Advice(
            "validation-scaled-differently",
            f"x has values up to {sizes[0]:.4g}, and validation_data up to "
            f"{sizes[1]:.4g}: it was not scaled as x was, so its scores say nothing.",
            "the same scaling for both, or Rescaling or Normalization as the first "
            "layer",
            "validation_data",
        )


def imbalanced_classes(context):
    """Nearly all rows have one label, so accuracy says little."""
    for head in context.heads:
        if head.targets is None or head.loss not in CROSSENTROPIES:
            continue
        labels = class_labels(head.targets)
        if labels is None or len(labels) < FEWEST_LABELS:
            continue
        classes, counts = np.unique(labels, return_counts=True)
        share = counts.max() / counts.sum()
        if len(classes) < 2 or share < IMBALANCED:
            continue
        largest = classes[counts.argmax()]
        weights = {
            int(k): float(f"{counts.sum() / (len(classes) * n):.2g}")
            for k, n in zip(classes, counts, strict=True)
        }
        code = str(weights) if len(weights) <= 4 else "{...}"
        yield Advice(
            "imbalanced-classes",
            f"{share:.0%} of the labels are {largest:g}: always answering it has that "
            "accuracy, and the other classes hardly count in the loss.",
            f"fit(..., class_weight={code}), and look at recall: nbkeras.interpret",
            "y",
        )


def validation_is_training(context):
    """Validation data is training data, so it says nothing about new data."""
    if context.train_and_validation is None:
        return
    share = (
        1.0
        if context.train_and_validation[0] is context.train_and_validation[1]
        else _share_of_training_rows(*context.train_and_validation)
    )
    if share < 0.5:
        return
    same = (
        context.train_and_validation[0].shape == context.train_and_validation[1].shape
        and share > 0.99
    )
    yield Advice(
        "validation-is-training",
        "the validation data is the training data."
        if same
        else f"{share:.0%} of the sampled rows of validation_data are training rows.",
        "fit(x, y, validation_split=0.2)",
        "validation_data",
    )


def first_losses_grow(context):
    """The losses of the model's past epochs grow."""
    yield from advice_on_growing_losses(context.losses, context.learning_rate)


def advice_on_growing_losses(losses, rate):
    """Advice if losses grew to more than twice their initial value.

    Args:
        losses: losses of steps or epochs, in order; at least 2.
        rate: the learning rate, or None.
    """
    values = np.asarray(losses, float)
    if len(values) < 2 or not np.isfinite(values).all():
        return
    first = values[: max(1, len(values) // 8)].mean()
    second_half = np.median(values[len(values) // 2 :])
    if first <= 0 or second_half <= 2 * first or values[-1] <= first:
        return
    is_number = rate is not None and np.ndim(rate) == 0 and not callable(rate)
    suggestion = f"{float(rate) / 10:.1g}" if is_number else "smaller"
    yield Advice(
        "learning-rate-too-high",
        f"the loss grew from {first:.3g} to {second_half:.3g} in the first steps"
        f"{f' at a learning rate of {float(rate):.3g}' if is_number else ''}.",
        f"learning_rate={suggestion} in the optimizer, or let "
        "nbkeras.lr_find(model, x, y) find one",
        "optimizer",
    )


def _code_for_labels(low, high, units):
    if low >= 1 and high - low < units:
        return f"y = y - {low:.0f}"
    if low >= 0:
        return f"Dense({high + 1:.0f}, activation='softmax')"
    return "y = np.unique(y, return_inverse=True)[1]"


def _range_in_words(low, high):
    return f"{low:g} or more" if high == np.inf else f"{low:g}..{high:g}"


def _looks_like_pixels(x):
    """Integers from 0 to 255 in images or many features."""
    if x.ndim < 3 and (x.ndim < 2 or x.shape[1] < MANY_FEATURES):
        return False
    low, high = float(x.min()), float(x.max())
    if low < 0 or not 100 < high <= 255:
        return False
    sampled = x.reshape(-1)[:10_000]
    return bool((np.rint(sampled) == sampled).mean() > 0.9)


def _share_of_training_rows(train, validation):
    """The fraction of sampled validation rows that are training rows."""
    values = int(np.prod(train.shape[1:]))
    # Short rows may be equal by chance; sparse rows would have to be unpacked.
    if (
        train.shape[1:] != validation.shape[1:]
        or values < 8
        or hasattr(train, "source")
    ):
        return 0.0
    indices = np.linspace(
        0, validation.shape[0] - 1, min(validation.shape[0], HELD_ROWS)
    )
    sampled = rows_at(validation, indices.astype(int)).reshape(-1, values)
    if len(set(map(bytes, sampled))) < 0.9 * len(sampled):
        return 0.0  # rows repeat anyway
    training = rows_at(train, slice(0, COMPARED_ROWS)).reshape(-1, values)
    columns = np.argsort(sampled.astype("float32").var(axis=0))[-KEY_VALUES:]
    training_keys, validation_keys = _keys(training, columns), _keys(sampled, columns)
    order = np.argsort(training_keys)
    first, last = (
        np.searchsorted(training_keys[order], validation_keys, s)
        for s in ("left", "right")
    )
    matches = [
        any(
            np.array_equal(training[position], row)
            for position in order[low : min(high, low + 20)]
        )
        for row, low, high in zip(sampled, first, last, strict=True)
    ]
    return float(np.mean(matches))


def _keys(rows, columns):
    """One number a row, equal for equal rows, from the values at `columns`."""
    total = np.zeros(len(rows))
    for number, column in enumerate(columns):
        total += rows[:, column] * np.sqrt(number + 2.0)
    return total


RULES = (
    inputs_not_scaled,
    features_not_scaled,
    repeated_rows,
    labels_out_of_range,
    targets_out_of_reach,
    class_numbers_as_quantities,
    validation_scaled_differently,
    imbalanced_classes,
    validation_is_training,
    first_losses_grow,
)
