"""Lint rules about layers and losses: each takes a `LintContext`, yields Advice."""

import itertools
import math

from nbkeras.analysis.linter.advice import Advice
from nbkeras.core.names.display_name import quoted
from nbkeras.layers.engine import introspection
from nbkeras.models.training.output_heads import activation_of

MAX_PARAMETERS = 10_000_000
# Layers that keep a linear function linear.
LINEARITY_PRESERVING = ("Dropout", "Flatten", "Reshape", "SpatialDropout1D", "Identity")
# Activations whose output is not a probability.
UNBOUNDED = ("linear", "relu", "leaky_relu", "elu", "selu", "gelu", "silu", "tanh")
SHAPE_ONLY = ("Flatten", "Reshape", "Identity", "Dropout")
STRONG_DROPOUT = 0.8
SLOW_MOMENTUM = 0.9998
CATEGORICAL = ("categoricalcrossentropy", "sparsecategoricalcrossentropy")


def softmax_with_binary_loss(context):
    """Binary crossentropy treats classes as independent, and softmax does not."""
    for head in context.heads:
        several = head.units is not None and head.units > 2
        if head.activation == "softmax" and _binary(head) and several:
            loss = "categorical_crossentropy"
            if (
                head.target_shape is not None
                and head.target_shape[1:] != head.shape[1:]
            ):
                loss = f"sparse_{loss}"
            yield Advice(
                "softmax-with-binary-loss",
                f"binary_crossentropy treats the {head.units} classes as independent, "
                "and softmax makes them exclusive; most targets are 0, so the loss "
                "says little.",
                f"loss={loss!r}",
                head.layer,
            )


def sigmoid_with_categorical_loss(context):
    """Sigmoid units do not sum to 1, as the loss assumes."""
    for head in context.heads:
        if head.activation != "sigmoid" or head.loss not in CATEGORICAL:
            continue
        change = "activation='softmax' in the last layer"
        if head.units == 1:
            change = "loss='binary_crossentropy'"
        elif _several_labels(head):
            change = "loss='binary_crossentropy' for several labels per row"
        yield Advice(
            "sigmoid-with-categorical-loss",
            "a categorical loss needs probabilities that sum to 1 over the classes; "
            "sigmoid units are independent.",
            change,
            head.layer,
        )


def logits_taken_twice(context):
    """The loss applies the activation a second time."""
    for head in context.heads:
        if head.from_logits and head.activation in ("softmax", "sigmoid"):
            yield Advice(
                "logits-taken-twice",
                f"the last layer applies {head.activation}, and from_logits=True "
                "applies it again: the gradients shrink and learning is slow.",
                "from_logits=False in the loss, or activation=None in the last layer",
                head.layer,
            )


def softmax_twice(context):
    """A softmax of a softmax has nearly equal outputs."""
    for chain in context.chains:
        last = None
        for layer in chain:
            if activation_of(layer) == "softmax" or type(layer).__name__ == "Softmax":
                is_activation = type(layer).__name__ in ("Softmax", "Activation")
                if last is not None and is_activation:
                    yield Advice(
                        "softmax-twice",
                        f"{quoted(layer.name)} applies softmax to the softmax of "
                        f"{quoted(last.name)}: the outputs are nearly equal, no "
                        "probability comes near 1, and gradients shrink.",
                        f"activation=None in {quoted(last.name)}, or leave "
                        f"{quoted(layer.name)} out",
                        f"{type(layer).__name__} {quoted(layer.name)}",
                    )
                last = layer
            elif type(layer).__name__ not in SHAPE_ONLY:
                last = None


def strong_dropout(context):
    """Dropout leaves almost nothing."""
    for layer in context.layers:
        rate = getattr(layer, "rate", None)
        if not type(layer).__name__.endswith("Dropout") or not isinstance(rate, float):
            continue
        if rate >= STRONG_DROPOUT:
            yield Advice(
                "strong-dropout",
                f"{quoted(layer.name)} drops {rate:.0%} of its inputs in training, so "
                "that little can be learned from the rest.",
                f"{type(layer).__name__}(0.5), or less",
                f"{type(layer).__name__} {quoted(layer.name)}",
            )


def slow_moving_statistics(context):
    """A momentum of BatchNormalization that few trainings are long enough for."""
    for layer in context.layers:
        momentum = getattr(layer, "momentum", None)
        if type(layer).__name__ == "BatchNormalization" and momentum > SLOW_MOMENTUM:
            steps = f"{1 / max(1 - momentum, 1e-9):,.0f}"
            yield Advice(
                "slow-moving-statistics",
                f"with momentum={momentum:g} the moving mean and variance need some "
                f"{steps} steps to settle; before that, predictions differ from what "
                "the model does in training.",
                "BatchNormalization(momentum=0.99)",
                f"BatchNormalization {quoted(layer.name)}",
            )


def logits_taken_for_probabilities(context):
    """The loss takes logarithms of numbers that may be negative."""
    for head in context.heads:
        entropy = _binary(head) or head.loss in CATEGORICAL
        if entropy and not head.from_logits and head.activation in UNBOUNDED:
            suggested = "sigmoid" if _binary(head) else "softmax"
            kind = head.activation
            described = "no activation" if kind == "linear" else f"activation {kind!r}"
            yield Advice(
                "logits-taken-for-probabilities",
                f"the crossentropy needs probabilities; the last layer has "
                f"{described}.",
                f"activation={suggested!r} in the last layer, or from_logits=True in "
                "the loss",
                head.layer,
            )


