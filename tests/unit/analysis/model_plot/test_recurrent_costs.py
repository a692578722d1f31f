"""What recurrent layers cost, against the formulas that textbooks give."""

import pytest

from nbkeras import Model, layers
from nbkeras.analysis.model_plot.anatomy import anatomy
from nbkeras.analysis.model_plot.costs import count_by_tracing

STEPS, FEATURES, UNITS = 7, 5, 4


def block_of(layer, shape=(STEPS, FEATURES)):
    x = layers.Input(shape)
    y = layer(x)
    model = Model(x, y)
    return anatomy(model).blocks[-1], model


@pytest.mark.parametrize(
    ("layer", "gates"),
    [
        (layers.SimpleRNN(UNITS), 1),
        (layers.GRU(UNITS), 3),
        (layers.GRU(UNITS, reset_after=False, return_sequences=True), 3),
        (layers.LSTM(UNITS, go_backwards=True), 4),
        (layers.RNN(layers.LSTMCell(UNITS)), 4),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_each_step_multiplies_input_and_state_with_every_gate(layer, gates):
    block, _ = block_of(layer)
    wanted = STEPS * gates * UNITS * (FEATURES + UNITS)
    assert block.multiply_adds == wanted
    assert count_by_tracing(layer, [(None, STEPS, FEATURES)])[0] == wanted
    assert block.operations > 2 * wanted


def test_both_directions_cost_twice_one():
    one, _ = block_of(layers.LSTM(UNITS))
    both, _ = block_of(layers.Bidirectional(layers.LSTM(UNITS)))
    assert both.multiply_adds == 2 * one.multiply_adds


def test_a_stack_costs_what_its_cells_cost():
    block, _ = block_of(layers.RNN([layers.LSTMCell(3), layers.SimpleRNNCell(2)]))
    wanted = STEPS * (4 * 3 * (FEATURES + 3) + 2 * (3 + 2))
    assert block.multiply_adds == wanted


def test_a_convolutional_lstm_slides_two_kernels_at_each_step():
    block, _ = block_of(layers.ConvLSTM2D(2, 3, padding="same"), (STEPS, 6, 5, 3))
    assert block.multiply_adds == STEPS * 6 * 5 * 9 * 4 * 2 * (3 + 2)


def test_open_steps_cost_an_unknown_amount():
    block, _ = block_of(layers.LSTM(UNITS), (None, FEATURES))
    assert block.multiply_adds is None


def test_states_that_are_carried_are_no_parameters():
    x = layers.Input(batch_shape=(2, STEPS, FEATURES))
    model = Model(x, layers.GRU(UNITS, stateful=True)(x))
    block = anatomy(model).blocks[-1]
    assert block.parameters == 3 * UNITS * (FEATURES + UNITS + 2)
