"""Recording for GradientTape: arrays that reference the call that computed them.

A `recorded` function accepts `RecordedArray`s and variables. While a tape is open,
`run` calls it under `jax.vjp` and stores the pullback as a `Call` in the arrays that it
returns. Functions of the library are recorded. Those of NumPy are not, which the tape
reports if a gradient is missing; those of jax.numpy raise an error.
"""

# pyright: standard
# The trees and closures of JAX are untyped, which a strict check rejects.

from __future__ import annotations

import functools
import itertools
import operator
import sys
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core.base_classes import BaseRecorded
from nbkeras.core.gradients.compiled_calls import (
    CompiledCalls,
    ForwardProgram,
    Program,
    Static,
    is_dynamic,
    kind_of,
)
from nbkeras.core.gradients.links import Links, noting
from nbkeras.core.gradients.open_tapes import open_tapes, recorder, recording_on
from nbkeras.core.names import torch_names
from nbkeras.core.variable import Variable

Method = TypeVar("Method", bound=Callable[..., Any])
_numbers = itertools.count()
# Parts of the paths of files that are not the user's code.
_LIBRARIES = ("/jax/", "/nbkeras/", "/numpy/", "/jaxlib/", "<__array_function__")


class Call:
    """One recorded call of a function.

    Args:
        function: pure function of the arrays of `sources`; returns floating arrays.
        sources: a `Source` for each array that it is differentiated with respect to.
        outputs: [(shape, dtype)] of the arrays that it returned.
        pullback: cotangents of the outputs, None for zeros -> those of the sources.
        tapes: the tapes that recorded the call.
    """

    def __init__(self, function, sources, outputs, pullback, tapes):
        self.number = next(_numbers)
        self.function, self.sources = function, sources
        self.outputs, self.pullback, self.tapes = outputs, pullback, tapes

    def is_on(self, tape: Any) -> bool:
        """Whether `tape` recorded this call."""
        return any(tape is other for other in self.tapes)

    def linked(self, places: Collection[int], by: Collection[int]) -> dict[int, int]:
        """Which of its outputs others of its outputs were computed from.

        Args:
            places: the outputs in question.
            by: the outputs that may have been computed from them.

        Returns:
            {place: number in `Links`} of those that were.
        """
        numbers: dict[int, int] = {}
        values = [source.array for source in self.sources]

        def note(*values: Any) -> None:
            links = Links()
            with noting(links):
                outputs = self.function(*values)
            for place in places:
                number = links.number_of(outputs[place])
                if number is not None:
                    numbers[place] = number

        jax.eval_shape(note, *values)
        linked = {}
        for place, number in numbers.items():
            outputs = self._from_zeros({place: number}, values)
            reached = _reached(jax.make_jaxpr(outputs)(jnp.zeros(*self.outputs[place])))
            if any(reached[other] for other in by if other != place):
                linked[place] = number
        return linked

    def pulled_to_outputs(
        self, numbers: Mapping[int, int], values: Any, cotangents: Any
    ) -> list[Any]:
        """Cotangents of the outputs `numbers`, by way of the other outputs too."""
        zeros = [jnp.zeros(*self.outputs[place]) for place in numbers]
        return list(jax.vjp(self._from_zeros(numbers, values), *zeros)[1](cotangents))

    def _from_zeros(self, numbers, values):
        """Zeros that are added to the outputs `numbers` -> all outputs."""

        def outputs(*zeros: Any) -> Any:
            links = Links(dict(zip(numbers.values(), zeros, strict=True)))
            with noting(links):
                return self.function(*values)

        return outputs


def _reached(program: Any) -> list[bool]:
    """Which outputs of a program depend on its inputs."""
    reached = set(map(id, program.jaxpr.invars))
    for equation in program.jaxpr.eqns:
        if any(id(variable) in reached for variable in equation.invars):
            reached.update(map(id, equation.outvars))
    return [id(variable) in reached for variable in program.jaxpr.outvars]


