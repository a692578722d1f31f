"""`import keras` means nbkeras in these tests, whatever other tests have imported."""

import sys

import pytest

from nbkeras import backend, compat, config
from nbkeras.distribution import distribution, set_distribution


@pytest.fixture
def keras_is_nbkeras():
    """Installed as `keras`; what a script sets for the whole program is put back."""
    others = [n for n in sys.modules if n.split(".")[0] in ("keras", "tensorflow")]
    hidden = {name: sys.modules.pop(name) for name in others}
    policy, placed = config.dtype_policy(), distribution()
    floatx, data_format = backend.floatx(), backend.image_data_format()
    compat.install()
    yield
    compat.uninstall()
    config.set_dtype_policy(policy)
    backend.set_floatx(floatx)
    backend.set_image_data_format(data_format)
    set_distribution(placed)
    sys.modules.update(hidden)
