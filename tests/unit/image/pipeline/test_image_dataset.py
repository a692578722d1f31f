import numpy as np
import pytest

from nbkeras.data.batches import is_batches
from nbkeras.image.files import arrays, load
from nbkeras.image.pipeline.image_dataset import image_dataset_from_directory as dataset
from nbkeras.image.transform import resize


@pytest.fixture
def root(folders):
    return folders({"cat": 5, "dog": 3})


@pytest.mark.parametrize(
    ("mode", "dtype", "shape"),
    [
        ("int", "int32", (4,)),
        ("binary", "float32", (4, 1)),
        ("categorical", "float32", (4, 2)),
    ],
)
def test_labels_have_kerass_form(root, mode, dtype, shape):
    images, labels = next(iter(dataset(root, label_mode=mode, batch_size=4)))
    assert (images.dtype, images.shape) == ("float32", (4, 256, 256, 3))
    assert (labels.dtype, labels.shape) == (dtype, shape)


def test_pictures_are_resized_without_smoothing(root):
    made = dataset(root, shuffle=False, image_size=(4, 3), batch_size=8)
    images, labels = next(iter(made))
    first = arrays.img_to_array(load.load_img(root / "cat" / "0.png"))
    np.testing.assert_allclose(images[0], resize.resize(first, (4, 3)), atol=1e-4)
    assert labels.tolist() == [0] * 5 + [1] * 3
    assert made.class_names == ["cat", "dog"]


def test_a_loop_is_one_pass_and_the_next_has_another_order(root):
    made = dataset(root, seed=1, batch_size=3, image_size=4)
    passes = [np.concatenate([x for x, _ in made]) for _ in range(2)]
    assert len(made) == 3
    assert passes[0].shape == passes[1].shape == (8, 4, 4, 3)
    assert not np.array_equal(*passes)
    np.testing.assert_allclose(
        np.sort(passes[0].sum((1, 2, 3))), np.sort(passes[1].sum((1, 2, 3)))
    )


@pytest.mark.parametrize("subset", ["training", "validation"])
def test_parts_hold_the_files_that_keras_picks(root, subset):
    from keras.src.utils import dataset_utils

    paths, labels, _ = dataset_utils.index_directory(
        str(root), "inferred", (".png",), shuffle=True, seed=7, verbose=False
    )
    theirs, _ = dataset_utils.get_training_or_validation_split(
        paths, labels, 0.3, subset
    )
    ours = dataset(root, validation_split=0.3, subset=subset, seed=7, verbose=False)
    assert ours.file_paths == theirs


def test_both_parts_together_are_all_files(root, capsys):
    train, held = dataset(root, validation_split=0.25, subset="both")
    assert sorted(train.file_paths + held.file_paths) == sorted(
        str(p) for p in root.rglob("*.png")
    )
    assert capsys.readouterr().out.splitlines() == [
        "Found 8 files belonging to 2 classes.",
        "Using 6 files for training.",
        "Using 2 files for validation.",
    ]


def test_labels_may_be_given_as_a_list(root):
    labels = [7, 7, 7, 3, 3, 3, 3, 3]
    made = dataset(root, labels=labels, shuffle=False, image_size=4)
    assert next(iter(made))[1].tolist() == labels
    assert made.class_names == ["3", "7"]


def test_without_labels_come_pictures_only(root):
    images = next(iter(dataset(root, labels=None, batch_size=8, image_size=4)))
    assert images.shape == (8, 4, 4, 3)


def test_without_a_batch_size_come_single_pictures(root):
    singles = list(dataset(root, batch_size=None, image_size=4))
    assert len(singles) == 8
    assert singles[0][0].shape == (4, 4, 3)


def test_a_dataset_speaks_the_batches_protocol(root):
    made = dataset(root, batch_size=3, image_size=4)
    assert is_batches(made)
    assert [batch.rows for batch in made.epoch(0)] == [3, 3, 2]
    assert made.peek().x.shape == (3, 4, 4, 3)
    assert len(list(made.take(2))) == 2


@pytest.mark.parametrize("option", ["crop_to_aspect_ratio", "pad_to_aspect_ratio"])
def test_proportions_can_be_kept(root, option):
    images, _ = next(iter(dataset(root, image_size=(4, 8), **{option: True})))
    assert images.shape[1:] == (4, 8, 3)


def test_channels_may_come_first(root):
    images, _ = next(iter(dataset(root, image_size=4, data_format="channels_first")))
    assert images.shape == (8, 3, 4, 4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (dict(validation_split=0.2), 'subset="both"'),
        (dict(validation_split=0.2, subset="training"), "seed=1 in both calls"),
        (dict(labels=[1, 2]), "2 labels for 8 images"),
        (dict(labels=None, class_names=["cat"]), "Leave class_names out"),
        (dict(crop_to_aspect_ratio=True, pad_to_aspect_ratio=True), "Leave one"),
        (dict(label_mode="integer"), "Did you mean 'int'"),
        (dict(image_size=0), "image_size=\\(150, 150\\)"),
        (dict(interpolation="bilinar"), "Did you mean 'bilinear'"),
        (
            dict(validation_split=0.01, subset="both"),
            "validation part of 8 files is empty",
        ),
    ],
)
def test_wrong_arguments_are_explained(root, options, words):
    with pytest.raises(ValueError, match=words):
        dataset(root, **options)


def test_binary_labels_need_two_classes(folders):
    with pytest.raises(ValueError, match="binary labels need 2"):
        dataset(folders({"a": 1, "b": 1, "c": 1}), label_mode="binary")


def test_a_mapped_dataset_gives_changed_batches_in_every_pass(root):
    made = dataset(root, shuffle=False, batch_size=3, image_size=4)
    scaled = made.map(lambda x, y: (x / 255, y), num_parallel_calls=-1)
    scaled = scaled.cache().prefetch(buffer_size=-1)
    plain = [x for x, _ in made]
    for _ in range(2):
        changed = [x for x, _ in scaled]
        assert len(changed) == len(scaled) == 3
        for a, b in zip(changed, plain, strict=True):
            np.testing.assert_allclose(a, b / 255, rtol=1e-6)
    assert len(list(scaled.take(2))) == 2
    assert scaled.class_names == ["cat", "dog"]


def test_a_mapped_dataset_trains_a_model(root):
    import nbkeras

    made = dataset(root, batch_size=4, image_size=4, seed=1)
    model = nbkeras.Sequential(
        [nbkeras.Input((4, 4, 3)), nbkeras.layers.Flatten(), nbkeras.layers.Dense(2)]
    )
    loss = nbkeras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nbkeras.optimizers.Adam(0.05), loss)
    scaled = made.map(lambda x, y: (x / 255, y)).prefetch(1)
    losses = model.fit(scaled, epochs=10, verbose=0).history["loss"]
    assert losses[-1] < losses[0]
