"""The training loop and what listens to it. Handed functions, never layers."""

from nbkeras.train.background_fit import Run
from nbkeras.train.control import Control
from nbkeras.train.history import History
from nbkeras.train.record import Recorder, replay

__all__ = ["Control", "History", "Recorder", "Run", "replay"]
