"""Spectrograms: framing, Fourier transform, mel scale."""

import jax.numpy as jnp
import numpy as np


def frames(x, length, step):
    """(..., frames, length): frames of the last axis; an incomplete one is dropped."""
    starts = np.arange(0, x.shape[-1] - length + 1, step)
    return x[..., starts[:, None] + np.arange(length)]


def stft(x, window, step, fft_length):
    """Short-time Fourier transform, complex (..., frames, frequencies).

    Args:
        x: (..., samples); reflected at both ends, so that frame i is centred at
            i * step.
        window: (length,), at most `fft_length`; zero-padded at both ends.
        step: samples between frames.
        fft_length: length of the transform.
    """
    before = (fft_length - len(window)) // 2
    after = fft_length - len(window) - before
    window = jnp.asarray(np.pad(window, (before, after)), x.dtype)
    room = [(0, 0)] * (x.ndim - 1) + [(fft_length // 2,) * 2]
    x = jnp.pad(x, room, mode="reflect")
    return jnp.fft.rfft(frames(x, fft_length, step) * window)


def mel(frequencies):
    """Convert hertz to mel, by the formula of the HTK book."""
    return 1127.0 * np.log1p(np.asarray(frequencies, "float64") / 700.0)


def mel_weights(bins, frequencies, sampling_rate, lowest, highest):
    """Triangular mel filters (frequencies, bins); the constant term has weight 0.

    Source: Young et al., *The HTK book*, section 5.4.
    """
    hertz = np.linspace(0, sampling_rate / 2, frequencies)[1:]
    edges = np.linspace(mel(lowest), mel(highest), bins + 2)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    place = mel(hertz)[:, None]
    rising, falling = (place - low) / (centre - low), (high - place) / (high - centre)
    weights = np.maximum(0, np.minimum(rising, falling))
    return np.pad(weights, ((1, 0), (0, 0)))
