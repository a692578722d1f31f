"""Bounding boxes in augmentation: they go where the pixels go, as in Keras."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.ops import image_geometry

BOXES = np.array([[[2.0, 1, 4, 3], [6, 4, 8, 6]]], "float32")
LABELS = np.array([[1, 2]])
HEIGHT, WIDTH = 10, 8
YES = jnp.array([True])
SHAPE = (1, HEIGHT, WIDTH, 3)


def _turned(degrees):
    return {
        "maps": image_geometry.rotations(
            jnp.array([np.deg2rad(degrees)]), HEIGHT, WIDTH
        )
    }


def _keras_turned(degrees):
    size = {"image_height": HEIGHT, "image_width": WIDTH, "batch_size": 1}
    return {"angle": jnp.array([degrees]), **size}


def _zoomed(factor):
    factors = jnp.array([factor])
    return {"maps": image_geometry.zooms(factors, factors, HEIGHT, WIDTH)}


def _keras_zoomed(factor):
    factors = jnp.array([[factor]])
    return {"height_zoom": factors, "width_zoom": factors, "input_shape": SHAPE}


SHIFTED = {"maps": image_geometry.translations(jnp.array([-1.0]), jnp.array([2.0]))}
# (layer, its arguments, drawn parameters, those that Keras draws)
CASES = [
    (
        "RandomFlip",
        ("horizontal",),
        {"across": YES, "down": False},
        {"flips": YES[None, None], "input_shape": SHAPE},
    ),
    (
        "RandomFlip",
        ("vertical",),
        {"across": False, "down": YES},
        {"flips": YES[None, None], "input_shape": SHAPE},
    ),
    ("RandomRotation", (0.5,), _turned(-35.0), _keras_turned(-35.0)),
    ("RandomRotation", (0.5,), _turned(10.0), _keras_turned(10.0)),
    ("RandomZoom", (0.5,), _zoomed(0.8), _keras_zoomed(0.8)),
    ("RandomZoom", (0.5,), _zoomed(1.9), _keras_zoomed(1.9)),
    (
        "RandomTranslation",
        (0.5, 0.5),
        SHIFTED,
        {"translations": jnp.array([[2.0, -1.0]]), "input_shape": SHAPE},
    ),
]


@pytest.mark.parametrize(("name", "arguments", "ours", "theirs"), CASES)
def test_boxes_are_moved_to_the_numbers_of_keras(name, arguments, ours, theirs):
    layer = getattr(layers, name)(*arguments, bounding_box_format="xyxy")
    moved = layer._boxes_of(
        {
            "images": jnp.zeros(SHAPE),
            "bounding_boxes": {"boxes": BOXES, "labels": LABELS},
        },
        ours,
        training=True,
    )
    keras_layer = getattr(keras.layers, name)(*arguments, bounding_box_format="xyxy")
    expected = keras_layer.transform_bounding_boxes(
        {"boxes": jnp.asarray(BOXES), "labels": jnp.asarray(LABELS)}, theirs
    )
    np.testing.assert_allclose(moved["boxes"], expected["boxes"], atol=1e-5)
    np.testing.assert_array_equal(moved["labels"], expected["labels"])


FRAMED = [
    ("CenterCrop", (4, 4), {}),
    ("CenterCrop", (20, 16), {}),
    ("Resizing", (20, 30), {}),
    ("Resizing", (20, 30), {"crop_to_aspect_ratio": True}),
    ("Resizing", (20, 30), {"pad_to_aspect_ratio": True}),
]


@pytest.mark.parametrize("box_format", ["xyxy", "rel_xyxy", "center_xywh"])
@pytest.mark.parametrize(("name", "size", "settings"), FRAMED)
def test_crops_and_resizing_give_the_dict_that_keras_gives(
    name, size, settings, box_format
):
    settings = {**settings, "bounding_box_format": box_format}
    images = np.random.default_rng(0).random(SHAPE).astype("float32")
    boxes = nbkeras.utils.bounding_boxes.convert_format(
        BOXES, "xyxy", box_format, HEIGHT, WIDTH
    )

    def framed(package):
        layer = getattr(package.layers, name)(*size, **settings)
        return layer(
            {
                "images": images,
                "bounding_boxes": {"boxes": np.asarray(boxes), "labels": LABELS},
                "segmentation_masks": (images[..., :1] > 0.5).astype("float32"),
            }
        )

    ours, theirs = framed(nbkeras), framed(keras)
    for a, b in zip(jax.tree.leaves(ours), jax.tree.leaves(theirs), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-5)


# Layers whose output shows where the marked rectangle went; the seeds are arbitrary.
MOVING = [
    layers.RandomFlip(seed=1, bounding_box_format="xyxy"),
    layers.RandomRotation((0.25, 0.25), "constant", seed=2, bounding_box_format="xyxy"),
    layers.RandomZoom((0.4, 0.4), None, "constant", seed=3, bounding_box_format="xyxy"),
    layers.RandomTranslation(
        (0.1, 0.1), (-0.1, -0.1), "constant", seed=4, bounding_box_format="xyxy"
    ),
    layers.RandomShear(
        0.1, 0.1, fill_mode="constant", seed=5, bounding_box_format="xyxy"
    ),
    layers.RandomPerspective(1.0, 0.2, seed=6, bounding_box_format="xyxy"),
    layers.RandomCrop(56, 56, seed=7, bounding_box_format="xyxy"),
    layers.RandomCrop(80, 80, seed=8, bounding_box_format="xyxy"),
]


@pytest.mark.parametrize("layer", MOVING, ids=lambda layer: layer.name)
def test_the_box_of_a_marked_rectangle_is_around_its_pixels(layer):
    picture = np.zeros((64, 64, 1), "float32")
    picture[24:40, 20:44] = 1
    out = layer(
        {
            "images": picture,
            "bounding_boxes": {"boxes": [[20.0, 24, 44, 40]], "labels": [3]},
        }
    )
    rows, columns = np.nonzero(np.asarray(out["images"])[..., 0] > 0.5)
    around = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    (box,) = out["bounding_boxes"]["boxes"]
    np.testing.assert_allclose(box, around, atol=1.5)
    assert out["bounding_boxes"]["labels"].tolist() == [3]


def test_a_box_that_leaves_the_image_gets_the_label_minus_one():
    layer = layers.RandomTranslation((-0.9, -0.9), (0, 0), bounding_box_format="xywh")
    boxes = {"boxes": [[[1.0, 1, 2, 2], [1, 15, 2, 5]]], "labels": [[4, 5]]}
    out = layer({"images": np.zeros((1, 20, 20, 1)), "bounding_boxes": boxes})
    assert out["bounding_boxes"]["labels"].tolist() == [[-1, 5]]
    np.testing.assert_allclose(out["bounding_boxes"]["boxes"][0, 1], [1, 0, 2, 2])


def test_mixed_images_have_the_boxes_of_both():
    boxes = {"boxes": np.arange(24.0).reshape(3, 2, 4), "labels": [[1, 2]] * 3}
    out = layers.MixUp(seed=1)(
        {"images": np.zeros((3, 8, 8, 1)), "bounding_boxes": boxes}
    )["bounding_boxes"]
    np.testing.assert_array_equal(out["boxes"][:, :2], boxes["boxes"])
    others = np.sort(np.asarray(out["boxes"][:, 2:]), axis=0)
    np.testing.assert_array_equal(others, boxes["boxes"])
    assert out["labels"].shape == (3, 4)


def test_boxes_need_a_format_and_a_layer_that_can_move_them():
    data = {"images": np.zeros((1, 8, 8, 1)), "bounding_boxes": {"boxes": BOXES}}
    with pytest.raises(ValueError, match="bounding_box_format='xyxy'"):
        layers.RandomFlip()(data)
    with pytest.raises(ValueError, match="Leave 'bounding_boxes' out"):
        layers.RandomElasticTransform(bounding_box_format="xyxy")(data)
