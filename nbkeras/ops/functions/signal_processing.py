"""Fourier transforms and framing of sequences.

Complex numbers are pairs (real part, imaginary part), as in Keras.
"""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.typing import ArrayLike

from nbkeras.core import check
from nbkeras.ops.functions.operation_table import operation

_signal = functools.partial(operation, module="math", subjects="")
Pair = tuple[jax.Array, jax.Array]


def _complex(name: str, x: Any) -> jax.Array:
    """A complex array from a pair of floating-point arrays."""
    if not isinstance(x, list | tuple) or len(x) != 2:
        raise ValueError(
            f"ops.{name}: x must be a pair (real part, imaginary part). Write for "
            f"example ops.{name}((x, ops.zeros_like(x)))."
        )
    real, imaginary = x
    whole = not all(jnp.issubdtype(part.dtype, jnp.floating) for part in x)
    if real.shape != imaginary.shape or whole:
        raise ValueError(
            f"ops.{name}: both parts must be floating-point and of equal shape; they "
            f"are {real.dtype}{real.shape} and {imaginary.dtype}{imaginary.shape}. "
            "Write for example ops.cast(x, 'float32')."
        )
    return jax.lax.complex(real, imaginary)


def _parts(x: jax.Array) -> Pair:
    return jnp.real(x), jnp.imag(x)


@_signal("*x", class_name="FFT")
def fft(x: Any) -> Pair:
    """The discrete Fourier transform along the last axis."""
    return _parts(jnp.fft.fft(_complex("fft", x)))


@_signal("*x", class_name="FFT2")
def fft2(x: Any) -> Pair:
    """The discrete Fourier transform along the last two axes."""
    return _parts(jnp.fft.fft2(_complex("fft2", x)))


@_signal("*x", class_name="IFFT2")
def ifft2(x: Any) -> Pair:
    """The inverse of `fft2`."""
    return _parts(jnp.fft.ifft2(_complex("ifft2", x)))


@_signal(class_name="RFFT")
def rfft(x: ArrayLike, fft_length: int | None = None) -> Pair:
    """The Fourier transform of real input: the non-negative frequencies."""
    return _parts(jnp.fft.rfft(x, fft_length))


@_signal("*x", class_name="IRFFT")
def irfft(x: Any, fft_length: int | None = None) -> jax.Array:
    """The inverse of `rfft`."""
    return jnp.fft.irfft(_complex("irfft", x), fft_length)


