"""`audio_dataset_from_directory`: the WAV files of a folder as batches."""

import functools
import math
import wave
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np

from nbkeras.core import check
from nbkeras.core.annotations import PathLike
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
    """Batches of the .wav files of a folder that has one folder for each class.

    Args:
        directory: the folder that holds the class folders.
        labels: "inferred" from the folders, None, or a list with one integer for each
            file (files sorted by path).
        label_mode: "int" int32 (batch,), "categorical" float32 one-hot, "binary"
            float32 (batch, 1), None no labels.
        class_names: class folders in the order wanted; None is all of them, sorted.
        batch_size: recordings a batch; None for single recordings.
        sampling_rate: in samples a second, to which recordings of another rate are
            converted; None leaves them as they are.
        output_sequence_length: samples of each recording: longer ones are cut, shorter
            ones end in zeros; None pads to the longest of each batch.
        ragged: only False: there are no arrays of unequal rows.
        shuffle: a new order in each pass; False sorts by class and name.
        seed: an integer, or None for a new one.
        validation_split: fraction of the files for validation, or None.
        subset: "training", "validation" or "both", with validation_split.
        follow_links: also read linked folders, each real one once.
        verbose: print what was found.

    Returns:
        A data set of float32 (batch, samples, channels) from -1 to 1, with labels; for
        "both" a list of two.

    Raises:
        FileNotFoundError, NotADirectoryError: no such folder.
        ValueError: no recordings, or arguments that do not go together.
    """
    if ragged:
        raise ValueError(
            f"{_OWNER}(ragged=True): the rows of an array are equally long. Leave "
            "ragged out, and recordings are padded to the longest of their batch."
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
    """(samples float32 (n, channels) from -1 to 1, samples a second) of a WAV file.

    Raises:
        ValueError: damaged, or not of whole numbers (PCM) of 8 to 32 bits.
    """
    try:
        with wave.open(str(path)) as file:
            width, channels = file.getsampwidth(), file.getnchannels()
            rate, data = file.getframerate(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(
            f"{path} is not a readable WAV file ({error}). Save it as 16-bit PCM."
        ) from None
    whole = len(data) - len(data) % (width * channels)
    return _floats(data[:whole], width).reshape(-1, channels), rate


def _floats(data, width):
    if width == 1:
        # Eight bits have no sign, by the definition of the format.
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

    shared = math.gcd(rate, own_rate)
    resampled = resample_poly(samples, rate // shared, own_rate // shared, axis=0)
    return resampled.astype("float32")
