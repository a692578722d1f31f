"""Texts and recordings from folders, windows of series, and data sets in two parts."""

import wave

import keras
import numpy as np
import pytest

from nbkeras import Sequential, layers, preprocessing, utils


@pytest.fixture
def reviews(tmp_path):
    """Six texts in two class folders, one of them a folder deeper."""
    for name, count in (("pos", 4), ("neg", 2)):
        (tmp_path / name / "deep").mkdir(parents=True)
        for number in range(count):
            place = tmp_path / name / ("deep" if number == 1 else ".")
            (place / f"{number}.txt").write_text(
                f"{name} {number} \N{SNOWMAN}", "utf-8"
            )
    (tmp_path / "pos" / "picture.png").write_bytes(b"no text")
    return tmp_path


def texts_and_labels(dataset):
    pairs = [(str(t), label) for x, y in dataset for t, label in zip(x, y, strict=True)]
    return [text for text, _ in pairs], np.array([label for _, label in pairs])


def test_texts_come_sorted_with_the_numbers_of_their_folders(reviews, capsys):
    dataset = utils.text_dataset_from_directory(reviews, shuffle=False, batch_size=4)
    texts, labels = texts_and_labels(dataset)
    assert dataset.class_names == ["neg", "pos"]
    assert texts[0] == "neg 0 \N{SNOWMAN}"
    assert labels.tolist() == [0, 0, 1, 1, 1, 1]
    assert labels.dtype == "int32"
    assert [len(x) for x, _ in dataset] == [4, 2]
    assert "Found 6 files belonging to 2 classes." in capsys.readouterr().out


def test_files_are_those_of_keras_in_its_order_also_shuffled(reviews):
    from keras.src.utils import dataset_utils

    for shuffle in (False, True):
        paths, labels, names = dataset_utils.index_directory(
            str(reviews), "inferred", (".txt",), shuffle=shuffle, seed=7, verbose=False
        )
        ours = utils.text_dataset_from_directory(
            reviews, shuffle=shuffle, seed=7, verbose=False
        )
        assert ours.file_paths == paths
        assert ours._labels.tolist() == list(labels)
        assert ours.class_names == names


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("binary", [[0.0], [0.0], [1.0], [1.0], [1.0], [1.0]]),
        ("categorical", [[1.0, 0.0]] * 2 + [[0.0, 1.0]] * 4),
    ],
)
def test_labels_have_the_form_of_their_mode(reviews, mode, expected):
    dataset = utils.text_dataset_from_directory(
        reviews, label_mode=mode, shuffle=False, verbose=False
    )
    labels = texts_and_labels(dataset)[1]
    assert labels.tolist() == expected
    assert labels.dtype == "float32"


def test_texts_without_labels_are_cut_and_come_one_by_one(reviews):
    dataset = utils.text_dataset_from_directory(
        reviews,
        labels=None,
        batch_size=None,
        max_length=5,
        shuffle=False,
        verbose=False,
    )
    assert list(dataset) == ["neg 0", "neg 1", "pos 0", "pos 2", "pos 3", "pos 1"]


def test_both_parts_share_no_text(reviews):
    train, held = utils.text_dataset_from_directory(
        reviews, validation_split=0.34, subset="both", seed=3, verbose=False
    )
    parts = [set(texts_and_labels(each)[0]) for each in (train, held)]
    assert [len(part) for part in parts] == [4, 2]
    assert parts[0].isdisjoint(parts[1])


def test_each_pass_over_texts_has_an_order_of_its_own(reviews):
    dataset = utils.text_dataset_from_directory(reviews, seed=1, verbose=False)
    first, second = (texts_and_labels(dataset)[0] for _ in range(2))
    assert sorted(first) == sorted(second)
    assert first != second


def test_bytes_that_are_no_utf8_are_said_once(reviews):
    (reviews / "neg" / "0.txt").write_bytes(b"caf\xe9")
    dataset = utils.text_dataset_from_directory(reviews, shuffle=False, verbose=False)
    with pytest.warns(
        UserWarning, match=r"not UTF-8 at byte 3.*Convert the files to UTF-8"
    ):
        texts, _ = texts_and_labels(dataset)
    assert texts[0] == "caf\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"class_names": ["neg"]}, "Give each of them once"),
        ({"labels": [0, 1]}, "2 labels for 6 files"),
        ({"labels": [0] * 6, "class_names": ["a"]}, "Leave class_names out"),
        ({"label_mode": "one"}, "label_mode"),
        ({"validation_split": 0.2}, 'subset="both"'),
        ({"max_length": 0}, "max_length=200"),
    ],
)
def test_wrong_arguments_for_texts_are_explained(reviews, options, advice):
    with pytest.raises(ValueError, match=advice):
        utils.text_dataset_from_directory(reviews, verbose=False, **options)


