"""Count how much of Keras's public API is here, and list what is absent and why.

    python docs/coverage.py        writes the tables in keras.md; needs Keras

A test counts again and compares, so the tables cannot go out of date.
"""

import inspect
import os
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

PAGE = Path(__file__).parent / "keras.md"
TABLES = re.compile(r"(?<=<!-- coverage -->\n)(.*?)(?=<!-- end of coverage -->)", re.S)
ONLY_KERAS_2 = "names that only `tf.keras` has"


@dataclass(frozen=True)
class Absent:
    """One row of what was left out.

    `label` is what the page shows, `paths` are patterns of paths below `keras`.
    """

    label: str
    paths: tuple[str, ...]
    reason: str


LEFT_OUT = (
    Absent(
        "Quantization: `keras.quantizers`, `model.quantize`, quantized dtype policies",
        (
            "Quantizer",
            "quantizers.*",
            "dtype_policies.AWQDTypePolicy",
            "dtype_policies.GPTQDTypePolicy",
            "dtype_policies.Int4DTypePolicy",
            "dtype_policies.Quantized*",
            "Model.quantize",
        ),
        "Integer arithmetic speeds up inference on devices that serve models; nbkeras "
        "trains, in floating point.",
    ),
    Absent(
        "Export: `model.export` (SavedModel, LiteRT, ONNX), `ExportArchive`, "
        "`TFSMLayer`",
        ("export.ExportArchive", "layers.TFSMLayer", "Model.export"),
        "These formats need TensorFlow, and a SavedModel runs code of its own. "
        '`model.save("name.keras")` writes a file that Keras reads and can export.',
    ),
    Absent(
        "`TorchModuleWrapper`",
        ("layers.TorchModuleWrapper",),
        "JAX cannot differentiate a PyTorch module. Rebuild its layers and copy the "
        "weights with `set_weights`.",
    ),
    Absent(
        "`ConvNeXt`, `EfficientNetB1` to `B7`, `EfficientNetV2`, `InceptionResNetV2`, "
        "`MobileNetV3`, `NASNet`",
        (
            "applications.*ConvNeXt*",
            "applications.*EfficientNetB[1-7]",
            "applications.*EfficientNetV2*",
            "applications.*InceptionResNetV2",
            "applications.*MobileNetV3*",
            "applications.*NASNet*",
            "applications.convnext.*",
            "applications.efficientnet_v2.*",
            "applications.inception_resnet_v2.*",
            "applications.mobilenet_v3.*",
            "applications.nasnet.*",
        ),
        "Not written yet. They can be imported; calling one names the networks that "
        "are [here](pretrained.md).",
    ),
    Absent(
        "`StatelessScope`, `SymbolicScope`",
        ("StatelessScope", "SymbolicScope"),
        "Layers never change while code is compiled, so there is no state to scope: "
        "use `layer.stateless_call` or `nbkeras.gradients`.",
    ),
    Absent(
        "`RematScope`",
        ("RematScope",),
        "`remat(function)` marks what is recomputed in the backward pass.",
    ),
    Absent(
        "`OrbaxCheckpoint`",
        ("callbacks.OrbaxCheckpoint",),
        "`ModelCheckpoint` and `BackupAndRestore` write one file atomically.",
    ),
    Absent(
        "`enable_unsafe_deserialization`",
        ("config.enable_unsafe_deserialization",),
        "Loading a file never runs code; pass your own functions in `custom_objects`.",
    ),
    Absent(
        "`keras.legacy.saving`",
        ("legacy.saving.*",),
        "`keras.saving` has both functions.",
    ),
    Absent(
        "`RandomHeight`, `RandomWidth`",
        ("layers.RandomHeight", "layers.RandomWidth"),
        "A compiled step needs images of one size; `RandomZoom(height_factor, "
        "width_factor)` stretches them within it.",
    ),
    Absent(
        "`K.ctc_label_dense_to_sparse`, `K.binary_focal_crossentropy`, "
        "`K.categorical_focal_crossentropy`",
        ("backend.*",),
        "Dense labels are what `K.ctc_batch_cost` takes; the losses of these names.",
    ),
)


def keras_names(module, path: str = "") -> Iterator[tuple[str, object]]:
    """(path below `keras`, value) of every public name of `module`, depth first."""
    for name in sorted(dir(module)):
        if name[0] == "_":
            continue
        value = getattr(module, name)
        below = f"{path}.{name}".lstrip(".")
        if not inspect.ismodule(value):
            yield below, value
        elif value.__name__.startswith("keras") and ".src" not in value.__name__:
            yield from keras_names(value, below)


