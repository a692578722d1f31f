import itertools
import threading

import numpy as np
import pytest
from PIL import Image

from nbkeras.core import rng
from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.batches import is_batches
from nbkeras.image.files.load import PictureError
from nbkeras.image.pipeline.iterator import Iterator
from nbkeras.preprocessing.image import ImageDataGenerator

CHANGES = dict(rotation_range=30, zoom_range=0.2, horizontal_flip=True)


def pictures(count=10):
    return np.random.default_rng(0).uniform(0, 255, (count, 5, 6, 3)).astype("float32")


def flow(count=10, changes=None, **options):
    labels = np.arange(count)
    generator = ImageDataGenerator(**(changes or {}))
    return generator.flow(pictures(count), labels, **{"batch_size": 4, **options})


def one_pass(batches, epoch=0):
    made = list(batches.epoch(epoch))
    return np.concatenate([b.x for b in made]), np.concatenate([b.y for b in made])


def test_batches_are_endless_and_the_last_of_a_pass_is_short():
    sizes = [len(x) for x, _ in itertools.islice(flow(), 7)]
    assert sizes == [4, 4, 2, 4, 4, 2, 4]


def test_without_shuffle_pictures_come_in_their_order():
    x, y = one_pass(flow(shuffle=False))
    assert y.tolist() == list(range(10))
    np.testing.assert_allclose(x, pictures())


def test_each_pass_has_all_samples_in_an_order_of_its_own():
    batches = flow(seed=1)
    first, second = one_pass(batches, 0)[1], one_pass(batches, 1)[1]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first.tolist() != second.tolist()


def test_the_same_seed_gives_the_same_batches():
    a, b = (flow(changes=CHANGES, seed=5) for _ in range(2))
    for _ in range(4):
        for left, right in zip(next(a), next(b), strict=True):
            np.testing.assert_array_equal(left, right)


@pytest.mark.parametrize("workers", [1, 2, 4])
def test_the_number_of_threads_changes_nothing(workers):
    batches = flow(changes=CHANGES, seed=5)
    alone = [next(batches) for _ in range(3)]
    batches.workers = workers
    for (x, y), batch in zip(alone, batches.epoch(0), strict=True):
        np.testing.assert_array_equal(batch.x, x)
        np.testing.assert_array_equal(batch.y, y)


def test_the_change_of_a_sample_does_not_depend_on_its_batch():
    small, large = (flow(changes=CHANGES, seed=5, batch_size=b) for b in (3, 10))
    for left, right in zip(one_pass(small), one_pass(large), strict=True):
        np.testing.assert_array_equal(left, right)


def test_a_pass_changes_its_samples_in_its_own_way():
    batches = flow(changes=CHANGES, seed=5, shuffle=False)
    assert not np.allclose(one_pass(batches, 0)[0], one_pass(batches, 1)[0])


def test_without_a_seed_the_global_seed_decides():
    made = []
    for _ in range(2):
        rng.set_seed(3)
        made.append(one_pass(flow(changes=CHANGES))[0])
    np.testing.assert_array_equal(*made)


def test_numpys_global_generator_is_left_alone():
    before = np.random.get_state()[1].copy()
    one_pass(flow(changes=CHANGES, seed=5))
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_a_stream_gives_what_next_gives():
    batches, again = flow(changes=CHANGES, seed=5), flow(changes=CHANGES, seed=5)
    stream = batches.stream()
    for _ in range(7):
        np.testing.assert_array_equal(next(stream)[0], next(again)[0])
    stream.close()


def test_a_pass_can_begin_in_the_middle():
    batches = flow(seed=5)
    whole = [b.y.tolist() for b in batches.epoch(2)]
    assert [b.y.tolist() for b in batches.epoch(2, start=1)] == whole[1:]


def test_closing_ends_the_threads_of_a_pass_under_way():
    batches = flow()
    running = batches.epoch(0)
    next(running)
    batches.close()
    assert not [t for t in threading.enumerate() if t.name.startswith("nbkeras-ahead")]
    assert list(running) == []


def test_batches_have_numbers():
    batches = flow(shuffle=False)
    assert len(batches) == batches.num_batches == 3
    assert batches[1][1].tolist() == [4, 5, 6, 7]
    assert batches[-1][1].tolist() == [8, 9]
    assert batches.total_batches_seen == 2
    with pytest.raises(IndexError, match="3 batches, 0 to 2"):
        batches[3]


def test_reset_begins_the_pass_again():
    batches = flow(shuffle=False)
    next(batches)
    batches.reset()
    assert next(batches)[1].tolist() == [0, 1, 2, 3]


