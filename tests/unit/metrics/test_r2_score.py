"""R2Score keeps its digits in float32, however large the mean and many the rows."""

import numpy as np
import pytest

from nbkeras import metrics


def by_hand(y, p, weight=None):
    weight = np.ones(len(y)) if weight is None else np.asarray(weight, "float64")
    y, p = y.astype("float64"), p.astype("float64")
    mean = (weight * y).sum() / weight.sum()
    return 1 - (weight * (y - p) ** 2).sum() / (weight * (y - mean) ** 2).sum()


@pytest.mark.parametrize("weighted", [False, True])
def test_a_large_mean_costs_no_digits(weighted):
    rng = np.random.default_rng(0)
    y = (10_000 + rng.normal(size=20_000)).astype("float32")
    p = (y + 0.5 * rng.normal(size=20_000)).astype("float32")
    weight = rng.uniform(0, 3, size=20_000).astype("float32") if weighted else None
    score = metrics.R2Score()
    for at in range(0, 20_000, 500):
        rows = slice(at, at + 500)
        score.update_state(y[rows], p[rows], None if weight is None else weight[rows])
    assert float(score.result()) == pytest.approx(by_hand(y, p, weight), abs=1e-3)


def test_rows_of_weight_zero_do_not_count():
    y = np.array([1.0, 2.0, 4.0, np.nan], "float32")
    p = np.array([1.5, 2.0, 3.0, 7.0], "float32")
    score = metrics.R2Score()
    score.update_state(y, p, np.array([1.0, 1.0, 1.0, 0.0]))
    score.update_state(y[3:], p[3:], np.zeros(1))
    assert float(score.result()) == pytest.approx(by_hand(y[:3], p[:3]), abs=1e-6)
