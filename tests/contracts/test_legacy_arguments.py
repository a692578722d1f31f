"""Every legacy argument gives what the new one gives, and says once what that is."""

import numpy as np
import pytest

import nbkeras
from nbkeras import callbacks, constraints, layers, optimizers, regularizers
from nbkeras.core.names import legacy_arguments

# One call for each row of the table: (class, arguments, old keyword, its value, what
# it is today).
CASES = {
    ("RNN", "output_dim"): (layers.LSTM, {}, 4, {"units": 4}),
    ("RNN", "input_dim"): (layers.GRU, {"units": 2}, 7, {"input_shape": (None, 7)}),
    ("RNN", "input_length"): (layers.LSTM, {"units": 2}, 9, {}),
    ("RNN", "inner_init"): (
        layers.LSTM,
        {"units": 2},
        "glorot_normal",
        {"recurrent_initializer": "glorot_normal"},
    ),
    ("RNN", "inner_activation"): (
        layers.GRU,
        {"units": 2},
        "hard_sigmoid",
        {"recurrent_activation": "hard_sigmoid"},
    ),
    ("RNN", "forget_bias_init"): (
        layers.LSTM,
        {"units": 2},
        "zero",
        {"unit_forget_bias": False},
    ),
    ("RNN", "U_regularizer"): (
        layers.SimpleRNN,
        {"units": 2},
        "l2",
        {"recurrent_regularizer": "l2"},
    ),
    ("RNN", "dropout_W"): (layers.LSTM, {"units": 2}, 0.2, {"dropout": 0.2}),
    ("RNN", "dropout_U"): (layers.LSTM, {"units": 2}, 0.2, {"recurrent_dropout": 0.2}),
    ("RNN", "consume_less"): (layers.LSTM, {"units": 2}, "gpu", {}),
    ("RNN", "implementation"): (layers.GRU, {"units": 2}, 1, {}),
    ("RNN", "time_major"): (layers.GRU, {"units": 2}, False, {}),
    ("Cell", "implementation"): (layers.LSTMCell, {"units": 2}, 1, {}),
    ("Dense", "output_dim"): (layers.Dense, {}, 4, {"units": 4}),
    ("Dense", "init"): (
        layers.Dense,
        {"units": 2},
        "uniform",
        {"kernel_initializer": "uniform"},
    ),
    ("Embedding", "init"): (
        layers.Embedding,
        {"input_dim": 5, "output_dim": 2},
        "normal",
        {"embeddings_initializer": "normal"},
    ),
    ("*", "init"): (
        layers.Conv2D,
        {"filters": 2, "kernel_size": 3},
        "he_normal",
        {"kernel_initializer": "he_normal"},
    ),
    ("*", "bias"): (layers.Dense, {"units": 2}, False, {"use_bias": False}),
    ("*", "W_regularizer"): (
        layers.Dense,
        {"units": 2},
        "l2",
        {"kernel_regularizer": "l2"},
    ),
    ("*", "b_regularizer"): (
        layers.Dense,
        {"units": 2},
        "l1",
        {"bias_regularizer": "l1"},
    ),
    ("*", "W_constraint"): (
        layers.Dense,
        {"units": 2},
        "non_neg",
        {"kernel_constraint": "non_neg"},
    ),
    ("*", "b_constraint"): (
        layers.Dense,
        {"units": 2},
        "non_neg",
        {"bias_constraint": "non_neg"},
    ),
    ("*", "nb_filter"): (layers.Conv2D, {"kernel_size": 3}, 5, {"filters": 5}),
    ("*", "border_mode"): (
        layers.MaxPooling2D,
        {},
        "same",
        {"padding": "same"},
    ),
    ("*", "subsample"): (
        layers.Conv2D,
        {"filters": 2, "kernel_size": 3},
        (2, 2),
        {"strides": (2, 2)},
    ),
    ("*", "subsample_length"): (
        layers.Conv1D,
        {"filters": 2, "kernel_size": 3},
        2,
        {"strides": 2},
    ),
    ("*", "filter_length"): (layers.Conv1D, {"filters": 2}, 3, {"kernel_size": 3}),
    ("*", "dim_ordering"): (
        layers.MaxPooling2D,
        {},
        "th",
        {"data_format": "channels_first"},
    ),
    ("BatchNormalization", "mode"): (layers.BatchNormalization, {}, 0, {}),
    ("*", "p"): (layers.Dropout, {}, 0.25, {"rate": 0.25}),
    ("*", "lr"): (optimizers.Adam, {}, 0.25, {"learning_rate": 0.25}),
    ("ModelCheckpoint", "period"): (
        callbacks.ModelCheckpoint,
        {"filepath": "m.keras"},
        1,
        {"save_freq": "epoch"},
    ),
    ("EarlyStopping", "epsilon"): (
        callbacks.EarlyStopping,
        {},
        0.5,
        {"min_delta": 0.5},
    ),
    ("ReduceLROnPlateau", "epsilon"): (
        callbacks.ReduceLROnPlateau,
        {},
        0.5,
        {"min_delta": 0.5},
    ),
    ("MaxNorm", "m"): (constraints.MaxNorm, {}, 3.0, {"max_value": 3.0}),
    ("L1", "l"): (regularizers.L1, {}, 0.5, {"l1": 0.5}),
    ("L2", "l"): (regularizers.L2, {}, 0.5, {"l2": 0.5}),
    ("LeakyReLU", "alpha"): (layers.LeakyReLU, {}, 0.5, {"negative_slope": 0.5}),
    ("*", "input_dim"): (layers.Dense, {"units": 2}, 7, {"input_shape": (7,)}),
}
GRAPHS = {("Model", "input"), ("Model", "output")}


