"""Steps that may draw random numbers outside of training.

`Dropout(0.5)(x, training=True)` does: a fresh key goes in with the weights then.
"""

import jax
import numpy as np

from nbkeras.core import rng
from nbkeras.layers.engine.functional_call import NoKey

# No weight has this path: names of layers and weights are not empty.
KEY = "/"


class MaybeNoisy:
    """A step `(values, ...)` that gets a random key if its first trace asks for one.

    Args:
        make: forward -> jitted step.
        forward: (values, x, training, key, valid) -> applied.
    """

    def __init__(self, make, forward):
        self._make, self._forward = make, forward
        self._step, self._keyed = make(forward), False

    def __call__(self, values, *rest):
        """Run the step."""
        if not self._keyed:
            try:
                return self._step(values, *rest)
            except NoKey:
                self._take_key()
        return self._step({**values, KEY: _fresh()}, *rest)

    def lower(self, values, *rest):
        """The step traced for arguments of these shapes, ready to be compiled."""
        if not self._keyed:
            try:
                return self._step.lower(values, *rest)
            except NoKey:
                self._take_key()
        key = jax.ShapeDtypeStruct((2,), np.uint32)
        return self._step.lower({**values, KEY: key}, *rest)

    def __getattr__(self, name):
        return getattr(self.__dict__["_step"], name)

    def _take_key(self):
        self._step, self._keyed = self._make(self._with_key), True

    def _with_key(self, values, x, training, key, valid):
        values = dict(values)
        key = jax.random.wrap_key_data(values.pop(KEY))
        return self._forward(values, x, training, key, valid)


def _fresh():
    """Key data of its own for each call, made without the device."""
    return np.array([0, rng.next_seed()], np.uint32)
