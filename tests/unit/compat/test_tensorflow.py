"""`import tensorflow as tf` without TensorFlow: the same results, and what is said."""

import importlib.util
import json
import operator
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

import nbkeras
from nbkeras import compat
from nbkeras.compat import tensorflow as tf

GOLDEN = Path(__file__).parents[2] / "golden"
RECORDED = json.loads((GOLDEN / "tensorflow_words.json").read_text("utf-8"))["cases"]
NARROW = {"int64": "int32", "float64": "float32"}


def _module():
    path = GOLDEN / "tensorflow_cases.py"
    spec = importlib.util.spec_from_file_location("cases", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


CASES = _module()


@pytest.mark.parametrize("name", CASES.CASES)
def test_function_gives_what_tensorflow_gives(name):
    result, wanted = CASES.plain(CASES.CASES[name](tf)), RECORDED[name]
    kind = result["dtype"]
    assert NARROW.get(kind, kind) == NARROW.get(wanted["dtype"], wanted["dtype"])
    assert result["shape"] == wanted["shape"]
    if kind == "string":
        assert result["values"] == wanted["values"]
        return
    # TensorFlow reads the weights of bicubic resizing from a table of 1,024 places.
    bound = 1e-4 if "bicubic" in name else 2e-6
    np.testing.assert_allclose(
        result["values"], wanted["values"], rtol=2e-5, atol=bound
    )


def test_all_recorded_functions_are_tried():
    assert set(RECORDED) == set(CASES.CASES)


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("estimator", r"keras\.Sequential, compile"),
        ("train.Saver", "save_weights"),
        ("math.lgamma", "jax.scipy.special.gammaln"),
        ("math.nonsense", "jnp.nonsense"),
        ("image.nonsense", "keras.ops or NumPy"),
        ("ragged.range", "pad_sequences"),
    ],
)
def test_what_is_missing_says_what_to_write(name, advice):
    with pytest.raises(AttributeError, match=advice) as told:
        operator.attrgetter(name)(tf)
    assert "object" not in str(told.value)  # never the name of a class of ours


def test_arrays_have_numpy_while_installed(installed):
    model = nbkeras.Sequential([nbkeras.Input((2,)), nbkeras.layers.Dense(1)])
    y = model(jnp.ones((3, 2)))
    assert type(y.numpy()) is np.ndarray
    assert y[0, 0].numpy() == pytest.approx(float(y[0, 0]))
    compat.uninstall()
    assert not hasattr(y, "numpy")


IMPORTS = [
    "from tensorflow import keras; from tensorflow.keras import layers",
    "import tensorflow.math as m; m.square(2.0)",
    "from tensorflow.data import Dataset; Dataset.range(3)",
    "import tf_keras; tf_keras.layers.Dense",
    "import keras_core as keras; keras.layers.Dense",
    "from keras_preprocessing.image import ImageDataGenerator",
    "from keras.api.layers import Dense",
    "from tensorflow.python.keras.layers import Dense",
    "from tensorflow.keras.preprocessing.sequence import pad_sequences",
    "import tensorflow.compat.v1 as tf; tf.disable_v2_behavior(); tf.Session",
    "from tensorflow.compat.v1.keras.backend import set_session",
    "from tensorflow.python.client import device_lib; device_lib.list_local_devices()",
]


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
@pytest.mark.parametrize("line", IMPORTS)
def test_import_line_works(installed, line):
    names = {}
    exec(line, names)
    del names["__builtins__"]
    homes = [
        getattr(value, "__module__", None) or value.__name__ for value in names.values()
    ]
    assert homes
    assert all(home.partition(".")[0] == "nbkeras" for home in homes), homes


def test_version_passes_the_checks_of_tutorials():
    assert tf.__version__.startswith("2.")
    assert tf.__version__ >= "2.0"
    assert int(tf.__version__.split(".")[0]) >= 2


def test_isinstance_knows_tensors():
    assert isinstance(tf.constant(1.0), tf.Tensor)
    assert isinstance(tf.constant("a"), tf.Tensor)
    assert not isinstance(np.ones(2), tf.Tensor)
    assert tf.is_tensor(nbkeras.Variable(1.0))


