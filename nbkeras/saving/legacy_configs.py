"""Translate configs of Keras 2, and special values in configs of Keras 3."""

from typing import Any

# {short name: function that Keras 2 wraps in a metric}
_SHORT = {
    "mae": "mean_absolute_error",
    "mse": "mean_squared_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
}
_OPTIMIZER_ONLY = {"jit_compile", "is_legacy_optimizer"}
# Versions that always write the inputs and outputs of a functional model as lists.
_VERSIONS_WITH_LISTS = ("1.", "2.", "3.0.", "3.1.", "3.2.")
_CLASSES = {
    "CuDNNLSTM": "LSTM",
    "CuDNNGRU": "GRU",
    "TimeDistributedDense": "Dense",
    "AtrousConvolution1D": "Conv1D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "ThresholdedReLU": "ReLU",
}
_POOLING_1D = {"pool_length": "pool_size", "stride": "strides"}
_RENAMED = {
    "LeakyReLU": {"alpha": "negative_slope"},
    "ThresholdedReLU": {"theta": "threshold"},
    "GaussianNoise": {"sigma": "stddev"},
    "UpSampling1D": {"length": "size"},
    "MaxPooling1D": _POOLING_1D,
    "AveragePooling1D": _POOLING_1D,
    "PReLU": {"init": "alpha_initializer"},
    "AtrousConvolution1D": {"atrous_rate": "dilation_rate"},
    "AtrousConvolution2D": {"atrous_rate": "dilation_rate"},
}
# Keras 2 says the default of an argument also where the layer has none.
_WITHOUT_GROUPS = (
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution2D",
    "Conv1DTranspose",
    "Conv2DTranspose",
    "Conv3DTranspose",
    "Deconvolution2D",
)
_DEFAULTS = {
    **{name: {"groups": 1} for name in _WITHOUT_GROUPS},
    **{f"SpatialDropout{axes}D": {"noise_shape": None} for axes in (1, 2, 3)},
}
# Arguments of Keras 1 for the sizes of a kernel.
_SIZES = (("nb_row", "nb_col"), ("kernel_dim1", "kernel_dim2", "kernel_dim3"))
_SEPARABLE = ("SeparableConv1D", "SeparableConv2D", "SeparableConvolution2D")
# What files hold of a layer's class and its layer does not take; nothing is computed
# from it.
_IDLE = {
    **dict.fromkeys(
        _SEPARABLE,
        ("kernel_initializer", "kernel_regularizer", "kernel_constraint", "init"),
    ),
    "MultiHeadAttention": ("query_shape", "key_shape", "value_shape"),
    "TimeDistributedDense": ("input_length", "input_dim"),
    "*": ("input_dtype", "consume_less"),
}
# Arguments of an Embedding in Keras 1.
_EMBEDDING = {
    "W_regularizer": "embeddings_regularizer",
    "W_constraint": "embeddings_constraint",
}
# The layer behind each `mode` of `merge` in Keras 1.
_MERGES = {"sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum"}
# Versions whose hard sigmoid is steeper than that of Keras 3.
_STEEPER_SIGMOID = ("1.", "2.")


def translated(config: Any) -> Any:
    """A model's config with legacy forms replaced by current ones, as a new dict."""
    version = config.get("keras_version")
    if isinstance(version, str) and version.startswith("1."):
        config = _with_branches(config)
    if isinstance(version, str) and version.startswith(_VERSIONS_WITH_LISTS):
        config = _with_single_ends(config)
    if isinstance(version, str) and version.startswith(_STEEPER_SIGMOID):
        config = _with_steeper_sigmoid(config)
    return _translated(config)


def _with_branches(config):
    """A Sequential of Keras 1 that begins with a `Merge` of others, as a graph."""
    layers = config.get("config")
    is_merge = isinstance(layers, list) and layers and _branches(layers[0])
    if config.get("class_name") != "Sequential" or not is_merge:
        return config
    entries: list[dict[str, Any]] = []
    last = _chained(layers, entries)
    inputs = [[e["name"], 0, 0] for e in entries if e["class_name"] == "InputLayer"]
    outputs = [[last, 0, 0]]
    graph = {"layers": entries, "input_layers": inputs, "output_layers": outputs}
    return {**config, "class_name": "Model", "config": graph}


