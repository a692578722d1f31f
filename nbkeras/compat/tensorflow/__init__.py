"""`import tensorflow as tf` where TensorFlow is not installed.

`tf.keras` is nbkeras itself, and `tf.data` is `nbkeras.data.tf_data`. The common
functions of `tf`, `tf.math`, `tf.nn`, `tf.image`, `tf.linalg`, `tf.random`,
`tf.strings` and `tf.io` are thin wrappers of `nbkeras.ops` and NumPy. Missing names
raise an AttributeError that names the replacement.
"""

import builtins
import contextlib
import functools
import importlib
import logging as python_logging
import types
from collections.abc import Iterator, Sequence
from typing import Any

import jax

from nbkeras import tree
from nbkeras.compat import sessions
from nbkeras.compat.tensor_methods import TensorShape as TensorShape
from nbkeras.compat.tensorflow import arrays
from nbkeras.compat.tensorflow import client as client
from nbkeras.compat.tensorflow import config as config
from nbkeras.compat.tensorflow import debugging as debugging
from nbkeras.compat.tensorflow import image as image
from nbkeras.compat.tensorflow import io as io
from nbkeras.compat.tensorflow import linalg as linalg
from nbkeras.compat.tensorflow import lookup as lookup
from nbkeras.compat.tensorflow import math as math
from nbkeras.compat.tensorflow import nn as nn
from nbkeras.compat.tensorflow import ragged as ragged
from nbkeras.compat.tensorflow import random as random
from nbkeras.compat.tensorflow import signal as signal
from nbkeras.compat.tensorflow import strings as strings
from nbkeras.compat.tensorflow import summary as summary
from nbkeras.compat.tensorflow import train as train
from nbkeras.compat.tensorflow.compiled_function import function as function
from nbkeras.compat.tensorflow.variables import Module as Module
from nbkeras.compat.tensorflow.variables import Variable as Variable
from nbkeras.core import notices
from nbkeras.core.gradients.gradient_tape import GradientTape as GradientTape
from nbkeras.core.gradients.recording import RecordedArray, plain, plain_value
from nbkeras.core.names import tensorflow_names as absent
from nbkeras.data import tf_data
from nbkeras.distribution import DataParallel, set_distribution

data = tf_data
keras = importlib.import_module("nbkeras")
# Passes version checks for TensorFlow 2; the part after "+" identifies nbkeras.
__version__ = f"2.18.0+nbkeras{keras.__version__}"
version = absent.Namespace("version", VERSION=__version__, GIT_VERSION=__version__)
TensorSpec = tf_data.TensorSpec
Tensor = arrays.Tensor
bool = "bool"
string = "string"
float16, bfloat16, float32, float64 = "float16", "bfloat16", "float32", "float64"
int8, int16, int32, int64 = "int8", "int16", "int32", "int64"
uint8, uint16, uint32, uint64 = "uint8", "uint16", "uint32", "uint64"
complex64, complex128 = "complex64", "complex128"
newaxis = None
saved_model = absent.Names("saved_model")
RaggedTensor, SparseTensor = ragged.RaggedTensor, ragged.SparseTensor
sparse = absent.Namespace(
    "sparse",
    SparseTensor=SparseTensor,
    to_dense=ragged.to_dense,
    from_dense=ragged.from_dense,
)
dtypes = absent.Namespace(
    "dtypes",
    cast=arrays.cast, as_dtype=lambda dtype: dtype, float32=float32, int32=int32,
    int64=int64, uint8=uint8, string=string,
)  # fmt: skip
nest = absent.Namespace(
    "nest",
    map_structure=tree.map_structure,
    flatten=tree.flatten,
    pack_sequence_as=tree.pack_sequence_as,
    assert_same_structure=tree.assert_same_structure,
)
errors = absent.Namespace(
    "errors",
    InvalidArgumentError=ValueError,
    NotFoundError=FileNotFoundError,
    OutOfRangeError=StopIteration,
    ResourceExhaustedError=MemoryError,
)
test = absent.Namespace(
    "test",
    is_gpu_available=config.is_gpu_available,
    gpu_device_name=config.gpu_device_name,
    is_built_with_cuda=config.is_gpu_available,
)
autograph = absent.Namespace(
    "autograph",
    set_verbosity=lambda *args: None,
    experimental=absent.Namespace(
        "autograph.experimental", do_not_convert=lambda function: function
    ),
)
# Namespaces of tf.keras that are also available directly under tf.
IN_KERAS = ("initializers", "losses", "metrics", "optimizers")
# Names of TensorFlow 1, and names that exist in two namespaces.
ALIASES = {
    "set_random_seed": random.set_seed,
    "random_normal": random.normal,
    "random_uniform": random.uniform,
    "truncated_normal": random.truncated_normal,
    "read_file": io.read_file,
    "matrix_inverse": linalg.inv,
}
SESSIONS = frozenset(
    "ConfigProto GPUOptions Graph InteractiveSession Session get_default_graph "
    "get_default_session global_variables_initializer initialize_all_variables "
    "local_variables_initializer placeholder reset_default_graph "
    "tables_initializer".split()
)
INITIALIZERS = {
    "constant_initializer": "Constant",
    "ones_initializer": "Ones",
    "random_normal_initializer": "RandomNormal",
    "random_uniform_initializer": "RandomUniform",
    "zeros_initializer": "Zeros",
}


