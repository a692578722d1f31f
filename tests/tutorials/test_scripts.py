"""Scripts as tutorials write them run under their own imports and reach a score."""

import runpy
from pathlib import Path

import pytest

from nbkeras import compat

SCRIPTS = Path(__file__).parent / "scripts"
# (script, least and greatest score). The bounds are arithmetic, not another library's
# numbers: TensorFlow, for which these are written, is none of the dependencies.
EXPECTED = [
    # Distance of the generated mean from that of the data, which lies at (2, -1).
    ("gan_two_optimizers.py", 0.0, 0.5),
    # Share of the variance that is lost; two factors explain all of it.
    ("vae_train_step.py", 0.0, 0.15),
    # Reward of an episode: 1 for the shortest way, 0 for a walk at random.
    ("actor_critic.py", 0.6, 1.0),
]


@pytest.fixture
def installed():
    compat.install()
    yield
    compat.uninstall()


@pytest.mark.parametrize(("name", "low", "high"), EXPECTED)
def test_a_tutorial_script_reaches_its_score(name, low, high, installed):
    found = runpy.run_path(str(SCRIPTS / name))["score"]
    assert low <= found <= high
