"""Neighbours that share their label, compared with a loop over all pairs."""

import numpy as np

from nbkeras.analysis.labels.neighbours import neighbour_agreement

RNG = np.random.default_rng(0)


def test_agreement_of_neighbours_is_that_of_a_loop():
    x, labels = RNG.normal(size=(50, 3)), RNG.integers(0, 3, 50)
    agrees, chance = [], []
    for i in range(50):
        others = [j for j in range(50) if j != i]
        nearest = min(others, key=lambda j: ((x[i] - x[j]) ** 2).sum())
        agrees.append(labels[nearest] == labels[i])
        chance.append(np.mean([labels[j] == labels[i] for j in others]))
    rates = neighbour_agreement(x, labels)
    np.testing.assert_allclose(rates, (np.mean(agrees), np.mean(chance)), rtol=1e-6)


def test_equal_rows_have_no_neighbours():
    assert neighbour_agreement(np.ones((9, 2)), np.arange(9) % 2) is None
