"""Global settings of the library; public in `nbkeras.config` and `nbkeras.backend`."""

import os
from typing import Any

from nbkeras.core import check


def _preset(name: str) -> int | None:
    """A positive integer from an environment variable, or None."""
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() and int(text) else None


_values: dict[str, Any] = {
    "floatx": "float32",
    "dtype_policy": None,
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "language": "en",
    "record": None,
    "lowering": "auto",
    "picture_cache": 256,
    "compile_cache": os.environ.get("NBKERAS_COMPILE_CACHE") != "0",
    "interactive_logging": True,
    "flash_attention": None,
    "max_epochs": _preset("KERAS_MAX_EPOCHS"),
    "max_steps_per_epoch": _preset("KERAS_MAX_STEPS_PER_EPOCH"),
}
# Settings that a compiled function may depend on.
_IN_COMPUTATIONS = (
    "floatx",
    "epsilon",
    "image_data_format",
    "lowering",
    "flash_attention",
)
LANGUAGES = ("en", "zh")
FLOATS = ("float16", "bfloat16", "float32", "float64")
LOWERINGS = ("auto", "plain")


def fingerprint() -> tuple[Any, ...]:
    """The settings that computations depend on, to compare with an earlier state."""
    return tuple(_values[name] for name in _IN_COMPUTATIONS)


def floatx() -> str:
    """The name of the default dtype of weights and inputs, initially "float32"."""
    return _values["floatx"]


def set_floatx(value: Any) -> None:
    """Set the default dtype of weights and inputs: one of `FLOATS`."""
    _values["floatx"] = check.choice("set_floatx", "value", value, FLOATS)


def dtype_policy() -> str:
    """The name of the dtype policy of new layers: floatx unless another was set."""
    return _values["dtype_policy"] or floatx()


def set_dtype_policy(value: Any) -> None:
    """Set it: one of `FLOATS`, "mixed_bfloat16", "mixed_float16"; None means floatx."""
    if value is not None:
        value = getattr(value, "name", value)
        options = (*FLOATS, "mixed_bfloat16", "mixed_float16")
        check.choice("set_dtype_policy", "value", value, options)
    _values["dtype_policy"] = value


def epsilon() -> float:
    """The small constant that keeps divisions and logarithms finite, initially 1e-7."""
    return _values["epsilon"]


def set_epsilon(value: Any) -> None:
    """Set `epsilon`, a small positive number."""
    _values["epsilon"] = check.number("set_epsilon", "value", value, 0, example=1e-7)


def image_data_format() -> str:
    """The default `data_format` of layers, initially "channels_last"."""
    return _values["image_data_format"]


def set_image_data_format(value: Any) -> None:
    """Set the default `data_format`: "channels_last" or "channels_first"."""
    _values["image_data_format"] = data_format("set_image_data_format", value)


def lowering() -> str:
    """How layers are lowered to device code: "auto" or "plain"."""
    return _values["lowering"]


def set_lowering(value: Any) -> None:
    """Set how layers are lowered to device code.

    Args:
        value: "auto" uses the implementations of convolution and pooling that measured
            fastest on this kind of device, and micro-batches; "plain" leaves everything
            to XLA. Results are equal up to rounding.
    """
    _values["lowering"] = check.choice("set_lowering", "value", value, LOWERINGS)


def compile_cache() -> bool:
    """Whether compiled code is cached on disk."""
    return _values["compile_cache"]


def set_compile_cache(value: Any) -> None:
    """Set whether compiled code is cached on disk; call it before the first model.

    Args:
        value: True caches it in a private folder of at most 256 MB (`nbkeras doctor`
            prints its path), so that later processes need not compile; False does not.
    """
    options = (True, False)
    _values["compile_cache"] = check.choice(
        "set_compile_cache", "value", value, options
    )


def picture_cache() -> float:
    """The size of the cache of decoded images in megabytes, initially 256."""
    return _values["picture_cache"]


def set_picture_cache(value: Any) -> None:
    """Set the size of the cache of decoded images, shared by all image folders.

    Args:
        value: megabytes (2**20 bytes), at least 0; 0 decodes every file in each pass.
            256 MB hold 3,900 RGB images of 150 x 150.
    """
    _values["picture_cache"] = check.number(
        "set_picture_cache", "value", value, 0, example=256
    )


def data_format(owner: str, value: Any) -> str:
    """`value`, or the global setting for None; accepts the legacy "tf" and "th"."""
    value = {"tf": "channels_last", "th": "channels_first"}.get(value, value)
    if value is None:
        return image_data_format()
    return check.choice(
        owner, "data_format", value, ("channels_last", "channels_first")
    )


def language() -> str:
    """The language of widgets and their captions: "en" or "zh"."""
    return _values["language"]


def set_language(value: Any) -> None:
    """Set the language of new widgets: "en" or "zh" (Chinese)."""
    _values["language"] = check.choice("set_language", "value", value, LANGUAGES)


def record() -> str | None:
    """The folder in which every fit is recorded, or None."""
    return _values["record"]


def set_record(folder: Any) -> None:
    """Record every fit from now on in a folder, for `nbkeras.runs(folder)`.

    Args:
        folder: its name, such as "runs/"; None records no more.

    Raises:
        TypeError: not a path.
    """
    if folder is not None and not isinstance(folder, str | os.PathLike):
        raise TypeError(
            f"set_record({folder!r}): folder must be the name of a folder, or None. "
            'Write for example set_record("runs/").'
        )
    _values["record"] = None if folder is None else os.fspath(folder)


def enable_interactive_logging() -> None:
    """Print progress and messages to standard output, the default."""
    _values["interactive_logging"] = True


def disable_interactive_logging() -> None:
    """Send progress and messages to `logging.getLogger("nbkeras")`, level INFO."""
    _values["interactive_logging"] = False


def is_interactive_logging_enabled() -> bool:
    """Whether progress and messages go to standard output."""
    return _values["interactive_logging"]


def enable_flash_attention() -> None:
    """Allow fused attention where device and shapes support it, the default."""
    _values["flash_attention"] = None


def disable_flash_attention() -> None:
    """Never use fused attention."""
    _values["flash_attention"] = False


def is_flash_attention_enabled() -> bool | None:
    """False if flash attention was disabled; None leaves the choice to the layer."""
    return _values["flash_attention"]


def max_epochs() -> int | None:
    """The maximum number of epochs of any fit, or None; preset by KERAS_MAX_EPOCHS."""
    return _values["max_epochs"]


def set_max_epochs(max_epochs: int | None) -> None:
    """Limit the epochs of every fit, to try out a long program; None for no limit."""
    _values["max_epochs"] = _limit("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """The maximum steps of an epoch, or None; preset by KERAS_MAX_STEPS_PER_EPOCH."""
    return _values["max_steps_per_epoch"]


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Limit the steps of every epoch, evaluation and prediction; None for no limit."""
    _values["max_steps_per_epoch"] = _limit("max_steps_per_epoch", max_steps_per_epoch)


def _limit(name: str, value: int | None) -> int | None:
    return None if value is None else check.positive_int(f"set_{name}", name, value)
