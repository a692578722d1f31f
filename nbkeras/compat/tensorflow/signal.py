"""`tf.signal`: short-time Fourier transforms and what belongs to them."""

from typing import Any

import jax.numpy as jnp
import numpy as np

from nbkeras import ops
from nbkeras.core.gradients.recording import recorded
from nbkeras.core.names import tensorflow_names as absent


def _window(a: float, window_length: int, periodic: bool) -> Any:
    """The window a - (1 - a) cos, of Hann (a = 0.5) or Hamming (a = 0.54)."""
    # Only an even window is periodic, as in TensorFlow.
    count = int(window_length)
    last = count if periodic and count % 2 == 0 else count - 1
    angles = 2 * np.pi * np.arange(count) / max(last, 1)
    return ops.convert_to_tensor((a - (1 - a) * np.cos(angles)).astype("float32"))


def hann_window(window_length: int, periodic: bool = True, **ignored: Any) -> Any:
    """The window of Hann, 0.5 - 0.5 cos."""
    return _window(0.5, window_length, periodic)


def hamming_window(window_length: int, periodic: bool = True, **ignored: Any) -> Any:
    """The window of Hamming, 0.54 - 0.46 cos."""
    return _window(0.54, window_length, periodic)


@recorded
def _frames(signal, frame_length, frame_step, pad_end, pad_value):
    count = signal.shape[-1]
    if pad_end:
        number = -(-count // frame_step)
        behind = max(0, (number - 1) * frame_step + frame_length - count)
        widths = [(0, 0)] * (signal.ndim - 1) + [(0, behind)]
        signal = jnp.pad(signal, widths, constant_values=pad_value)
    else:
        number = max(0, 1 + (count - frame_length) // frame_step)
    starts = np.arange(number)[:, None] * frame_step
    return signal[..., starts + np.arange(frame_length)]


def frame(
    signal: Any,
    frame_length: int,
    frame_step: int,
    pad_end: bool = False,
    pad_value: float = 0,
    axis: int = -1,
    name: Any = None,
) -> Any:
    """Windows of the last axis, (..., frames, frame_length).

    Raises:
        ValueError: `axis` is not the last one.
    """
    signal = ops.convert_to_tensor(signal)
    if axis not in (-1, len(signal.shape) - 1):
        raise ValueError(
            f"tf.signal.frame(axis={axis}): only the last axis is cut. Write first "
            f"tf.transpose, or keras.ops.moveaxis(signal, {axis}, -1)."
        )
    return _frames(signal, int(frame_length), int(frame_step), pad_end, pad_value)


@recorded
def _transformed(x, length):
    return jnp.fft.rfft(x, length)


def rfft(input_tensor: Any, fft_length: Any = None, name: Any = None) -> Any:
    """The Fourier transform of real values along the last axis."""
    length = None if fft_length is None else int(np.ravel(fft_length)[0])
    return _transformed(ops.convert_to_tensor(input_tensor), length)


@recorded
def _complex_transform(x, inverse):
    return (jnp.fft.ifft if inverse else jnp.fft.fft)(x)


def fft(input: Any, name: Any = None) -> Any:
    """The Fourier transform along the last axis."""
    return _complex_transform(ops.convert_to_tensor(input), False)


def ifft(input: Any, name: Any = None) -> Any:
    """The inverse Fourier transform along the last axis."""
    return _complex_transform(ops.convert_to_tensor(input), True)


def stft(
    signals: Any,
    frame_length: int,
    frame_step: int,
    fft_length: int | None = None,
    window_fn: Any = hann_window,
    pad_end: bool = False,
    name: Any = None,
) -> Any:
    """The Fourier transform of each window, (..., frames, fft_length // 2 + 1).

    Args:
        signals: real values, (..., samples).
        frame_length: samples in a window.
        frame_step: samples from one window to the next.
        fft_length: length of the transform; None for the next power of two.
        window_fn: length -> weights of a window; None for no weights.
        pad_end: whether to fill up the last windows with zeros.
        name: accepted as in TensorFlow.
    """
    frames = frame(signals, frame_length, frame_step, pad_end)
    if window_fn is not None:
        frames = ops.multiply(frames, window_fn(frame_length))
    if fft_length is None:
        fft_length = 2 ** int(np.ceil(np.log2(frame_length)))
    return rfft(frames, [fft_length])


def __getattr__(name):
    raise AttributeError(absent.message(f"signal.{name}"))