def test_on_epoch_end_gives_numbered_batches_a_new_order():
    batches = flow(count=40, batch_size=40, seed=1)
    first = batches[0][1]
    batches.on_epoch_end()
    assert batches[0][1].tolist() != first.tolist()
    assert batches.index_array.tolist() == batches[0][1].tolist()


def test_iterators_speak_the_batches_protocol():
    batches = flow(sample_weight=np.arange(10) / 10, shuffle=False)
    assert is_batches(batches)
    first = batches.peek()
    assert (first.rows, first.x.shape) == (4, (4, 5, 6, 3))
    np.testing.assert_allclose(first.weight, [0, 0.1, 0.2, 0.3])


def test_subclasses_written_for_keras_work():
    class Squares(Iterator):
        def _get_batches_of_transformed_samples(self, index_array):
            return index_array, index_array**2

    squares = Squares(5, batch_size=2, shuffle=False, seed=None)
    assert next(squares)[1].tolist() == [0, 1]
    assert [b.y.tolist() for b in squares.epoch(0)] == [[0, 1], [4, 9], [16]]


def test_generators_that_draw_their_own_way_get_an_integer_seed():
    seen = []

    class Own(ImageDataGenerator):
        def get_random_transform(self, img_shape, seed=None):
            seen.append(seed)
            return {"flip_horizontal": True}

    x, _ = next(Own().flow(pictures(2), [0, 1], shuffle=False))
    np.testing.assert_allclose(x, pictures(2)[:, :, ::-1])
    assert all(isinstance(seed, int) for seed in seen)


def test_other_inputs_come_along_unchanged():
    more = np.arange(10)
    (x, extra), y = next(
        ImageDataGenerator().flow((pictures(), more), more, batch_size=4, seed=0)
    )
    assert x.shape == (4, 5, 6, 3)
    np.testing.assert_array_equal(extra, y)


def test_parts_are_cut_as_in_keras(keras_image):
    x, y = pictures(), np.arange(10) % 2
    for subset in ("training", "validation"):
        options = dict(batch_size=10, shuffle=False, subset=subset)
        ours = next(ImageDataGenerator(validation_split=0.3).flow(x, y, **options))
        theirs = next(
            keras_image.ImageDataGenerator(validation_split=0.3).flow(x, y, **options)
        )
        np.testing.assert_allclose(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((np.zeros((3, 4, 4)),), {}, r"x\[\.\.\., None\]"),
        ((pictures(3), [1, 2]), {}, "3 images .* y has length 2"),
        ((pictures(3),), dict(sample_weight=[1]), "sample_weight has length 1"),
        ((pictures(3),), dict(subset="validation"), "validation_split=0.2"),
        ((pictures(3),), dict(batch_size=0), "batch_size=32"),
        ((pictures(0),), {}, "no samples"),
    ],
)
def test_wrong_data_are_explained(arguments, options, words):
    with pytest.raises(ValueError, match=words):
        ImageDataGenerator().flow(*arguments, **options)


def test_parts_without_the_same_classes_are_explained():
    generator = ImageDataGenerator(validation_split=0.5)
    labels = [0] * 5 + [1] * 5
    with pytest.raises(ValueError, match=r"permutation\(len\(x\)\)"):
        generator.flow(pictures(), labels, subset="training")
    generator.flow(pictures(), labels, subset="training", ignore_class_split=True)


def test_a_preprocessing_function_must_keep_the_shape():
    generator = ImageDataGenerator(preprocessing_function=lambda x: x[:2])
    with pytest.raises(ValueError, match="return one of the same shape"):
        next(generator.flow(pictures()))


def test_unusual_channels_are_noticed():
    with pytest.warns(NbkerasNotice, match="2 channels"):
        ImageDataGenerator().flow(np.zeros((3, 4, 4, 2)))


# From folders.


@pytest.fixture
def root(folders):
    return folders({"cat": 5, "dog": 4})


def from_folder(root, changes=None, **options):
    options = dict(target_size=(8, 6), batch_size=3, shuffle=False) | options
    return ImageDataGenerator(**(changes or {})).flow_from_directory(root, **options)


@pytest.mark.parametrize(
    "class_mode", ["categorical", "binary", "sparse", "input", None]
)
@pytest.mark.parametrize("color_mode", ["rgb", "grayscale", "rgba"])
def test_folder_batches_equal_keras(root, keras_image, class_mode, color_mode):
    options = dict(
        target_size=(7, 5),
        batch_size=4,
        shuffle=False,
        class_mode=class_mode,
        color_mode=color_mode,
    )
    ours = ImageDataGenerator(rescale=1 / 255).flow_from_directory(root, **options)
    theirs = keras_image.ImageDataGenerator(rescale=1 / 255).flow_from_directory(
        root, **options
    )
    assert ours.image_shape == theirs.image_shape
    for _ in range(4):
        mine, wanted = next(ours), next(theirs)
        mine, wanted = (b if isinstance(b, tuple) else (b,) for b in (mine, wanted))
        assert len(mine) == len(wanted)
        for a, b in zip(mine, wanted, strict=True):
            assert a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=1e-6)


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_folder_parts_are_those_of_keras(root, keras_image, subset):
    ours = from_folder(root, dict(validation_split=0.4), subset=subset)
    theirs = keras_image.ImageDataGenerator(validation_split=0.4).flow_from_directory(
        root, subset=subset, shuffle=False
    )
    assert ours.filenames == theirs.filenames


