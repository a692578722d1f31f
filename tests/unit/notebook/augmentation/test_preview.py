"""A batch with its labels, and the report on a folder."""

import base64
import hashlib
import io
import os
import re

import numpy as np
import pytest
from PIL import Image

import nbkeras
from nbkeras import layers
from nbkeras.analysis.image_samples.label_text import label_texts
from nbkeras.analysis.image_samples.value_range import value_range
from nbkeras.notebook.widget import translations
from nbkeras.preprocessing.image import ImageDataGenerator
from nbkeras.utils import image_dataset_from_directory

RNG = np.random.default_rng(0)
X = RNG.uniform(0, 255, (6, 8, 10, 3)).astype("float32")
NASTY = '<img src=x onerror="alert(1)">&'


@pytest.mark.parametrize(
    ("labels", "names", "words", "kind"),
    [
        ([2, 0, 1], "abc", ["c", "a", "b"], "integer"),
        (np.array([[1.0], [0.0]]), ["no", "yes"], ["yes", "no"], "binary"),
        (np.eye(3)[[1, 2]], "abc", ["b", "c"], "one-hot"),
        ([[1, 1, 0], [0, 0, 0]], "abc", ["a + b", "–"], "several"),
        ([0.5, 1e6], None, ["0.5", "1e+06"], "numbers"),
        ([[0.25, 3.0]], None, ["0.25, 3"], "numbers"),
        ([3.0, 7.0], None, ["3", "7"], "integer"),
        (np.zeros((2, 4, 5, 1)), None, ["4×5×1"] * 2, "picture"),
        ({"kind": [1, 0], "age": [0.5, 2.5]}, None, None, "dict"),
        (["cat", NASTY], None, ["cat", NASTY], "text"),
    ],
)
def test_labels_in_words(labels, names, words, kind):
    found = label_texts(labels, names)
    assert found[1] == kind
    assert found[0] == (words or ["kind=1, age=0.5", "kind=0, age=2.5"])


def test_a_class_number_without_a_name_is_an_error():
    with pytest.raises(ValueError, match="there is a label 3, and 2 names"):
        nbkeras.show_batch((X, [0, 1, 3, 0, 0, 0]), class_names=["a", "b"])


@pytest.mark.parametrize(
    ("x", "low", "high", "known"),
    [
        (X / 255, 0, 1, True),
        (X, 0, 255, True),
        (X / 127.5 - 1, -1, 1, True),
        (X.astype("uint8"), 0, 255, True),
        (np.zeros((1, 2, 2, 1), "uint8"), 0, 255, True),
        (X * 3 - 400, None, None, False),
    ],
)
def test_the_usual_ranges_are_recognised_and_stated(x, low, high, known):
    found = nbkeras.show_batch(x)
    assert found.range.known is known
    low, high = (x.min(), x.max()) if low is None else (low, high)
    assert (found.range.low, found.range.high) == pytest.approx((low, high))
    said = f"values {low:.4g} to {high:.4g}".replace("-", "\u2212")
    assert said in repr(found)
    wanted = (x.astype("float64") - low) / (high - low) * 255
    shown = found.range.to_bytes(x)
    assert np.abs(shown - wanted).max() <= 0.502


def test_values_that_are_not_finite_are_counted_and_black():
    x = X / 255
    x[0, 0, 0] = np.nan, np.inf, -np.inf
    found = value_range(x)
    assert (found.high, found.broken) == (1.0, 3)
    assert found.to_bytes(x)[0, 0, 0].tolist() == [0, 255, 0]
    assert "3 values are not finite" in repr(nbkeras.show_batch(x))


def test_names_in_a_batch_are_never_markup():
    batch = nbkeras.show_batch((X, [0, 1, 0, 1, 0, 1]), 4, [NASTY, "b" * 100])
    html = batch._repr_html_()
    assert "<img src=x" not in html
    assert html.count("&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;") == 4
    assert html.count("<figure") == 4
    axes = batch.figure().axes
    assert axes[0].get_title() == NASTY[:28]
    np.testing.assert_array_equal(
        axes[1].images[0].get_array(), np.floor(X[1] + 0.5).astype("uint8")
    )


