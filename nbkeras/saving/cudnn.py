"""Convert weights of Keras 2's CuDNNLSTM and CuDNNGRU to the layout of LSTM and GRU.

CuDNN keeps the matrix of each gate transposed, and two biases a gate, one for the input
and one for the state; LSTM adds them up, GRU (with `reset_after`) keeps both.
"""

import numpy as np


def cells(layer):
    """[(cell, number of gates)] of the cells in `layer` that CuDNN has a layout for."""
    pairs = ((part, type(part).__dict__.get("cudnn_gates")) for part in layer.walk())
    return [(cell, gates) for cell, gates in pairs if gates and cell.bias is not None]


def bias_shape(cell, gates):
    """The shape of CuDNN's bias for `cell`, by which its layout is recognised."""
    return (2 * gates * cell.units,)


def converted(kernel, recurrent_kernel, bias, gates):
    """(kernel, recurrent_kernel, bias) in the layout of LSTM (4 gates) or GRU (3)."""

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
    """The numbers of a (rows, columns) matrix read as (columns, rows), turned."""
    rows, columns = matrix.shape
    return matrix.reshape(columns, rows).T
