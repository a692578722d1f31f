"""Controls for the arguments of `ImageDataGenerator` and of the random layers.

A row is (argument, kind, details). The kinds are "switch"; "number" with (minimum,
maximum, step) of its slider; "pair" of two numbers, with the centre of a symmetric
range and whether it can be None; "choice" of values; "field", an integer or None.
"""

from nbkeras.image.transform.affine import FILL_MODES, ORDERS
from nbkeras.layers.augmentation.flip_rotate_zoom import FLIPS
from nbkeras.ops import image_geometry

FORMATS = ("channels_last", "channels_first")

GENERATOR = {
    "place": (
        ("rotation_range", "number", (0, 180, 1)),
        ("width_shift_range", "number", (0.0, 0.9, 0.01)),
        ("height_shift_range", "number", (0.0, 0.9, 0.01)),
        ("zoom_range", "pair", (0.2, 2.0, 0.01), 1.0, False),
        ("shear_range", "number", (0.0, 60.0, 0.5)),
        ("horizontal_flip", "switch"),
        ("vertical_flip", "switch"),
    ),
    "outside": (
        ("fill_mode", "choice", FILL_MODES),
        ("cval", "number", "values"),
        ("interpolation_order", "choice", ORDERS),
    ),
    "light": (
        ("brightness_range", "pair", (0.0, 2.0, 0.01), 1.0, True),
        ("channel_shift_range", "number", "values"),
    ),
    "scaling": (
        ("rescale", "choice", (None, 1 / 255, 1 / 127.5)),
        ("preprocessing_function", "choice", (None,)),
        ("samplewise_center", "switch"),
        ("samplewise_std_normalization", "switch"),
        ("featurewise_center", "switch"),
        ("featurewise_std_normalization", "switch"),
        ("zca_whitening", "switch"),
        ("zca_epsilon", "number", (0.0, 0.1, 1e-6)),
    ),
    "reading": (
        ("data_format", "choice", FORMATS),
        ("validation_split", "number", (0.0, 0.9, 0.05)),
        ("dtype", "choice", ("float16", "float32", "float64")),
        ("on_error", "choice", ("raise", "skip")),
        ("keras_compat", "switch"),
    ),
}

_FILL = (
    ("fill_mode", "choice", image_geometry.FILL_MODES),
    ("interpolation", "choice", ("bilinear", "nearest")),
    ("fill_value", "number", "values"),
)
_SEED = (("seed", "field"),)
_VALUE_RANGE = (("value_range", "choice", ((0, 255), (0, 1), (-1, 1))),)


def _symmetric_pair(name, low, high, optional=False):
    return (name, "pair", (low, high, 0.01), 0.0, optional)


def _share(name, optional=False):
    """A range within 0 to 1."""
    return (name, "pair", (0.0, 1.0, 0.01), None, optional)