@_signal()
def extract_sequences(
    x: ArrayLike, sequence_length: int, sequence_stride: int
) -> jax.Array:
    """Frames of the last axis: (..., n) -> (..., frames, sequence_length).

    Raises:
        ValueError: `x` is a scalar.
    """
    if not x.ndim:
        raise ValueError(
            "ops.extract_sequences: x is a single number and must have an axis of "
            "time. Write for example x[None]."
        )
    count = max((x.shape[-1] - sequence_length) // sequence_stride + 1, 0)
    starts = jnp.arange(count) * sequence_stride
    return x[..., starts[:, None] + jnp.arange(sequence_length)]


def _window(
    name: str, window: Any, sequence_length: int, fft_length: int, dtype: Any
) -> jax.Array:
    """The window, zero-padded at both ends to `fft_length`; all ones for None."""
    if window is None:
        return jnp.ones(fft_length, dtype)
    if isinstance(window, str):
        check.choice(f"ops.{name}", "window", window, ("hann", "hamming"))
        # Periodic windows: overlapping copies add up to a constant.
        turn = 2 * np.pi * np.arange(sequence_length) / sequence_length
        level = 0.5 if window == "hann" else 0.54
        window = level - (1 - level) * np.cos(turn)
        window = window if sequence_length > 1 else np.ones(1)
    window = jnp.asarray(window, dtype)
    if window.shape != (sequence_length,):
        raise ValueError(
            f"ops.{name}: the window has shape {window.shape} and must have "
            f"({sequence_length},), one factor for each place of a frame. Write for "
            "example window='hann'."
        )
    before = (fft_length - sequence_length) // 2
    return jnp.pad(window, (before, fft_length - sequence_length - before))


def _check_lengths(
    name: str, sequence_length: int, sequence_stride: int, fft_length: int
) -> None:
    check.positive_int(f"ops.{name}", "sequence_stride", sequence_stride)
    if fft_length < sequence_length:
        raise ValueError(
            f"ops.{name}(sequence_length={sequence_length}, fft_length={fft_length}): "
            "fft_length must be at least sequence_length. Write for example "
            f"fft_length={sequence_length}."
        )


@_signal(class_name="STFT")
def stft(
    x: ArrayLike,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    window: Any = "hann",
    center: bool = True,
) -> Pair:
    """Fourier transforms of overlapping frames: (..., n) -> (..., frames, bins).

    Args:
        x: float32 or float64.
        sequence_length: length of a frame.
        sequence_stride: step between frames.
        fft_length: length of the transform, at least `sequence_length`.
        window: "hann", "hamming", factors (sequence_length,) or None.
        center: centre frame t at t * sequence_stride, with reflection padding.

    Raises:
        TypeError: `x` has another dtype.
        ValueError: the lengths or the window do not fit each other.
    """
    _check_lengths("stft", sequence_length, sequence_stride, fft_length)
    if x.dtype not in (jnp.float32, jnp.float64):
        raise TypeError(
            f"ops.stft: x is {x.dtype} and must be float32 or float64. Write for "
            "example ops.stft(ops.cast(x, 'float32'), ...)."
        )
    factors = _window("stft", window, sequence_length, fft_length, x.dtype)
    if center:
        widths = [(0, 0)] * (x.ndim - 1) + [(fft_length // 2, fft_length // 2)]
        x = jnp.pad(x, widths, mode="reflect")
    frames = extract_sequences(x, fft_length, sequence_stride)
    return _parts(jnp.fft.rfft(frames * factors))


@_signal("*x", class_name="ISTFT")
def istft(
    x: Any,
    sequence_length: int,
    sequence_stride: int,
    fft_length: int,
    length: int | None = None,
    window: Any = "hann",
    center: bool = True,
) -> jax.Array:
    """The inverse of `stft`, by overlap-add.

    Args:
        x: pair of arrays (..., frames, bins).
        sequence_length: as in `stft`.
        sequence_stride: as in `stft`.
        fft_length: as in `stft`.
        length: number of values to return; None for all that the frames cover.
        window: as in `stft`.
        center: as in `stft`.

    Source: Griffin and Lim, "Signal estimation from modified short-time Fourier
    transform", IEEE Transactions on Acoustics 32 (1984).
    """
    _check_lengths("istft", sequence_length, sequence_stride, fft_length)
    spectrum = _complex("istft", x)
    frames = jnp.fft.irfft(spectrum, fft_length)
    factors = _window("istft", window, sequence_length, fft_length, frames.dtype)
    total = _overlap_add(frames * factors, sequence_stride)
    squares = jnp.broadcast_to(factors**2, frames.shape[-2:])
    weight = _overlap_add(squares, sequence_stride)
    total = total / jnp.where(weight > 1e-10, weight, 1)
    if window is None:
        # Like Keras, which sums overlapping frames here instead of averaging them.
        total = total * (fft_length / sequence_stride)
    start = fft_length // 2 if center else 0
    reached = total.shape[-1]
    end = reached - start if length is None else start + length
    return total[..., start:end]


def _overlap_add(frames: jax.Array, stride: int) -> jax.Array:
    """(..., frames, width) -> (..., values), summed where frames overlap."""
    count, width = frames.shape[-2:]
    places = jnp.arange(count)[:, None] * stride + jnp.arange(width)
    shape = (*frames.shape[:-2], width + stride * (count - 1))
    return jnp.zeros(shape, frames.dtype).at[..., places].add(frames)


@_signal()
def view_as_complex(x: ArrayLike) -> jax.Array:
    """Real and imaginary parts (..., 2) -> complex (...).

    Raises:
        ValueError: the size of the last axis is not 2.
    """
    if x.ndim < 1 or x.shape[-1] != 2:
        raise ValueError(
            f"ops.view_as_complex: the last axis must have size 2, real and imaginary "
            f"part, and the shape is {x.shape}. Write for example "
            "ops.view_as_complex(ops.stack([real, imaginary], axis=-1))."
        )
    x = x.astype("float32")
    return jax.lax.complex(x[..., 0], x[..., 1])


@_signal()
def view_as_real(x: ArrayLike) -> jax.Array:
    """Complex (...) -> real and imaginary parts (..., 2)."""
    return jnp.stack(_parts(x), -1)


@operation("abs_ angle", "nn")
def polar(abs_: ArrayLike, angle: ArrayLike) -> jax.Array:
    """Complex numbers from their absolute values and angles in radians."""
    return jax.lax.complex(abs_ * jnp.cos(angle), abs_ * jnp.sin(angle))