def test_a_batch_of_gray_deep_or_channels_first_pictures_is_shown():
    assert nbkeras.show_batch(X[..., 0]).pictures.shape == (6, 8, 10, 1)
    first = nbkeras.show_batch(X.transpose(0, 3, 1, 2))
    np.testing.assert_array_equal(first.pictures, X)
    deep = nbkeras.show_batch(np.concatenate([X, X], -1))
    assert "6 channels: the first is shown" in repr(deep)
    assert deep._repr_html_().count("<figure") == 6
    with pytest.raises(ValueError, match=r"write show_batch\(x\[None\]\)"):
        nbkeras.show_batch(X[0, 0])


@pytest.fixture
def data(tmp_path):
    """12 cats, 4 dogs and trouble of every kind."""
    train, test = tmp_path / "train", tmp_path / "val"
    for name, count in (("cats", 12), ("dogs", 4)):
        (train / name).mkdir(parents=True)
        for k in range(count):
            size = (20 + k, 10) if name == "cats" else (8, 40)
            x = np.random.default_rng([k, count]).integers(0, 255, (*size[::-1], 3))
            Image.fromarray(x.astype("uint8")).save(train / name / f"{k:02}.png")
    (test / "cats").mkdir(parents=True)
    return train, test


def test_a_report_has_counts_sizes_weights_and_the_mean(data):
    train, _ = data
    found = nbkeras.folder_report(train)
    assert found.classes == {"cats": 12, "dogs": 4}
    assert found.total == found.looked_at == 16
    assert found.sizes == {"width": (8, 24, 31), "height": (10, 10, 40)}
    assert found.modes == {"RGB": 16}
    assert found.imbalance == 3
    assert found.class_weight == {0: round(16 / 24, 4), 1: 2.0}
    assert (found.broken, found.duplicates, found.shared) == ([], [], [])
    total = np.zeros((64, 64, 3))
    for file in train.rglob("*.png"):
        total += np.asarray(Image.open(file).resize((64, 64), Image.Resampling.BOX))
    np.testing.assert_allclose(found.mean_image, total / 16, rtol=1e-6)
    text = repr(found)
    assert "model.fit(..., class_weight={0: 0.6667, 1: 2.0})" in text
    assert "16 images in 2 classes" in text
    assert "No broken files, no duplicates." in text
    assert found.figure()._repr_png_().startswith(b"\x89PNG")
    assert [bar.get_width() for bar in found.figure().axes[0].patches] == [12, 4]


def test_trouble_is_found_by_path(data, monkeypatch):
    train, test = data
    (train / "cats" / "cut.jpg").write_bytes(b"\xff\xd8\xff" + b"0" * 40)
    (train / "cats" / "page.png").write_text("<html>")
    (train / "dogs" / "none.png").write_bytes(b"")
    same = (train / "cats" / "00.png").read_bytes()
    (train / "dogs" / "copy.png").write_bytes(same)
    (train / "cats" / "again.png").write_bytes(same)
    (test / "cats" / "leak.png").write_bytes(same)
    twin = (train / "cats" / "01.png").read_bytes()
    (train / "cats" / "twin.png").write_bytes(twin)
    (train / "cats" / "notes.txt").write_text("x")
    (train / "dogs" / "round.png").symlink_to("round.png")
    (train / "dogs" / "loop").symlink_to(train, target_is_directory=True)
    os.mkfifo(train / "dogs" / "pipe.png")
    monkeypatch.setattr("nbkeras.image.files.load.MAX_PIXELS", 900)
    Image.new("RGB", (40, 40)).save(train / "dogs" / "huge.png")
    found = nbkeras.folder_report(train, test)
    broken = dict(found.broken)
    assert sorted(broken) == [
        "cats/cut.jpg",
        "cats/page.png",
        "dogs/huge.png",
        "dogs/none.png",
        "dogs/pipe.png",
        "dogs/round.png",
    ]
    assert "40x40 pixels, more than" in broken["dogs/huge.png"]
    assert "text file" in broken["cats/page.png"]
    assert "not a file but a pipe" in broken["dogs/pipe.png"]
    group = ["cats/00.png", "cats/again.png", "dogs/copy.png"]
    assert found.duplicates == [group, ["cats/01.png", "cats/twin.png"]]
    assert found.across == [group]
    assert found.shared == [("cats/00.png", "cats/leak.png")]
    assert found.ignored == {".txt": 1}
    assert found.classes == {"cats": 16, "dogs": 9}
    for path in ("cats/cut.jpg", "cats/leak.png", "dogs/copy.png"):
        assert path in repr(found)
        assert path in found._repr_html_()


