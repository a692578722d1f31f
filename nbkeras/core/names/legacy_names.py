"""Names of Keras that moved, were renamed or are absent, for a module's `__getattr__`.

Modules call `attribute(__name__, name)` in their `__getattr__`; nothing is imported
until a name is used.
"""

import importlib
import sys
from types import ModuleType
from typing import Any, NoReturn

from nbkeras.core import check, notices
from nbkeras.core.names import lazy_exports

# {module path of Keras 1, 2 or tf.keras: its path in nbkeras}.
MOVED = {
    "layers.core": "layers",
    "layers.convolutional": "layers",
    "layers.convolutional_recurrent": "layers",
    "layers.pooling": "layers",
    "layers.normalization": "layers",
    "layers.embeddings": "layers",
    "layers.noise": "layers",
    "layers.advanced_activations": "layers",
    "layers.wrappers": "layers",
    "layers.recurrent": "layers",
    "layers.local": "layers",
    "layers.merge": "layers",
    "layers.experimental": "layers",
    "layers.experimental.preprocessing": "layers",
    "layers.preprocessing": "layers",
    "engine": "models",
    "engine.topology": "layers",
    "engine.base_layer": "layers",
    "engine.input_layer": "layers",
    "engine.training": "models",
    "engine.sequential": "models",
    "objectives": "losses",
    "initializations": "compat.initializations",
    "optimizers.legacy": "optimizers",
    "optimizers.experimental": "optimizers",
    "callbacks.experimental": "callbacks",
    "utils.np_utils": "utils",
    "utils.generic_utils": "utils",
    "utils.vis_utils": "utils",
    "utils.visualize_util": "utils",
    "utils.io_utils": "utils",
    "utils.data_utils": "utils",
    "utils.layer_utils": "utils",
    "utils.image_utils": "utils",
    "utils.training_utils": "utils",
    "mixed_precision.experimental": "mixed_precision",
    "wrappers.scikit_learn": "wrappers",
    "backend.tensorflow_backend": "backend",
}

# {(module, old name): new name}.
RENAMED = {
    ("optimizers", "sgd"): "SGD",
    ("optimizers", "rmsprop"): "RMSprop",
    ("optimizers", "adam"): "Adam",
    ("optimizers", "adagrad"): "Adagrad",
    ("optimizers", "adadelta"): "Adadelta",
    ("optimizers", "adamax"): "Adamax",
    ("optimizers", "nadam"): "Nadam",
    ("utils", "plot"): "plot_model",
    ("models", "carry_over"): "transfer_weights",
    ("layers", "CuDNNLSTM"): "LSTM",
    ("layers", "CuDNNGRU"): "GRU",
    ("initializers", "normal"): "RandomNormal",
    ("initializers", "one"): "Ones",
    ("initializers", "uniform"): "RandomUniform",
    ("initializers", "zero"): "Zeros",
    ("regularizers", "ActivityRegularizer"): "L1L2",
    ("regularizers", "WeightRegularizer"): "L1L2",
    ("regularizers", "activity_l1"): "L1",
    ("regularizers", "activity_l2"): "L2",
    ("analysis", "Terrain"): "LossSurface",
}

