"""MelSpectrogram and STFTSpectrogram."""

import math
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import check, settings
from nbkeras.core.annotations import DataFormat
from nbkeras.core.errors.structured_errors import argument
from nbkeras.layers.engine.input_spec import InputSpec
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register
from nbkeras.ops import initializers, spectrogram

MODES = ("log", "magnitude", "psd", "real", "imag", "angle", "stft")


@register("MelSpectrogram")
class MelSpectrogram(Layer):
    """Mel spectrogram: loudness over time and mel frequency.

    Args:
        fft_length: length of the Fourier transform, in samples.
        sequence_stride: samples between frames.
        sequence_length: samples per frame; None for `fft_length`.
        window: "hann", "hamming", or an array (sequence_length,).
        sampling_rate: samples per second.
        num_mel_bins: number of mel frequencies in the output.
        min_freq: lowest frequency in hertz.
        max_freq: highest frequency in hertz; None for half the sampling rate.
        power_to_db: whether to convert the output to decibels.
        top_db: dynamic range: lower values are clipped to this many decibels below the
            maximum of the batch.
        mag_exp: exponent of the magnitude, 1 for magnitude, 2 for power.
        min_power: minimum power before the conversion to decibels.
        ref_power: power that corresponds to 0 decibels.
        **base: arguments of `Layer`.

    Shapes:
        x (batch, samples) or (samples,) -> y (batch, num_mel_bins, frames).

    Raises:
        ValueError: a frame is longer than `fft_length`, or `window` is unknown.

    >>> MelSpectrogram(256, 128, num_mel_bins=16)(jnp.ones((2, 1000))).shape
    (2, 16, 8)
    """

    def __init__(
        self,
        fft_length: int = 2048,
        sequence_stride: int = 512,
        sequence_length: int | None = None,
        window: Any = "hann",
        sampling_rate: int = 16000,
        num_mel_bins: int = 128,
        min_freq: float = 20.0,
        max_freq: float | None = None,
        power_to_db: bool = True,
        top_db: float = 80.0,
        mag_exp: float = 2.0,
        min_power: float = 1e-10,
        ref_power: float = 1.0,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        owner = "MelSpectrogram"
        self.fft_length = check.positive_int(owner, "fft_length", fft_length, 2048)
        self.sequence_stride = check.positive_int(
            owner, "sequence_stride", sequence_stride, 512
        )
        length = fft_length if sequence_length is None else sequence_length
        self.sequence_length = check.positive_int(
            owner, "sequence_length", length, fft_length
        )
        if self.sequence_length > self.fft_length:
            needed = f"at most fft_length={fft_length}"
            raise argument(owner, "sequence_length", length, needed, str(fft_length))
        self.window = _window(owner, window, ("hann", "hamming"))
        self.sampling_rate = check.positive_int(
            owner, "sampling_rate", sampling_rate, 16000
        )
        self.num_mel_bins = check.positive_int(owner, "num_mel_bins", num_mel_bins, 128)
        self.min_freq = min_freq
        self.max_freq = int(sampling_rate / 2) if max_freq is None else max_freq
        self.power_to_db = bool(power_to_db)
        self.top_db, self.mag_exp = top_db, mag_exp
        self.min_power, self.ref_power = min_power, ref_power

    def call(self, x: Any) -> Any:
        """The spectrogram."""
        x = x.astype(jnp.promote_types(x.dtype, jnp.float32))
        window = _samples(self.window, self.sequence_length)
        transform = spectrogram.stft(x, window, self.sequence_stride, self.fft_length)
        power = jnp.abs(transform) ** self.mag_exp
        weights = spectrogram.mel_weights(
            self.num_mel_bins,
            power.shape[-1],
            self.sampling_rate,
            self.min_freq,
            self.max_freq,
        )
        y = power @ jnp.asarray(weights, power.dtype)
        if self.power_to_db:
            y = self._decibels(y)
        return jnp.swapaxes(y, -1, -2).astype(self.compute_dtype)

    def _decibels(self, power):
        floor = self.min_power
        y = 10 * jnp.log10(jnp.maximum(power, floor))
        y -= 10 * math.log10(max(abs(self.ref_power), floor))
        return jnp.maximum(y, jnp.max(y) - self.top_db)


@register("STFTSpectrogram")
class STFTSpectrogram(Layer):
    """STFT spectrogram, computed by a convolution with trainable kernels.

    Args:
        mode: "log", "magnitude", "psd", "real", "imag", "angle", or "stft" for the
            concatenated real and imaginary parts.
        frame_length: samples per frame.
        frame_step: samples between frames; None for half a frame.
        fft_length: length of the Fourier transform, which gives fft_length // 2 + 1
            frequencies; None for the next power of two.
        window: name of a SciPy window, an array (frame_length,), or None.
        periodic: whether a named window is periodic.
        scaling: normalization of the window: "density", "spectrum" or None.
        padding: "valid" or "same".
        expand_dims: whether to keep the channels on a separate axis.
        data_format: "channels_last" or "channels_first".
        **base: arguments of `Layer`.

    Shapes:
        x (batch, samples, channels) -> y (batch, frames, channels * frequencies), or
        (batch, frames, frequencies, channels) with `expand_dims`.

    Raises:
        ValueError: `mode`, `scaling` or `padding` is unknown, or the step is longer
            than the frame.

    >>> STFTSpectrogram(frame_length=64)(jnp.ones((2, 256, 1))).shape
    (2, 7, 33)
    """

    rows_independent = True

    def __init__(
        self,
        mode: str = "log",
        frame_length: int = 256,
        frame_step: int | None = None,
        fft_length: int | None = None,
        window: Any = "hann",
        periodic: bool = False,
        scaling: Any = "density",
        padding: str = "valid",
        expand_dims: bool = False,
        data_format: DataFormat | None = None,
        **base: Any,
    ) -> None:
        super().__init__(**base)
        owner = "STFTSpectrogram"
        self.mode = check.choice(owner, "mode", mode, MODES)
        self.frame_length = check.positive_int(owner, "frame_length", frame_length, 256)
        self.frame_step, self.fft_length = frame_step, fft_length
        self._step = self.frame_length // 2
        if frame_step is not None:
            self._step = check.positive_int(owner, "frame_step", frame_step, 128)
            if self._step > self.frame_length:
                needed = f"at most frame_length={frame_length}"
                raise argument(
                    owner, "frame_step", frame_step, needed, str(frame_length)
                )
        self._transform = 2 ** math.ceil(math.log2(self.frame_length))
        if fft_length is not None:
            self._transform = check.positive_int(owner, "fft_length", fft_length, 256)
            if self._transform < self.frame_length:
                needed = f"at least frame_length={frame_length}"
                raise argument(
                    owner, "fft_length", fft_length, needed, str(frame_length)
                )
        self.window = window
        if isinstance(window, str):
            _samples(window, 1)  # raises for an unknown name
        self.periodic = bool(periodic)
        self.scaling = check.choice(
            owner, "scaling", scaling, (None, "density", "spectrum")
        )
        self.padding = check.choice(owner, "padding", padding, ("valid", "same"))
        self.expand_dims = bool(expand_dims)
        self.data_format = settings.data_format(owner, data_format)
        self.input_spec = InputSpec(ndim=3)

    def build(self, input_shape: Any) -> None:
        """Declare the cosine and sine kernels that the mode needs."""
        shape = (self.frame_length, 1, self._transform // 2 + 1)
        parts: tuple[tuple[Any, str], ...] = (("real", "imag"), ("imag", "real"))
        for part, other_part in parts:
            if self.mode != other_part:
                initializer = initializers.STFT(
                    part, self.window, self.scaling, self.periodic
                )
                kernel = self.add_weight(f"{part}_kernel", shape, initializer)
                setattr(self, f"{part}_kernel", kernel)

    def call(self, x: Any) -> Any:
        """The spectrogram.

        Raises:
            TypeError: the input is of integers.
        """
        if not jnp.issubdtype(x.dtype, jnp.floating):
            raise TypeError(
                f"STFTSpectrogram got {x.dtype} and needs floats. Write for example "
                "layer(x.astype('float32') / 32768)."
            )
        if self.data_format == "channels_first":
            x = jnp.swapaxes(x, 1, 2)
        real = None if self.mode == "imag" else self._filtered(x, self.real_kernel)
        imag = None if self.mode == "real" else self._filtered(x, self.imag_kernel)
        return self._arranged(self._combine(real, imag))

    def _combine(self, real, imag):
        """The spectrogram (batch, frames, channels, frequencies) in the chosen mode."""
        if real is None or imag is None:
            return imag if real is None else real
        if self.mode == "angle":
            return jnp.arctan2(imag, real)
        if self.mode == "stft":
            return jnp.concatenate([real, imag], -1)
        power = real**2 + imag**2
        if self.mode == "psd":
            # One-sided spectrum: all frequencies except the first and last count twice.
            return power.at[..., 1:-1].multiply(2)
        epsilon = settings.epsilon()
        magnitude = jnp.sqrt(jnp.maximum(power, epsilon))
        if self.mode == "magnitude":
            return magnitude
        return jnp.log(jnp.maximum(magnitude, epsilon))

    def _filtered(self, x, kernel):
        """(batch, samples, channels) -> (batch, frames, channels, frequencies)."""
        batch, samples, channels = x.shape
        single_channel = jnp.swapaxes(x, 1, 2).reshape(batch * channels, samples, 1)
        y = jax.lax.conv_general_dilated(
            single_channel,
            kernel.astype(x.dtype),
            (self._step,),
            self.padding.upper(),
            dimension_numbers=("NWC", "WIO", "NWC"),
        )
        return jnp.moveaxis(y.reshape(batch, channels, *y.shape[1:]), 1, 2)

    def _arranged(self, y):
        batch, frames, channels, frequencies = y.shape
        channels_first = self.data_format == "channels_first"
        if self.expand_dims:
            # Keras has frames before frequencies in both layouts.
            return (
                y.transpose(0, 2, 1, 3) if channels_first else y.transpose(0, 1, 3, 2)
            )
        flat = y.reshape(batch, frames, channels * frequencies)
        return jnp.swapaxes(flat, 1, 2) if channels_first else flat


def _window(owner, window, names):
    if isinstance(window, str):
        return check.choice(owner, "window", window, names)
    return window


def _samples(window, length):
    """The window (length,), float64; ones for None."""
    if window is None:
        return np.ones(length)
    if isinstance(window, str):
        from scipy.signal import get_window

        return get_window(window, length)
    return np.asarray(window, "float64")
