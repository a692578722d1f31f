import numpy as np
import pytest


@pytest.fixture(scope="session")
def keras_image():
    """The reference that real Keras still carries."""
    import keras.src.legacy.preprocessing.image as reference
    from keras.src.utils.module_utils import scipy

    scipy.initialize()
    return reference


@pytest.fixture
def folders(tmp_path):
    """Make class folders: folders({"cat": 3}) writes cat/0.png..., returns the root."""
    from PIL import Image

    def make(counts, size=(8, 6), root="data", end="png"):
        rng = np.random.default_rng(0)
        for name, count in counts.items():
            folder = tmp_path / root / name
            folder.mkdir(parents=True, exist_ok=True)
            for number in range(count):
                values = rng.integers(0, 256, (*size, 3), dtype="uint8")
                Image.fromarray(values).save(folder / f"{number}.{end}")
        return tmp_path / root

    return make
