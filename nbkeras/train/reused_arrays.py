"""Large intermediate arrays of a step that the next step writes over.

XLA allocates all intermediate arrays of a program in one piece. The C library returns a
piece of more than 32 MB to the system after each call, which maps and zeroes it anew in
the next one, a page of 4 kB at a time. So the largest arrays that a step keeps from its
forward to its backward pass become results of the step, whose buffers are donated to
the next step; the rest is small enough to be kept by the C library. Values are equal.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.extend.core import ClosedJaxpr, Literal, jaxpr_as_fun

from nbkeras.core.machine import memory

# The C library keeps up to 32 MB from call to call, and not all arrays are known here.
KEPT_BY_MALLOC = 8 << 20
# Share of the free memory that the arrays may take: they cannot share places.
MEMORY_SHARE = 0.15
# Smaller arrays are not worth an argument.
LEAST_BYTES = 1 << 20
# Operations whose operands and results XLA writes to memory, those that only rename an
# array, and those that fill one with a constant.
_WRITTEN = {"conv_general_dilated", "dot_general", "scan", "while"}
_VIEWS = {"reshape", "squeeze", "expand_dims"}
_FILLED = {"broadcast_in_dim", "iota"}


class ReusingStep:
    """A jitted step `(ts, batch) -> (ts, logs)` that keeps memory between its calls.

    Args:
        step: the step, not jitted; `ts` is donated.
        options: compiler options of XLA.

    A step with small intermediate arrays, or with more than there is room for, runs as
    `jax.jit(step)`.
    """

    def __init__(self, step: Any, options: Any = None) -> None:
        self.__wrapped__, self._options = step, options
        self._plain: Any = jax.jit(step, donate_argnums=0, compiler_options=options)
        self._programs: dict[Any, _Program | None] = {}
        self._arrays: dict[Any, list[Any]] = {}

    def __call__(self, ts: Any, batch: Any) -> Any:
        """Run the step."""
        key = _shapes(batch)
        program = self._program(key, ts, batch)
        if program is None:
            return self._plain(ts, batch)
        # Only the arrays of one batch shape are kept; a failed call has lost its own.
        arrays = self._arrays.pop(key, None) or program.new_arrays()
        self._arrays.clear()
        result, self._arrays[key] = program.run(ts, batch, arrays)
        return result

    def lower(self, ts: Any, batch: Any) -> Any:
        """Trace the step for arguments of these shapes, ready to be compiled."""
        program = self._program(_shapes(batch), ts, batch)
        if program is None:
            return self._plain.lower(ts, batch)
        return program.run.lower(ts, batch, program.arrays)

    def release(self) -> None:
        """Free the memory that is kept for the next call."""
        self._arrays.clear()

    def _cache_size(self):
        programs = [program.run for program in self._programs.values() if program]
        return self._plain._cache_size() + sum(run._cache_size() for run in programs)

    def _program(self, key: Any, ts: Any, batch: Any) -> "_Program | None":
        """The program for batches of these shapes; None for the plain step."""
        program = self._programs.get(key)
        is_stale = program is not None and program.state != _shapes(ts)
        if key not in self._programs or is_stale:
            traced = self._plain.trace(ts, batch)
            kept = large_arrays(traced.jaxpr)
            self.release()
            program, most = None, memory.available_bytes() * MEMORY_SHARE
            if kept and sum(map(_size, kept)) <= most:
                program = _Program(traced, kept, _shapes(ts), self._options)
            self._programs[key] = program
        return program


class _Program:
    """A step with some of its intermediate arrays as additional results."""

    def __init__(self, traced, kept, state, options):
        self.state = state
        self.arrays = [jax.ShapeDtypeStruct(v.aval.shape, v.aval.dtype) for v in kept]
        results = jax.tree.structure(traced.out_info)

        def step(ts, batch, arrays):
            leaves = jax.tree.leaves((ts, batch))
            places = dict(zip(kept, arrays, strict=True))
            values, arrays = _evaluate(traced.jaxpr, leaves, places)
            return jax.tree.unflatten(results, values), arrays

        self.run: Any = jax.jit(
            step, donate_argnums=(0, 2), keep_unused=True, compiler_options=options
        )

    def new_arrays(self):
        # Arrays of NumPy could not be donated: the first step would copy them.
        return jax.jit(lambda: [jnp.zeros(a.shape, a.dtype) for a in self.arrays])()


def _evaluate(closed, values, places):
    """Evaluate a ClosedJaxpr; returns (results, arrays of the variables in `places`).

    Args:
        closed: the ClosedJaxpr.
        values: its arguments.
        places: {variable: array whose memory takes the variable's}. Its content is not
            read; the results of a loop are written into it.
    """
    jaxpr, known = closed.jaxpr, {}
    known |= dict(zip(jaxpr.constvars, closed.consts, strict=True))
    known |= dict(zip(jaxpr.invars, values, strict=True))

    def read(var):
        return var.val if _is_literal(var) else known[var]

    for eqn in jaxpr.eqns:
        operands = [read(var) for var in eqn.invars]
        if eqn.primitive.name == "scan" and not places.keys().isdisjoint(eqn.outvars):
            results = _scan_into(eqn, operands, [places.get(v) for v in eqn.outvars])
        else:
            bound = eqn.primitive.get_bind_params(eqn.params)
            functions, settings = bound if isinstance(bound, tuple) else ((), bound)
            with eqn.ctx.manager:
                results = eqn.primitive.bind(*functions, *operands, **settings)
            results = results if eqn.primitive.multiple_results else [results]
        known |= dict(zip(eqn.outvars, results, strict=True))
    return [read(var) for var in jaxpr.outvars], [known[var] for var in places]


def _scan_into(eqn, operands, places):
    """The results of a `lax.scan`, stacked ones written into `places` (None for new).

    `lax.scan` fills the memory of its results with zeros first.
    """
    settings, compute = eqn.params, jaxpr_as_fun(eqn.params["jaxpr"])
    length, count = settings["length"], settings["num_carry"]
    first = settings["num_consts"]
    consts, carry = operands[:first], operands[first : first + count]
    stacked = operands[first + count :]
    parts = [
        jnp.zeros(var.aval.shape, var.aval.dtype) if place is None else place
        for var, place in zip(eqn.outvars[count:], places[count:], strict=True)
    ]

    def turn(number, state):
        carry, parts = state
        at = length - 1 - number if settings["reverse"] else number
        slices = [lax.dynamic_index_in_dim(a, at, keepdims=False) for a in stacked]
        values = compute(*consts, *carry, *slices)
        parts = [
            lax.dynamic_update_index_in_dim(part, value, at, 0)
            for part, value in zip(parts, values[count:], strict=True)
        ]
        return values[:count], parts

    carry, parts = lax.fori_loop(0, length, turn, (carry, parts))
    return [*carry, *parts]


def large_arrays(closed: Any) -> list[Any]:
    """Variables of a jaxpr whose arrays make up most of its intermediate memory.

    Args:
        closed: a ClosedJaxpr.

    Returns:
        Variables whose arrays XLA writes to memory, the largest first. Of all others
        less than `KEPT_BY_MALLOC` bytes are in use at the same time.
    """
    uses = _lifetimes(closed.jaxpr)
    variables = list(uses)
    sizes = np.array([_size(var) for var in variables], np.int64)
    moments = np.arange(len(closed.jaxpr.eqns))
    in_use = np.array(
        [(start <= moments) & (moments <= end) for start, end in uses.values()]
    )
    if not variables:
        return []
    totals, kept = sizes @ in_use, []
    # Of equal arrays that which is in use for longer: others take its place after it.
    lasting = 1 + in_use.mean(axis=1) / 100
    while totals.max() > KEPT_BY_MALLOC:
        moment = totals.argmax()
        number = int(np.argmax(sizes * lasting * in_use[:, moment]))
        kept.append(variables[number])
        totals = totals - sizes[number] * in_use[number]
        sizes[number] = 0
    return kept


def _lifetimes(jaxpr):
    """{large variable: (number of its equation, number of the last that uses it)}.

    Of the variables whose arrays are written to memory, as results or operands of
    certain operations; others are computed where they are used.
    """
    made, last, same, written = {}, {}, {}, set()
    for number, eqn in enumerate(jaxpr.eqns):
        operands = [same.get(var, var) for var in eqn.invars if not _is_literal(var)]
        last |= dict.fromkeys(operands, number)
        written |= {same.get(var, var) for var in _operands(eqn)}
        if eqn.primitive.name in _VIEWS:
            same[eqn.outvars[0]] = operands[0]
            continue
        for var, origin in zip(eqn.outvars, _origins(eqn), strict=True):
            if _size(var) >= LEAST_BYTES and origin not in _FILLED:
                made[var] = number
                written |= {var} if origin in _WRITTEN else set()
    for var in jaxpr.outvars:
        made.pop(None if _is_literal(var) else same.get(var, var), None)
    # Those that no equation uses are not computed.
    return {v: (made[v], last[v]) for v in made if v in written and v in last}


def _origins(eqn):
    """The operation that computes each result of an equation, also inside of a call."""
    inner = eqn.params.get("jaxpr")
    if eqn.primitive.name in _WRITTEN or not isinstance(inner, ClosedJaxpr):
        return [eqn.primitive.name] * len(eqn.outvars)
    made = {}
    for inner_eqn in inner.jaxpr.eqns:
        made |= dict(zip(inner_eqn.outvars, _origins(inner_eqn), strict=True))
    return ["" if _is_literal(v) else made.get(v, "") for v in inner.jaxpr.outvars]


def _operands(eqn):
    """The variables that an operation of `_WRITTEN` reads, also inside of a call."""
    inner = eqn.params.get("jaxpr")
    if eqn.primitive.name in _WRITTEN:
        return [var for var in eqn.invars if not _is_literal(var)]
    if not isinstance(inner, ClosedJaxpr):
        return []
    outer = dict(zip(inner.jaxpr.invars, eqn.invars, strict=True))
    found = [var for each in inner.jaxpr.eqns for var in _operands(each)]
    return [outer[v] for v in found if v in outer and not _is_literal(outer[v])]


def _is_literal(var):
    return isinstance(var, Literal)


def _size(var):
    aval = var.aval
    shape = getattr(aval, "shape", ())
    return int(np.prod(shape)) * getattr(aval, "dtype", np.dtype(bool)).itemsize


def _shapes(batch):
    leaves, structure = jax.tree.flatten(batch)
    return structure, tuple((leaf.shape, leaf.dtype) for leaf in leaves)