def test_equal_pictures_stand_side_by_side_each_over_its_path(data):
    train, test = data
    same = (train / "cats" / "00.png").read_bytes()
    (train / "dogs" / "copy.png").write_bytes(same)
    (test / "cats" / "leak.png").write_bytes(same)
    html = nbkeras.folder_report(train, test)._repr_html_()
    shown = re.findall(
        r'<img alt="" [^>]*src="data:image/png;base64,([^"]+)"><figcaption>([^<]+)',
        html,
    )
    across, shared, duplicates = shown[:2], shown[2:4], shown[4:]
    assert [path for _, path in across] == ["cats/00.png", "dogs/copy.png"]
    assert [path for _, path in shared] == ["cats/00.png", "cats/leak.png"]
    assert duplicates == across
    picture = Image.open(io.BytesIO(base64.b64decode(shown[0][0])))
    original = Image.open(train / "cats" / "00.png")
    small = original.resize((64, 64), Image.Resampling.BOX)
    np.testing.assert_array_equal(np.asarray(picture), np.asarray(small))


def test_names_in_a_report_are_never_markup_nor_terminal_codes(tmp_path):
    folder = tmp_path / "d" / "<b>x<\x1b[31m"
    folder.mkdir(parents=True)
    (folder / "<script>.png").write_bytes(b"GIF")
    found = nbkeras.folder_report(tmp_path / "d")
    html = found._repr_html_()
    assert "<b>" not in html
    assert "<script>" not in html
    assert "&lt;script&gt;.png" in html
    assert "\x1b" not in repr(found) + html


def test_a_report_without_time_counts_and_says_so(data):
    train, _ = data
    found = nbkeras.folder_report(train, seconds=0)
    assert (found.total, found.looked_at) == (16, 0)
    assert "Opened 0 of 16 images" in repr(found)
    assert found.mean_image is None


def test_an_empty_folder_and_one_without_classes(tmp_path):
    empty = nbkeras.folder_report(tmp_path)
    assert "one folder for each class" in repr(empty)
    assert empty._repr_html_().startswith('<div lang="en">')
    Image.new("L", (3, 3)).save(tmp_path / "a.png")
    (tmp_path / "cats").mkdir()
    assert nbkeras.folder_report(tmp_path).classes == {"cats": 0}
    (tmp_path / "cats").rmdir()
    loose = nbkeras.folder_report(tmp_path)
    assert "Images, without class folders: 1" in repr(loose)
    with pytest.raises(FileNotFoundError, match="there is no such folder"):
        nbkeras.folder_report(tmp_path / "no")


def test_threads_do_not_change_a_report(data):
    train, _ = data
    one, four = (nbkeras.folder_report(train, workers=n) for n in (1, 4))
    assert repr(one) == repr(four)
    np.testing.assert_array_equal(one.mean_image, four.mean_image)


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
def test_batches_bring_the_names_of_their_classes(data, capsys):
    train, _ = data
    flow = ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        train, target_size=(12, 12), batch_size=16, shuffle=False
    )
    shown = nbkeras.show_batch(flow, count=14)
    assert shown.labels == ["cats"] * 12 + ["dogs"] * 2
    assert shown.kind == "one-hot"
    np.testing.assert_array_equal(shown.pictures, flow[0][0][:14])
    dataset = image_dataset_from_directory(train, image_size=(9, 9), shuffle=False)
    assert nbkeras.show_batch(dataset).labels[-1] == "dogs"
    own = iter([(X, RNG.integers(0, 2, 6))])
    assert nbkeras.show_batch(own).kind == "binary"
    with pytest.raises(ValueError, match="it is empty or exhausted"):
        nbkeras.show_batch(own)
    with pytest.raises(TypeError, match="cannot find images in a int"):
        nbkeras.show_batch(3)


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
def test_a_studio_takes_pictures_from_whatever_holds_them(data, wire, capsys):
    train, _ = data
    (train / "cats" / "00.png").write_bytes(b"broken")
    datagen = ImageDataGenerator(rotation_range=9)
    studio = nbkeras.preview(datagen, train, pictures=6)
    assert studio.labels == ["cats", "dogs"] * 3 or len(studio.labels) == 6
    assert len(studio.skipped) == 1
    assert "00.png" in studio.skipped[0]
    sized = nbkeras.preview(datagen, str(train), size=(30, 20))
    assert sized.original_shape == [30, 20, 3]
    flow = ImageDataGenerator(rotation_range=9, on_error="skip").flow_from_directory(
        train, target_size=(12, 14), class_mode="sparse", shuffle=False
    )
    from_flow = nbkeras.preview(flow, pictures=4)
    assert from_flow.original_shape == [12, 14, 3]
    assert {"cats", "dogs"} >= set(from_flow.labels)
    assert from_flow.datagen.rotation_range == 9
    of_arrays = nbkeras.preview(datagen.flow(X, np.arange(6)))
    assert of_arrays.labels == list("012345")
    file = next(iter(sorted((train / "dogs").iterdir())))
    assert nbkeras.preview(datagen, [file]).original_shape == [40, 8, 3]
    assert nbkeras.preview(datagen, X[0]).labels == [""]
    large = nbkeras.preview(datagen, np.zeros((300, 600, 1), "uint8"))
    assert large.original_shape == [64, 128, 1]
    assert large.smaller


