"""Building blocks of initializers: fans, and random draws from a NumPy generator."""

import math

import numpy as np


def compute_fans(shape, input_axes=None, output_axes=None):
    """(fan_in, fan_out) of a weight of `shape`, by Keras's rule.

    The last two axes are inputs and outputs; those before them are the receptive
    field and multiply both. A single axis counts as both.
    """
    if input_axes is not None and output_axes is not None:
        return (
            math.prod(shape[axis] for axis in input_axes),
            math.prod(shape[axis] for axis in output_axes),
        )
    if len(shape) < 2:
        n = shape[0] if shape else 1
        return n, n
    field = math.prod(shape[:-2])
    return shape[-2] * field, shape[-1] * field


def truncated_normal(generator, shape, dtype=np.float32):
    """Truncated standard normal numbers: values beyond 2 in magnitude are redrawn."""
    z = np.asarray(generator.standard_normal(shape, dtype=dtype))
    flat = z.reshape(-1)
    outside = np.flatnonzero(np.abs(flat) > 2)
    while outside.size:
        flat[outside] = generator.standard_normal(outside.size, dtype=dtype)
        outside = outside[np.abs(flat[outside]) > 2]
    return flat.reshape(z.shape)


def orthogonal(generator, shape, dtype=np.float32):
    """A random array of `shape` with orthonormal rows or columns.

    All axes but the last are merged into rows. Multiplying Q by the signs of R's
    diagonal makes the distribution uniform.

    Source: Mezzadri, "How to generate random matrices", Notices AMS 54 (2007).
    """
    rows, columns = math.prod(shape[:-1]), shape[-1]
    tall = (max(rows, columns), min(rows, columns))
    q, r = np.linalg.qr(generator.standard_normal(tall, dtype=dtype))
    q = q * np.sign(np.diag(r))
    return (q.T if rows < columns else q).reshape(shape)


def fourier_kernel(shape, side, window, scaling):
    """Short-time Fourier transform as a Conv1D kernel of cosines or sines.

    Args:
        shape: (frame_length, channels, number of frequencies).
        side: "real" for cosines, "imag" for sines.
        window: (frame_length,) or None.
        scaling: normalisation of the window: "density", "spectrum" or None.

    Returns: (frame_length, 1, number of frequencies), float64.
    """
    frame, _, bins = shape
    time = np.arange(frame).reshape(-1, 1, 1)
    angle = -2 * np.pi * time * np.arange(bins) / (2 * (bins - 1))
    kernel = np.cos(angle) if side == "real" else np.sin(angle)
    if window is None:
        return kernel
    scale = {"density": np.sqrt((window**2).sum()), "spectrum": np.abs(window).sum()}
    return kernel * window.reshape(-1, 1, 1) / scale.get(scaling, 1.0)
