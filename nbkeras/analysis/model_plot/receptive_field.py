"""Receptive field: the part of the input that one output value depends on.

Followed layer by layer as in Araujo, Norris, Sim, "Computing receptive fields of
convolutional neural networks", Distill (2019). It is the reach that the windows allow;
what a trained network makes of it is less.
"""

from dataclasses import dataclass

from nbkeras import layers
from nbkeras.analysis.model_plot import sliding_windows
from nbkeras.layers.engine.nodes.function_nodes import Operation


@dataclass(frozen=True)
class ReceptiveField:
    """The field along one axis of the input.

    Args:
        size: how many places of the input one place of the output depends on.
        jump: by how many places of the input the field moves with the next output.
    """

    size: float
    jump: float


# The axes are gone: every number has seen all that was before.
WHOLE = "whole"
ONE_BY_ONE = (
    layers.Activation,
    layers.ReLU,
    layers.LeakyReLU,
    layers.PReLU,
    layers.ELU,
    layers.Dense,
    layers.Dropout,
    layers.AlphaDropout,
    layers.GaussianDropout,
    layers.GaussianNoise,
    layers.BatchNormalization,
    layers.RMSNormalization,
    layers.Rescaling,
    layers.Normalization,
    layers.Concatenate,
    layers.ActivityRegularization,
    layers.Masking,
    layers.ZeroPadding1D,
    layers.ZeroPadding2D,
    layers.ZeroPadding3D,
    layers.Cropping1D,
    layers.Cropping2D,
    layers.Cropping3D,
    layers.Add,
    layers.Subtract,
    layers.Average,
    layers.Multiply,
    layers.Maximum,
    layers.Minimum,
)
ONE_BY_ONE_OPERATIONS = frozenset(
    "add subtract multiply true_divide divide negative absolute maximum minimum relu "
    "sigmoid tanh softmax gelu silu exp log sqrt square power clip concatenate".split()
)


def of_input(shape):
    """The field at an Input of `shape` (batch axis included): itself, or None."""
    spatial = len(shape) - 2
    return (ReceptiveField(1, 1),) * spatial if spatial > 0 else None


def of_output(layer, fields, inputs):
    """The field behind `layer`.

    Args:
        layer: the layer.
        fields: of each input: a tuple of ReceptiveField, WHOLE, or None if unknown.
        inputs: their shapes.
    """
    if isinstance(layer, layers.Embedding) and len(inputs[0]) == 2:
        return (ReceptiveField(1, 1),)
    field = _widest(fields)
    if field is None or field == WHOLE:
        return field
    window = sliding_windows.window(layer)
    if isinstance(layer, sliding_windows.ConvTranspose):
        return _along_axes(_transposed, field, window.spans, window.strides)
    if window is not None:
        return _along_axes(_through_window, field, window.spans, window.strides)
    if isinstance(layer, sliding_windows.UPSAMPLING):
        blends = getattr(layer, "interpolation", "nearest") != "nearest"
        factors = sliding_windows.upsampling(layer)
        return _along_axes(lambda at, n: _upsampled(at, n, blends), field, factors)
    if isinstance(layer, sliding_windows.GlobalPooling | layers.Flatten):
        return WHOLE
    if isinstance(layer, layers.RNN | layers.Bidirectional):
        # Each step may have seen all others; with the steps, the axis is gone too.
        return None if layer.return_sequences or len(field) > 1 else WHOLE
    return field if _keeps_places(layer) else None


def _along_axes(rule, field, *settings):
    return tuple(rule(*arguments) for arguments in zip(field, *settings, strict=True))


def _through_window(at, span, stride):
    return ReceptiveField(at.size + (span - 1) * at.jump, at.jump * stride)


def _transposed(at, span, stride):
    # One output is reached by the taps that hit a multiple of the stride.
    taps = -(-span // stride)
    return ReceptiveField(at.size + (taps - 1) * at.jump, at.jump / stride)


def _upsampled(at, factor, blends):
    return ReceptiveField(
        at.size + (at.jump if blends and factor > 1 else 0), at.jump / factor
    )


def _keeps_places(layer):
    if isinstance(layer, layers.Softmax | layers.LayerNormalization):
        return layer.axis in (-1, [-1])
    if isinstance(layer, Operation):
        return layer.function in ONE_BY_ONE_OPERATIONS
    return isinstance(layer, ONE_BY_ONE)


def _widest(fields):
    """The field of what joins: along each axis the widest."""
    fields_known = [field for field in fields if field is not None]
    if not fields_known or WHOLE in fields_known:
        return WHOLE if fields_known else None
    if len({len(field) for field in fields_known}) > 1:
        return None
    return tuple(
        ReceptiveField(max(r.size for r in axis), max(r.jump for r in axis))
        for axis in zip(*fields_known, strict=True)
    )