def told(thing):
    """What can be compared: the config, else the attributes."""
    if hasattr(thing, "get_config"):
        return thing.get_config()
    return {k: v for k, v in vars(thing).items() if isinstance(v, str | int | float)}


def test_every_row_has_a_case():
    assert set(CASES) | GRAPHS == set(legacy_arguments.KEYWORDS)


@pytest.mark.parametrize("row", CASES, ids=lambda row: " ".join(row))
def test_the_old_call_equals_the_new_call_and_says_so_once(row, recwarn):
    make, rest, value, new = CASES[row]
    old = row[1]
    found = [make(**rest, **{old: value}) for _ in range(2)]
    wanted = make(**rest, **new)
    assert told(found[0]) == told(found[1]) == told(wanted)
    if old == "input_dim":
        assert found[0]._given_shape == wanted._given_shape
    said = [str(each.message) for each in recwarn.list]
    if old in legacy_arguments.QUIET:
        assert said == []
    else:
        assert len(said) == 1
        assert f"{make.__name__}({old}=...) is deprecated; write" in said[0]


def test_input_and_output_of_a_model_are_inputs_and_outputs():
    x = nbkeras.Input((3,))
    y = layers.Dense(2)(x)
    with pytest.warns(UserWarning, match=r"Model\((in|out)put=\.\.\.\) is deprecated"):
        old = nbkeras.Model(input=x, output=y)
    data = np.ones((2, 3), "float32")
    np.testing.assert_array_equal(old.predict(data), nbkeras.Model(x, y).predict(data))


KERAS_2 = {
    "Adam": {"beta_1": 0.9, "beta_2": 0.999, "amsgrad": False},
    "RMSprop": {"rho": 0.9},
    "Adagrad": {},
    "Adadelta": {"rho": 0.95},
    "Adamax": {"beta_1": 0.9, "beta_2": 0.999},
    "Nadam": {"beta_1": 0.9, "beta_2": 0.999},
}


@pytest.mark.filterwarnings("ignore::nbkeras.core.notices.NbkerasNotice")
@pytest.mark.parametrize("name", KERAS_2)
def test_the_calls_printed_in_the_documentation_of_keras_2_work(name):
    kind = getattr(optimizers, name)
    old = kind(lr=0.01, epsilon=None, decay=0.0, **KERAS_2[name])
    assert old.get_config() == kind(learning_rate=0.01, **KERAS_2[name]).get_config()
