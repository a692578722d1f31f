import functools

import numpy as np
import pytest


@pytest.fixture(scope="session")
def keras():
    """Real Keras, its first weights drawn by NumPy: the same files, far less to compile."""
    import keras
    from keras.src.backend.jax import random

    rng = np.random.default_rng(0)

    def uniform(shape, minval=0.0, maxval=1.0, dtype=None, seed=None):
        return rng.uniform(minval, maxval, shape).astype(dtype or "float32")

    def normal(shape, mean=0.0, stddev=1.0, dtype=None, seed=None):
        return rng.normal(mean, stddev, shape).astype(dtype or "float32")

    kept = random.uniform, random.normal, random.truncated_normal
    random.uniform, random.normal, random.truncated_normal = uniform, normal, normal
    yield keras
    random.uniform, random.normal, random.truncated_normal = kept


@pytest.fixture(scope="session")
def models(keras):
    """(library, case) -> (model, input, output), each made once."""
    import saved_cases

    import nbkeras

    @functools.cache
    def made(library, name):
        case = saved_cases.BY_NAME[name]
        model = saved_cases.build({"ours": nbkeras, "theirs": keras}[library], case)
        x = saved_cases.data(case[1])
        return model, x, saved_cases.run(model, x)

    return made
