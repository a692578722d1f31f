"""`audio_dataset_from_directory`: batches of WAV files in class folders."""

import functools
import math
import wave
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from nbkeras.core import check
from nbkeras.core.annotations import PathLike
from nbkeras.core.names.display_name import display_path
from nbkeras.image.annotations import DatasetSubset, LabelMode
from nbkeras.utils import file_dataset

_OWNER = "audio_dataset_from_directory"


def audio_dataset_from_directory(
    directory: PathLike,
    labels: Literal["inferred"] | Sequence[int] | None = "inferred",
    label_mode: LabelMode = "int",
    class_names: Sequence[str] | None = None,
    batch_size: int | None = 32,
    sampling_rate: int | None = None,
    output_sequence_length: int | None = None,
    ragged: bool = False,
    shuffle: bool = True,
    seed: int | None = None,
    validation_split: float | None = None,
    subset: DatasetSubset = None,
    follow_links: bool = False,
    verbose: bool = True,
) -> Any:
    """Create a dataset of the .wav files in a folder with one subfolder per class.

    Args:
        directory: the folder that contains the class folders.
        labels: "inferred" from the folders, None, or a list with one integer per file
            (files sorted by path).
        label_mode: "int" for int32 (batch,), "categorical" for one-hot float32
            (batch, classes), "binary" for float32 (batch, 1), None for no labels.
        class_names: class folders in the order of their numbers; None sorts them.
        batch_size: recordings per batch; None for single recordings.
        sampling_rate: samples per second; recordings are resampled to it. None keeps
            their sampling rate.
        output_sequence_length: samples per recording: longer ones are truncated,
            shorter ones zero-padded; None pads to the longest of each batch.
        ragged: only False: ragged arrays are not supported.
        shuffle: whether each iteration has a new order; False sorts by class and name.
        seed: seed of the shuffling; None for a new one.
        validation_split: fraction of the files for validation, or None.
        subset: "training", "validation" or "both", with validation_split.
        follow_links: whether to follow links to folders; each folder is read once.
        verbose: whether to print the number of files.

    Returns:
        A dataset of float32 (batch, samples, channels) from -1 to 1, with labels; for
        "both" a list of two datasets.

    Raises:
        FileNotFoundError: `directory` does not exist.
        NotADirectoryError: `directory` is a file.
        ValueError: there are no recordings, or arguments are inconsistent.
    """
    if ragged:
        raise ValueError(
            f"{_OWNER}(ragged=True): ragged arrays are not supported. Leave "
            "ragged out: recordings are padded to the longest of their batch."
        )
    for name, value in (
        ("sampling_rate", sampling_rate),
        ("output_sequence_length", output_sequence_length),
    ):
        if value is not None:
            check.positive_int(_OWNER, name, value, 16000)
    return file_dataset.from_directory(
        _OWNER,
        directory,
        (".wav",),
        functools.partial(_stacked, rate=sampling_rate, length=output_sequence_length),
        labels=labels,
        label_mode=label_mode,
        class_names=class_names,
        batch_size=batch_size,
        shuffle=shuffle,
        seed=seed,
        validation_split=validation_split,
        subset=subset,
        follow_links=follow_links,
        verbose=verbose,
    )


def read_wav(path: PathLike) -> tuple[np.ndarray, int]:
    """Read a WAV file.

    Returns:
        (samples, sampling rate): float32 (samples, channels) from -1 to 1, and samples
        per second.

    Raises:
        ValueError: the file is damaged, or not integer PCM of 8 to 32 bits.
    """
    try:
        with wave.open(str(path)) as file:
            width, channels = file.getsampwidth(), file.getnchannels()
            rate, data = file.getframerate(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(
            f"{display_path(path)} is not a readable WAV file ({error}). Save it as "
            "16-bit PCM."
        ) from None
    length = len(data) - len(data) % (width * channels)
    return _floats(data[:length], width).reshape(-1, channels), rate


def _floats(data, width):
    if width == 1:
        # 8-bit samples are unsigned in the WAV format.
        return (np.frombuffer(data, "u1").astype("float32") - 128) / 128
    if width == 3:
        parts = np.frombuffer(data, "u1").reshape(-1, 3)
        data = np.pad(parts, ((0, 0), (1, 0))).tobytes()
        width = 4
    samples = np.frombuffer(data, f"<i{width}")
    return (samples / 2.0 ** (8 * width - 1)).astype("float32")


def _stacked(paths, rate, length):
    recordings = [_recording(path, rate) for path in paths]
    channels = {recording.shape[1] for recording in recordings}
    if len(channels) > 1:
        raise ValueError(
            f"{_OWNER}: one batch has recordings of {sorted(channels)} channels, such "
            f"as {paths[0]}. Convert all of them to one number of channels."
        )
    longest = length or max(map(len, recordings))
    batch = np.zeros((len(recordings), longest, *channels), "float32")
    for row, recording in zip(batch, recordings, strict=True):
        row[: len(recording)] = recording[:longest]
    return batch


def _recording(path, rate):
    samples, own_rate = read_wav(path)
    if rate is None or rate == own_rate:
        return samples
    from scipy.signal import resample_poly

    divisor = math.gcd(rate, own_rate)
    resampled = resample_poly(samples, rate // divisor, own_rate // divisor, axis=0)
    return resampled.astype("float32")
