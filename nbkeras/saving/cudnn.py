"""Convert weights of Keras 2's CuDNNLSTM and CuDNNGRU to the layout of LSTM and GRU.

CuDNN stores the matrix of each gate transposed, and two biases per gate, for the input
and for the state. LSTM adds the two; GRU (with `reset_after`) keeps both.
"""

import numpy as np


def cells(layer):
    """[(cell, number of gates)] of the LSTM and GRU cells in `layer`."""
    pairs = ((part, type(part).__dict__.get("cudnn_gates")) for part in layer.walk())
    return [(cell, gates) for cell, gates in pairs if gates and cell.bias is not None]


def bias_shape(cell, gates):
    """The shape of CuDNN's bias for `cell`, which identifies the layout."""
    return (2 * gates * cell.units,)


def converted(kernel, recurrent_kernel, bias, gates):
    """(kernel, recurrent_kernel, bias) in the layout of LSTM (4 gates) or GRU (3).

    Shapes:
        kernel (features, gates * units), recurrent_kernel (units, gates * units), bias
        (2 * gates * units,); the result has the shapes of the layer's weights.
    """

    def gate_by_gate(matrix):
        parts = np.split(matrix, gates, axis=1)
        return np.hstack([_transposed(part) for part in parts])

    halves = bias.reshape(2, -1)
    return (
        gate_by_gate(kernel),
        gate_by_gate(recurrent_kernel),
        halves.sum(axis=0) if gates == 4 else halves,
    )


def _transposed(matrix):
    """A (rows, columns) matrix whose memory holds its transpose, put right."""
    rows, columns = matrix.shape
    return matrix.reshape(columns, rows).T
