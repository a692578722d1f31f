"""The training loop, its events and event sinks; independent of layers and models."""

from nbkeras.train.background_fit import Run
from nbkeras.train.control import Control
from nbkeras.train.history import History
from nbkeras.train.record import Recorder, replay

__all__ = ["Control", "History", "Recorder", "Run", "replay"]
