import pytest


@pytest.fixture(scope="session")
def keras_image():
    """The reference that real Keras still carries."""
    import keras.src.legacy.preprocessing.image as reference
    from keras.src.utils.module_utils import scipy

    scipy.initialize()
    return reference
