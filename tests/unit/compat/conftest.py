import sys

import pytest

from nbkeras import compat


@pytest.fixture
def installed():
    """`import keras` means nbkeras; real Keras, if loaded, stands aside meanwhile."""
    hidden = {
        n: sys.modules.pop(n) for n in [*sys.modules] if n.split(".")[0] == "keras"
    }
    compat.install()
    yield
    compat.uninstall()
    assert not [n for n in sys.modules if n.split(".")[0] in ("keras", "tensorflow")]
    sys.modules.update(hidden)


@pytest.fixture(scope="session")
def keras_image():
    """The reference that real Keras still carries."""
    import keras.src.legacy.preprocessing.image as reference
    from keras.src.utils.module_utils import scipy

    scipy.initialize()
    return reference