def test_found_pictures_are_told_as_in_keras(root, capsys):
    from_folder(root)
    assert capsys.readouterr().out == "Found 9 images belonging to 2 classes.\n"


def test_changed_folder_batches_do_not_depend_on_threads(root):
    batches = from_folder(root, dict(CHANGES, rescale=1 / 255), shuffle=True, seed=3)
    alone = [next(batches)[0] for _ in range(3)]
    for workers in (1, 3):
        batches.workers = workers
        for x, batch in zip(alone, batches.epoch(0), strict=True):
            np.testing.assert_array_equal(batch.x, x)


def test_channels_may_come_first(root):
    x, _ = next(from_folder(root, dict(data_format="channels_first", **CHANGES)))
    assert x.shape == (3, 3, 8, 6)


def test_changed_pictures_are_written_to_look_at(root, tmp_path):
    target = tmp_path / "seen" / "here"
    batches = from_folder(root, CHANGES, save_to_dir=target, save_prefix="a")
    next(batches)
    names = sorted(p.name.split("_")[:2] for p in target.iterdir())
    assert names == [["a", "0"], ["a", "1"], ["a", "2"]]


def break_picture(root, name):
    path = root / name
    path.write_bytes(path.read_bytes()[:40])
    return path


def test_a_broken_picture_stops_the_pass_with_its_name(root):
    break_picture(root, "cat/1.png")
    batches = from_folder(root)
    with pytest.raises(PictureError, match=r"cat/1.png is damaged"):
        list(batches.epoch(0))
    assert not [t for t in threading.enumerate() if t.name.startswith("nbkeras-ahead")]


def test_broken_pictures_can_be_skipped_and_are_listed(root):
    path = break_picture(root, "cat/1.png")
    (root / "dog" / "1.png").write_bytes(b"")
    batches = from_folder(root, dict(on_error="skip"))
    with pytest.warns(NbkerasNotice, match=r"cat/1.png.*are listed in `.skipped`"):
        rows = [batch.rows for batch in batches.epoch(0)]
    assert rows == [2, 3, 2]
    assert sorted(batches.skipped) == [str(path), str(root / "dog" / "1.png")]


def test_a_folder_of_broken_pictures_only_is_an_error(folders):
    root = folders({"a": 1, "b": 2})
    for name in ("a/0.png", "b/0.png", "b/1.png"):
        break_picture(root, name)
    batches = from_folder(root, dict(on_error="skip"), batch_size=1)
    with (
        pytest.warns(NbkerasNotice, match="Skipped"),
        pytest.raises(PictureError, match="None of the 3 images can be read"),
    ):
        next(batches)


def test_a_picture_that_vanishes_between_scan_and_reading_is_named(root):
    batches = from_folder(root)
    (root / "cat" / "0.png").unlink()
    with pytest.raises(FileNotFoundError, match=r"cat/0\.png"):
        next(batches)


def test_keras_compat_does_not_turn_by_exif(folders):
    from PIL import Image

    root = folders({"a": 1, "b": 1}, size=(4, 6))
    exif = Image.Exif()
    exif[0x0112] = 3
    values = np.arange(72, dtype="uint8").reshape(4, 6, 3)
    Image.fromarray(values).save(root / "a" / "0.png", exif=exif)
    turned = next(from_folder(root, target_size=(4, 6)))[0][0]
    plain = next(from_folder(root, dict(keras_compat=True), target_size=(4, 6)))[0][0]
    np.testing.assert_array_equal(turned, values[::-1, ::-1])
    np.testing.assert_array_equal(plain, values)


# From tables.


@pytest.fixture
def frame(root):
    import pandas

    names = [f"cat/{n}.png" for n in range(3)] + [f"dog/{n}.png" for n in range(3)]
    return pandas.DataFrame(
        {
            "filename": names,
            "class": ["cat"] * 3 + ["dog"] * 3,
            "age": np.arange(6.0),
            "size": np.arange(6) * 2,
            "tags": [["x"], ["x", "y"], ["y"], ["z"], ["x", "z"], ["y"]],
            "weight": np.arange(6) / 10,
        }
    )