class Source:
    """A variable or array that a call used, and its value at that time."""

    def __init__(self, origin: Any, array: Any) -> None:
        self.origin, self.array = origin, array


def run(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """`function(*args, **kwargs)` on plain arrays, recorded by the open tapes.

    Args:
        function: pure function of arrays, for `jax.vjp`.
        args: trees whose leaves may be arrays, `RecordedArray`s and variables.
        kwargs: likewise.

    Returns:
        The result of the function; while a tape is open, with its arrays as
        `RecordedArray`s.
    """
    return record(function, args, kwargs)


def record(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    compiled: CompiledCalls | None = None,
) -> Any:
    """As `run`, with the arguments apart.

    Args:
        function: pure function of arrays, for `jax.vjp`.
        args: its positional arguments.
        kwargs: its keyword arguments.
        compiled: the compiled forms of the function for calls that repeat, if nothing
            but the arguments decides what it computes.
    """
    tapes = open_tapes()
    leaves, structure = jax.tree.flatten((args, kwargs))
    plain = [plain_value(leaf) for leaf in leaves]
    if not tapes:
        pure = _Pure(function, structure, plain, [])
        outputs = _compiled_forward(pure, compiled)
        if outputs is None:
            args, kwargs = structure.unflatten(plain)
            outputs = function(*args, **kwargs)
        return _recorded_again(outputs, leaves)
    indices, sources, recording_tapes = [], [], {}
    for index, (leaf, value) in enumerate(zip(leaves, plain, strict=True)):
        interested = [tape for tape in tapes if _is_traced_by(tape, leaf)]
        if interested and jnp.issubdtype(jnp.result_type(value), jnp.inexact):
            origin = leaf.origin if isinstance(leaf, Source) else leaf
            indices.append(index)
            sources.append(Source(origin, value))
            recording_tapes.update((id(tape), tape) for tape in interested)
    pure = _Pure(function, structure, plain, indices)
    values = [source.array for source in sources]
    if sources:
        outputs, pullback, results = _compiled_vjp(pure, values, compiled) or (
            _plain_vjp(pure, values)
        )
        call = Call(
            lambda *values: pure(*values)[0],
            sources,
            [(array.shape, array.dtype) for array in outputs],
            pullback,
            tuple(recording_tapes.values()),
        )
    else:
        (outputs, results), call = pure(), None
    others, layout = results
    return layout.value.assembled(outputs, others, call)


class _Layout(NamedTuple):
    """How the results of a function were taken apart.

    Args:
        structure: their structure.
        is_floating: whether each leaf is a floating array, which has a gradient.
        static: each leaf that is no array; None for the arrays.
    """

    structure: Any
    is_floating: list[bool]
    static: list[Any]

    def assembled(self, outputs: Any, others: Any, call: Call | None) -> Any:
        """The results, with their arrays as `RecordedArray`s."""
        arrays = iter([RecordedArray(a, call, i) for i, a in enumerate(outputs)])
        others = iter(others)
        leaves = []
        for floating, static in zip(self.is_floating, self.static, strict=True):
            if floating:
                leaves.append(next(arrays))
                continue
            other = next(others)
            leaves.append(RecordedArray(other) if static is None else static)
        return self.structure.unflatten(leaves)

    def plain(self, outputs: Any, others: Any) -> Any:
        """The results, with their arrays as they are."""
        outputs, others = iter(outputs), iter(others)
        leaves = []
        for floating, static in zip(self.is_floating, self.static, strict=True):
            array = next(outputs if floating else others)
            leaves.append(array if static is None else static)
        return self.structure.unflatten(leaves)


class _Pure:
    """A function of the arrays at `indices`, with its other arguments fixed.

    Returns:
        (floating arrays of its result, (other arrays, the `_Layout` of the result)).
    """

    def __init__(self, function, structure, plain, indices):
        self.function, self.structure = function, structure
        self.plain, self.indices = plain, indices

    def __call__(self, *values):
        arguments = list(self.plain)
        for index, value in zip(self.indices, values, strict=True):
            arguments[index] = value
        args, kwargs = self.structure.unflatten(arguments)
        with recording_on(()):
            leaves, structure = jax.tree.flatten(self.function(*args, **kwargs))
        is_floating = [_is_floating(leaf) for leaf in leaves]
        static = [None if _is_array(leaf) else leaf for leaf in leaves]
        outputs, others = [], []
        for leaf, floating in zip(leaves, is_floating, strict=True):
            if floating:
                outputs.append(leaf)
            else:
                others.append(jnp.asarray(leaf) if _is_array(leaf) else jnp.zeros(()))
        return outputs, (others, Static(_Layout(structure, is_floating, static)))

    def others(self):
        """The arrays among its other arguments, by their places."""
        return {
            place: value
            for place, value in enumerate(self.plain)
            if place not in self.indices and is_dynamic(value)
        }

    def of_others_too(self, places):
        """The function of (values, arrays at `places`); it holds no array itself."""
        fixed = [None if is_dynamic(value) else value for value in self.plain]

        def pure(values, others):
            arguments = list(fixed)
            for place, value in zip(places, others, strict=True):
                arguments[place] = value
            return _Pure(self.function, self.structure, arguments, self.indices)(
                *values
            )

        return pure


def _plain_vjp(pure, values):
    """(outputs, pullback that takes None for zeros, results without gradient)."""
    outputs, pullback, results = jax.vjp(pure, *values, has_aux=True)

    def pull(cotangents):
        return pullback(
            [
                jnp.zeros(array.shape, array.dtype) if cotangent is None else cotangent
                for array, cotangent in zip(outputs, cotangents, strict=True)
            ]
        )

    return outputs, pull, results


def _compiled_vjp(pure, values, compiled):
    """As `_plain_vjp`; None if the call is not compiled."""
    if compiled is None:
        return None
    kind = kind_of(pure.structure, pure.plain, pure.indices)
    if kind is None:
        return None
    others = pure.others()
    program = compiled.program(kind, lambda: Program(pure.of_others_too(list(others))))
    if program is None:
        return None
    try:
        return program(values, list(others.values()))
    except Exception:
        # What depends on the values of arrays cannot be compiled; uncompiled, it either
        # works or raises the error itself.
        compiled.give_up(kind)
        return None


def _compiled_forward(pure, compiled):
    """The results of a call that no tape records; None if it is not compiled."""
    if compiled is None:
        return None
    kind = kind_of(pure.structure, pure.plain, ())
    if kind is None:
        return None
    others = pure.others()
    # New shapes compile anew; growing ones, as in decoding, would each time.
    kind = "forward", kind, tuple((a.shape, str(a.dtype)) for a in others.values())
    program = compiled.program(
        kind, lambda: ForwardProgram(pure.of_others_too(list(others)))
    )
    if program is None:
        return None
    try:
        outputs, (others, layout) = program(list(others.values()))
    except Exception:
        compiled.give_up(kind)
        return None
    return layout.value.plain(outputs, others)


def _is_traced_by(tape, leaf):
    """Whether `tape` records what is computed from `leaf`."""
    origin = leaf.origin if isinstance(leaf, Source) else leaf
    if isinstance(origin, RecordedArray) and origin.call is not None:
        if origin.call.is_on(tape):
            return True
    return tape.watches(origin)


def is_traced(tree: Any) -> bool:
    """Whether an open tape records what is computed from an array in `tree`."""
    leaves = jax.tree.leaves(tree)
    return any(_is_traced_by(tape, leaf) for tape in open_tapes() for leaf in leaves)


def _recorded_again(outputs, leaves):
    """`outputs` as `RecordedArray`s if the arguments had any; for no open tape."""
    if not any(isinstance(leaf, RecordedArray) for leaf in leaves):
        return outputs
    return jax.tree.map(lambda a: RecordedArray(a) if _is_array(a) else a, outputs)


def plain_value(leaf: Any) -> Any:
    """The array of a recorded array or a variable; anything else unchanged."""
    if isinstance(leaf, RecordedArray | Source):
        return leaf.array
    return leaf.value if isinstance(leaf, Variable) else leaf


def plain(tree: Any) -> Any:
    """`tree` with recorded arrays and variables replaced by plain arrays."""
    return jax.tree.map(plain_value, tree)


def _is_array(leaf):
    return isinstance(leaf, jax.Array | np.ndarray | np.generic)


def _is_floating(leaf):
    return _is_array(leaf) and jnp.issubdtype(leaf.dtype, jnp.inexact)


def needed(
    args: Iterable[Any], kwargs: Mapping[str, Any] = MappingProxyType({})
) -> bool:
    """Whether a call must use `run`: a tape is open, or an argument is recorded."""
    if open_tapes():
        return True
    return any(isinstance(arg, RecordedArray) for arg in (*args, *kwargs.values()))


def recorded(function: Method) -> Method:
    """Make a GradientTape record a pure function of arrays; a decorator.

    The function then accepts `RecordedArray`s and variables, also in lists and dicts,
    and returns recorded arrays while a tape is open.
    """

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if needed(args, kwargs):
            return run(function, *args, **kwargs)
        return function(*args, **kwargs)

    return cast("Method", call)


class RecordedArray(BaseRecorded):
    """An array that a GradientTape can differentiate; operators on it are recorded.

    NumPy's functions accept it, but are not recorded; those of jax.numpy raise an error
    while a tape records the array.

    Args:
        array: the value.
        call: the `Call` that returned it, or None.
        index: its index among the floating outputs of the call.
    """

    __array_priority__ = 200

    def __init__(self, array: Any, call: Call | None = None, index: int = 0) -> None:
        self.array, self.call, self.index = jnp.asarray(array), call, index

    @property
    def value(self) -> jax.Array:
        """The plain array; what is computed from it is not recorded."""
        return self.array

    def numpy(self) -> np.ndarray[Any, Any]:
        """The value as a NumPy array."""
        return np.asarray(self.array)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape."""
        return self.array.shape

    @property
    def dtype(self) -> Any:
        """The dtype."""
        return self.array.dtype

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return self.array.ndim

    @property
    def size(self) -> int:
        """Number of elements."""
        return self.array.size

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        _note_unrecorded(self)
        return np.array(self.array, dtype=dtype, copy=copy)

    @property
    def __jax_array__(self) -> Any:
        refuse_jax(self)
        return lambda: self.array

    def __array_ufunc__(self, ufunc, method, *inputs, **settings):
        function = _UFUNCS.get(ufunc.__name__)
        if method == "__call__" and function is not None and not settings:
            return run(function, *inputs)
        inputs = [np.asarray(v) if isinstance(v, RecordedArray) else v for v in inputs]
        return getattr(ufunc, method)(*inputs, **settings)

    def __array_function__(self, func, types, args, kwargs):
        if func in _SHAPE_FUNCTIONS:
            return func(self.array, *args[1:], **kwargs)
        args, kwargs = jax.tree.map(
            lambda v: np.asarray(v) if isinstance(v, RecordedArray) else v,
            (args, kwargs),
        )
        return func(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        # Methods and attributes of arrays, recorded: x.sum(axis=0), x.T.
        if name.startswith("__") or not hasattr(jax.Array, name):
            raise torch_names.missing(self, name, torch_names.OF_ARRAYS)
        if callable(getattr(jax.Array, name)):
            return functools.partial(run, _method(name), self)
        return run(operator.attrgetter(name), self)

    __hash__ = object.__hash__

    if TYPE_CHECKING:  # defined by the loop below

        def __add__(self, other: Any) -> RecordedArray: ...
        def __getitem__(self, index: Any) -> RecordedArray: ...

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[RecordedArray]:
        return (self[i] for i in range(len(self.array)))

    def __bool__(self) -> bool:
        return bool(self.array)

    def __int__(self) -> int:
        return int(self.array)

    def __float__(self) -> float:
        return float(self.array)

    def __index__(self) -> int:
        return operator.index(self.array)

    def __format__(self, style: str) -> str:
        return format(self.array, style)

    def __repr__(self) -> str:
        return f"<RecordedArray {self.array!r}>"


# NumPy functions that read the shape only.
_SHAPE_FUNCTIONS = (np.shape, np.ndim, np.size)

_NOT_RECORDED = (
    "A GradientTape cannot record functions of jax.numpy, one of which got a recorded "
    "array at {where}. Write the function of nbkeras.ops (or tf.) with that name; or, "
    "if its gradient is not needed, pass x.value."
)
_NOT_TAKEN = (
    "A function of jax.numpy got an array that came from a GradientTape or a function "
    "of tf., at {where}. Write the function of nbkeras.ops (or tf.) of that name, or "
    "give it the plain array: x.value."
)
# What asks in JAX on behalf of functions that take no array but JAX's own.
_ONLY_OWN_ARRAYS = ("shaped_abstractify", "typeof", "bind")


def refuse_jax(origin: Any) -> None:
    """Raise if JAX asks for the array of what a tape records, or cannot take it.

    Raises:
        AttributeError: for `array + origin`, which JAX leaves to the operator of the
            one on the right then.
        RuntimeError: for a function of JAX.
    """
    asks = sys._getframe(2).f_code.co_name
    if "operator" in asks or "binary_op" in asks:
        raise AttributeError("__jax_array__")
    if any(_is_traced_by(tape, origin) for tape in open_tapes()):
        raise RuntimeError(_NOT_RECORDED.format(where=_user_line()))
    if asks in _ONLY_OWN_ARRAYS and isinstance(origin, RecordedArray):
        raise RuntimeError(_NOT_TAKEN.format(where=_user_line()))


def _note_unrecorded(array):
    for tape in open_tapes():
        if _is_traced_by(tape, array):
            tape.note_unrecorded(array, _user_line())


def _user_line():
    """The current line of the user's code: 'file.py:12: y = np.mean(x)'."""
    for frame in reversed(traceback.extract_stack()):
        if not any(part in frame.filename for part in _LIBRARIES):
            return f"{frame.filename}:{frame.lineno}: {frame.line}"
    return "an unknown place"


def _method(name):
    def call(array, *args, **settings):
        return getattr(jnp.asarray(array), name)(*args, **settings)

    return call


def _binary(name, swapped=False):
    function = getattr(operator, name)

    def call(x, y):
        x, y = (
            jnp.asarray(v) if isinstance(v, list | np.ndarray) else v for v in (x, y)
        )
        return function(y, x) if swapped else function(x, y)

    return call


def _bound(function):
    compiled = CompiledCalls()

    def apply(self, *others):
        return record(function, (self, *others), {}, compiled)

    return apply


_ARITHMETIC = (
    "add sub mul truediv floordiv mod pow matmul and_ or_ xor lt le gt ge eq ne".split()
)
for _name in _ARITHMETIC:
    _short = _name.strip("_")
    setattr(RecordedArray, f"__{_short}__", _bound(_binary(_name)))
    if _short not in ("lt", "le", "gt", "ge", "eq", "ne"):
        setattr(RecordedArray, f"__r{_short}__", _bound(_binary(_name, swapped=True)))
for _name in ("neg", "pos", "abs", "invert", "getitem"):
    setattr(RecordedArray, f"__{_name}__", _bound(getattr(operator, _name)))

# The ufuncs that `ndarray + recorded` and its like call.
_UFUNCS = {
    "add": _binary("add"),
    "subtract": _binary("sub"),
    "multiply": _binary("mul"),
    "divide": _binary("truediv"),
    "true_divide": _binary("truediv"),
    "floor_divide": _binary("floordiv"),
    "remainder": _binary("mod"),
    "power": _binary("pow"),
    "matmul": _binary("matmul"),
    "less": _binary("lt"),
    "less_equal": _binary("le"),
    "greater": _binary("gt"),
    "greater_equal": _binary("ge"),
    "equal": _binary("eq"),
    "not_equal": _binary("ne"),
}

recorder.run, recorder.refuse_jax = run, refuse_jax
