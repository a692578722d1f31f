import contextlib
import functools

import numpy as np
import pytest


@contextlib.contextmanager
def weights_drawn_by_numpy():
    """Let real Keras draw its first weights by NumPy: far less to compile."""
    from keras.src.backend.jax import random

    rng = np.random.default_rng(0)

    def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        return rng.uniform(minval, maxval, shape).astype(dtype or "float32")

    def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        return rng.normal(mean, stddev, shape).astype(dtype or "float32")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(random, "uniform", uniform)
        patch.setattr(random, "normal", normal)
        patch.setattr(random, "truncated_normal", normal)
        yield


@pytest.fixture(scope="module")
def keras():
    """Real Keras, its first weights drawn by NumPy: the same files, less to compile."""
    import keras

    with weights_drawn_by_numpy():
        yield keras


@pytest.fixture(scope="session")
def models():
    """(library, case) -> (model, input, output), each made once."""
    import keras
    import saved_cases

    import nbkeras

    @functools.cache
    def made(library, name):
        case = saved_cases.BY_NAME[name]
        with weights_drawn_by_numpy():
            model = saved_cases.build({"ours": nbkeras, "theirs": keras}[library], case)
        x = saved_cases.data(case[1])
        return model, x, saved_cases.run(model, x)

    return made
