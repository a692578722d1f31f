"""plot_model and model_to_dot, with neither Graphviz nor pydot."""

import io
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from picture_models import residual, tutorial_cnn, two_inputs
from PIL import Image

from nbkeras import Model, Sequential, layers
from nbkeras.layers import Input
from nbkeras.utils import model_to_dot, plot_model


def texts(path):
    tree = ElementTree.parse(path)
    return [each.text for each in tree.iter() if each.tag.endswith("}text")]


def test_an_svg_says_what_was_asked_for(tmp_path):
    path = tmp_path / "m.svg"
    plot_model(two_inputs(), path)
    assert texts(path) == [
        "Input", "Conv2D", "Flatten", "Input", "Dense", "Concatenate", "Dense", "Dense",
    ]  # fmt: skip
    plot_model(
        two_inputs(),
        str(path),
        show_shapes=True,
        show_layer_names=True,
        show_dtype=True,
        show_layer_activations=True,
        show_trainable=True,
        rankdir="LR",
    )
    said = texts(path)
    assert {"picture", "28 × 28 × 1", "float32", "softmax", "trainable"} <= set(said)
    assert said.count("trainable") == 4


def test_a_frozen_layer_is_marked(tmp_path):
    model = Sequential([Input((3,)), layers.Dense(2), layers.Dense(1)])
    model.layers[0].trainable = False
    plot_model(model, tmp_path / "m.svg", show_trainable=True)
    assert texts(tmp_path / "m.svg") == [
        "Input",
        "Dense",
        "frozen",
        "Dense",
        "trainable",
    ]


def test_a_png_has_the_pixels_of_the_svg(tmp_path):
    model = tutorial_cnn()
    plot_model(model, tmp_path / "m.svg")
    tree = ElementTree.parse(tmp_path / "m.svg").getroot()
    wide, tall = (float(tree.get(name)) for name in ("width", "height"))
    for dpi in (96, 192):
        plot_model(model, tmp_path / "m.png", dpi=dpi)
        picture = Image.open(tmp_path / "m.png")
        scale = dpi / 96
        np.testing.assert_allclose(picture.size, (wide * scale, tall * scale), atol=2)
        fronts = [each for each in tree.iter() if each.get("rx") == "1.5"]
        for rect in fronts:
            x, y = (
                float(rect.get(at)) + float(rect.get(size)) / 2
                for at, size in (("x", "width"), ("y", "height"))
            )
            colour = picture.getpixel((int(x * scale), int(y * scale)))
            assert "#{:02x}{:02x}{:02x}".format(*colour) == rect.get("fill")


def test_what_comes_back_is_shown_by_a_notebook(tmp_path):
    svg = plot_model(tutorial_cnn(), tmp_path / "m.svg")
    assert svg._repr_svg_() == (tmp_path / "m.svg").read_text("utf-8")
    assert svg._repr_png_() is None
    png = plot_model(tutorial_cnn(), tmp_path / "m.png", dpi=50)
    data, size = png._repr_png_()
    assert data == (tmp_path / "m.png").read_bytes()
    # Fewer dots make it coarser, not smaller on the page.
    with Image.open(tmp_path / "m.png") as picture:
        pixels = picture.size
    np.testing.assert_allclose(np.array(pixels) * 96 / 50, [*size.values()], atol=2)
    pdf = plot_model(tutorial_cnn(), tmp_path / "m.pdf", dpi=50)
    assert (tmp_path / "m.pdf").read_bytes()[:5] == b"%PDF-"
    assert "pdf" in repr(pdf)


def test_every_layer_of_a_deep_network_is_drawn(tmp_path):
    plot_model(residual(), tmp_path / "m.svg")
    assert texts(tmp_path / "m.svg").count("Conv2D") == 53


