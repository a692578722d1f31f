"""plot_model and model_to_dot: plot models without Graphviz."""

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from nbkeras.analysis.model_plot import png, svg
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.analysis.model_plot.dot import Dot
from nbkeras.analysis.model_plot.drawing import draw
from nbkeras.analysis.model_plot.labels import labels
from nbkeras.analysis.model_plot.scene import unfold
from nbkeras.core import check
from nbkeras.core.annotations import PathLike
from nbkeras.core.base_classes import BaseModel
from nbkeras.core.names.display_name import display_names
from nbkeras.saving.files import written

FORMATS = ("png", "svg", "pdf", "dot")
DIRECTIONS = ("TB", "LR", "BT", "RL")


def plot_model(
    model: BaseModel,
    to_file: PathLike = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: Literal["TB", "LR", "BT", "RL"] = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    layer_range: Sequence[str] | None = None,
) -> "Picture":
    """Plot a model to a file, layers to scale. Neither Graphviz nor pydot is needed.

    Args:
        model: any model, built or not.
        to_file: path that ends in .png, .svg, .pdf or .dot; a PNG without a suffix.
        show_shapes: write the shape of each output without the batch axis.
        show_dtype: write the dtype of each output.
        show_layer_names: write the names of the layers.
        rankdir: direction of the data flow: "TB" (down), "LR" (right), "BT" or "RL".
        expand_nested: show the layers of models within the model.
        dpi: dots per inch of a PNG; reduced for very large models.
        show_layer_activations: write the activations.
        show_trainable: write which layers are trained and which are frozen.
        splines: accepted as in Keras; lines are always curved.
        layer_range: names (or regular expressions) of the first and the last layer to
            draw; None for all.

    Returns:
        The picture, which a notebook displays as the last value of a cell.

    Raises:
        ValueError: `rankdir`, the file format or a layer is unknown.
        OSError: the file cannot be written; an existing file is then unchanged.

    >>> from nbkeras import Sequential, layers
    >>> model = Sequential([layers.Input((8,)), layers.Dense(2)])
    >>> plot_model(model, "model.svg", show_shapes=True)  # doctest: +SKIP
    """
    show = _label_options(
        show_shapes,
        show_dtype,
        show_layer_names,
        show_layer_activations,
        show_trainable,
    )
    dot = _dot("plot_model", model, rankdir, expand_nested, dpi, show, layer_range)
    path = Path(to_file)
    kind = check.choice(
        "plot_model", "to_file", path.suffix[1:].lower() or "png", FORMATS
    )
    data = dot.create(format=kind)
    with written(path) as file:
        file.write(data)
    return Picture(data, kind, dot.size)


def model_to_dot(
    model: BaseModel,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: Literal["TB", "LR", "BT", "RL"] = "TB",
    expand_nested: bool = False,
    dpi: float = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    layer_range: Sequence[str] | None = None,
) -> Dot:
    """A model as a graph in the DOT language, for Graphviz; pydot is not needed.

    Arguments as in `plot_model`.

    Args:
        subgraph: whether to return a cluster, for inclusion in another graph.

    Returns:
        A Dot: `.to_string()` is its text, and `.write(path)` writes it;
        `.create(format="svg")` returns a picture drawn by nbkeras, as used in Keras 2
        tutorials.
    """
    show = _label_options(
        show_shapes,
        show_dtype,
        show_layer_names,
        show_layer_activations,
        show_trainable,
    )
    return _dot(
        "model_to_dot", model, rankdir, expand_nested, dpi, show, layer_range, subgraph
    )


class Picture:
    """A plot that a notebook displays.

    Args:
        data: bytes of the file.
        kind: "png", "svg"...
        size: (width, height) on the page in pixels.
    """

    def __init__(self, data: bytes, kind: str, size: tuple[float, float]) -> None:
        self.data, self.kind, self.size = data, kind, size

    def _repr_svg_(self):
        return self.data.decode() if self.kind == "svg" else None

    def _repr_png_(self):
        if self.kind != "png":
            return None
        # More dots per inch increase the resolution, not the size on the page.
        width, height = map(round, self.size)
        return self.data, {"width": width, "height": height}

    def __repr__(self):
        return f"<Picture of a model, {self.kind}, {len(self.data):,} bytes>"


def _label_options(shapes, dtype, names, activations, trainable):
    return {
        "shapes": shapes,
        "dtype": dtype,
        "names": bool(names),
        "activations": activations,
        "trainable": "both" if trainable else False,
    }


def _dot(owner, model, rankdir, nested, dpi, show, layer_range, subgraph=False):
    check.choice(owner, "rankdir", rankdir, DIRECTIONS)
    whole = anatomy(model)
    if layer_range is not None:
        whole = _cut(owner, whole, layer_range)
    scene = unfold(whole, all_open=True, nested=nested)
    drawing = draw(scene, lambda node: labels(node, **show), rankdir)
    dashed = not whole.wired

    def render(kind):
        kind = check.choice(owner, "format", kind, FORMATS)
        if kind == "svg":
            return svg.svg(drawing, dashed).encode()
        if kind == "dot":
            return dot.to_string().encode()
        if kind == "png":
            return png.png(drawing, dashed, dpi / 96, dpi)
        file = io.BytesIO()
        png.image(drawing, dashed, dpi / 96).save(file, "PDF", resolution=dpi)
        return file.getvalue()

    size = drawing.width, drawing.height
    dot = Dot(scene, whole.name, rankdir, show, subgraph, render, size)
    return dot


def _cut(owner, whole, layer_range):
    """The Anatomy from the first to the last layer that `layer_range` names."""
    names = [block.name for block in whole.blocks]
    ends = []
    for pattern in layer_range:
        matches = [i for i, name in enumerate(names) if re.fullmatch(pattern, name)]
        if not matches:
            raise ValueError(
                f"{owner}(layer_range={layer_range!r}): no layer matches "
                f"{pattern!r}.{check.did_you_mean(pattern, names)} There are: "
                f"{display_names(names)}."
            )
        ends.append(matches)
    first, last = ends[0][0], ends[1][-1]
    places = range(first, last + 1)
    edges = [
        (a - first, b - first) for a, b in whole.edges if a in places and b in places
    ]
    blocks = whole.blocks[first : last + 1]
    outputs = (len(blocks) - 1,) if blocks else ()
    return replace(whole, blocks=blocks, edges=tuple(edges), outputs=outputs)
