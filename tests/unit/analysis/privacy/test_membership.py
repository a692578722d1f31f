import numpy as np
import pytest

import nbkeras
from nbkeras import layers, privacy
from nbkeras.analysis.privacy.membership import Membership

DRAW = np.random.default_rng(0)


def of(member_losses, other_losses):
    return Membership(0.5, 0.0, np.asarray(member_losses), np.asarray(other_losses))


def test_auc_and_advantage_are_those_of_all_pairs():
    x = DRAW.normal(size=(90, 4)).astype("float32")
    y = DRAW.normal(size=(90, 1)).astype("float32")
    model = nbkeras.Sequential([nbkeras.Input((4,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    attack = privacy.membership_attack(
        model, (x[:40], y[:40]), (x[40:], y[40:]), batch_size=16
    )
    errors = ((model.predict(x, verbose=0) - y) ** 2)[:, 0]
    np.testing.assert_allclose(attack.member_losses, errors[:40], rtol=1e-4)
    np.testing.assert_allclose(attack.other_losses, errors[40:], rtol=1e-4)
    pairs = attack.member_losses[:, None] - attack.other_losses
    auc = (pairs < 0).mean() + (pairs == 0).mean() / 2
    assert attack.auc == pytest.approx(auc)
    gains = [
        (attack.member_losses <= t).mean() - (attack.other_losses <= t).mean()
        for t in [*attack.member_losses, *attack.other_losses]
    ]
    assert attack.advantage == pytest.approx(max(gains))


def test_a_model_that_knows_its_examples_by_heart_is_found_out():
    attack = of(DRAW.uniform(0, 1, 1000), DRAW.uniform(1, 2, 1000))
    # Rates of at least 1 - 4 / 500 and at most 4 / 500 at 95 %.
    assert 4.5 < attack.epsilon_bound() < 5.5


def test_losses_that_say_nothing_prove_nothing():
    attack = of(DRAW.normal(size=1000), DRAW.normal(size=1000))
    assert attack.epsilon_bound() < 0.3


def test_the_bound_stays_below_the_epsilon_of_a_mechanism_with_that_epsilon():
    # Randomised response: the outputs differ by a factor of e exactly.
    bounds = []
    for _ in range(40):
        share = np.e / (1 + np.e)
        inside = DRAW.uniform(size=400) > share
        outside = DRAW.uniform(size=400) < share
        bounds.append(of(inside.astype(float), outside.astype(float)).epsilon_bound(0))
    assert np.mean(np.array(bounds) > 1.0) <= 0.1
    assert np.mean(bounds) > 0.5
