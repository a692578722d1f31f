"""Weights that need more memory than there is are refused before any is drawn."""

import json
import resource

import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Sequential, layers
from nbkeras.core.machine import memory
from nbkeras.layers import LSTM, Dense
from nbkeras.notebook.model_magic.build import build

WORDS = Input((3,), dtype="int32")
TOLD = (
    r"Dense 'wide' needs 3,140.0 GB for its weight kernel \(784, 1000000000\), and "
    r"[\d,.]+ GB of memory are available. Write fewer units"
)


def wide(units=10**9):
    return Dense(units, name="wide")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Sequential([Input((784,)), wide()]),
        lambda: Sequential([Input((784,)), Dense(784), wide(), Dense(3)]),
        lambda: Sequential([wide()])(np.zeros((2, 784), "float32")),
        lambda: wide()(np.zeros((2, 784), "float32")),
        lambda: wide().build((None, 784)),
    ],
    ids=["one layer", "between others", "called", "alone", "built by hand"],
)
def test_a_layer_too_large_says_what_it_needs_and_what_is_free(make):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(MemoryError, match=TOLD):
        make()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 50 * 1024


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: layers.Embedding(10**10, 8)(np.ones((1, 2), "int32")), "Embedding"),
        (lambda: Sequential([WORDS, layers.Embedding(10**10, 8)]), "Embedding"),
        (lambda: Sequential([Input((8, 8, 3)), layers.Conv2D(10**10, 3)]), "Conv2D"),
        (lambda: Sequential([Input((8, 8)), LSTM(10**9)]), "LSTM"),
        (
            lambda: Sequential([Input((10**11,)), layers.BatchNormalization()]),
            "BatchNormalization",
        ),
        (
            lambda: Sequential([Input((8,)), layers.EinsumDense("ab,bc->ac", 10**10)]),
            "EinsumDense",
        ),
        (
            lambda: Sequential([Input((8, 8, 3)), layers.SeparableConv2D(10**10, 3)]),
            "SeparableConv2D",
        ),
    ],
)
def test_every_kind_of_layer_says_what_it_needs(make, kind):
    with pytest.raises(MemoryError, match=rf"{kind} '\w+' needs [\d,.]+ GB for its"):
        make()


def test_a_cell_with_a_layer_too_large_names_its_line():
    with pytest.raises(ValueError, match=r"Line 3: Dense\(10\*\*9\)") as raised:
        build("Flatten()\nDense(10**9)\nDense(10)", shape=(28, 28, 1))
    assert "needs 3,140.0 GB" in str(raised.value)
    assert raised.value.partial_model.count_params() == 0


def test_all_weights_of_a_layer_count_together(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 200 * 2**20)
    with pytest.raises(MemoryError, match=r"LSTM 'both' needs 0\.1 GB"):
        Sequential([Input((3, 2048)), LSTM(2048, name="both")])


def test_a_large_weight_behind_small_ones_is_found_in_its_layer():
    class Shifted(nbkeras.layers.Layer):
        def build(self, input_shape):
            self.small = self.add_weight("small", (3,))
            self.other = self.add_weight("other", (3,))
            self.table = self.add_weight("table", (10**6, 10**6))

        def call(self, x):
            return x * self.small + self.other + self.table[0, 0]

    with pytest.raises(MemoryError, match=r"Shifted 'behind' needs .* table"):
        Sequential([Input((3,)), Dense(3), Shifted(name="behind"), Dense(2)])


def test_the_advice_to_write_fewer_units_is_right(monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 200 * 2**20)
    model = Sequential([Input((784,)), wide(1000)])
    assert model.count_params() == 785_000


def test_a_config_of_two_gigabytes_costs_nothing_before_it_is_used():
    model = Sequential([Input((10,)), Dense(3)])
    config = json.loads(model.to_json())
    config["config"]["layers"][1]["config"]["units"] = 50_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    large = nbkeras.models.model_from_json(json.dumps(config))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert large.count_params() == 550_000_000
    assert after - before < 50 * 1024


IMAGE = Input((8, 8, 3))
PIXELS = np.zeros((4, 8, 8, 3), "float32")


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (
            lambda: Sequential([IMAGE, layers.ZeroPadding2D(10**6, name="pad")]),
            r"ZeroPadding2D 'pad' needs 48,000.4 GB for its output \(None, 2000008, ",
        ),
        (
            lambda: layers.ZeroPadding2D(10**6)(PIXELS),
            r"ZeroPadding2D 'zero_padding2d' needs",
        ),
        (
            lambda: Sequential([IMAGE, layers.UpSampling2D(10**5)]),
            r"UpSampling2D 'up_sampling2d' needs",
        ),
        (
            lambda: Sequential([Input((8,)), layers.RepeatVector(10**11)]),
            r"RepeatVector 'repeat_vector' needs",
        ),
    ],
    ids=["padding in a model", "padding called", "upsampling", "repeating"],
)
def test_an_output_larger_than_memory_is_refused_before_it_is_computed(make, told):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(
        MemoryError, match=told + r".*Write smaller sizes in this layer"
    ):
        make()
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert after - before < 50 * 1024


def test_an_output_too_large_for_this_batch_alone_names_the_batch(monkeypatch):
    model = Sequential([IMAGE, layers.ZeroPadding2D(5000), layers.Flatten()])
    monkeypatch.setattr(memory, "available_bytes", lambda: 2 * 10**9)
    with pytest.raises(
        MemoryError, match=r"\(4, 10008, 10008, 3\).*smaller batch_size"
    ):
        model.predict(PIXELS, verbose=0)
