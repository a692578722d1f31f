"""Legacy keywords of Keras 1 and 2, and their replacements."""

from collections.abc import Callable
from typing import Any

from nbkeras.core import notices
from nbkeras.core.serialization import signatures

New = str | Callable[[Any], dict[str, Any]] | None


def _units(value: Any) -> dict[str, Any]:
    return {"input_shape": (value,)}


def _ordering(value: Any) -> dict[str, Any]:
    return {"data_format": {"th": "channels_first", "tf": "channels_last"}[value]}


def _features(value: Any) -> dict[str, Any]:
    return {"input_shape": (None, value)}


def _forget_bias(value: Any) -> dict[str, Any]:
    return {"unit_forget_bias": str(value).lower() in ("one", "ones")}


def _time_major(value: Any) -> dict[str, Any]:
    if not value:
        return {}
    raise ValueError(
        "time_major=True: sequences are (batch, steps, features) here. Leave it out, "
        "and write np.swapaxes(x, 0, 1) for the data."
    )


def _mode(value: Any) -> dict[str, Any]:
    if value == 0:
        return {}
    instead = (
        "LayerNormalization() for statistics of each sample"
        if value == 1
        else "nothing for mode: predict uses the moving statistics then, and "
        "model(x, training=True) those of the batch"
    )
    raise ValueError(
        f"BatchNormalization(mode={value!r}): only mode 0 of Keras 1 is left. Write "
        f"{instead}."
    )


def _epochs(value: Any) -> dict[str, Any]:
    return {"save_freq": f"{value} epochs" if value != 1 else "epoch"}


# (class, or "*" for all; old keyword): new keyword, a function of the value that
# returns {new keyword: value}, or None to drop it. Those in QUIET give no notice.
KEYWORDS: dict[tuple[str, str], New] = {
    ("Dense", "output_dim"): "units",
    ("Dense", "init"): "kernel_initializer",
    ("Embedding", "init"): "embeddings_initializer",
    ("RNN", "output_dim"): "units",
    ("RNN", "input_dim"): _features,
    ("RNN", "input_length"): None,
    ("RNN", "inner_init"): "recurrent_initializer",
    ("RNN", "inner_activation"): "recurrent_activation",
    ("RNN", "forget_bias_init"): _forget_bias,
    ("RNN", "U_regularizer"): "recurrent_regularizer",
    ("RNN", "dropout_W"): "dropout",
    ("RNN", "dropout_U"): "recurrent_dropout",
    ("RNN", "consume_less"): None,
    ("RNN", "implementation"): None,
    ("RNN", "time_major"): _time_major,
    ("Cell", "implementation"): None,
    ("BatchNormalization", "mode"): _mode,
    ("Model", "input"): "inputs",
    ("Model", "output"): "outputs",
    ("*", "init"): "kernel_initializer",
    ("*", "bias"): "use_bias",
    ("*", "W_regularizer"): "kernel_regularizer",
    ("*", "b_regularizer"): "bias_regularizer",
    ("*", "W_constraint"): "kernel_constraint",
    ("*", "b_constraint"): "bias_constraint",
    ("*", "nb_filter"): "filters",
    ("*", "border_mode"): "padding",
    ("*", "subsample"): "strides",
    ("*", "subsample_length"): "strides",
    ("*", "filter_length"): "kernel_size",
    ("*", "dim_ordering"): _ordering,
    ("*", "p"): "rate",
    ("*", "lr"): "learning_rate",
    ("ModelCheckpoint", "period"): _epochs,
    ("EarlyStopping", "epsilon"): "min_delta",
    ("ReduceLROnPlateau", "epsilon"): "min_delta",
    ("MaxNorm", "m"): "max_value",
    ("L1", "l"): "l1",
    ("L2", "l"): "l2",
    ("LeakyReLU", "alpha"): "negative_slope",
    ("*", "input_dim"): _units,
}

# Legacy keywords of fit, evaluate and predict: (new keyword, advice). None drops the
# keyword; "#" marks a count of samples, which is converted to steps.
FIT_KEYWORDS: dict[str, tuple[str | None, str]] = {
    "nb_epoch": ("epochs", "epochs={value}"),
    "samples_per_epoch": ("#samples", "steps_per_epoch, counted in batches"),
    "nb_val_samples": ("#val_samples", "validation_steps, counted in batches"),
    "val_samples": ("#samples", "steps, counted in batches"),
    "show_accuracy": (None, "metrics=['accuracy'] in compile"),
    "nb_worker": (None, "workers=... where the Sequence is made"),
    "workers": (None, "workers=... where the Sequence is made"),
    "max_q_size": (None, "max_queue_size=... where the Sequence is made"),
    "max_queue_size": (None, "max_queue_size=... where the Sequence is made"),
    "pickle_safe": (None, "nothing instead: batches are already read on threads"),
    "use_multiprocessing": (
        None,
        "nothing instead: batches are already read on threads",
    ),
}
# Legacy keywords of compile that are dropped: class_mode says what the loss says, and
# weights of single steps are told by their shape.
COMPILE_KEYWORDS = frozenset(
    "class_mode distribute experimental_run_tf_function pss_evaluation_shards "
    "sample_weight_mode theano_mode".split()
)
QUIET = {"input_dim", "input_length", "implementation", "time_major"}


def translate(cls: type, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Replace legacy keywords in the `kwargs` of `cls(...)`; one notice per keyword."""
    parameters = signatures.parameters(cls)
    if all(name in parameters for name in kwargs):
        return kwargs
    translated: dict[str, Any] = {}
    for name, value in kwargs.items():
        row = _row(cls, name)
        if name in parameters or row is None:
            translated[name] = value
            continue
        new = KEYWORDS[row]
        new = new(value) if callable(new) else {new: value} if new else {}
        if not all(key in parameters for key in new):
            translated[name] = value
            continue
        translated.update(new)
        if name not in QUIET:
            shown = ", ".join(f"{k}={v!r}" for k, v in new.items()) or "nothing"
            notices.once(
                (cls.__name__, name),
                f"{cls.__name__}({name}=...) is deprecated; write {shown}.",
            )
    return translated


def is_old(cls: type, name: str) -> bool:
    """Whether `name` is a legacy argument of `cls`."""
    return _row(cls, name) is not None


def _row(cls: type, name: str) -> tuple[str, str] | None:
    names = [base.__name__ for base in cls.__mro__] + ["*"]
    return next((key for n in names if (key := (n, name)) in KEYWORDS), None)
