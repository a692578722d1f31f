"""`import keras` means nbkeras: old paths, names that are not here, and undoing it."""

import importlib
import sys
import types

import numpy as np
import pytest

import nbkeras
from nbkeras import compat
from nbkeras.core.names import legacy_names


def run(code):
    names = {}
    exec(code, names)
    return names


def test_keras_is_nbkeras_itself(installed):
    names = run("import keras\nfrom keras import layers\nimport keras.backend as K")
    assert names["keras"] is nbkeras
    assert names["layers"] is nbkeras.layers
    assert names["K"].image_data_format() == "channels_last"
    assert nbkeras.layers.__spec__.name == "nbkeras.layers"


QUIET = ("wrappers", "mixed_precision")  # Keras 3 has modules of these names


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
@pytest.mark.parametrize("path", sorted(legacy_names.MOVED))
def test_an_old_path_is_the_module_of_today(installed, path):
    found = importlib.import_module(f"keras.{path}")
    assert found is importlib.import_module(f"nbkeras.{legacy_names.MOVED[path]}")


@pytest.mark.parametrize(
    "path", sorted(p for p in legacy_names.MOVED if p.split(".")[0] not in QUIET)
)
def test_an_old_path_says_what_to_write(path):
    with pytest.warns(UserWarning, match=f"keras.{path} is an old path; write keras."):
        legacy_names.moved(path)


IMPORTS = [
    "from keras.layers.core import Dense, Dropout, Flatten, Activation, Lambda",
    "from keras.layers.convolutional import Conv2D, MaxPooling2D, Convolution2D",
    "from keras.layers.normalization import BatchNormalization",
    "from keras.layers.pooling import MaxPooling2D",
    "from keras.layers.merge import concatenate, Add",
    "from keras.layers.experimental.preprocessing import Rescaling, RandomFlip",
    "from keras.utils.np_utils import to_categorical",
    "from keras.utils import np_utils; np_utils.to_categorical",
    "from keras.utils.generic_utils import Progbar",
    "from keras.utils.data_utils import get_file",
    "from keras.utils.vis_utils import plot_model, model_to_dot",
    "from keras.utils.visualize_util import plot; plot.__name__ == 'plot_model'",
    "from keras.optimizers import SGD, adam, rmsprop; adam(), rmsprop()",
    "from keras.optimizers.legacy import Adam",
    "from keras.objectives import binary_crossentropy",
    "from keras.engine.topology import Layer, Input",
    "from keras.engine import Model",
    "from keras.preprocessing.image import ImageDataGenerator",
    "from keras.preprocessing.sequence import pad_sequences",
    "import keras; keras.layers.core.Dense",
    "import keras; keras.utils.np_utils.to_categorical",
    "import keras; keras.layers.experimental.preprocessing.RandomFlip",
    "import keras; keras.losses.Reduction.SUM",
    "from keras.mixed_precision import experimental as mp; mp.Policy('mixed_float16')",
]


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
@pytest.mark.parametrize("line", IMPORTS)
def test_import_lines_of_tutorials_work(installed, line):
    run(line)


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
def test_an_old_path_gives_the_same_things(installed):
    old = run("from keras.layers.core import Dense\nfrom keras.utils import np_utils")
    assert old["Dense"] is nbkeras.layers.Dense
    x = [0, 2]
    np.testing.assert_array_equal(
        old["np_utils"].to_categorical(x), nbkeras.utils.to_categorical(x)
    )


def test_an_old_path_is_told_once(installed):
    code = (
        "import keras.layers.core\nimport keras\nkeras.layers.core\n"
        "from keras.layers.core import Dense"
    )
    with pytest.warns(UserWarning, match="is an old path") as said:
        run(code)
    assert len(said) == 1


@pytest.mark.parametrize(("module", "name"), sorted(legacy_names.ABSENT))
def test_what_is_not_here_can_be_imported_and_says_so_when_used(
    installed, module, name
):
    parent = importlib.import_module(f"keras.{module}".rstrip("."))
    found = getattr(parent, name)
    assert isinstance(found, legacy_names.StandIn), "It is here now: drop its row."
    advice = legacy_names.ABSENT[module, name]
    with pytest.raises(NotImplementedError) as caught:
        found(3)
    assert f"nbkeras has no keras.{module}".rstrip(".") in str(caught.value)
    assert str(caught.value).endswith(advice)
    with pytest.raises(NotImplementedError):
        found.anything  # noqa: B018
    with pytest.raises(NotImplementedError):
        types.new_class("Mine", (found,))