def test_a_folder_without_texts_says_which_files_it_looks_for(tmp_path):
    (tmp_path / "pos").mkdir()
    with pytest.raises(ValueError, match=r"no files with extension .txt"):
        utils.text_dataset_from_directory(tmp_path)


def write_wav(path, samples, width=2, rate=8000):
    """`samples` (n, channels) from -1 to 1, written by the standard library."""
    top = 2 ** (8 * width - 1)
    whole = np.round(np.asarray(samples) * (top - 1)).astype("int64")
    if width == 1:
        data = (whole + 128).astype("u1").tobytes()
    else:
        data = b"".join(
            int(v).to_bytes(width, "little", signed=True) for v in whole.flat
        )
    with wave.open(str(path), "wb") as file:
        file.setnchannels(np.shape(samples)[1])
        file.setsampwidth(width)
        file.setframerate(rate)
        file.writeframes(data)


@pytest.fixture
def sounds(tmp_path):
    """Tones of 100 and 160 samples in two class folders."""
    for name, count in (("high", 100), ("low", 160)):
        (tmp_path / name).mkdir()
        tone = np.sin(np.arange(count) / (3 if name == "high" else 9))[:, None]
        write_wav(tmp_path / name / "1.wav", tone * 0.5)
    return tmp_path


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_recordings_of_any_width_come_as_numbers_from_minus_one_to_one(tmp_path, width):
    from nbkeras.utils.audio_dataset import read_wav

    tone = np.stack([np.sin(np.arange(50) / 5), np.cos(np.arange(50) / 7)], axis=1)
    write_wav(tmp_path / "tone.wav", tone, width=width)
    samples, rate = read_wav(tmp_path / "tone.wav")
    assert rate == 8000
    assert samples.dtype == "float32"
    np.testing.assert_allclose(samples, tone, atol=2.0 ** (2 - 8 * width))


def test_recordings_are_padded_to_the_longest_of_their_batch(sounds):
    dataset = utils.audio_dataset_from_directory(sounds, shuffle=False, verbose=False)
    x, y = next(iter(dataset))
    assert x.shape == (2, 160, 1)
    assert y.tolist() == [0, 1]
    assert np.all(x[0, 100:] == 0)
    np.testing.assert_allclose(x[1, :, 0], np.sin(np.arange(160) / 9) / 2, atol=1e-4)


def test_recordings_are_cut_to_a_length_and_converted_to_a_rate(sounds):
    dataset = utils.audio_dataset_from_directory(
        sounds,
        shuffle=False,
        verbose=False,
        sampling_rate=4000,
        output_sequence_length=60,
    )
    x, _ = next(iter(dataset))
    assert x.shape == (2, 60, 1)
    assert np.all(x[0, 50:] == 0)
    # Every second sample of the slow tone, away from its ends.
    slow = np.sin(np.arange(0, 160, 2) / 9) / 2
    np.testing.assert_allclose(x[1, 20:60, 0], slow[20:60], atol=0.01)


def test_a_damaged_recording_is_named(sounds):
    (sounds / "low" / "1.wav").write_bytes(b"RIFF....")
    dataset = utils.audio_dataset_from_directory(sounds, shuffle=False, verbose=False)
    with pytest.raises(ValueError, match=r"1\.wav is not a readable WAV.*16-bit PCM"):
        list(dataset)


def test_ragged_recordings_are_refused_with_the_way_out(sounds):
    with pytest.raises(ValueError, match="Leave ragged out"):
        utils.audio_dataset_from_directory(sounds, ragged=True)


@pytest.mark.parametrize(
    ("length", "stride", "rate", "bounds"),
    [(10, 3, 2, {}), (4, 1, 1, {}), (5, 2, 3, {"start_index": 10, "end_index": 60})],
)
def test_windows_are_those_that_the_definition_names(length, stride, rate, bounds):
    data = np.arange(99) * 10
    targets = np.arange(99) * -1
    dataset = utils.timeseries_dataset_from_array(
        data, targets, length, stride, rate, batch_size=7, **bounds
    )
    first, end = bounds.get("start_index", 0), bounds.get("end_index", 99)
    starts = [s for s in range(first, end, stride) if s + (length - 1) * rate < end]
    expected = [[data[s + k * rate] for k in range(length)] for s in starts]
    batches = list(dataset)
    assert {len(x) for x, _ in batches[:-1]} == {7}
    np.testing.assert_array_equal(np.concatenate([x for x, _ in batches]), expected)
    np.testing.assert_array_equal(
        np.concatenate([y for _, y in batches]), targets[starts]
    )


def test_windows_of_a_table_without_targets_come_one_by_one():
    data = np.arange(12).reshape(6, 2)
    dataset = utils.timeseries_dataset_from_array(data, None, 4, batch_size=None)
    windows = list(dataset)
    assert len(windows) == 3
    np.testing.assert_array_equal(windows[2], data[2:6])


