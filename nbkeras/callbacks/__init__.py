"""Callbacks: objects that observe and control training."""

import functools

from nbkeras.callbacks.backup import BackupAndRestore
from nbkeras.callbacks.base import Callback
from nbkeras.callbacks.callback_list import CallbackList
from nbkeras.callbacks.checkpoint import ModelCheckpoint
from nbkeras.callbacks.csv_logger import CSVLogger
from nbkeras.callbacks.early_stopping import EarlyStopping
from nbkeras.callbacks.ema import SwapEMAWeights
from nbkeras.callbacks.history import History
from nbkeras.callbacks.lambda_callback import LambdaCallback
from nbkeras.callbacks.learning_rate import LearningRateScheduler, ReduceLROnPlateau
from nbkeras.callbacks.live_training import LiveTraining
from nbkeras.callbacks.progbar_logger import ProgbarLogger
from nbkeras.callbacks.remote import RemoteMonitor
from nbkeras.callbacks.steering import Steering
from nbkeras.callbacks.tensorboard import TensorBoard
from nbkeras.callbacks.terminate_on_nan import TerminateOnNaN
from nbkeras.core.names import legacy_names

__all__ = [
    "BackupAndRestore",
    "CSVLogger",
    "Callback",
    "CallbackList",
    "EarlyStopping",
    "History",
    "LambdaCallback",
    "LearningRateScheduler",
    "LiveTraining",
    "ModelCheckpoint",
    "ProgbarLogger",
    "ReduceLROnPlateau",
    "RemoteMonitor",
    "Steering",
    "SwapEMAWeights",
    "TensorBoard",
    "TerminateOnNaN",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
