"""The compiled programs of a process of tests: how they are made, how long they stay.

XLA takes longer for each program that the process keeps: 43 ms for a small one grow by
11 ms with every thousand, so that a worker near the end of all tests would compile for
most of its time.
"""

import functools

import jax
from jax._src import compiler
from tolerances import QUICKLY_COMPILED

# A file begins without the programs of the files before when there are more than these.
# With fewer, each file would compile the common functions of an array anew.
MOST_PROGRAMS = 500

_made = 0


def _count(event, duration, **_):
    global _made
    _made += event.endswith("backend_compile_duration")


jax.monitoring.register_event_duration_secs_listener(_count)


def compile_for(least):
    """Compile with the fewest optimizations, or as for users; forget many programs.

    Args:
        least: whether values are compared within a tolerance only.
    """
    global _made
    switched = least != jax.config.read("jax_disable_most_optimizations")
    jax.config.update("jax_disable_most_optimizations", least)
    if switched or _made > MOST_PROGRAMS:
        # After a switch, JAX would run what is compiled the other way.
        jax.clear_caches()
        _made = 0


def _with_quick_options(options_of):
    """The function of JAX that puts options together, with ours beside its lowest level.

    JAX takes options for one `jit`, or for a process before it starts; these are for
    calls of Keras and for single operations too.
    """

    @functools.wraps(options_of)
    def options(*args, env_options_overrides=None, **settings):
        if jax.config.read("jax_disable_most_optimizations"):
            env_options_overrides = QUICKLY_COMPILED | (env_options_overrides or {})
        return options_of(*args, env_options_overrides=env_options_overrides, **settings)

    return options


# A JAX that has moved it compiles the same programs in twice the time.
if hasattr(compiler, "get_compile_options"):
    compiler.get_compile_options = _with_quick_options(compiler.get_compile_options)
