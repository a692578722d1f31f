"""LayerRecipe: random layers with editable settings, and their code."""

import inspect

from nbkeras.analysis.augmentation import controls as tables
from nbkeras.analysis.augmentation.code_text import call, literal
from nbkeras.analysis.augmentation.generator_recipe import merged, sizes_of
from nbkeras.analysis.augmentation.layer_variants import LayerChain, flatten_layers
from nbkeras.core.serialization.configurable import arguments_of
from nbkeras.layers import Rescaling
from nbkeras.layers.augmentation import flip_rotate_zoom
from nbkeras.layers.augmentation.base import Augmentation
from nbkeras.layers.engine import introspection
from nbkeras.models import Sequential

# The attributes that hold ranges which are passed as one number or two.
_PAIRS = {
    ("RandomZoom", "height_factor"): "height_range",
    ("RandomZoom", "width_factor"): "width_range",
    ("RandomTranslation", "height_factor"): "height_range",
    ("RandomTranslation", "width_factor"): "width_range",
}
_FORMAT = "data_format"


class LayerRecipe:
    """A layer, a list of layers or a Sequential; attributes as in GeneratorRecipe."""

    kind = "layers"

    def __init__(self, layers, samples, value_range):
        self._original, self._value_range = layers, value_range
        self._flat = list(
            flatten_layers(layers if isinstance(layers, list | tuple) else [layers])
        )
        self._pictures = samples.pictures
        sizes = sizes_of(samples, value_range)
        self.controls, self.values = [], {}
        for i, layer in enumerate(self._flat):
            rows = tables.LAYERS.get(_kind(layer), ())
            controls = tables.controls(rows, self._title(i), f"{i}.", sizes)
            self.controls += controls
            self.values |= {c["key"]: _value(layer, c) for c in controls}
        formats = [e.data_format for e in self._flat if isinstance(e, Augmentation)]
        self.controls.append(
            {"key": _FORMAT, "group": "reading", "name": _FORMAT, "kind": "choice"}
            | {"options": list(tables.FORMATS)}
        )
        self.values[_FORMAT] = formats[0]
        self._layers, self._settings = {}, {}
        self.set({})

    def set(self, values):
        """Change the values of some keys, and create the layers.

        Raises:
            ValueError: a layer does not accept a value; nothing is changed then.
        """
        new_values = merged(self.values, values)
        settings = {i: self._changes(i, new_values) for i in range(len(self._flat))}
        recreated = {
            i: _recreated(layer, settings[i])
            for i, layer in enumerate(self._flat)
            if settings[i] != self._settings.get(i)
        }
        is_anew = any(
            _kind(layer) not in tables.REPLACEABLE for layer in recreated.values()
        )
        if not self._layers or is_anew or new_values[_FORMAT] != self.values[_FORMAT]:
            self._layers = self._layers | recreated
            self._layers = {i: self._layers[i] for i in range(len(self._flat))}
            self._chain = LayerChain(self._shaped(self._layers), self._pictures)
        else:
            # Keep the built stack and its names; replace only the settings.
            for i, layer in recreated.items():
                _copy_settings(self._layers[i], layer)
        self.values, self._settings = new_values, settings
        self.notes = self._notes()

    @property
    def result(self):
        """New layers with these values, nested like the original ones."""
        copies = {i: _recreated(layer, {}) for i, layer in self._layers.items()}
        shaped = self._shaped(copies)
        return shaped if isinstance(self._original, list | tuple) else shaped[0]

    def variants(self, picture, seed, count):
        """See `LayerChain.variants`."""
        return self._chain.variants(picture, seed, count)

    def extremes(self, picture, count):
        """See `LayerChain.extremes`."""
        return self._chain.extremes(picture, count)

    def unchanged(self, picture):
        """The output of the layers outside of training."""
        return self._chain.unchanged(picture)

    def code(self):
        """Code that creates these layers, without default arguments."""
        lines = [_code(layer) for layer in self._layers.values()]
        user_classes = sorted({_kind(e) for e in self._flat if not _is_built_in(e)})
        text = "from nbkeras import layers\n"
        if isinstance(self._original, Sequential):
            text += "from nbkeras.models import Sequential\n"
        text += "".join(f"# {name} is your class.\n" for name in user_classes) + "\n"
        if not isinstance(self._original, list | tuple | Sequential):
            return f"{text}augment = {lines[0]}\n"
        stack = isinstance(self._original, Sequential)
        pad = "        " if stack else "    "
        listed = "".join(pad + line.replace("\n", f"\n{pad}") + ",\n" for line in lines)
        if stack:
            return f"{text}augment = Sequential(\n    [\n{listed}    ]\n)\n"
        return f"{text}augment = [\n{listed}]\n"

    def _title(self, i):
        kinds = [_kind(layer) for layer in self._flat]
        before = kinds[: i + 1].count(kinds[i])
        return kinds[i] if kinds.count(kinds[i]) == 1 else f"{kinds[i]} {before}"

    def _changes(self, i, values):
        prefix = f"{i}."
        settings = {
            key.removeprefix(prefix): value
            for key, value in values.items()
            if key.startswith(prefix)
        }
        if isinstance(self._flat[i], Augmentation):
            settings[_FORMAT] = values[_FORMAT]
        return settings

    def _shaped(self, new_layers):
        """The layers nested like the original ones, in Sequentials."""
        numbers = iter(range(len(self._flat)))

        def rebuild(item):
            if isinstance(item, Sequential):
                return Sequential([rebuild(inner) for inner in item.layers])
            return new_layers[next(numbers)]

        original = self._original
        items = original if isinstance(original, list | tuple) else [original]
        return [rebuild(item) for item in items]

    def _notes(self):
        """Remarks: a `value_range` that is not that of the images is a mistake."""
        if any(isinstance(layer, Rescaling) for layer in self._flat):
            return []
        image_range = (self._value_range.low, self._value_range.high)
        ranges = [
            tuple(layer.value_range)
            for layer in self._layers.values()
            if hasattr(layer, "value_range")
        ]
        differs = self._value_range.known and any(
            layer_range != image_range for layer_range in ranges
        )
        return ["other_range"] if differs else []