def test_a_studio_says_what_it_cannot_show(tmp_path, wire):
    datagen = ImageDataGenerator(rotation_range=9)
    with pytest.raises(ValueError, match="there are no images in this folder"):
        nbkeras.preview(datagen, tmp_path)
    (tmp_path / "a.png").write_bytes(b"broken")
    with pytest.raises(ValueError, match=r"none of the images can be shown.*a\.png"):
        nbkeras.preview(datagen, tmp_path)
    with pytest.raises(ValueError, match="there are no images to show"):
        nbkeras.preview(datagen)
    with pytest.raises(TypeError, match="needs an ImageDataGenerator, a random layer"):
        nbkeras.preview(nbkeras.layers.Dense(3), X)
    with pytest.raises(ValueError, match="at most 48 are shown"):
        nbkeras.preview(datagen, X, count=49)


def test_a_studio_leaves_a_figure_and_a_picture_with_its_code(wire):
    datagen = ImageDataGenerator(horizontal_flip=True)
    studio = nbkeras.preview(datagen, (X, [0] * 6), count=3, class_names=["$a_b<i>"])
    images = [axes.images[0].get_array() for axes in studio.figure().axes[:4]]
    np.testing.assert_array_equal(images[0], np.floor(X[0] + 0.5).astype("uint8"))
    svg, caption = studio.static_picture()
    assert svg.count("<image") == 4
    assert "datagen = ImageDataGenerator(horizontal_flip=True)" in caption
    assert "&lt;i&gt;" in studio.static_html()
    assert "<i>" not in studio.static_html()
    before = hashlib.sha256(studio.pictures).digest()
    studio.seed = 3
    assert hashlib.sha256(studio.pictures).digest() != before
    assert datagen.rotation_range == 0


@pytest.mark.parametrize("stem", ["data_report"])
def test_no_text_is_missing_in_a_language(stem):
    for key, row in translations.rows(stem).items():
        assert len(row) == len(translations.COLUMNS), key
        assert all(row), key


def test_reports_speak_chinese(data):
    train, _ = data
    nbkeras.set_language("zh")
    try:
        assert "16 张图片，2 个类别" in repr(nbkeras.folder_report(train))
        assert "取值 0 至 255" in nbkeras.show_batch(X)._repr_html_()
    finally:
        nbkeras.set_language("en")


def test_mixed_pictures_become_the_label_that_their_shares_say():
    x = np.stack([np.zeros((6, 6, 1)), np.full((6, 6, 1), 200.0)]).astype("float32")
    studio = nbkeras.preview(
        layers.MixUp(1.0), (x, [0, 1]), class_names=["ink", "paper"]
    )
    for picture, label in zip(studio.variants.pictures, studio.mixtures, strict=True):
        parts = (part.removesuffix(" %").split(": ") for part in label.split(" + "))
        shares = {name: float(share.lstrip("<> ")) for name, share in parts}
        assert 2 * shares.get("paper", 0.0) == pytest.approx(picture.mean(), abs=1.1)
    plain = nbkeras.preview(layers.RandomFlip(), (x, [0, 1]))
    assert plain.mixtures == []
    unlabelled = nbkeras.preview(layers.MixUp(1.0), x, count=2)
    assert "#1" in unlabelled.mixtures[0]


def test_a_label_of_two_classes_is_neither_all_nor_nothing_of_one():
    x = np.zeros((2, 6, 6, 1), "float32")
    given = nbkeras.preview(layers.MixUp(0.05), (x, [0, 1]), class_names=["4", "9"])
    labels = set(given.mixtures)
    assert "4: > 99 % + 9: < 1 %" in labels
    assert "4: 100 %" in labels
    for label in labels:
        assert " 0 %" not in label
        assert ("100 %" in label) == (" + " not in label)
