"""What `import tensorflow as tf` gives where TensorFlow is not installed: tf.keras.

Only what tutorials for Keras take from beside it is here: the version, the seed, a few
activations and dtypes. All else says that it is TensorFlow itself.
"""

import importlib
import types

from nbkeras.core.rng import set_seed
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
data = types.SimpleNamespace(
    AUTOTUNE=-1, experimental=types.SimpleNamespace(AUTOTUNE=-1)
)
config = types.SimpleNamespace(
    list_physical_devices=lambda kind=None: [],
    experimental=types.SimpleNamespace(list_physical_devices=lambda kind=None: []),
)


def __getattr__(name):
    if name[:2] == "__":
        raise AttributeError(name)
    raise AttributeError(
        f"tf.{name} is TensorFlow itself, which is not installed; nbkeras stands in "
        f"for tf.keras. Write with nbkeras.ops or NumPy what tf.{name} does."
    )