def is_layers(value):
    """Whether `value` is a layer, list or Sequential with a random layer in it."""
    layers = list(value) if isinstance(value, list | tuple) else [value]
    if not all(introspection.is_layer(layer) for layer in layers):
        return False
    return any(isinstance(layer, Augmentation) for layer in flatten_layers(layers))


def _kind(layer):
    return type(layer).__name__


def _is_built_in(layer):
    return type(layer).__module__.startswith("nbkeras.")


def _value(layer, control):
    name = control["name"]
    value = getattr(layer, _PAIRS.get((_kind(layer), name), name))
    wire = tables.to_wire(value)
    if control["kind"] == "pair" and isinstance(wire, int | float):
        wire = [-wire, wire]  # only RandomShear keeps one number
    if control["kind"] == "choice" and wire not in control["options"]:
        control["options"].append(wire)
    return wire


def _recreated(layer, settings):
    """A new layer with other settings; a layer with weights is returned itself."""
    if layer.weights:
        return layer
    return type(layer).from_config(layer.get_config() | settings)


def _copy_settings(layer, other):
    """Copy the settings of another random layer of the same class."""
    pair_attributes = {
        attribute for (kind, _), attribute in _PAIRS.items() if kind == _kind(layer)
    }
    for name in {*tables.names_of(_kind(layer)), *pair_attributes, "_arguments"}:
        layer.__dict__[name] = other.__dict__[name]


def _code(layer):
    """The call that creates a layer; arguments without defaults are positional."""
    signature = inspect.signature(type(layer).__init__).parameters.values()
    positional, keywords = [], {}
    for p in list(signature)[1:]:
        if p.kind is not p.POSITIONAL_OR_KEYWORD:
            continue
        value = _short(layer, p.name)
        default = {_FORMAT: "channels_last"}.get(p.name, p.default)
        if p.default is p.empty:
            positional.append(literal(value))
        elif tables.to_wire(value) != tables.to_wire(default):
            if p.name == "mode" and isinstance(layer, flip_rotate_zoom.RandomFlip):
                positional.append(literal(value))
            else:
                keywords[p.name] = literal(value)
    prefix = "layers." if _is_built_in(layer) else ""
    return call(prefix + _kind(layer), keywords, positional)


def _short(layer, name):
    """An argument; a symmetric pair becomes the single number that it stands for."""
    attribute = _PAIRS.get((_kind(layer), name))
    value = getattr(layer, attribute or name, arguments_of(layer).get(name))
    if name == "kernel_size" and len(set(value)) == 1:
        return value[0]
    if tables.is_share(_kind(layer), name) and isinstance(value, tuple | list):
        low, high = value
        return high if low == 0 else (low, high)
    if isinstance(value, tuple | list) and len(value) == 2 and "factor" in name:
        low, high = value
        is_contrast = tables.is_contrast(_kind(layer), name)
        symmetric = low == high if is_contrast else low == -high
        return high if symmetric else tuple(value)
    return tuple(value) if isinstance(value, list) else value
