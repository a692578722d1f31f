"""The compiled programs of a process of tests: how they are made, how long they stay.

XLA takes longer for each program that the process keeps: 43 ms for a small one grow by
11 ms with every thousand, so that a worker near the end of all tests would compile for
most of its time.
"""

import functools
from pathlib import Path

from tolerances import QUICKLY_COMPILED

# How tests are compiled. As users compile: all tests of bits, paths and counts among
# them. With the fewest optimizations, or with QUICKLY_COMPILED besides, calls of Keras and
# single operations too: tests that compare values within a tolerance.
USERS, FEWEST, QUICK = range(3)
LEVELS = {
    "unit/layers": FEWEST,
    "unit/layers/attention": QUICK,
    "unit/layers/convolution": QUICK,
    "unit/layers/merging": QUICK,
    "unit/layers/normalization": QUICK,
    "unit/layers/recurrent": QUICK,
    "unit/layers/reshaping": QUICK,
    "unit/losses": QUICK,
    "unit/metrics": QUICK,
    "unit/models/training/test_fit_against_keras.py": QUICK,
    "unit/models/training/test_output_heads.py": QUICK,
    "unit/ops/functions": QUICK,
    "unit/optimizers": QUICK,
}
TESTS = Path(__file__).parent

# A file begins without the programs of the files before when there are more than these.
# With fewer, each file would compile the common functions of an array anew.
MOST_PROGRAMS = 500

_level = USERS
_made = 0


def level_of(path):
    """How the tests of the file `path` are compiled: the row of its nearest folder."""
    for folder in (path, *path.parents):
        if folder.is_relative_to(TESTS):
            level = LEVELS.get(folder.relative_to(TESTS).as_posix())
            if level is not None:
                return level
    return USERS


def compile_at(level):
    """Compile at this level from now on; forget the programs when there are many."""
    import jax

    global _level, _made
    _prepare()
    if level != _level or _made > MOST_PROGRAMS:
        # After another level, JAX would run what is compiled the other way.
        jax.clear_caches()
        _made = 0
    _level = level
    jax.config.update("jax_disable_most_optimizations", level != USERS)


@functools.cache
def _prepare():
    """Count programs, and have JAX put QUICKLY_COMPILED among the compiler's options.

    JAX takes options for one `jit`, or for a process before it starts. Where a JAX has
    moved the function, its programs are compiled at FEWEST.
    """
    import jax
    from jax._src import compiler

    jax.monitoring.register_event_duration_secs_listener(_count)
    options_of = getattr(compiler, "get_compile_options", None)
    if options_of is None:
        return

    @functools.wraps(options_of)
    def options(*args, env_options_overrides=None, **settings):
        if _level == QUICK:
            env_options_overrides = QUICKLY_COMPILED | (env_options_overrides or {})
        return options_of(
            *args, env_options_overrides=env_options_overrides, **settings
        )

    compiler.get_compile_options = options


def _count(event, duration, **_):
    global _made
    _made += event.endswith("backend_compile_duration")