def test_random_numbers_follow_the_seed():
    tf.random.set_seed(7)
    first = np.asarray(tf.random.normal((3, 2)))
    tf.random.set_seed(7)
    np.testing.assert_array_equal(tf.random.normal((3, 2)), first)
    draws = np.asarray(tf.random.uniform((1000,), 2, 5, dtype="int32"))
    assert set(draws.tolist()) == {2, 3, 4}
    one = tf.random.stateless_uniform((4,), seed=(1, 2))
    np.testing.assert_array_equal(one, tf.random.stateless_uniform((4,), seed=(1, 2)))


@pytest.mark.parametrize("kind", ["png", "jpeg"])
def test_picture_file_is_read_as_pillow_reads_it(tmp_path, kind):
    from PIL import Image

    path = tmp_path / f"a.{kind}"
    values = np.random.default_rng(0).integers(0, 255, (6, 5, 3), dtype=np.uint8)
    Image.fromarray(values).save(path)
    contents = tf.io.read_file(str(path))
    picture = tf.image.decode_image(contents, channels=3)
    np.testing.assert_array_equal(picture, np.asarray(Image.open(path)))
    assert tf.io.decode_png(contents, channels=1).shape == (6, 5, 1)


def test_folder_of_pictures_by_paths_as_tutorials_write_it(tmp_path, installed):
    from PIL import Image

    for name in ("cat", "dog"):
        (tmp_path / name).mkdir()
        for number in range(4):
            size = (8 + number, 6)
            Image.new("RGB", size, (number, 9, 9)).save(
                tmp_path / name / f"{number}.png"
            )
    names = np.array(["cat", "dog"])

    def load(path):
        label = tf.argmax(tf.strings.split(path, "/")[-2] == names)
        image = tf.image.decode_png(tf.io.read_file(path), channels=3)
        return tf.image.resize(image, [5, 4]) / 255.0, label

    dataset = tf.data.Dataset.list_files(str(tmp_path / "*/*.png"), shuffle=True)
    dataset = dataset.map(load, num_parallel_calls=tf.data.AUTOTUNE).batch(3)
    batches = list(dataset.prefetch(tf.data.AUTOTUNE))
    assert [batch[0].shape for batch in batches] == [(3, 5, 4, 3)] * 2 + [(2, 5, 4, 3)]
    labels = np.concatenate([batch[1].numpy() for batch in batches])
    assert sorted(labels.tolist()) == [0] * 4 + [1] * 4


def test_data_augmentation_functions_in_a_map_draw_anew():
    def change(image):
        return tf.image.random_brightness(tf.image.random_flip_left_right(image), 0.5)

    images = np.full((20, 2, 2, 3), 0.5, np.float32)
    dataset = tf.data.Dataset.from_tensor_slices(images).map(change)
    values = {float(image[0, 0, 0]) for image in dataset}
    assert len(values) == 20
    assert all(0.0 <= value <= 1.0 for value in values)


def test_random_crop_is_a_part_of_the_picture():
    image = np.arange(5 * 6 * 3, dtype=np.float32).reshape(5, 6, 3)
    parts = [np.asarray(tf.image.random_crop(image, (2, 3, 3))) for _ in range(30)]
    places = {(p[0, 0, 0] // 18, p[0, 0, 0] % 18 // 3) for p in parts}
    for part, (top, left) in ((p, divmod(int(p[0, 0, 0]) // 3, 6)) for p in parts):
        np.testing.assert_array_equal(part, image[top : top + 2, left : left + 3])
    assert len(places) > 5
    with pytest.raises(ValueError, match="fits into it"):
        tf.image.random_crop(image, (9, 3, 3))


def test_devices_are_those_of_jax():
    assert [each.device_type for each in tf.config.list_physical_devices("CPU")] == [
        "CPU"
    ]
    assert tf.config.list_physical_devices("GPU") == []
    assert tf.test.gpu_device_name() == ""


def test_sizes_of_a_shape_stay_sizes_when_they_are_cast_in_a_model():
    class Ones(nbkeras.layers.Layer):
        """One length for each row, as layers of a CTC loss compute it."""

        def call(self, x):
            rows = tf.cast(tf.shape(x)[0], dtype="int64")
            steps = tf.cast(tf.shape(x)[1], dtype="int64")
            return steps * tf.ones(shape=(rows, 1), dtype="int64")

    inputs = nbkeras.Input((None, 3))
    model = nbkeras.Model(inputs, Ones()(inputs))
    assert model.output_shape == (None, 1)
    lengths = model.predict(np.zeros((2, 5, 3)), verbose=0)
    assert lengths.tolist() == [[5], [5]]