def test_nested_models_are_one_block_or_framed(tmp_path):
    inner = Sequential([Input((4,)), layers.Dense(3), layers.Dense(2)], name="inside")
    x = Input((4,))
    model = Model(x, inner(x))
    plot_model(model, tmp_path / "m.svg", show_layer_names=True)
    assert texts(tmp_path / "m.svg")[2:] == ["Sequential", "inside"]
    plot_model(model, tmp_path / "m.svg", expand_nested=True)
    assert texts(tmp_path / "m.svg").count("Dense") == 2
    assert "inside" in texts(tmp_path / "m.svg")


def test_a_part_can_be_drawn(tmp_path):
    model = tutorial_cnn()
    plot_model(model, tmp_path / "m.svg", layer_range=["flatten", "hid.*"])
    assert texts(tmp_path / "m.svg") == ["Flatten", "Dropout", "Dense"]
    with pytest.raises(ValueError, match=r"no layer matches 'flaten'.*'flatten'"):
        plot_model(model, tmp_path / "m.svg", layer_range=["flaten", "hidden"])


def test_a_model_that_is_not_built_is_drawn_with_what_is_known(tmp_path):
    model = Sequential([layers.Conv2D(4, 3), layers.Flatten()])
    plot_model(model, tmp_path / "m.svg", show_shapes=True)
    assert texts(tmp_path / "m.svg") == ["Conv2D", "Flatten"]


def test_a_file_that_cannot_be_made_says_why_and_the_old_one_stays(tmp_path):
    path = tmp_path / "m.png"
    path.write_text("old")
    with pytest.raises(ValueError, match="one of 'TB', 'LR', 'BT', 'RL'"):
        plot_model(tutorial_cnn(), path, rankdir="down")
    with pytest.raises(ValueError, match="one of 'png', 'svg', 'pdf', 'dot'"):
        plot_model(tutorial_cnn(), tmp_path / "m.webp")
    assert path.read_text() == "old"
    with pytest.raises(FileNotFoundError, match="does not exist"):
        plot_model(tutorial_cnn(), tmp_path / "no" / "m.png", dpi=20)
    assert [each.name for each in tmp_path.iterdir()] == ["m.png"]


@pytest.mark.parametrize("given", [Sequential, "model.keras", None])
def test_what_is_no_model_is_refused(given, tmp_path):
    with pytest.raises(TypeError, match=r"Write for example\s+model = nbkeras.Seq"):
        plot_model(given, tmp_path / "m.svg")
    assert list(tmp_path.iterdir()) == []


def test_dot_has_the_nodes_and_edges_and_quotes_names():
    model = two_inputs()
    dot = model_to_dot(model, show_shapes=True).to_string()
    assert dot.startswith('digraph "functional" {\n  rankdir=TB;')
    assert '"conv2d" [label="Conv2D\\nconv2d\\n26 × 26 × 8"];' in dot
    assert dot.count(" -> ") == 7
    assert '"concatenate" -> "age";' in dot
    evil = Sequential([Input((3,)), layers.Dense(2, name='a"] ; b [x=\\')])
    assert '"a\\"] ; b [x=\\\\"' in model_to_dot(evil).to_string()
    cluster = model_to_dot(model, subgraph=True).to_string()
    assert cluster.startswith('subgraph "cluster_functional" {')


def test_the_old_way_to_an_svg_works(tmp_path):
    # SVG(model_to_dot(model).create(prog="dot", format="svg")), Keras 2's own example.
    dot = model_to_dot(tutorial_cnn())
    root = ElementTree.fromstring(dot.create(prog="dot", format="svg"))
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert Image.open(io.BytesIO(dot.create_png())).format == "PNG"
    dot.write(tmp_path / "m.dot")
    assert (tmp_path / "m.dot").read_text("utf-8") == dot.to_string()


def test_drawing_loads_no_plotting_library(tmp_path):
    code = (
        "import sys, nbkeras\n"
        "from nbkeras import layers\n"
        "m = nbkeras.Sequential([layers.Input((3,)), layers.Dense(2)])\n"
        f"nbkeras.utils.plot_model(m, {str(tmp_path / 'm.png')!r})\n"
        "print([n for n in ('matplotlib', 'IPython', 'pydot') if n in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