def test_graphs_of_version_1_are_imported_from_the_framework(installed):
    names = run(
        "from tensorflow.python.framework import ops\n"
        "from tensorflow.python.framework.ops import disable_eager_execution\n"
        "ops.reset_default_graph()\n"
        "disable_eager_execution()"
    )
    assert names["ops"].reset_default_graph() is None


def test_a_module_that_is_not_here_says_so_when_used(installed):
    names = run(
        "from keras.applications import NASNetLarge\n"
        "from keras.applications.nasnet import preprocess_input"
    )
    with pytest.raises(NotImplementedError, match="Write EfficientNetB0"):
        names["NASNetLarge"](weights="imagenet")
    with pytest.raises(
        NotImplementedError, match=r"nbkeras has no keras\.applications\.nasnet"
    ):
        names["preprocess_input"](1)


def test_the_tools_for_texts_are_found_under_keras_paths(installed):
    names = run("from keras.preprocessing.text import Tokenizer")
    tokenizer = names["Tokenizer"]()
    tokenizer.fit_on_texts(["to be or not to be"])
    assert tokenizer.texts_to_sequences(["be or not"]) == [[2, 3, 4]]


def test_pretrained_networks_are_found_under_keras_paths(installed):
    names = run(
        "from keras.applications import VGG16, ResNet50V2\n"
        "from keras.applications.resnet50 import ResNet50, preprocess_input\n"
        "from keras.applications.mobilenet_v2 import decode_predictions"
    )
    assert names["VGG16"] is nbkeras.applications.VGG16
    assert names["ResNet50"] is nbkeras.applications.ResNet50


def test_a_module_that_nobody_knows_is_an_import_error(installed):
    with pytest.raises(ModuleNotFoundError, match="nbkeras has no lairs"):
        run("import keras.lairs")


def test_a_misspelt_name_gets_the_nearest(installed):
    with pytest.raises(AttributeError, match=r"Did you mean 'Dense'"):
        nbkeras.layers.Dence  # noqa: B018
    with pytest.raises(AttributeError, match=r"Did you mean 'Sequential'"):
        nbkeras.Sequental  # noqa: B018


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
def test_tf_keras_is_nbkeras_where_tensorflow_is_not_installed(installed):
    names = run(
        "import tensorflow as tf\n"
        "from tensorflow import keras\n"
        "from tensorflow.keras import layers, models\n"
        "from tensorflow.keras.layers import Dense\n"
        "from tensorflow.keras.preprocessing.image import ImageDataGenerator\n"
        "from tensorflow.python.keras.layers import Conv2D\n"
        "import tensorflow.keras.backend as K\n"
        "model = tf.keras.models.Sequential([tf.keras.Input((2,)), Dense(3, tf.nn.relu)])\n"
        "tf.random.set_seed(1)\n"
    )
    assert names["keras"] is nbkeras
    assert names["tf"].keras is nbkeras
    assert names["Dense"] is nbkeras.layers.Dense
    assert names["model"].layers[0].get_config()["activation"] == "relu"
    with pytest.raises(AttributeError, match=r"tf\.estimator is not here\. Estimators"):
        names["tf"].estimator  # noqa: B018


def test_the_strategy_of_old_tutorials_trains_on_all_devices(installed):
    from nbkeras import distribution

    try:
        with pytest.warns(UserWarning, match=r"set_distribution\(DataParallel\(\)\)"):
            names = run(
                "import tensorflow as tf\n"
                "strategy = tf.distribute.MirroredStrategy(devices=['/device:CPU:0'])\n"
                "with strategy.scope():\n"
                "    model = tf.keras.Sequential([tf.keras.layers.Dense(1)])\n"
                "    model.compile('sgd', 'mse')\n"
                "batch = 8 * strategy.num_replicas_in_sync\n"
            )
        assert names["batch"] == 8
        assert distribution.distribution().device_mesh.devices.tolist() == ["cpu:0"]
    finally:
        distribution.set_distribution(None)


def test_real_tensorflow_is_left_alone(installed, monkeypatch, tmp_path):
    (tmp_path / "tensorflow.py").write_text("real = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert run("import tensorflow")["tensorflow"].real
    del sys.modules["tensorflow"]


def test_real_keras_that_is_loaded_is_not_replaced(monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", types.ModuleType("keras"))
    with pytest.raises(
        RuntimeError, match=r"Restart Python, and call nbkeras\.compat\.install"
    ):
        compat.install()


def test_after_uninstall_the_old_paths_are_gone(installed):
    with pytest.warns(UserWarning, match="old path"):
        run("import keras.layers.core")
    compat.uninstall()
    assert "core" not in vars(nbkeras.layers)
    compat.install()
