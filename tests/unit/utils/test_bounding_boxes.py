"""keras.utils.bounding_boxes: the numbers of real Keras."""

import inspect
import itertools

import keras
import numpy as np
import pytest

from nbkeras.utils import bounding_boxes as ours

theirs = keras.utils.bounding_boxes
RNG = np.random.default_rng(0)


def corners(*shape, low=-20.0, high=120.0):
    """Boxes [left, top, right, bottom] of positive size."""
    x = RNG.uniform(low, high, (*shape, 2, 2)).astype("float32")
    x.sort(axis=-2)
    return x.reshape(*shape, 4)


def same(ours_found, theirs_found, **tolerance):
    tolerance = {"rtol": 1e-5, "atol": 1e-5, **tolerance}
    np.testing.assert_allclose(ours_found, theirs_found, **tolerance)


@pytest.mark.parametrize("name", ours.__all__)
def test_arguments_have_the_names_and_order_of_keras(name):
    mine, other = (inspect.signature(getattr(m, name)) for m in (ours, theirs))
    assert list(mine.parameters) == list(other.parameters)
    assert [p.default for p in mine.parameters.values()] == [
        p.default for p in other.parameters.values()
    ]


@pytest.mark.parametrize(
    ("source", "target"), list(itertools.product(ours.FORMATS, repeat=2))
)
def test_every_format_becomes_every_other_as_in_keras(source, target):
    boxes = corners(2, 3) / (100 if "rel" in source else 1)
    size = {"height": 80, "width": 130}
    found = ours.convert_format(boxes, source, target, **size)
    same(found, theirs.convert_format(boxes, source, target, **size), rtol=1e-4)
    back = ours.convert_format(found, target, source, **size)
    same(back, boxes, atol=1e-4)


def test_boxes_in_a_dict_are_converted_and_the_dict_stays_as_it_was():
    boxes = {"boxes": corners(4), "labels": np.arange(4)}
    before = boxes["boxes"].copy()
    found = ours.convert_format(boxes, "XYXY", "xywh")
    np.testing.assert_array_equal(boxes["boxes"], before)
    assert found["labels"] is boxes["labels"]
    same(found["boxes"], theirs.convert_format(before, "xyxy", "xywh"))


@pytest.mark.parametrize("kind", ["xyxy", "rel_xyxy"])
@pytest.mark.parametrize("shape", [(6,), (2, 6)])
def test_boxes_outside_the_picture_lose_their_label_as_in_keras(kind, shape):
    boxes = corners(*shape) / (50 if kind == "rel_xyxy" else 1)
    boxes[..., 0, :] = [-9, -9, -1, -1]
    given = {"boxes": boxes, "labels": np.ones(shape, "int32")}
    found = ours.clip_to_image_size(given, 60, 90, bounding_box_format=kind)
    other = theirs.clip_to_image_size(given, 60, 90, bounding_box_format=kind)
    same(found["boxes"], other["boxes"])
    np.testing.assert_array_equal(found["labels"], other["labels"])
    assert (np.asarray(found["labels"]) == -1).any()


def test_boxes_move_with_a_cropped_or_padded_picture():
    boxes = corners(2, 5)
    same(ours.crop(boxes, 7, 11, 40, 50), theirs.crop(boxes, 7, 11, 40, 50))
    same(ours.pad(boxes, 7, 11), theirs.pad(boxes, 7, 11))


