"""The rows of `model.summary()`."""

from nbkeras import Model, layers, ops
from nbkeras.models import summary


def test_an_operation_has_no_parameters_and_nothing_to_build():
    x = layers.Input((3,))
    y = layers.Dense(1)(ops.mean(x * 2.0, axis=-1, keepdims=True))
    counts = {row.kind: row.count for row in summary.rows(Model(x, y))}
    assert counts == {"InputLayer": 0, "Multiply": 0, "Mean": 0, "Dense": 2}
