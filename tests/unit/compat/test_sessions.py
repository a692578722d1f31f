"""Sessions of TensorFlow 1: lines that configure one run, and `run` gives values."""

import numpy as np
import pytest

import nbkeras
from nbkeras import backend as K
from nbkeras import layers
from nbkeras.compat import tensorflow as tf

pytestmark = pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
X = np.random.default_rng(0).normal(size=(5, 3)).astype("float32")


def network():
    return nbkeras.Sequential(
        [nbkeras.Input((3,)), layers.Dense(4), layers.Dropout(0.5), layers.Dense(2)]
    )


def test_the_lines_that_limit_the_memory_of_a_gpu_run():
    options = tf.GPUOptions(per_process_gpu_memory_fraction=0.3)
    config = tf.ConfigProto(gpu_options=options, allow_soft_placement=True)
    config.gpu_options.allow_growth = True
    config.graph_options.optimizer_options.global_jit_level = 1
    session = tf.Session(config=config)
    assert K.set_session(session) is None
    assert session.run(tf.global_variables_initializer()) is None
    tf.logging.set_verbosity(tf.logging.ERROR)


def test_a_model_predicts_within_the_graph_of_a_web_server():
    model = network()
    graph = tf.get_default_graph()
    with graph.as_default(), K.get_session().as_default():
        np.testing.assert_allclose(model.predict(X, verbose=0), model(X), rtol=1e-5)
    tf.reset_default_graph()


def test_a_session_computes_symbolic_tensors_from_what_is_fed():
    model = network()
    with tf.compat.v1.Session() as session:
        hidden, y = session.run(
            [model.layers[0].output, model.output],
            feed_dict={model.input: X, K.learning_phase(): 0},
        )
    kernel, bias = model.layers[0].get_weights()
    np.testing.assert_allclose(hidden, X @ kernel + bias, rtol=1e-5)
    np.testing.assert_allclose(y, model(X), rtol=1e-5)


def test_the_learning_phase_switches_dropout_on():
    model = network()
    dropped = tf.Session().run(
        model.layers[1].output, {model.input: np.ones((99, 3)), K.learning_phase(): 1}
    )
    assert 0.3 < np.mean(dropped == 0) < 0.7


def test_a_session_converts_values_and_keeps_their_nesting():
    values = tf.Session().run({"a": tf.constant([1.0, 2.0]), "b": [tf.Variable(3.0)]})
    assert isinstance(values["a"], np.ndarray)
    assert values["a"].tolist() == [1.0, 2.0]
    assert values["b"][0] == 3.0


def test_a_tensor_without_a_value_says_what_to_feed():
    model = network()
    with pytest.raises(ValueError, match=r"feed_dict=\{model\.input: x\}"):
        tf.Session().run(model.output)
    with pytest.raises(TypeError, match=r"feed_dict=\{model\.input: x\}"):
        tf.Session().run("dense/BiasAdd:0")