def one_hot_with_sparse_loss(context):
    """One-hot targets with a loss for class numbers."""
    for head in context.heads:
        shape, output_shape = head.target_shape, head.shape
        if (
            head.loss != "sparsecategoricalcrossentropy"
            or not shape
            or not output_shape
        ):
            continue
        if shape[1:] == tuple(output_shape[1:]) and shape[-1] > 1:
            yield Advice(
                "one-hot-with-sparse-loss",
                f"y has {shape[-1]} columns (one-hot), and the sparse loss needs class "
                "numbers.",
                "loss='categorical_crossentropy'",
                head.layer,
            )


def numbers_with_categorical_loss(context):
    """Class numbers with a loss for one-hot targets."""
    for head in context.heads:
        shape, output_shape = head.target_shape, head.shape
        if head.loss != "categoricalcrossentropy" or not shape or not output_shape:
            continue
        column = len(shape) == len(output_shape) and shape[-1] == 1 and head.units != 1
        if len(shape) == len(output_shape) - 1 or column:
            yield Advice(
                "numbers-with-categorical-loss",
                f"y has the shape {shape}, one class number per row, and this loss "
                "needs one column for each class.",
                "loss='sparse_categorical_crossentropy'",
                head.layer,
            )


def softmax_of_one(context):
    """A softmax over one unit is 1 for every input."""
    layer_names = {
        f"{type(layer).__name__} {quoted(layer.name)}"
        for layer in context.layers
        if getattr(layer, "units", 0) == 1 and activation_of(layer) == "softmax"
    }
    for head in context.heads:
        if head.units == 1 and head.activation == "softmax":
            layer_names.add(head.layer)
    for where in sorted(layer_names):
        yield Advice(
            "softmax-of-one",
            "a softmax over 1 unit is 1 for every input, so nothing can be learned.",
            "Dense(1, activation='sigmoid') with loss='binary_crossentropy'",
            where,
        )


def nothing_between_dense(context):
    """Two consecutive linear layers are equivalent to one."""
    for chain in context.chains:
        last = None
        for layer in chain:
            kind = type(layer).__name__
            if kind == "Dense":
                if last is not None and not _bottleneck(last, layer):
                    yield Advice(
                        "nothing-between-dense",
                        f"without an activation, {quoted(last.name)} and "
                        f"{quoted(layer.name)} together are equivalent to one Dense.",
                        f"Dense({last.units}, activation='relu')",
                        f"Dense {quoted(last.name)}",
                    )
                last = layer if activation_of(layer) == "linear" else None
            elif kind not in LINEARITY_PRESERVING and activation_of(layer) != "linear":
                last = None


def one_unit_between(context):
    """A hidden layer of one unit, before a wider one of a classifier."""
    losses = (*CATEGORICAL, "binarycrossentropy")
    if not any(head.loss in losses for head in context.heads):
        return  # the code of an autoencoder may be one number
    for chain in context.chains:
        dense = [layer for layer in chain if type(layer).__name__ == "Dense"]
        for layer, following in itertools.pairwise(dense):
            if layer.units == 1 < following.units:
                yield Advice(
                    "one-unit-between",
                    f"all that {quoted(following.name)} gets is one number, so most of "
                    "the input is lost.",
                    f"Dense({following.units}, activation='relu')",
                    f"Dense {quoted(layer.name)}",
                )


def huge_dense(context):
    """One layer holds most of the weights."""
    for chain in context.chains:
        flat = None
        for layer in chain:
            kind = type(layer).__name__
            kernel = getattr(layer, "kernel", None) if kind == "Dense" else None
            size = math.prod(kernel.shape) if kernel is not None else 0
            if flat is not None and size > MAX_PARAMETERS:
                yield Advice(
                    "huge-dense",
                    f"{size:,} weights between {quoted(flat.name)} and "
                    f"{quoted(layer.name)}: slow, large on disk, and prone to "
                    "overfitting.",
                    "MaxPooling2D() before it, or GlobalAveragePooling2D() instead of "
                    f"{quoted(flat.name)}",
                    f"Dense {quoted(layer.name)}",
                )
            if kind != "Dropout":
                flat = layer if kind == "Flatten" else None


def channels_first(context):
    """Channels-first images with channels-last layers."""
    for chain in context.input_chains:
        window_layers = (
            layer for layer in chain or () if hasattr(layer, "kernel_size")
        )
        first = next(window_layers, None)
        shape = introspection.build_shape(first) if first is not None else None
        if not isinstance(shape, tuple) or len(shape) != 4:
            continue
        _, front, rows, columns = shape
        square = rows == columns and (rows or 0) >= 8
        if first.data_format == "channels_last" and front in (1, 3) and square:
            yield Advice(
                "channels-first",
                f"the input {shape} seems to have its {front} channels first; "
                f"{quoted(first.name)} takes the last axis as channels.",
                f"Input({(rows, columns, front)}) for np.moveaxis(x, 1, -1), or "
                "data_format='channels_first'",
                f"{type(first).__name__} {quoted(first.name)}",
            )


def _binary(head):
    return head.loss == "binarycrossentropy"


def _several_labels(head):
    return (
        head.targets is not None
        and head.targets.ndim == 2
        and (head.targets.sum(axis=1) > 1.01).any()
    )


def _bottleneck(first, second):
    """Whether the first layer is a bottleneck, as the code of an autoencoder."""
    kernel = getattr(first, "kernel", None)
    features = kernel.shape[0] if kernel is not None else second.units
    return first.units < min(features, second.units)


RULES = (
    softmax_of_one,
    softmax_with_binary_loss,
    sigmoid_with_categorical_loss,
    logits_taken_twice,
    softmax_twice,
    strong_dropout,
    slow_moving_statistics,
    logits_taken_for_probabilities,
    one_hot_with_sparse_loss,
    numbers_with_categorical_loss,
    nothing_between_dense,
    one_unit_between,
    huge_dense,
    channels_first,
)
