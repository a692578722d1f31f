"""TensorBoard: event files of scalars, written without TensorFlow or TensorBoard.

The format is TFRecord with the Event protocol buffer; fields and framing are those of
tensorflow/core/util/event.proto and the TFRecord documentation.
"""

import os
import socket
import struct
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs, PathLike


class TensorBoard(Callback):
    """Write losses and metrics for `tensorboard --logdir logs`.

    Args:
        log_dir: directory; training is logged to "train" in it, and validation to
            "validation".
        histogram_freq: accepted as in Keras; histograms are not written.
        write_graph: accepted as in Keras; the graph is not written.
        write_images: accepted as in Keras; images are not written.
        write_steps_per_second: also log the number of steps per second.
        update_freq: "epoch", "batch", or an interval in batches.
        profile_batch: accepted as in Keras; profiles are not written.
        embeddings_freq: accepted as in Keras; embeddings are not written.
        embeddings_metadata: accepted as in Keras, without effect.
    """

    writes_files = True

    def __init__(
        self,
        log_dir: PathLike = "logs",
        histogram_freq: int = 0,
        write_graph: bool = True,
        write_images: bool = False,
        write_steps_per_second: bool = False,
        update_freq: int | Literal["epoch", "batch"] = "epoch",
        profile_batch: int | Sequence[int] = 0,
        embeddings_freq: int = 0,
        embeddings_metadata: Any = None,
    ) -> None:
        super().__init__()
        self.log_dir = str(log_dir)
        self.histogram_freq = histogram_freq
        self.write_graph = write_graph
        self.write_images = write_images
        self.write_steps_per_second = write_steps_per_second
        self.update_freq = 1 if update_freq == "batch" else update_freq
        self.profile_batch = profile_batch
        self.embeddings_freq = embeddings_freq
        self.embeddings_metadata = embeddings_metadata
        self._writers = {}
        self._steps = 0
        self._epoch_start = (0.0, 0)  # (time, step)

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Record the start time."""
        self._epoch_start = (time.monotonic(), self._steps)

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Count the batch, and write its values if requested."""
        self._steps += 1
        if self.update_freq != "epoch" and self._steps % self.update_freq == 0:
            values = {f"batch_{name}": v for name, v in (logs or {}).items()}
            self._write("train", values, self._steps)

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the epoch's values."""
        logs = dict(logs or {})
        training = {k: v for k, v in logs.items() if not k.startswith("val_")}
        validation = {k[4:]: v for k, v in logs.items() if k.startswith("val_")}
        if self.write_steps_per_second:
            start_s, first_step = self._epoch_start
            seconds = max(time.monotonic() - start_s, 1e-9)
            training["steps_per_second"] = (self._steps - first_step) / seconds
        train_values = {
            k if k in ("learning_rate", "steps_per_second") else f"epoch_{k}": v
            for k, v in training.items()
        }
        self._write("train", train_values, epoch)
        validation_values = {f"epoch_{k}": v for k, v in validation.items()}
        self._write("validation", validation_values, epoch)

    def on_train_end(self, logs: Logs = None) -> None:
        """Close the files."""
        for writer in self._writers.values():
            writer.close()
        self._writers = {}

    def _write(self, part, values, step):
        if not values:
            return
        if part not in self._writers:
            self._writers[part] = EventFile(Path(self.log_dir) / part)
        for name, value in values.items():
            if isinstance(value, float | int):
                self._writers[part].scalar(name, float(value), step)
        self._writers[part].flush()


class EventFile:
    """A file of scalar events in `folder`, named so that TensorBoard finds it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        name = f"events.out.tfevents.{time.time():.6f}.{socket.gethostname()}"
        self._file = (folder / f"{name}.{os.getpid()}.v2").open("wb")
        self._record(_double(1, time.time()) + _bytes(3, b"brain.Event:2"))

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Write one scalar."""
        plugin = _bytes(1, _bytes(1, b"scalars"))
        tensor = (
            _varint_field(1, 1) + _bytes(2, b"") + _bytes(5, struct.pack("<f", value))
        )
        entry = _bytes(1, tag.encode()) + _bytes(8, tensor) + _bytes(9, plugin)
        event = _double(1, time.time()) + _varint_field(2, step)
        self._record(event + _bytes(5, _bytes(1, entry)))

    def flush(self) -> None:
        """Flush buffered events to the file."""
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _record(self, data):
        length = struct.pack("<Q", len(data))
        self._file.write(length + _masked(length) + data + _masked(data))


def _varint(number):
    out = bytearray()
    number &= (1 << 64) - 1
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _varint_field(field, number):
    return _varint(field << 3) + _varint(number)


def _double(field, value):
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field, data):
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _table():
    table = []
    for number in range(256):
        for _ in range(8):
            number = number >> 1 ^ (0x82F63B78 if number & 1 else 0)
        table.append(number)
    return table


_CRC = _table()


def _masked(data):
    """CRC-32C (Castagnoli), masked as TFRecord requires."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _CRC[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
    return struct.pack("<I", (rotated + 0xA282EAD8) & 0xFFFFFFFF)
