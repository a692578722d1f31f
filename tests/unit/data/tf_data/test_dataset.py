"""Chains of tf.data methods against TensorFlow's own results, and what they promise."""

import importlib.util
import json
import types
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import layers
from nbkeras.data.tf_data import dataset as data
from nbkeras.data.tf_data.dataset import Dataset
from nbkeras.data.tf_data.elements import TensorSpec

GOLDEN = Path(__file__).parents[3] / "golden"
RECORDED = json.loads((GOLDEN / "data_chains.json").read_text("utf-8"))["cases"]
TF = types.SimpleNamespace(data=data, TensorSpec=TensorSpec, shape=np.shape)
# JAX computes in 32 bits; TensorFlow keeps the 64 of NumPy's arrays.
NARROW = {"int64": "int32", "float64": "float32"}


def _module():
    spec = importlib.util.spec_from_file_location("cases", GOLDEN / "data_cases.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = _module()


def _narrowed(value):
    if isinstance(value, list) and value and isinstance(value[0], str):
        return [NARROW.get(value[0], value[0]), value[1]]
    if isinstance(value, list):
        return [_narrowed(part) for part in value]
    if isinstance(value, dict):
        return {name: _narrowed(part) for name, part in value.items()}
    return value


def _values(dataset):
    return [np.asarray(each).tolist() for each in dataset]


@pytest.mark.parametrize("name", CASES.CASES)
def test_chain_gives_the_elements_of_tensorflow(name):
    dataset = CASES.CASES[name](TF)
    elements = [CASES.plain(each) for each in dataset.as_numpy_iterator()]
    assert _narrowed(elements) == _narrowed(RECORDED[name]["elements"])
    assert dataset.cardinality() == RECORDED[name]["cardinality"]


def test_all_recorded_cases_are_tried():
    assert set(RECORDED) == set(CASES.CASES)


def test_a_second_pass_of_a_shuffle_has_another_order_and_the_same_elements():
    nbkeras.utils.set_random_seed(1)
    dataset = Dataset.range(100).shuffle(100)
    first, second = _values(dataset), _values(dataset)
    assert first != second
    assert sorted(first) == sorted(second) == list(range(100))


def test_shuffle_without_reshuffling_repeats_its_order():
    dataset = Dataset.range(50).shuffle(10, seed=3, reshuffle_each_iteration=False)
    assert _values(dataset) == _values(dataset) != list(range(50))


@pytest.mark.parametrize("chain", ["rows", "stream"])
def test_small_buffer_lets_an_element_leave_only_after_it_entered(chain):
    source = Dataset.range(200) if chain == "rows" else Dataset.range(200).batch(1)
    source = source if chain == "rows" else source.filter(lambda v: True).unbatch()
    for _ in range(3):
        order = np.array(_values(source.shuffle(10)))
        # Element k enters the buffer when k - 9 have left: it cannot leave before.
        assert (order <= np.arange(200) + 9).all()
        assert sorted(order.tolist()) == list(range(200))


def test_shuffle_of_a_whole_buffer_is_uniform():
    nbkeras.utils.set_random_seed(0)
    dataset = Dataset.range(4).shuffle(4)
    counts = np.zeros((4, 4))
    for _ in range(2000):
        counts[np.arange(4), _values(dataset)] += 1
    # Pearson's statistic of 16 cells with 9 degrees of freedom; 27.9 is the 0.1 %.
    assert ((counts - 500) ** 2 / 500).sum() < 27.9


def test_map_is_traced_once_and_runs_over_blocks():
    calls = []

    def double(x):
        calls.append(type(x))
        return x * 2

    dataset = Dataset.range(1000).map(double)
    assert _values(dataset) == list(range(0, 2000, 2))
    assert len(calls) <= 4
    assert all(issubclass(kind, jax.core.Tracer) for kind in calls)


def test_map_with_a_branch_on_values_is_called_with_each_element():
    dataset = Dataset.range(4).map(lambda x: x if x > 1 else -x)
    assert _values(dataset) == [0, -1, 2, 3]


def test_elements_have_numpy():
    image, label = next(iter(Dataset.from_tensor_slices((np.ones((3, 2)), ["a"] * 3))))
    assert type(image.numpy()) is np.ndarray
    assert label.numpy() == b"a"


def test_random_layer_in_a_map_draws_anew_for_each_batch_and_pass():
    flip = layers.RandomFlip("horizontal", seed=1)
    images = np.arange(2 * 64, dtype=np.float32).reshape(64, 1, 2, 1)
    dataset = (
        Dataset.from_tensor_slices(images)
        .batch(16)
        .map(lambda x: flip(x, training=True), num_parallel_calls=data.AUTOTUNE)
    )
    passes = [
        [np.ravel(batch[:, 0, 0, 0]) % 2 for batch in dataset.as_numpy_iterator()]
        for _ in range(2)
    ]
    drawn = {tuple(batch.tolist()) for one in passes for batch in one}
    assert len(drawn) == 8


def test_cache_keeps_what_a_random_map_drew():
    dataset = Dataset.range(5).map(lambda x: nbkeras.random.uniform(()) + 0.0 * x)
    kept = dataset.cache()
    assert _values(dataset) != _values(dataset)
    assert _values(kept) == _values(kept)


def test_map_on_threads_keeps_the_order_and_passes_errors_on():
    def half(value):
        number = int(value)
        if number == 40:
            raise ZeroDivisionError("at forty")
        return np.float32(number / 2)

    dataset = Dataset.range(40).map(half, num_parallel_calls=4)
    assert _values(dataset) == [n / 2 for n in range(40)]
    with pytest.raises(ZeroDivisionError, match="at forty"):
        _values(Dataset.range(60).map(half, num_parallel_calls=4))


def test_fit_reads_a_chain_as_it_reads_arrays():
    x = np.random.default_rng(0).normal(size=(64, 3)).astype("float32")
    y = (x.sum(1) > 0).astype("int32")

    def trained(*given, **more):
        nbkeras.utils.set_random_seed(0)
        model = nbkeras.Sequential([nbkeras.Input((3,)), layers.Dense(2)])
        model.compile("sgd", nbkeras.losses.SparseCategoricalCrossentropy(True))
        model.fit(*given, epochs=3, verbose=0, **more)
        return model.get_weights()

    chain = Dataset.from_tensor_slices((x * 2, y)).map(lambda a, b: (a / 2, b))
    ours = trained(chain.batch(16).prefetch(data.AUTOTUNE))
    for mine, theirs in zip(
        ours, trained(x, y, batch_size=16, shuffle=False), strict=True
    ):
        np.testing.assert_allclose(mine, theirs, rtol=1e-6, atol=1e-7)


def test_fit_asks_for_steps_where_a_chain_has_no_end():
    model = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    dataset = Dataset.from_tensor_slices(([[1.0]], [1.0])).repeat().batch(2)
    with pytest.raises(ValueError, match=r"steps_per_epoch=100"):
        model.fit(dataset, verbose=0)
    history = model.fit(dataset, steps_per_epoch=3, epochs=2, verbose=0)
    assert len(history.history["loss"]) == 2


def test_length_is_refused_where_it_is_not_known():
    assert len(Dataset.range(7).batch(2)) == 4
    with pytest.raises(TypeError, match="take"):
        len(Dataset.range(7).repeat())
    with pytest.raises(TypeError, match="only after iterating"):
        len(Dataset.range(7).filter(lambda x: x > 2))


def test_list_files_gives_paths_and_says_when_none_match(tmp_path):
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text("line one\nline two\n", "utf-8")
    paths = Dataset.list_files(str(tmp_path / "*.txt"), shuffle=False)
    names = [Path(path.decode()).name for path in paths.as_numpy_iterator()]
    assert names == ["a.txt", "b.txt"]
    lines = data.TextLineDataset([str(tmp_path / "a.txt")])
    assert list(lines.as_numpy_iterator()) == [b"line one", b"line two"]
    with pytest.raises(FileNotFoundError, match=r"no file matches"):
        Dataset.list_files(str(tmp_path / "*.png"))


def test_bytes_with_zeros_at_their_end_stay_whole():
    element = next(Dataset.from_tensors(b"a\x00\x00").as_numpy_iterator())
    assert element == b"a\x00\x00"


def test_folder_data_set_keeps_its_class_names_along_a_chain(tmp_path):
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(3):
            Image.new("RGB", (4, 4), (number, 0, 0)).save(
                tmp_path / name / f"{number}.png"
            )
    dataset = nbkeras.utils.image_dataset_from_directory(
        tmp_path, image_size=(4, 4), batch_size=2, shuffle=False, verbose=False
    )
    chain = dataset.map(lambda x, y: (x + 1, y)).cache().shuffle(3).skip(1)
    assert chain.class_names == ["cat", "dog"]
    assert len(chain) == 2
    assert dataset.cardinality().numpy() == 3
    images, _ = next(dataset.map(lambda x, y: (x + 1, y)).as_numpy_iterator())
    assert isinstance(images, np.ndarray)
    assert images.min() == 1.0
    assert len(list(dataset.unbatch())) == 6


def test_fit_reads_a_mapped_folder_through_its_map():
    images = nbkeras.utils.timeseries_dataset_from_array(
        np.arange(10.0), np.zeros(10), sequence_length=2, batch_size=3
    )
    model = nbkeras.Sequential([nbkeras.Input((2,)), layers.Dense(1, use_bias=False)])
    model.compile("sgd", "mse")
    model.set_weights([np.ones((2, 1))])
    loss = model.evaluate(images.map(lambda x, y: (x * 0, y)), verbose=0)
    assert loss == 0.0


@pytest.mark.parametrize(
    ("make", "error", "advice"),
    [
        (lambda: Dataset.from_tensor_slices(3), ValueError, "from_tensors"),
        (
            lambda: Dataset.from_tensor_slices(([1, 2], [1])),
            ValueError,
            "the same number of rows, and they have 2, 1",
        ),
        (lambda: Dataset.from_generator(iter([1])), TypeError, "lambda: my_generator"),
        (lambda: Dataset.range(3).batch(0), ValueError, "positive integer"),
        (lambda: Dataset.range(3).shard(2, 5), ValueError, "from 0 to 1"),
        (
            lambda: list(
                Dataset.from_generator(
                    lambda: iter([[1], [1, 2]]), output_types="int32"
                ).batch(2)
            ),
            ValueError,
            "padded_batch",
        ),
        (
            lambda: list(Dataset.range(2).flat_map(lambda value: value)),
            TypeError,
            "must return a Dataset",
        ),
        (
            lambda: list(
                Dataset.from_generator(
                    lambda: iter([jnp.ones(3)]),
                    output_signature=TensorSpec((2,), "float32"),
                )
            ),
            ValueError,
            "signature has",
        ),
    ],
)
def test_mistakes_say_what_to_write(make, error, advice):
    with pytest.raises(error, match=advice):
        make()