@pytest.mark.parametrize("center", [{}, {"center_x": 0.2, "center_y": 0.7}])
def test_boxes_move_with_a_turned_and_sheared_picture(center):
    numbers = {
        "angle": [0, 30, -75],
        "translate_x": [0, 0.1, -0.3],
        "translate_y": [0.2, 0, 0.1],
        "scale": [1, 0.5, 2],
        "shear_x": [0, 10, -20],
        "shear_y": [0, -15, 5],
    }
    arrays = {name: np.array(v, "float32") for name, v in numbers.items()}
    boxes = corners(3, 4)
    found = ours.affine_transform(boxes, **arrays, height=60, width=90, **center)
    other = theirs.affine_transform(boxes, **arrays, height=60, width=90, **center)
    same(found, other, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("encoding", ["center_xywh", "center_yxhw"])
@pytest.mark.parametrize("variance", [None, [0.1, 0.1, 0.2, 0.2]])
@pytest.mark.parametrize("box_format", ["xyxy", "rel_xywh"])
def test_deltas_are_those_of_keras_and_lead_back(encoding, variance, box_format):
    shape = (80, 130, 3)
    anchors, boxes = corners(5, low=0), corners(2, 5, low=0)
    given = theirs.convert_format(boxes, "xyxy", box_format, 80, 130)
    given = np.asarray(given)
    deltas = ours.encode_box_to_deltas(
        anchors, given, "xyxy", box_format, encoding, variance, shape
    )
    same(
        deltas,
        theirs.encode_box_to_deltas(
            anchors, given, "xyxy", box_format, encoding, variance, shape
        ),
        rtol=1e-4,
    )
    back = ours.decode_deltas_to_boxes(
        anchors, deltas, "xyxy", box_format, encoding, variance, shape
    )
    same(back, given, rtol=1e-3, atol=1e-3)


def test_deltas_by_level_are_decoded_level_by_level():
    anchors = {2: corners(3, low=0), 3: corners(1, low=0)}
    deltas = {2: np.zeros((3, 4), "float32"), 3: np.ones((1, 4), "float32")}
    found = ours.decode_deltas_to_boxes(anchors, deltas, "xyxy", "yxyx")
    other = theirs.decode_deltas_to_boxes(anchors, deltas, "xyxy", "yxyx")
    for level in (2, 3):
        same(found[level], other[level])


@pytest.mark.parametrize("shapes", [((3,), (4,)), ((2, 3), (2, 4)), ((2, 3), (4,))])
@pytest.mark.parametrize("kind", ["xyxy", "center_xywh", "rel_yxyx"])
def test_overlaps_are_those_of_keras(shapes, kind):
    a, b = (np.abs(corners(*s)) / (100 if "rel" in kind else 1) for s in shapes)
    size = {"image_shape": (80, 130, 3)} if "rel" in kind else {}
    found = ours.compute_iou(a, b, kind, **size)
    same(found, theirs.compute_iou(a, b, kind, **size), atol=1e-4)


def test_absent_boxes_are_marked_in_the_table_of_overlaps():
    a, b = np.abs(corners(3)), np.abs(corners(2))
    a[1], b[0] = -1, -1
    options = {"use_masking": True, "mask_val": -5}
    found = ours.compute_iou(a, b, "xyxy", **options)
    same(found, theirs.compute_iou(a, b, "xyxy", **options))
    assert (np.asarray(found) == -5).sum() == 4


@pytest.mark.parametrize("kind", ["xyxy", "xywh", "center_yxhw"])
def test_complete_overlaps_are_those_of_keras(kind):
    a, b = np.abs(corners(3, 6)), np.abs(corners(3, 6))
    a[0, 0] = b[0, 0]
    same(ours.compute_ciou(a, b, kind), theirs.compute_ciou(a, b, kind), atol=1e-4)


def test_complete_overlap_of_relative_boxes_is_that_of_their_pixels():
    a, b = corners(5, low=0), corners(5, low=0)
    size = np.array([130, 80, 130, 80])
    found = ours.compute_ciou(a / size, b / size, "rel_xyxy", (80, 130, 3))
    same(found, theirs.compute_ciou(a, b, "xyxy"), atol=1e-4)


@pytest.mark.parametrize(
    ("call", "error", "advice"),
    [
        (
            lambda m: m.convert_format(np.ones((2, 3)), "xyxy", "xywh"),
            ValueError,
            "must have size 4",
        ),
        (
            lambda m: m.convert_format(np.ones((2, 4)), "xyx", "xywh"),
            ValueError,
            "'xyxy'",
        ),
        (
            lambda m: m.convert_format(np.ones((2, 4)), "xyxy", "rel_xyxy"),
            ValueError,
            "height=480, width=640",
        ),
        (
            lambda m: m.clip_to_image_size({"boxes": np.ones((2, 4))}),
            ValueError,
            "height=480",
        ),
        (
            lambda m: m.crop(np.ones((2, 4)), 1, 1, 2, 2, bounding_box_format="xywh"),
            NotImplementedError,
            r"convert_format\(boxes, 'xywh', 'xyxy'\)",
        ),
        (
            lambda m: m.compute_iou(np.ones((2, 4)), np.ones((2, 4)), "rel_xyxy"),
            ValueError,
            "image_shape=",
        ),
        (
            lambda m: m.compute_iou(np.ones(4), np.ones((2, 4)), "xyxy"),
            ValueError,
            "boxes1",
        ),
        (
            lambda m: m.encode_box_to_deltas(
                np.ones((2, 4)), np.ones((2, 4)), "xyxy", "xyxy", "xyxy"
            ),
            ValueError,
            "center_xywh",
        ),
        (
            lambda m: m.decode_deltas_to_boxes(
                np.ones((2, 4)), np.ones((2, 4)), "xyxy", "xyxy", variance=[1.0]
            ),
            ValueError,
            r"variance=\[0.1",
        ),
    ],
)
def test_what_keras_refuses_is_refused_with_advice(call, error, advice):
    with pytest.raises(error, match=advice):
        call(ours)
    with pytest.raises(error):
        call(theirs)
