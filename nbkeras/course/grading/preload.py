"""What all submissions need, made ready before the first process is forked.

Nothing here computes with JAX, whose threads would not survive the fork.
"""

import h5py as h5py

from nbkeras.analysis.exercises.course import samples
from nbkeras.course.grading import worker as worker
from nbkeras.utils import compile_cache

# Read, and tidied, in each process otherwise.
samples.small_digits()
compile_cache.turn_on()
