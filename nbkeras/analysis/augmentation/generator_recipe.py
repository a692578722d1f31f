"""GeneratorRecipe: an ImageDataGenerator with editable settings, and its code."""

import inspect
import math

import numpy as np

from nbkeras.analysis.augmentation import controls as tables
from nbkeras.analysis.augmentation import variants
from nbkeras.analysis.augmentation.code_text import call, literal
from nbkeras.core import check
from nbkeras.core.serialization.configurable import arguments_of
from nbkeras.core.serialization.signatures import parameters

_STATISTICS = {
    "featurewise_center": "mean",
    "featurewise_std_normalization": "std",
    "zca_whitening": "zca_whitening_matrix",
}


class GeneratorRecipe:
    """An `ImageDataGenerator` with editable arguments.

    Attributes:
        controls: one dict per argument; see `controls`.
        values: the current {key: value}.
        result: the generator with these values.
        notes: keys of the remarks about these values.
    """

    kind = "datagen"

    def __init__(self, datagen, samples, value_range):
        self._class, self._original = type(datagen), datagen
        self._samples, self._not_on_page = samples, {}
        self.controls = [
            control
            for group, rows in tables.GENERATOR.items()
            for control in tables.controls(
                rows, group, "", sizes_of(samples, value_range)
            )
        ]
        config = {
            name: getattr(datagen, name, argument)
            for name, argument in arguments_of(datagen).items()
        }
        self._others = {
            n: v
            for n, v in config.items()
            if n not in {c["key"] for c in self.controls}
        }
        self.values = {
            c["key"]: self._page_value(c, config[c["key"]]) for c in self.controls
        }
        self.set({})

    def set(self, values):
        """Change the values of some keys, and create the generator.

        Raises:
            ValueError: the generator does not accept a value; nothing is changed then.
        """
        new_values = self._consistent(merged(self.values, values))
        datagen = self._class(**self._arguments(new_values))
        notes = self._set_statistics(datagen)
        self.values, self.result, self.notes = new_values, datagen, notes

    def variants(self, picture, seed, count):
        """See `variants.of_generator`."""
        return variants.of_generator(self.result, picture, seed, count)

    def extremes(self, picture, count):
        """See `variants.extremes_of_generator`."""
        return variants.extremes_of_generator(self.result, picture)

    def unchanged(self, picture):
        """The rescaled image, without random augmentation."""
        return variants.unchanged_by_generator(self.result, picture)

    def code(self):
        """Code that creates this generator, without default arguments."""
        name = self._class.__name__
        arguments = self._arguments(self.values)
        defaults = {n: p.default for n, p in parameters(self._class).items()}
        defaults |= {"dtype": "float32", "data_format": "channels_last"}
        defaults["zoom_range"] = (1, 1)
        changed = {
            n: _short(n, v)
            for n, v in arguments.items()
            if not _is_equal(v, defaults.get(n))
        }
        text = "from nbkeras.preprocessing.image import ImageDataGenerator\n\n"
        if name != "ImageDataGenerator":
            text = f"# {name} is your class.\n"
        text += f"datagen = {call(name, changed)}\n"
        if any(self.values[n] for n in _STATISTICS):
            text += "datagen.fit(x_train)\n"
        return text

    def _page_value(self, control, value):
        """The value for the page; values without JSON form are stored by their text."""
        wire = tables.to_wire(value)
        is_representable = {
            "switch": lambda: isinstance(value, bool | np.bool_ | int),
            "number": lambda: isinstance(wire, int | float),
            "pair": lambda: wire is None or (isinstance(wire, list) and len(wire) == 2),
            "choice": lambda: value is None or wire is not None,
        }[control["kind"]]()
        if not is_representable:
            text = getattr(value, "__name__", None) or repr(value)
            self._not_on_page[control["key"]] = (text, value)
            wire = {"kept": text}
        if control["kind"] == "switch":
            wire = bool(wire)
        if control["kind"] == "choice" and wire not in control["options"]:
            control["options"].append(wire)
        return wire

    def _consistent(self, values):
        """Apply the switches that the generator sets, so that the page shows them."""
        values = dict(values)
        if values["zca_whitening"]:
            values |= {
                "featurewise_center": True,
                "featurewise_std_normalization": False,
            }
        for kind in ("featurewise", "samplewise"):
            if values[f"{kind}_std_normalization"]:
                values[f"{kind}_center"] = True
        return values

    def _arguments(self, values):
        return self._others | {
            key: self._not_on_page[key][1] if isinstance(value, dict) else value
            for key, value in values.items()
        }

    def _set_statistics(self, datagen):
        """Set the statistics of `fit`, from the original generator or these images."""
        needed = [part for name, part in _STATISTICS.items() if getattr(datagen, name)]
        if not needed:
            return []
        statistics = {part: getattr(self._original, part) for part in needed}
        if all(value is not None for value in statistics.values()):
            for part, value in statistics.items():
                setattr(datagen, part, value)
            return []
        shape = self._samples.pictures[0].shape
        same_shape = [x for x in self._samples.pictures if x.shape == shape]
        x = np.stack(same_shape).astype(datagen.dtype)
        datagen.fit(
            x.transpose(0, 3, 1, 2) if datagen.data_format == "channels_first" else x
        )
        return ["learnt"]


def merged(values, others):
    """`values` updated by those of `others` that differ; in JSON 3.0 is 3."""
    return values | {
        key: value
        for key, value in others.items()
        if key in values and value != values[key]
    }


def sizes_of(samples, value_range):
    """The slider limits that depend on the images: values, rows, columns."""
    low, high = value_range.low, value_range.high
    span = (high - low) or 1.0
    rows = min(x.shape[0] for x in samples.pictures)
    columns = min(x.shape[1] for x in samples.pictures)
    return {
        "values": (min(0.0, low), high, 1.0 if span > 10 else span / 100),
        "rows": (1, rows, 1),
        "columns": (1, columns, 1),
    }


def _is_equal(value, default):
    if isinstance(value, tuple | list):
        return isinstance(default, tuple | list) and list(value) == list(default)
    return value is default or (not callable(value) and value == default)


def _short(name, value):
    """The code of an argument; a symmetric range becomes the single number of Keras."""
    if name == "zoom_range" and math.isclose(1 - value[0], value[1] - 1, abs_tol=1e-9):
        if value[1] > 1:
            return literal(value[1] - 1)
    if name in ("zoom_range", "brightness_range") and isinstance(value, list):
        value = tuple(value)
    if isinstance(value, float) and value.is_integer() and "shift" not in name:
        value = int(value)  # not for shifts, where integers mean pixels
    return literal(value)


def is_generator(value):
    """Whether `value` is an `ImageDataGenerator`."""
    return hasattr(value, "random_transform") and hasattr(value, "standardize")


def refuse(owner, value):
    """Raise TypeError for a value that is neither a generator nor layers."""
    name = type(value).__name__ if not inspect.isclass(value) else f"class {value!r}"
    suggestion = check.did_you_mean(name, [*tables.LAYERS, "ImageDataGenerator"])
    raise TypeError(
        f"{owner}({name}): needs an ImageDataGenerator, a random layer such as "
        f"RandomRotation, or a list or Sequential of layers.{suggestion} Write for "
        f"example {owner}(ImageDataGenerator(rotation_range=30), x_train)."
    )