def no_op(*args: Any, **kwargs: Any) -> None:
    """Do nothing."""


# TensorFlow 1; it has no messages here.
logging = absent.Namespace(
    "logging", set_verbosity=no_op, DEBUG=10, ERROR=40, FATAL=50, INFO=20, WARN=30
)


def executing_eagerly() -> Any:
    """Whether functions run eagerly: always True."""
    return True


def print(*inputs: Any, **ignored: Any) -> None:
    """Print values; in a compiled function (`tf.function`) at each call."""
    leaves, structure = jax.tree.flatten(inputs)
    values = [plain_value(leaf) for leaf in leaves]
    traced = [i for i, v in enumerate(values) if isinstance(v, jax.core.Tracer)]

    def show(*arrays: Any) -> None:
        for index, array in zip(traced, arrays, strict=True):
            values[index] = array
        builtins.print(*structure.unflatten(values))

    if traced:
        jax.debug.callback(show, *(values[index] for index in traced))
    else:
        show()


def device(device_name: Any) -> contextlib.AbstractContextManager[None]:
    """A context without effect; JAX places arrays (see `nbkeras.device`)."""
    return contextlib.nullcontext()


def get_logger() -> python_logging.Logger:
    """The logger "nbkeras.tensorflow", which receives no messages."""
    return python_logging.getLogger("nbkeras.tensorflow")


def stop_gradient(input: Any, name: Any = None) -> Any:
    """Treat `input` as a constant in gradients."""
    return keras.ops.stop_gradient(input)


def custom_gradient(f: Any = None) -> Any:
    """A function with a gradient of one's own: `f` returns (value, gradient function).

    The gradient function takes the gradient of each value, and returns that of each
    argument.
    """
    if f is None:
        return custom_gradient

    @functools.wraps(f)
    def with_plain_arrays(*args: Any) -> Any:
        values, gradient = f(*args)

        def slopes(upstream: Any) -> Any:
            several = isinstance(upstream, list | tuple)
            result = plain(gradient(*upstream) if several else gradient(upstream))
            return tuple(result) if isinstance(result, list) else result

        return plain(values), slopes

    return keras.ops.custom_gradient(with_plain_arrays)


def cond(pred: Any, true_fn: Any = None, false_fn: Any = None, name: Any = None) -> Any:
    """Return `true_fn()` if `pred` is true, otherwise `false_fn()`."""
    return keras.ops.cond(pred, true_fn, false_fn)


