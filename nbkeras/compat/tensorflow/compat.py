"""`tf.compat`: versions 1 and 2 of the names of `tf`."""

from nbkeras.compat.tensorflow import v1 as v1

v2 = v1
