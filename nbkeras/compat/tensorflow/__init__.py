"""What `import tensorflow as tf` gives where TensorFlow is not installed: tf.keras.

Only what tutorials for Keras take from beside it is here: the version, the seed, a few
activations and dtypes. All else says that it is TensorFlow itself.
"""

import contextlib
import importlib
import types
from collections.abc import Iterator, Sequence
from typing import Any

from nbkeras.core import notices
from nbkeras.core.rng import set_seed
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
