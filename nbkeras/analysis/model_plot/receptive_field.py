"""Receptive field: the part of the input that one output value depends on.

It is computed layer by layer as in Araujo, Norris, Sim, "Computing receptive fields of
convolutional neural networks", Distill (2019). It is the theoretical field, which
follows from the windows; the effective field of a trained network is smaller.
"""

from dataclasses import dataclass

from nbkeras import layers
from nbkeras.analysis.model_plot import sliding_windows
from nbkeras.layers.engine.nodes.function_nodes import Operation


@dataclass(frozen=True)
class ReceptiveField:
    """The field along one axis of the input.

    Args:
        size: number of input positions that one output position depends on.
        jump: number of input positions between the fields of adjacent outputs.
    """

    size: float
    jump: float


# There are no spatial axes left: every value depends on the whole input.
WHOLE = "whole"
ELEMENTWISE = (
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
ELEMENTWISE_OPERATIONS = frozenset(
    "add subtract multiply true_divide divide negative absolute maximum minimum relu "
    "sigmoid tanh softmax gelu silu exp log sqrt square power clip concatenate".split()
)


def of_input(shape):
    """The field at an Input of `shape` (with the batch axis): one position, or None."""
    spatial = len(shape) - 2
    return (ReceptiveField(1, 1),) * spatial if spatial > 0 else None


def of_output(layer, fields, inputs):
    """The field at the output of `layer`.

    Args:
        layer: the layer.
        fields: the field of each input: a tuple of ReceptiveField, WHOLE, or None if
            unknown.
        inputs: the shapes of the inputs.
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
        # Each step may depend on all others; without sequences there is no axis left.
        return None if layer.return_sequences or len(field) > 1 else WHOLE
    return field if _is_elementwise(layer) else None


def _along_axes(rule, field, *settings):
    return tuple(rule(*arguments) for arguments in zip(field, *settings, strict=True))


def _through_window(at, span, stride):
    return ReceptiveField(at.size + (span - 1) * at.jump, at.jump * stride)


def _transposed(at, span, stride):
    # An output depends on the kernel elements at multiples of the stride.
    taps = -(-span // stride)
    return ReceptiveField(at.size + (taps - 1) * at.jump, at.jump / stride)


def _upsampled(at, factor, blends):
    return ReceptiveField(
        at.size + (at.jump if blends and factor > 1 else 0), at.jump / factor
    )


def _is_elementwise(layer):
    if isinstance(layer, layers.Softmax | layers.LayerNormalization):
        return layer.axis in (-1, [-1])
    if isinstance(layer, Operation):
        return layer.function in ELEMENTWISE_OPERATIONS
    return isinstance(layer, ELEMENTWISE)


def _widest(fields):
    """The field of merged inputs: the widest along each axis."""
    fields_known = [field for field in fields if field is not None]
    if not fields_known or WHOLE in fields_known:
        return WHOLE if fields_known else None
    if len({len(field) for field in fields_known}) > 1:
        return None
    return tuple(
        ReceptiveField(max(r.size for r in axis), max(r.jump for r in axis))
        for axis in zip(*fields_known, strict=True)
    )
