"""What `import tensorflow as tf` gives where TensorFlow is not installed: tf.keras.

Only what tutorials for Keras take from beside it is here: the version, the seed, a few
activations and dtypes. All else says that it is TensorFlow itself.
"""

import contextlib
import importlib
import types
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nbkeras.compat.tensorflow.compiled_function import function as function
from nbkeras.core import notices
from nbkeras.core.gradient_tape import GradientTape as GradientTape
from nbkeras.core.recording import RecordedArray, plain
from nbkeras.core.rng import set_seed
from nbkeras.core.variable import Variable as Variable
from nbkeras.data import tf_data
from nbkeras.distribution import DataParallel, set_distribution
from nbkeras.ops import activations

keras = importlib.import_module("nbkeras")
__version__ = keras.__version__
float16, float32, float64 = "float16", "float32", "float64"
uint8, int32, int64 = "uint8", "int32", "int64"
newaxis = None
nn = types.SimpleNamespace(
    relu=activations.relu,
    softmax=activations.softmax,
    sigmoid=activations.sigmoid,
    tanh=activations.tanh,
    elu=activations.elu,
    leaky_relu=activations.leaky_relu,
    gelu=activations.gelu,
)
random = types.SimpleNamespace(set_seed=set_seed)
TensorSpec = tf_data.TensorSpec
data = tf_data
config = types.SimpleNamespace(
    list_physical_devices=lambda kind=None: [],
    experimental=types.SimpleNamespace(list_physical_devices=lambda kind=None: []),
)


def constant(value: Any, dtype: Any = None, shape: Any = None) -> RecordedArray:
    """An array that a GradientTape can watch; `shape` is filled up with it."""
    array = np.asarray(plain(value), None if dtype is None else str(dtype))
    array = array.astype("float32") if dtype is None and array.dtype == "f8" else array
    return RecordedArray(array if shape is None else np.broadcast_to(array, shape))


def convert_to_tensor(value: Any, dtype: Any = None) -> RecordedArray:
    """The same; what is recorded already stays so."""
    if isinstance(value, RecordedArray) and dtype is None:
        return value
    return constant(value, dtype)


class MirroredStrategy:
    """`tf.distribute.MirroredStrategy`: data parallelism from its scope on.

    Args:
        devices: names such as "/gpu:0"; None takes all.
    """

    def __init__(
        self, devices: Sequence[str] | None = None, cross_device_ops: Any = None
    ):
        names = [str(each).lower().split("/")[-1] for each in devices or ()]
        names = [each.removeprefix("device:") for each in names]
        self._parallel = DataParallel(devices=names or None)
        self.num_replicas_in_sync = self._parallel.num_model_replicas

    @contextlib.contextmanager
    def scope(self) -> Iterator[Any]:
        """Where the model is made; a `fit` after it is meant, too."""
        notices.once(
            "strategy",
            "MirroredStrategy is nbkeras.distribution.DataParallel: write "
            "set_distribution(DataParallel()) before fit. It stays on after the scope.",
        )
        set_distribution(self._parallel)
        yield self


distribute = types.SimpleNamespace(MirroredStrategy=MirroredStrategy)


def __getattr__(name):
    if name == "keras":  # after `uninstall`, which takes it off, and `install` again
        return importlib.import_module("nbkeras")
    if name[:2] == "__":
        raise AttributeError(name)
    raise AttributeError(
        f"tf.{name} is TensorFlow itself, which is not installed; nbkeras stands in "
        f"for tf.keras. Write with nbkeras.ops or NumPy what tf.{name} does."
    )