def _branches(layer):
    """The configs of the Sequentials that a `Merge` of Keras 1 joins, or None."""
    inner = layer.get("config") if isinstance(layer, dict) else None
    branches = inner.get("layers") if isinstance(inner, dict) else None
    if not isinstance(branches, list) or layer.get("class_name") != "Merge":
        return None
    are_sequential = [
        isinstance(branch, dict)
        and branch.get("class_name") == "Sequential"
        and isinstance(branch.get("config"), list)
        for branch in branches
    ]
    return branches if all(are_sequential) else None


def _chained(layers, entries):
    """Append the layers of a Sequential to a graph; returns the name of the last."""
    sources: list[str] = []
    for layer in layers:
        inner = dict(layer["config"])
        branches = None if sources else _branches(layer)
        if branches:
            sources = [_chained(branch["config"], entries) for branch in branches]
            del inner["layers"]
        elif not sources:
            sources = [f"{inner['name']}_input"]
            start = {
                "name": sources[0],
                "batch_input_shape": inner["batch_input_shape"],
            }
            start["dtype"] = inner.get("input_dtype", "float32")
            entries.append(
                {
                    "name": sources[0],
                    "class_name": "InputLayer",
                    "config": start,
                    "inbound_nodes": [],
                }
            )
        nodes = [[[source, 0, 0] for source in sources]]
        entries.append(
            {**layer, "name": inner["name"], "config": inner, "inbound_nodes": nodes}
        )
        sources = [inner["name"]]
    return sources[0]


