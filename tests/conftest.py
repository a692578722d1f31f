"""CPU only, warnings are errors, notices said anew in each test."""

import os

os.environ.setdefault("JAX_PLATFORMS", "cpu")
os.environ["KERAS_BACKEND"] = "jax"

import pytest

from nbkeras.core import notices


@pytest.fixture(autouse=True)
def _say_everything_anew():
    notices.forget()