def while_loop(
    cond: Any, body: Any, loop_vars: Any, maximum_iterations: Any = None, **ignored: Any
) -> Any:
    """Repeat `loop_vars = body(*loop_vars)` while `cond(*loop_vars)` is true."""
    return keras.ops.while_loop(
        cond, body, loop_vars, maximum_iterations=maximum_iterations
    )


def constant(value: Any, dtype: Any = None, shape: Any = None, name: Any = None) -> Any:
    """Convert `value` to a tensor; a GradientTape can watch floating ones."""
    return _watchable(arrays.constant(value, dtype, shape, name))


def convert_to_tensor(
    value: Any, dtype: Any = None, dtype_hint: Any = None, name: Any = None
) -> Any:
    """As `constant`; a value that a GradientTape recorded stays recorded."""
    if isinstance(value, RecordedArray):
        return value if dtype is None else arrays.cast(value, dtype)
    return _watchable(arrays.convert_to_tensor(value, dtype, dtype_hint, name))


def _watchable(tensor):
    is_array = isinstance(tensor, jax.Array)
    floating = is_array and jax.numpy.issubdtype(tensor.dtype, jax.numpy.floating)
    return RecordedArray(tensor) if floating else tensor


class MirroredStrategy:
    """`tf.distribute.MirroredStrategy`: data parallelism, switched on by its scope.

    Args:
        devices: names such as "/gpu:0"; None uses all devices.
        cross_device_ops: accepted as in TensorFlow, without effect.
    """

    def __init__(
        self, devices: Sequence[str] | None = None, cross_device_ops: Any = None
    ):
        names = [str(name).lower().split("/")[-1] for name in devices or ()]
        names = [name.removeprefix("device:") for name in names]
        self._parallel = DataParallel(devices=names or None)
        self.num_replicas_in_sync = self._parallel.num_model_replicas

    @contextlib.contextmanager
    def scope(self) -> Iterator[Any]:
        """Switch on data parallelism; it stays on after the `with` block."""
        notices.once(
            "strategy",
            "MirroredStrategy is nbkeras.distribution.DataParallel: write "
            "set_distribution(DataParallel()) before fit. It stays on after the scope.",
        )
        set_distribution(self._parallel)
        yield self


distribute = absent.Namespace(
    "distribute",
    MirroredStrategy=MirroredStrategy,
    get_strategy=MirroredStrategy,
)


def _name_of_version1(name):
    if name[:2] == "__":
        raise AttributeError(name)
    if name.startswith(("disable_", "enable_")):
        return no_op
    return __getattr__(name) if name not in globals() else globals()[name]


# `tf.compat`: the names of `tf`, plus switches of version 1 without effect.
compat = types.ModuleType(f"{__name__}.compat")
_version1 = types.ModuleType(f"{__name__}.compat.v1")
vars(_version1)["__getattr__"] = _name_of_version1
vars(compat).update(v1=_version1, v2=_version1)
# `from tensorflow.python.framework import ops`: switches and graphs of version 1.
framework = types.ModuleType(f"{__name__}.framework")
vars(framework).update(ops=_version1)


def __getattr__(name):
    if name == "keras":  # `uninstall` removes the attribute; `install` may follow
        return importlib.import_module("nbkeras")
    if name[:2] == "__":
        raise AttributeError(name)
    if name in ALIASES:
        return ALIASES[name]
    if name in SESSIONS:
        return getattr(sessions, name)
    if name in INITIALIZERS:
        return getattr(keras.initializers, INITIALIZERS[name])
    if name in IN_KERAS:
        return getattr(keras, name)
    if name in math.FUNCTIONS:
        return math.FUNCTIONS[name]
    for module in (arrays, math):
        function = vars(module).get(name)
        if getattr(function, "__module__", None) == module.__name__:
            return function
    raise AttributeError(absent.message(name))
