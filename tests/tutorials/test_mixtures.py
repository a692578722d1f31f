"""One cell in the spellings of several years runs, or ends in one line that helps."""

import textwrap

import numpy as np
import pytest

from nbkeras.core.notices import NbkerasNotice

pytestmark = pytest.mark.filterwarnings(
    f"ignore::{NbkerasNotice.__module__}.NbkerasNotice"
)
START = """
import numpy as np
import tensorflow as tf
import keras
from keras import backend as K
from tensorflow.keras import layers, models
x = np.random.default_rng(0).normal(size=(24, 4)).astype("float32")
y = (x[:, 0] > 0).astype("int32")
def built():
    return models.Sequential([keras.Input((4,)), layers.Dense(1, "sigmoid")])
def compiled():
    model = built()
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    return model
"""
# (title, cell, what must hold afterwards).
RUNS = [
    (
        "Dense of Keras 1 in a Sequential of tf.keras",
        "m = models.Sequential([keras.layers.core.Dense(output_dim=3, input_dim=4)])",
        "m.output_shape == (None, 3)",
    ),
    (
        "Convolution2D in rows and columns beside padding",
        "m = models.Sequential([keras.layers.Convolution2D(4, 3, 3, border_mode='same', input_shape=(8, 8, 1)), layers.MaxPool2D(padding='same')])",
        "m.output_shape == (None, 4, 4, 4)",
    ),
    (
        "init and kernel_regularizer",
        "d = keras.layers.Dense(3, init='he_normal', kernel_regularizer='l2')",
        "'he_normal' in str(d.get_config()).lower() or 'HeNormal' in str(d.get_config())",
    ),
    (
        "nb_epoch in a model of tf.keras",
        "h = compiled().fit(x, y, nb_epoch=2, verbose=0)",
        "len(h.history['loss']) == 2",
    ),
    (
        "lr in an optimizer of tf.keras",
        "o = tf.keras.optimizers.Adam(lr=0.5)",
        "abs(float(o.learning_rate) - 0.5) < 1e-6",
    ),
    (
        "optimizer of tf.optimizers in compile of keras",
        "m = built(); m.compile(tf.optimizers.SGD(learning_rate=0.1), 'mse')",
        "abs(float(K.get_value(m.optimizer.lr)) - 0.1) < 1e-6",
    ),
    (
        "K.set_value on the learning rate",
        "m = compiled(); K.set_value(m.optimizer.lr, 0.25)",
        "abs(float(m.optimizer.learning_rate) - 0.25) < 1e-6",
    ),
    (
        "history under the short and the long name",
        "h = compiled().fit(x, y, epochs=1, verbose=0).history",
        "h['acc'] == h['accuracy']",
    ),
    (
        "history of mae under its long name",
        "m = built(); m.compile('sgd', 'mse', metrics=['mae']); h = m.fit(x, y, epochs=1, verbose=0).history",
        "h['mean_absolute_error'] == h['mae']",
    ),
    (
        "predict_classes of Keras 2 on a model of Keras 3",
        "c = compiled().predict_classes(x)",
        "set(np.unique(c)) <= {0, 1}",
    ),
    ("predict_proba", "p = compiled().predict_proba(x)", "p.shape == (24, 1)"),
    (
        "fit_generator with workers",
        "h = compiled().fit_generator(((x, y) for _ in range(9)), steps_per_epoch=3, epochs=1, workers=1, verbose=0)",
        "len(h.history['loss']) == 1",
    ),
    (
        "np_utils on labels of tf",
        "from keras.utils import np_utils\nt = np_utils.to_categorical(tf.constant([0, 2, 1]).numpy(), 3)",
        "t.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]",
    ),
    (
        "Model with input and output",
        "i = keras.Input((4,)); m = keras.models.Model(input=i, output=layers.Dense(2)(i))",
        "m.output_shape == (None, 2)",
    ),
    (
        "merge of Keras 1 between layers of Keras 3",
        "a, b = keras.Input((4,)), keras.Input((4,)); m = keras.Model([a, b], keras.layers.merge([a, b], mode='sum'))",
        "m.output_shape == (None, 4)",
    ),
    ("numpy of a call", "v = built()(x).numpy()", "v.shape == (24, 1)"),
    (
        "tf.data through keras fit",
        "h = compiled().fit(tf.data.Dataset.from_tensor_slices((x, y)).shuffle(24).batch(8).prefetch(tf.data.AUTOTUNE), epochs=1, verbose=0)",
        "'loss' in h.history",
    ),
    (
        "GradientTape over a model of keras with tf.reduce_mean",
        "m = built()\nwith tf.GradientTape() as tape:\n    loss = tf.reduce_mean(tf.square(m(x)[:, 0] - y))\ng = tape.gradient(loss, m.trainable_variables)",
        "[tuple(v.shape) for v in g] == [(4, 1), (1,)]",
    ),
    (
        "K.function of a layer of tf.keras",
        "m = built(); v = K.function([m.input], [m.layers[-1].output])([x])[0]",
        "np.allclose(v, m.predict(x, verbose=0), atol=1e-6)",
    ),
    (
        "loss in keras.ops on a compile of old strings",
        "m = built(); m.compile('rmsprop', lambda t, p: keras.ops.mean(keras.ops.abs(t - p)), metrics=['acc']); h = m.fit(x, y, epochs=1, verbose=0)",
        "np.isfinite(h.history['loss'][0])",
    ),
    (
        "loss in K on a model of Keras 3",
        "m = built(); m.compile('adam', lambda t, p: K.mean(K.square(t - p), axis=-1)); h = m.fit(x, y, epochs=1, verbose=0)",
        "np.isfinite(h.history['loss'][0])",
    ),
    (
        "BatchNormalization by its old path and momentum",
        "from keras.layers.normalization import BatchNormalization\nd = BatchNormalization(momentum=0.8)",
        "d.momentum == 0.8",
    ),
    (
        "advanced activation by its old path",
        "from keras.layers.advanced_activations import LeakyReLU\nv = LeakyReLU(alpha=0.5)(np.array([-2.0]))",
        "float(v[0]) == -1.0",
    ),
    (
        "weights named .h5 of a model of Keras 3",
        "m = built(); m.save_weights('w.h5'); n = built(); n.load_weights('w.h5')",
        "np.array_equal(m.get_weights()[0], n.get_weights()[0])",
    ),
    (
        "hdf5 suffix and load_model of tf.keras",
        "m = compiled(); m.save('m.hdf5'); n = tf.keras.models.load_model('m.hdf5')",
        "np.array_equal(m.get_weights()[0], n.get_weights()[0])",
    ),
    (
        "EarlyStopping on val_acc where compile says accuracy",
        "h = compiled().fit(x, y, validation_split=0.25, epochs=2, verbose=0, callbacks=[keras.callbacks.EarlyStopping(monitor='val_acc', patience=5)])",
        "len(h.history['val_loss']) == 2",
    ),
    (
        "callback that asks for acc",
        "seen = []\nclass C(tf.keras.callbacks.Callback):\n    def on_epoch_end(self, epoch, logs={}):\n        seen.append(logs.get('acc'))\ncompiled().fit(x, y, nb_epoch=1, verbose=0, callbacks=[C()])",
        "seen[0] is not None",
    ),
    (
        "LSTM with output_dim and return_sequences",
        "m = models.Sequential([keras.layers.LSTM(output_dim=3, input_shape=(5, 2), return_sequences=True)])",
        "m.output_shape == (None, 5, 3)",
    ),
    (
        "Embedding with input_length beside keras.Input",
        "m = models.Sequential([keras.Input((6,)), layers.Embedding(10, 3, input_length=6)])",
        "m.output_shape == (None, 6, 3)",
    ),
    (
        "seeds of three years",
        "tf.random.set_seed(1); tf.set_random_seed(1); keras.utils.set_random_seed(1); np.random.seed(1)",
        "True",
    ),
    (
        "keras_preprocessing beside keras.utils",
        "from keras_preprocessing.sequence import pad_sequences\na = pad_sequences([[1], [2, 3]]); b = keras.utils.pad_sequences([[1], [2, 3]])",
        "np.array_equal(a, b)",
    ),
    (
        "tensorflow.python.keras",
        "from tensorflow.python.keras.layers import Dense\nm = models.Sequential([Dense(2, input_shape=(4,))])",
        "m.output_shape == (None, 2)",
    ),
    (
        "experimental preprocessing layer",
        "d = tf.keras.layers.experimental.preprocessing.Rescaling(0.5)\nv = d(np.array([[2.0]]))",
        "float(v[0, 0]) == 1.0",
    ),
    (
        "metrics as an own function of tf",
        "m = built(); m.compile(tf.keras.optimizers.legacy.Adam(0.01), 'mse', metrics=[lambda t, p: tf.reduce_max(p)]); h = m.fit(x, y, epochs=1, verbose=0)",
        "len(h.history) == 2",
    ),
    (
        "tf.function around a model of keras",
        "m = built()\n@tf.function\ndef f(a):\n    return m(a, training=False)\nv = f(x)",
        "np.allclose(v, m.predict(x, verbose=0), atol=1e-6)",
    ),
]
# (title, cell, what its error says).
REFUSED = [
    ("model to YAML", "compiled().to_yaml()", "to_json"),
    (
        "an argument misspelt",
        "keras.layers.Dense(3, activatoin='relu')",
        "activation",
    ),
    ("units that are missing", "layers.Dense(activation='relu')", "units"),
    (
        "a loss misspelt",
        "m = built(); m.compile('adam', 'binary_crossentrop'); m.fit(x, y, verbose=0)",
        "binary_crossentropy",
    ),
    ("an optimizer misspelt", "built().compile('adamm', 'mse')", "adam"),
    ("fit before compile", "built().fit(x, y, epochs=1)", "compile"),
]


@pytest.fixture
def cell(tmp_path, monkeypatch, keras_is_nbkeras):
    monkeypatch.chdir(tmp_path)
    names = {}

    def run(code: str) -> dict:
        exec(compile(START + textwrap.dedent(code), "cell", "exec"), names)
        return names

    return run


@pytest.mark.parametrize(
    ("code", "holds"), [row[1:] for row in RUNS], ids=[row[0] for row in RUNS]
)
def test_a_mixture_of_spellings_runs(code, holds, cell):
    names = cell(code)
    assert eval(holds, {**names, "np": np})


@pytest.mark.parametrize(
    ("code", "advice"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_a_mixture_that_cannot_run_ends_in_advice(code, advice, cell):
    with pytest.raises((ValueError, TypeError, AttributeError, RuntimeError)) as error:
        cell(code)
    assert advice in str(error.value)