FRAMES = [
    {},
    dict(class_mode="binary"),
    dict(class_mode="sparse", weight_col="weight"),
    dict(class_mode="raw", y_col="age"),
    dict(class_mode="raw", y_col=["age", "size"]),
    dict(class_mode="multi_output", y_col=["age", "size"]),
    dict(class_mode="input"),
    dict(class_mode=None),
    dict(y_col="tags"),
    dict(y_col="tags", classes=["z", "y"]),
    dict(classes=["dog", "cat"], class_mode="sparse"),
    dict(subset="validation"),
    dict(subset="training"),
]


@pytest.mark.parametrize("options", FRAMES)
def test_table_batches_equal_keras(root, frame, keras_image, options, capsys):
    options = dict(shuffle=False, batch_size=4, target_size=(5, 5)) | options
    made, told = [], []
    for kind in (ImageDataGenerator, keras_image.ImageDataGenerator):
        generator = kind(validation_split=0.34)
        # Keras joins names itself and needs a plain string.
        batches = generator.flow_from_dataframe(frame, str(root), **options)
        made.append((batches, next(batches)))
        told.append(capsys.readouterr().out)
    (ours, mine), (theirs, wanted) = made
    assert told[0] == told[1]
    assert ours.filenames == theirs.filenames
    assert getattr(ours, "class_indices", 0) == getattr(theirs, "class_indices", 0)
    import jax

    for a, b in zip(jax.tree.leaves(mine), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b)


def test_a_table_may_be_a_dict_of_lists(root):
    table = {"filename": ["cat/0.png", "dog/0.png"], "class": ["cat", "dog"]}
    x, y = next(ImageDataGenerator().flow_from_dataframe(table, root, shuffle=False))
    assert x.shape == (2, 256, 256, 3)
    assert y.tolist() == [[1, 0], [0, 1]]


def test_rows_without_a_file_are_left_out_and_told(root, frame):
    frame.loc[1, "filename"] = "cat/nine.png"
    with pytest.warns(NbkerasNotice, match=r"1 of 6 rows .*cat/nine.png"):
        batches = ImageDataGenerator().flow_from_dataframe(frame, root)
    assert batches.samples == 5


def test_old_arguments_of_tables_are_taken_with_a_notice(root, frame):
    with pytest.warns(NbkerasNotice) as said:
        batches = ImageDataGenerator().flow_from_dataframe(
            frame, root, y_col="age", class_mode="other", has_ext=True
        )
    assert batches.class_mode == "raw"
    assert len(said) == 2


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (dict(directory="nowhere"), ValueError, "none of the 6 rows names an image"),
        (dict(x_col="filname"), ValueError, "Did you mean 'filename'"),
        (dict(x_col="age"), TypeError, r"df\['age'\].astype\(str\)"),
        (dict(y_col="size"), TypeError, 'class_mode="raw" for numbers'),
        (dict(y_col="klass"), ValueError, "Did you mean 'class'"),
        (dict(class_mode="multi_output"), TypeError, "must be a list of columns"),
        (dict(class_mode="categoric"), ValueError, "Did you mean 'categorical'"),
        (dict(class_mode="binary", y_col="filename"), ValueError, "holds 6 classes"),
        (dict(weight_col="class"), TypeError, "weights must be numbers"),
        (dict(targetsize=3), TypeError, "Did you mean 'target_size'"),
    ],
)
def test_wrong_tables_are_explained(root, frame, options, error, words):
    options = {"directory": root} | options
    with pytest.raises(error, match=words):
        ImageDataGenerator().flow_from_dataframe(frame, **options)


def raising(picture):
    raise KeyError("no such colour")


@pytest.mark.parametrize("settings", [{}, {"rotation_range": 9, "fill_mode": "wrap"}])
def test_an_error_of_a_preprocessing_function_names_the_picture(tmp_path, settings):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        Image.new("RGB", (4, 4)).save(tmp_path / name / "1.png")
    generator = ImageDataGenerator(preprocessing_function=raising, **settings)
    batches = generator.flow_from_directory(tmp_path, (4, 4), shuffle=False)
    with pytest.raises(KeyError, match="no such colour") as caught:
        next(batches)
    (note,) = caught.value.__notes__
    assert str(tmp_path / "a" / "1.png") in note
    assert "preprocessing_function=raising" in note
    assert caught.traceback[-1].name == "raising"


def test_an_error_of_a_preprocessing_function_on_arrays_names_the_row():
    generator = ImageDataGenerator(preprocessing_function=raising)
    with pytest.raises(KeyError) as caught:
        next(generator.flow(np.zeros((3, 4, 4, 3)), shuffle=False))
    assert "the image number 0 " in caught.value.__notes__[0]
