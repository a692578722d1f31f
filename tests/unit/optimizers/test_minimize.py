"""optimizer.minimize with a function, and with the tape that recorded a loss."""

import pytest

from nbkeras import GradientTape, Variable, optimizers


def test_minimize_steps_down_a_function():
    x, y = Variable(3.0), Variable(1.0)
    optimizer = optimizers.SGD(0.1)
    step = optimizer.minimize(lambda: x * x + 4 * y, var_list=lambda: [x, y])
    assert float(x) == pytest.approx(3.0 - 0.1 * 6)
    assert float(y) == pytest.approx(1.0 - 0.1 * 4)
    assert int(step) == int(optimizer.iterations) == 1


def test_minimize_takes_a_loss_with_its_tape():
    x = Variable(3.0)
    with GradientTape() as tape:
        loss = x * x
    optimizers.SGD(0.1).minimize(loss, [x], tape=tape)
    assert float(x) == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("arguments", "error", "advice"),
    [
        ((3.0, []), TypeError, r"minimize\(lambda: loss\(model\(x\), y\)"),
        ((lambda: 0.0, []), ValueError, r"minimize\(loss, model\.trainable_variables"),
    ],
)
def test_what_minimize_cannot_use_says_what_to_write(arguments, error, advice):
    with pytest.raises(error, match=advice):
        optimizers.SGD().minimize(*arguments)