def _with_steeper_sigmoid(value):
    """The activation "hard_sigmoid" replaced by that of Keras 1 and 2."""
    if isinstance(value, list):
        return [_with_steeper_sigmoid(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    return {
        key: "hard_sigmoid_keras2"
        if entry == "hard_sigmoid" and key.endswith("activation")
        else _with_steeper_sigmoid(entry)
        for key, entry in value.items()
    }


def _with_single_ends(value):
    """Replace a list of one input or output of a functional model by its entry."""
    if isinstance(value, list):
        return [_with_single_ends(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    value = {key: _with_single_ends(entry) for key, entry in value.items()}
    for key in ("input_layers", "output_layers"):
        ends = value.get(key)
        if isinstance(ends, list) and len(ends) == 1 and isinstance(ends[0], list):
            value[key] = ends[0]
    return value


def _translated(config):
    if isinstance(config, list):
        return [_translated(entry) for entry in config]
    if not isinstance(config, dict):
        return config
    name, inner = config.get("class_name"), config.get("config")
    if name in ("__numpy__", "__tensor__") and isinstance(inner, dict):
        return inner.get("value")
    if name == "__tuple__":
        return _translated(config.get("items"))
    if not isinstance(name, str):
        return {key: _translated(value) for key, value in config.items()}
    if name in ("Sequential", "Model", "Functional") and isinstance(inner, list):
        inner = {"layers": inner}
    if not isinstance(inner, dict):
        return config
    if name == "Merge":
        name, inner = _merge(inner)
    new = {"class_name": _CLASSES.get(name, name), "config": _inner(name, inner)}
    module = config.get("module")
    if isinstance(module, str) and module.split(".")[0] == "tf_keras":
        new["module"] = module.replace("tf_keras", "keras", 1)
    return _wrapped_metric(_loss(_optimizer({**config, **new})))


def _merge(inner):
    """(class, arguments) of the layer that stands for `merge` of Keras 1."""
    mode, kept = inner.get("mode"), {"name": inner.get("name")}
    if mode == "concat":
        return "Concatenate", {**kept, "axis": inner.get("concat_axis", -1)}
    if mode in ("dot", "cos"):
        axes = inner.get("dot_axes", -1)
        return "Dot", {**kept, "axes": axes, "normalize": mode == "cos"}
    return _MERGES.get(mode, "Merge"), kept if mode in _MERGES else inner


def _inner(name, inner):
    new = {_RENAMED.get(name, {}).get(k, k): _translated(v) for k, v in inner.items()}
    for key, default in _DEFAULTS.get(name, {}).items():
        if key in new and new[key] == default:
            del new[key]
    for key in (*_IDLE["*"], *_IDLE.get(name, ())):
        new.pop(key, None)
    for key, value in new.items():
        if isinstance(value, dict) and value.get("name") == "L1L2Regularizer":
            parts = {part: value[part] for part in ("l1", "l2") if part in value}
            new[key] = {"class_name": "L1L2", "config": parts}
    for sizes in _SIZES:
        if {*sizes} <= {*new}:
            new["kernel_size"] = [new.pop(size) for size in sizes]
    if name == "Deconvolution2D" and _is_default_output(new):
        del new["output_shape"]
    if name == "Embedding":
        new = {_EMBEDDING.get(key, key): value for key, value in new.items()}
        if not new.get("dropout"):
            new.pop("dropout", None)
    if name in ("GRU", "GRUCell", "CuDNNGRU"):
        # Before `reset_after` existed, only CuDNN reset after the product.
        new.setdefault("reset_after", name == "CuDNNGRU")
    axis = new.get("axis")
    if name == "BatchNormalization" and isinstance(axis, list) and len(axis) == 1:
        new["axis"] = axis[0]
    return new


def _is_default_output(new):
    """Whether a `Deconvolution2D` has the output that follows from its strides."""
    sizes, strides = new.get("output_shape"), new.get("subsample")
    kernel = new.get("kernel_size")
    if not all(isinstance(part, list) for part in (sizes, strides, kernel)):
        return False
    sizes = sizes[2:] if new.get("dim_ordering") == "th" else sizes[1:-1]
    kernel = kernel if new.get("border_mode") == "valid" else strides
    parts = zip(sizes, kernel, strides, strict=False)
    return all(size and (size - k) % stride == 0 for size, k, stride in parts)


def _optimizer(config):
    """`Custom>Adam` of Keras 2.11 and later; the inner one of a LossScaleOptimizer."""
    name, inner = config["class_name"], config["config"]
    if isinstance(inner, dict) and "inner_optimizer" in inner and "dynamic" in inner:
        return inner["inner_optimizer"]
    if not isinstance(inner, dict) or not (_OPTIMIZER_ONLY | {"lr", "decay"}) & {
        *inner
    }:
        return config
    arguments = {k: v for k, v in inner.items() if k not in _OPTIMIZER_ONLY}
    if "lr" in arguments:
        arguments["learning_rate"] = arguments.pop("lr")
    if not arguments.get("decay"):
        arguments.pop("decay", None)
    if not arguments.get("use_ema"):
        arguments.pop("ema_overwrite_frequency", None)
    return {**config, "class_name": name.removeprefix("Custom>"), "config": arguments}


def _wrapped_metric(config):
    """A MeanMetricWrapper as the name or the class that `compile` accepts."""
    inner = config["config"]
    if config["class_name"] != "MeanMetricWrapper" or not isinstance(inner, dict):
        return config
    function, name = inner.get("fn"), inner.get("name")
    if not isinstance(function, str):
        return config
    if name in ("accuracy", "acc") and function.endswith("accuracy"):
        return name
    if name == function or _SHORT.get(name) == function:
        return name
    as_class = "".join(part.capitalize() for part in function.split("_"))
    return {"class_name": as_class, "config": {"name": name}}


def _loss(config):
    """A loss of Keras 2 without its "auto" reduction and its function."""
    inner = config["config"]
    if not isinstance(inner, dict) or inner.get("reduction") != "auto":
        return config
    arguments = {k: v for k, v in inner.items() if k != "fn"}
    return {**config, "config": {**arguments, "reduction": "sum_over_batch_size"}}