_QUANTIZED = (
    "nbkeras computes in floating point: integer arithmetic helps on devices that "
    'serve models, not where they are trained. Write set_dtype_policy("bfloat16").'
)
_PURE = (
    "Layers never change while code is compiled. Write layer.stateless_call(...), or "
    "nbkeras.gradients(function, weights)."
)
# {(module, name of Keras that nbkeras lacks): what to write instead}.
ABSENT = {
    ("layers", "TFSMLayer"): "A TensorFlow SavedModel runs its own code.",
    ("layers", "TorchModuleWrapper"): (
        "JAX cannot differentiate a PyTorch module. Rewrite its layers, and set their "
        "weights with layer.set_weights([...])."
    ),
    ("layers", "DenseFeatures"): "Build the columns with NumPy or pandas.",
    ("utils", "multi_gpu_model"): "JAX uses all available devices.",
    (
        "utils",
        "HDF5Matrix",
    ): "Write h5py.File(path)[name][:] and give the array to fit.",
    ("models", "model_from_yaml"): "Also removed from Keras; write model.to_json().",
    ("callbacks", "OrbaxCheckpoint"): (
        "Write ModelCheckpoint(path), or BackupAndRestore(folder) to resume a run."
    ),
    ("config", "enable_unsafe_deserialization"): (
        "nbkeras never runs code from files. Pass your own functions: "
        "load_model(path, custom_objects={'name': function})."
    ),
    **{
        ("applications", name): "Write EfficientNetB0, ResNet50V2 or MobileNetV2."
        for name in "ConvNeXtTiny ConvNeXtSmall ConvNeXtBase ConvNeXtLarge "
        "ConvNeXtXLarge EfficientNetB1 EfficientNetB2 EfficientNetB3 EfficientNetB4 "
        "EfficientNetB5 EfficientNetB6 EfficientNetB7 EfficientNetV2B0 "
        "EfficientNetV2B1 EfficientNetV2B2 EfficientNetV2B3 EfficientNetV2S "
        "EfficientNetV2M EfficientNetV2L InceptionResNetV2 MobileNetV3Small "
        "MobileNetV3Large NASNetLarge NASNetMobile convnext efficientnet_v2 "
        "inception_resnet_v2 mobilenet_v3 nasnet".split()
    },
    ("", "quantizers"): _QUANTIZED,
    **{("", name): _QUANTIZED for name in ("Quantizer",)},
    **{
        ("dtype_policies", name): _QUANTIZED
        for name in "AWQDTypePolicy GPTQDTypePolicy Int4DTypePolicy "
        "QuantizedDTypePolicy QuantizedFloat8DTypePolicy".split()
    },
    ("", "RematScope"): "Write remat(function) around the part to recompute.",
    ("", "StatelessScope"): _PURE,
    ("", "SymbolicScope"): _PURE,
    ("", "export"): "Write model.save('model.keras').",
    ("", "estimator"): "Also removed from Keras; write model.fit(...).",
}


def attribute(module: str, name: str) -> Any:
    """The attribute `name` of `module`, which does not define it itself.

    Args:
        module: `__name__` of the module, "nbkeras.layers".
        name: the missing attribute.

    Raises:
        AttributeError: unknown name; the message suggests the closest ones.
    """
    here = module.removeprefix("nbkeras").removeprefix(".")
    if name[:2] == "__":
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    exported = lazy_exports.find(module, name)
    if exported is not None:
        return exported
    new = RENAMED.get((here, name))
    if new:
        notices.once(("name", here, name), f"{here}.{name} is now {here}.{new}.")
        return getattr(sys.modules[module], new)
    package = moved(f"{here}.{name}".lstrip("."))
    if package is not None:
        return package
    advice = ABSENT.get((here, name))
    if advice:
        return StandIn(f"keras.{here}.{name}".replace("..", "."), advice)
    public = [entry for entry in dir(sys.modules[module]) if entry[0] != "_"]
    near = check.did_you_mean(name, public)
    raise AttributeError(f"module {module!r} has no attribute {name!r}.{near}")


def moved(path: str) -> ModuleType | None:
    """The module that replaces an old path, with a notice; None for other paths."""
    new = MOVED.get(path)
    if new is None:
        return None
    if path.split(".")[0] not in ("wrappers", "mixed_precision"):
        today = "initializers" if path == "initializations" else new
        notices.once(
            ("path", path), f"keras.{path} is an old path; write keras.{today}."
        )
    return importlib.import_module(f"nbkeras.{new}")


class StandIn:
    """Placeholder for a name of Keras that nbkeras lacks; raises when it is used.

    So a tutorial that imports the name without using it still runs.
    """

    def __init__(self, name: str, advice: str) -> None:
        self._name, self._advice = name, advice

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(f"nbkeras has no {self._name}. {self._advice}")

    __call__ = __mro_entries__ = _refuse

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return self._refuse()

    def __repr__(self) -> str:
        return f"<{self._name}, which nbkeras lacks: {self._advice}>"
