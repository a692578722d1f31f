"""Epsilon, beside dp-accounting called by hand."""

import builtins
import math

import dp_accounting
import pytest
from dp_accounting.pld import PLDAccountant
from dp_accounting.rdp import RdpAccountant

from nbkeras.optimizers import privacy_accounting
from nbkeras.privacy import DPAdam, noise_for


def theirs(accountant, parts, delta):
    for rate, noise, steps in parts:
        event = dp_accounting.PoissonSampledDpEvent(
            rate, dp_accounting.GaussianDpEvent(noise)
        )
        accountant.compose(event, steps)
    return accountant.get_epsilon(delta)


@pytest.mark.parametrize(
    "parts",
    [
        [(0.01, 1.1, 1000)],
        [(0.1, 2.0, 30)],
        [(1.0, 4.0, 5)],
        [(0.02, 1.0, 100), (0.05, 1.5, 40)],
    ],
)
def test_epsilon_is_that_of_dp_accounting(parts):
    spent = privacy_accounting.spent(parts, 1e-5)
    assert spent.epsilon == pytest.approx(theirs(RdpAccountant(), parts, 1e-5), 1e-3)
    assert spent.parts == tuple(parts)


def test_privacy_loss_distributions_give_a_tighter_epsilon():
    parts = [(0.02, 1.0, 50)]
    tight = privacy_accounting.spent(parts, 1e-5, "pld").epsilon
    assert tight == pytest.approx(theirs(PLDAccountant(), parts, 1e-5), 1e-3)
    assert tight < privacy_accounting.spent(parts, 1e-5).epsilon


def test_no_step_spends_nothing_and_no_noise_everything():
    assert privacy_accounting.spent([(0.1, 1.0, 0)], 1e-5).epsilon == 0
    assert privacy_accounting.spent([(0.1, 0.0, 1)], 1e-5).epsilon == math.inf


def test_what_is_spent_is_told_with_its_three_causes():
    text = str(privacy_accounting.spent([(0.064, 1.1, 32)], 1e-5))
    assert text.startswith("epsilon 2.777 at delta 1e-05")
    assert text.endswith("(noise 1.1, sampling rate 0.064, 32 steps)")


def test_the_noise_for_an_epsilon_spends_that_epsilon_and_no_more():
    noise = noise_for(3.0, delta=1e-5, rows=1000, batch_size=50, epochs=4)
    parts = [(0.05, noise, 80)]
    assert 2.98 < theirs(RdpAccountant(), parts, 1e-5) <= 3.0
    with pytest.raises(ValueError, match="Train fewer epochs"):
        noise_for(1e-6, delta=1e-5, rows=1000, batch_size=50, epochs=4)


def test_without_dp_accounting_the_message_says_what_to_install(monkeypatch):
    real = builtins.__import__

    def blocked(name, *rest, **options):
        if name.startswith("dp_accounting"):
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.setattr(builtins, "__import__", blocked)
    with pytest.raises(ImportError, match=r'pip install "nbkeras\[privacy\]"'):
        DPAdam(noise=1.0)
    with pytest.raises(ImportError, match="noise_for needs dp-accounting"):
        noise_for(3.0, delta=1e-5, rows=10, batch_size=5, epochs=1)