def ours(path: str) -> object | None:
    """What nbkeras has at a path of Keras; None where it has nothing that works."""
    import nbkeras
    from nbkeras.compat.methods import REFUSED
    from nbkeras.core.names.legacy_names import StandIn
    from nbkeras.core.notices import NbkerasNotice

    value = nbkeras
    with warnings.catch_warnings():  # an old path says what it is called today
        warnings.simplefilter("ignore", NbkerasNotice)
        for name in path.split("."):
            value = getattr(value, name, None)
            refused = any(value is method for method in REFUSED)
            if value is None or refused or isinstance(value, StandIn):
                return None
    return value


def arguments(function) -> set[str]:
    """The names of the arguments in the signature of a function or class."""
    try:
        values = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return set()
    kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {value.name for value in values if value.kind in kinds} - {"self"}


def named(function) -> set[str]:
    """The same for ours; of a class, with those of the classes it inherits from."""
    bases = function.__mro__ if inspect.isclass(function) else ()
    own = [vars(base)["__init__"] for base in bases if "__init__" in vars(base)]
    return set().union(*(arguments(each) for each in (function, *own)))


@dataclass
class Row:
    """Counts of one module: names and arguments, Keras's and those that are here."""

    names: int = 0
    names_here: int = 0
    arguments: int = 0
    arguments_here: int = 0

    def add(self, value: object, mine: object | None) -> None:
        """Count one name of Keras, `value`; `mine` is ours, None if it is absent."""
        self.names += 1
        if mine is None:
            return
        self.names_here += 1
        if callable(value) and callable(mine):
            theirs = arguments(value)
            self.arguments += len(theirs)
            self.arguments_here += len(theirs & named(mine))


def counted() -> tuple[dict[str, Row], list[str]]:
    """({module: its counts}, the paths of the names that are absent)."""
    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras
    import keras._tf_keras.keras as tf_keras

    keras_3 = dict(keras_names(keras))
    rows: dict[str, Row] = {}
    absent = []
    for path, value in keras_names(tf_keras):
        package = path.split(".")[0] if "." in path else ""
        module = f"keras.{package}".rstrip(".") if path in keras_3 else ONLY_KERAS_2
        mine = ours(path)
        rows.setdefault(module, Row()).add(value, mine)
        if mine is None:
            absent.append(path)
    return dict(sorted(rows.items())), absent


def unexplained(absent: list[str]) -> list[str]:
    """Absent names that no row of LEFT_OUT gives a reason for."""
    patterns = [pattern for row in LEFT_OUT for pattern in row.paths]
    return [name for name in absent if not any(fnmatch(name, p) for p in patterns)]


def outdated(absent: list[str]) -> list[str]:
    """Patterns of LEFT_OUT that stand for nothing that Keras has and nbkeras lacks."""
    return [
        pattern
        for row in LEFT_OUT
        for pattern in row.paths
        if not any(fnmatch(name, pattern) for name in absent)
        and not _absent_method(pattern)
    ]


def _absent_method(path: str) -> bool:
    """Whether `path` is a method of a class of Keras that ours lacks."""
    import keras

    owner, _, name = path.rpartition(".")
    theirs = keras
    for part in owner.split("."):
        theirs = getattr(theirs, part, None)
    return inspect.isclass(theirs) and hasattr(theirs, name) and ours(path) is None


def tables(rows: dict[str, Row]) -> str:
    """Both tables as Markdown."""
    from keras import __version__

    every = Row(*(sum(getattr(r, f) for r in rows.values()) for f in vars(Row())))
    lines = [
        f"Of the {every.names:,} public names of Keras {__version__}, "
        f"{every.names_here:,} are here; of the {every.arguments:,} arguments in the "
        f"signatures of those, ours name {every.arguments_here:,}.",
        "",
        "| module | names | here | arguments | here |",
        "| --- | --- | --- | --- | --- |",
    ]
    for module, row in rows.items():
        label = module if module == ONLY_KERAS_2 else f"`{module}`"
        lines.append(
            f"| {label} | {row.names} | {row.names_here} | {row.arguments} "
            f"| {row.arguments_here} |"
        )
    lines += [
        "",
        "What is left out, and why:",
        "",
        "| name | reason |",
        "| --- | --- |",
    ]
    lines += [f"| {row.label} | {row.reason} |" for row in LEFT_OUT]
    return "\n".join(["", *lines, "", ""])


def written(page: str, rows: dict[str, Row]) -> str:
    """The text of `page` with its tables as the code stands."""
    return TABLES.sub(lambda _: tables(rows), page)


if __name__ == "__main__":
    rows, absent = counted()
    for path in unexplained(absent):
        print(f"{path} is absent: give the reason in LEFT_OUT")
    for pattern in outdated(absent):
        print(f"{pattern} of LEFT_OUT stands for nothing that is absent: delete it")
    PAGE.write_text(written(PAGE.read_text("utf-8"), rows), "utf-8")