def test_shuffled_windows_are_all_there_and_their_targets_follow():
    data = np.arange(40)
    dataset = utils.timeseries_dataset_from_array(
        data, data[5:], 5, shuffle=True, seed=2, batch_size=8
    )
    x = np.concatenate([x for x, _ in dataset])
    assert x[:, 0].tolist() != sorted(x[:, 0])
    assert sorted(x[:, 0]) == list(range(35))
    for windows, targets in dataset:
        np.testing.assert_array_equal(windows[:, 0] + 5, targets)


def test_a_model_is_trained_on_windows():
    series = np.sin(np.arange(200) / 8).astype("float32")
    windows = preprocessing.timeseries_dataset_from_array(series, series[4:], 4)
    model = Sequential([layers.Input((4,)), layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(windows, epochs=2, verbose=0)
    assert history.history["loss"][1] < history.history["loss"][0]


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"start_index": 50}, "Write start_index=0"),
        ({"start_index": -1}, "start_index must be 0 or greater"),
        ({"end_index": 60}, "end_index must be higher"),
        ({"start_index": 9, "end_index": 4}, "end_index must be higher"),
        ({"sampling_rate": 60}, "sampling_rate must be lower"),
        ({"sequence_stride": 0}, "sequence_stride=1"),
        ({"sampling_rate": 9}, "Choose a lower sequence_length"),
    ],
)
def test_wrong_arguments_for_windows_are_explained(options, advice):
    with pytest.raises(ValueError, match=advice):
        utils.timeseries_dataset_from_array(np.arange(50), None, 8, **options)


@pytest.mark.parametrize("sizes", [(0.8, None), (None, 2), (7, 0.3), (0.25, 0.5)])
@pytest.mark.parametrize("shuffle", [False, True])
def test_samples_are_divided_as_keras_divides_them(sizes, shuffle):
    import random

    from keras.src.utils.dataset_utils import _rescale_dataset_split_sizes

    data = np.arange(10) * 3
    first, second = utils.split_dataset(data, *sizes, shuffle=shuffle, seed=5)
    left, right = _rescale_dataset_split_sizes(*sizes, 10)
    rows = list(data)
    if shuffle:
        random.Random(5).shuffle(rows)
    assert list(first) == rows[:left]
    assert list(second) == rows[-right:]
    assert (len(first), len(second)) == (left, right)


def test_nested_samples_keep_their_form_and_make_batches():
    data = ({"a": np.arange(10), "b": np.ones((10, 2))}, np.arange(10) % 2)
    first, _ = utils.split_dataset(data, left_size=7)
    x, y = first[3]
    assert x["a"] == 3
    assert x["b"].shape == (2,)
    assert y == 1
    batches = list(first.batch(3))
    assert [len(y) for _, y in batches] == [3, 3, 1]


def test_a_data_set_of_batches_is_divided_into_batches(reviews):
    whole = utils.text_dataset_from_directory(reviews, shuffle=False, batch_size=2)
    first, second = utils.split_dataset(whole, left_size=4)
    assert [len(x) for x, _ in first] == [2, 2]
    assert texts_and_labels(second)[0] == texts_and_labels(whole)[0][4:]


def test_the_halves_of_arrays_train_and_validate_a_model():
    x = np.random.default_rng(0).normal(size=(50, 3)).astype("float32")
    train, held = utils.split_dataset((x, x.sum(1)), left_size=0.8)
    model = Sequential([layers.Input((3,)), layers.Dense(1)])
    model.compile("adam", "mse")
    history = model.fit(train.batch(8), validation_data=held.batch(8), verbose=0)
    assert np.isfinite(history.history["val_loss"]).all()


@pytest.mark.parametrize(
    ("sizes", "error", "advice"),
    [
        ((None, None), ValueError, "left_size=0.8"),
        ((0.0, None), ValueError, "left_size must be an integer from 1 to 9"),
        ((0.7, 0.6), ValueError, "greater than 1. Leave one of them out"),
        ((8, 5), ValueError, "13 samples, but the dataset has 10"),
        ((0.01, None), ValueError, "one part of the"),
        (("a", None), TypeError, "number of samples or a fraction"),
    ],
)
def test_wrong_sizes_are_refused_as_in_keras(sizes, error, advice):
    from keras.src.utils.dataset_utils import _rescale_dataset_split_sizes

    with pytest.raises(error, match=advice):
        utils.split_dataset(np.arange(10), *sizes)
    if sizes != (None, None):
        with pytest.raises(error):
            _rescale_dataset_split_sizes(*sizes, 10)


def test_source_inputs_are_found_once_each_and_in_the_order_of_keras():
    def names(library):
        a, b, c = (library.layers.Input((2,), name=name) for name in "abc")
        mixed = library.layers.Add()([library.layers.Dense(2)(b), a])
        end = library.layers.Concatenate()([mixed, library.layers.Add()([b, c])])
        return [tensor.name for tensor in library.utils.get_source_inputs(end)]

    import nbkeras

    assert names(nbkeras) == names(keras) == ["b", "a", "c"]