LAYERS = {
    "RandomFlip": (("mode", "choice", FLIPS), *_SEED),
    "RandomRotation": (_symmetric_pair("factor", -1.0, 1.0), *_FILL, *_SEED),
    "RandomZoom": (
        _symmetric_pair("height_factor", -0.95, 1.0),
        _symmetric_pair("width_factor", -0.95, 1.0, optional=True),
        *_FILL,
        *_SEED,
    ),
    "RandomTranslation": (
        _symmetric_pair("height_factor", -1.0, 1.0),
        _symmetric_pair("width_factor", -1.0, 1.0),
        *_FILL,
        *_SEED,
    ),
    "RandomCrop": (
        ("height", "number", "rows"),
        ("width", "number", "columns"),
        *_SEED,
    ),
    "RandomContrast": (
        ("factor", "pair", (0.0, 1.0, 0.01), None, False),
        *_VALUE_RANGE,
        *_SEED,
    ),
    "RandomBrightness": (_symmetric_pair("factor", -1.0, 1.0), *_VALUE_RANGE, *_SEED),
    **dict.fromkeys(
        (
            "RandomSaturation",
            "RandomColorDegeneration",
            "RandomSharpness",
            "RandomHue",
            "RandomInvert",
        ),
        (_share("factor"), *_VALUE_RANGE, *_SEED),
    ),
    "RandomColorJitter": (
        _symmetric_pair("brightness_factor", -1.0, 1.0, optional=True),
        _share("contrast_factor", optional=True),
        _share("saturation_factor", optional=True),
        _share("hue_factor", optional=True),
        *_VALUE_RANGE,
        *_SEED,
    ),
    "RandomGrayscale": (("factor", "number", (0.0, 1.0, 0.01)), *_SEED),
    "RandomPosterization": (
        ("factor", "pair", (1, 8, 1), None, False),
        *_VALUE_RANGE,
        *_SEED,
    ),
    "RandomGaussianBlur": (
        _share("factor"),
        _share("sigma"),
        *_VALUE_RANGE,
        *_SEED,
    ),
    "Solarization": (
        _share("addition_factor"),
        _share("threshold_factor"),
        *_VALUE_RANGE,
        *_SEED,
    ),
    "AutoContrast": _VALUE_RANGE,
    "Equalization": (("bins", "number", (2, 256, 1)), *_VALUE_RANGE),
    "ContrastLimitedAdaptiveHistogramEqualization": (
        ("clip_limit", "number", (0.0, 10.0, 0.1)),
        *_VALUE_RANGE,
    ),
    "RandomShear": (
        _symmetric_pair("x_factor", -1.0, 1.0),
        _symmetric_pair("y_factor", -1.0, 1.0),
        *_FILL,
        *_SEED,
    ),
    "RandomErasing": (_share("factor"), _share("scale"), *_VALUE_RANGE, *_SEED),
    "RandomPerspective": (
        _share("factor"),
        ("scale", "number", (0.0, 1.0, 0.01)),
        ("interpolation", "choice", ("bilinear", "nearest")),
        ("fill_value", "number", "values"),
        *_SEED,
    ),
    "RandomElasticTransform": (
        _share("factor"),
        _share("scale"),
        *_FILL,
        *_VALUE_RANGE,
        *_SEED,
    ),
    "RandAugment": (
        ("num_ops", "number", (0, 6, 1)),
        _share("factor"),
        *_VALUE_RANGE,
        *_SEED,
    ),
    "AugMix": (
        ("num_chains", "number", (1, 6, 1)),
        ("chain_depth", "number", (1, 6, 1)),
        _share("factor"),
        ("alpha", "number", (0.05, 4.0, 0.05)),
        ("all_ops", "switch"),
        *_VALUE_RANGE,
        *_SEED,
    ),
    "MixUp": (("alpha", "number", (0.01, 2.0, 0.01)), *_SEED),
    "CutMix": (_share("factor"), *_SEED),
}


# Layers whose settings can be replaced without building them anew.
REPLACEABLE = (
    "RandomFlip",
    "RandomRotation",
    "RandomZoom",
    "RandomTranslation",
    "RandomContrast",
    "RandomBrightness",
)


def is_share(kind, name):
    """Whether an argument is a range from 0, for which one number may stand."""
    return not is_contrast(kind, name) and any(
        row in (_share(name), _share(name, optional=True))
        for row in LAYERS.get(kind, ())
    )


def is_contrast(kind, name):
    """Whether an argument is (less, more) contrast, and one number stands for both."""
    return kind == "RandomContrast" or name == "contrast_factor"


def names_of(kind):
    """The arguments with controls of a layer class."""
    return [row[0] for row in LAYERS.get(kind, ())]


def controls(rows, group, prefix, sizes):
    """The controls of one group as plain data for the page.

    Args:
        rows: rows of a table of this module.
        group: heading of the group.
        prefix: prefix of the keys.
        sizes: {"values": (minimum, maximum, step), "rows": ..., "columns": ...}.
    """
    return [_control(row, group, prefix, sizes) for row in rows]


def _control(row, group, prefix, sizes):
    name, kind, *details = row
    control = {"key": f"{prefix}{name}", "group": group, "name": name, "kind": kind}
    if kind in ("number", "pair"):
        limits = sizes[details[0]] if isinstance(details[0], str) else details[0]
        control |= dict(zip(("min", "max", "step"), limits, strict=True))
    if kind == "pair":
        control |= {"centre": details[1], "optional": details[2]}
    if kind == "choice":
        control["options"] = [to_wire(option) for option in details[0]]
    return control


def to_wire(value):
    """A value as JSON data; None if JSON cannot represent it."""
    if isinstance(value, tuple | list):
        return [to_wire(element) for element in value]
    if hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    return value if isinstance(value, bool | int | float | str | None) else None
