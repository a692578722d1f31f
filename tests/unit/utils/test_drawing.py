"""Boxes and masks on pictures, and galleries of them."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import visualization

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 40, 50, 3)).astype("float32")
MASKS = np.random.default_rng(1).integers(-1, 4, (3, 40, 50, 1))


@pytest.mark.parametrize("options", [{}, {"alpha": 0.3}, {"ignore_index": 2}])
def test_masks_are_laid_over_as_in_keras(options):
    given = (PICTURES, MASKS, 4)
    ours = visualization.draw_segmentation_masks(*given, **options)
    theirs = keras.visualization.draw_segmentation_masks(*given, **options)
    np.testing.assert_allclose(ours.astype(int), np.asarray(theirs).astype(int), atol=1)
    assert ours.dtype == "uint8"


def test_masks_in_colours_of_ones_own_cover_all_but_the_ignored_class():
    colors = {0: (0, 0, 0), 1: (255, 0, 0), 2: (0, 255, 0), 3: (0, 0, 255)}
    drawn = visualization.draw_segmentation_masks(
        PICTURES, MASKS[..., 0], color_mapping=colors, blend=False
    )
    for number, color in colors.items():
        assert (drawn[MASKS[..., 0] == number] == color).all()
    left = MASKS[..., 0] == -1
    np.testing.assert_array_equal(drawn[left], PICTURES[left].astype("uint8"))


@pytest.mark.parametrize("first", [False, True])
@pytest.mark.parametrize("top", [1.0, 255.0])
def test_a_box_has_its_lines_and_nothing_else_is_touched(first, top):
    pictures = np.full((1, 60, 80, 3), top * 0.2, "float32")
    boxes = {
        "boxes": np.array([[[10, 20, 30, 40], [0, 0, 50, 50]]], "float32"),
        "labels": np.array([[1, -1]]),
    }
    drawn = visualization.draw_bounding_boxes(
        pictures.transpose(0, 3, 1, 2) if first else pictures,
        boxes,
        "xyxy",
        color=(255, 0, 9),
        line_thickness=2,
        data_format="channels_first" if first else "channels_last",
    )
    drawn = drawn.transpose(0, 2, 3, 1) if first else drawn
    expected = np.full((60, 80, 3), 51)
    expected[20:41, 10:31] = (255, 0, 9)
    expected[22:39, 12:29] = 51
    np.testing.assert_array_equal(drawn[0], expected)


def test_names_and_confidences_are_written_above_their_box():
    boxes = {
        "boxes": np.array([[[10, 50, 90, 90]]], "float32"),
        "labels": np.array([[1]]),
        "confidences": np.array([[0.9]]),
    }
    empty = np.zeros((1, 100, 120, 3), "uint8")
    plain = visualization.draw_bounding_boxes(empty, boxes, "xyxy")
    named = visualization.draw_bounding_boxes(empty, boxes, "xyxy", {1: "cat"})
    changed = np.argwhere((plain != named).any(axis=(0, 3)))
    assert len(changed) > 30
    assert changed[:, 0].max() < 50


@pytest.mark.parametrize(
    ("call", "error", "advice"),
    [
        (
            lambda v: v.draw_bounding_boxes(PICTURES[0], {}, "xyxy"),
            ValueError,
            r"images\[None\]",
        ),
        (lambda v: v.draw_bounding_boxes(PICTURES, [], "xyxy"), TypeError, '"labels"'),
        (
            lambda v: v.draw_bounding_boxes(PICTURES, {"boxes": 1}, "xyxy"),
            ValueError,
            "no 'labels'",
        ),
        (
            lambda v: v.draw_segmentation_masks(PICTURES, MASKS * 1.0),
            TypeError,
            r"astype\(\"int32\"\)",
        ),
        (
            lambda v: v.draw_segmentation_masks(PICTURES, MASKS[:, :5]),
            ValueError,
            "one class number for each pixel",
        ),
        (
            lambda v: v.plot_image_gallery(PICTURES, y_true=[0, 1, 2]),
            ValueError,
            "label_map=",
        ),
        (
            lambda v: v.plot_image_gallery(PICTURES, path="a.png", show=True),
            ValueError,
            "Leave one of them out",
        ),
    ],
)
def test_wrong_arguments_are_explained(call, error, advice):
    with pytest.raises(error, match=advice):
        call(visualization)


def test_a_gallery_shows_every_picture_with_its_labels():
    figure = visualization.plot_image_gallery(
        PICTURES / 255,
        y_true=np.array([0, 1, 7]),
        y_pred=[1, 1, 0],
        label_map={0: "cat", 1: "dog"},
        value_range=(0, 1),
    )
    assert [axes.get_title() for axes in figure.axes] == [
        "Label: cat  Pred: dog",
        "Label: dog  Pred: dog",
        "Label: Unknown  Pred: cat",
    ]
    shown = figure.axes[2].images[0].get_array()
    np.testing.assert_allclose(shown, PICTURES[2], atol=1)


def test_titles_and_legends_of_galleries_are_chinese_in_chinese():
    boxes = {"boxes": np.ones((3, 1, 4)), "labels": np.ones((3, 1), int)}
    classes = {"y_true": [0, 1, 7], "label_map": {0: "cat", 1: "dog"}}
    nbkeras.set_language("zh")
    try:
        titled = visualization.plot_image_gallery(PICTURES, **classes)
        boxed = visualization.plot_bounding_box_gallery(
            PICTURES, "xyxy", y_true=boxes, legend=True
        )
    finally:
        nbkeras.set_language("en")
    titles = [axes.get_title() for axes in titled.axes]
    assert titles == ["标签：cat", "标签：dog", "标签：未知"]
    words = [text.get_text() for text in boxed.legends[0].get_texts()]
    assert words == ["真实框", "预测框"]


def test_boxes_of_both_kinds_have_their_colours_and_a_legend():
    def boxes(*corners):
        return {"boxes": np.array([[corners]] * 3), "labels": np.ones((3, 1), int)}

    figure = visualization.plot_bounding_box_gallery(
        PICTURES,
        "xyxy",
        y_true=boxes(4, 4, 20, 20),
        y_pred=boxes(30, 4, 45, 20),
        legend=True,
    )
    shown = figure.axes[0].images[0].get_array()
    assert shown[4, 10].tolist() == [0, 188, 212]
    assert shown[4, 35].tolist() == [255, 235, 59]
    words = [text.get_text() for text in figure.legends[0].get_texts()]
    assert words == ["Ground Truth", "Prediction"]


def test_masks_stand_beside_their_picture_and_are_saved(tmp_path):
    figure = visualization.plot_segmentation_mask_gallery(
        PICTURES, 4, y_true=MASKS, y_pred=MASKS
    )
    assert len(figure.axes) == 9
    path = tmp_path / "gallery.png"
    saved = visualization.plot_segmentation_mask_gallery(
        PICTURES, 4, y_true=MASKS, path=path
    )
    assert saved is None
    assert path.read_bytes().startswith(b"\x89PNG")
