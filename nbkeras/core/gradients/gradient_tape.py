"""GradientTape: record eager computation, and compute gradients afterwards."""

# pyright: standard
# The trees and closures of JAX are untyped, which a strict check rejects.

from __future__ import annotations

import contextlib
import functools
import heapq
from collections.abc import Callable, Generator, Sequence
from typing import Any, Literal, Self

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core.gradients import recording
from nbkeras.core.gradients.open_tapes import open_tapes, recording_on
from nbkeras.core.gradients.recording import Call, RecordedArray, Source
from nbkeras.core.variable import Variable, as_array

# Types that can be watched and be a source of a gradient.
_DIFFERENTIABLE = Variable, RecordedArray, jax.Array


class GradientTape:
    """Records the computation within it, to differentiate it by JAX afterwards.

    Works as `tf.GradientTape`. It records layers and models, losses, activations, the
    functions of `nbkeras.ops`, and operators on variables and recorded arrays. It does
    not record NumPy; if a gradient is missing for that reason, `gradient` raises an
    error that names the line.

    Args:
        persistent: whether `gradient` may be called more than once.
        watch_accessed_variables: whether trainable variables are watched automatically.

    >>> import nbkeras
    >>> x = nbkeras.Variable(3.0)
    >>> with GradientTape() as outer:
    ...     with GradientTape() as inner:
    ...         y = x * x * x
    ...     slope = inner.gradient(y, x)
    >>> float(slope), float(outer.gradient(slope, x))
    (27.0, 18.0)
    """

    def __init__(
        self, persistent: bool = False, watch_accessed_variables: bool = True
    ) -> None:
        self._persistent = persistent
        self._watches_variables = watch_accessed_variables
        # {id: watched object}; holding the object keeps its id from being reused
        self._watched: dict[int, Any] = {}
        self._variables: dict[int, Variable] = {}
        self._unrecorded: list[tuple[RecordedArray, str]] = []
        self._used = False

    def __enter__(self) -> Self:
        if any(tape is self for tape in open_tapes()):
            raise RuntimeError("This GradientTape is recording already.")
        self._entered = recording_on((*open_tapes(), self))
        self._entered.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._entered.__exit__(*error)

    # Called by `recording`.

    def watches(self, source: Any) -> bool:
        """Whether `source` is watched, explicitly or as a trainable variable."""
        if id(source) in self._watched:
            return True
        if isinstance(source, Variable) and source.trainable:
            if self._watches_variables:
                self._variables[id(source)] = source
                return True
        return False

    def note_unrecorded(self, array: RecordedArray, where: str) -> None:
        """Note that `array` was passed to NumPy at the line `where`."""
        self._unrecorded.append((array, where))

    # Public methods.

    def watch(self, tensor: Any) -> None:
        """Record what is computed from `tensor`, or from the tensors in a list or dict.

        Raises:
            TypeError: `tensor` is neither a variable nor an array.
        """
        for leaf in jax.tree.leaves(tensor):
            if not isinstance(leaf, _DIFFERENTIABLE):
                raise TypeError(
                    f"watch got a {type(leaf).__name__}. Give a variable or an array: "
                    "x = nbkeras.Variable(x), or x = tf.constant(x)."
                )
            self._watched[id(leaf)] = leaf

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that were used while the tape recorded."""
        return tuple(self._variables.values())

    @contextlib.contextmanager
    def stop_recording(self) -> Generator[None]:
        """A context in which this tape does not record."""
        others = tuple(t for t in open_tapes() if t is not self)
        with recording_on(others):
            yield

    def reset(self) -> None:
        """Discard everything recorded so far."""
        recorder = GradientTape(self._persistent, self._watches_variables)
        for name in ("_watched", "_variables", "_unrecorded", "_used"):
            setattr(self, name, getattr(recorder, name))

    def gradient(
        self,
        target: Any,
        sources: Any,
        output_gradients: Any = None,
        unconnected_gradients: Literal["none", "zero"] = "none",
    ) -> Any:
        """The gradient of `target` with respect to each of `sources`.

        Args:
            target: a recorded result, or a list or dict of results, which are summed.
            sources: a variable or array, or a list or dict of them.
            output_gradients: the gradient with respect to each target, by which its
                contribution is multiplied; 1 by default.
            unconnected_gradients: the gradient of a source that the target does not
                depend on: "none" gives None, "zero" gives zeros.

        Returns:
            `RecordedArray`s in the structure of `sources`, each of its source's shape.

        Raises:
            RuntimeError: a second call, and the tape is not persistent.
            TypeError: the target was not recorded, or it depends on a source only
                through NumPy.
        """
        if self._used and not self._persistent:
            raise RuntimeError(
                "This GradientTape has already computed gradients. Write "
                "GradientTape(persistent=True) to call it more than once."
            )
        self._used = True
        pullback, leaves = self._pullback(target, sources)
        if output_gradients is None:
            cotangents = [jnp.ones(t.shape, t.dtype) for t in leaves]
        else:
            factors = jax.tree.leaves(output_gradients)
            cotangents = [
                jnp.broadcast_to(as_array(g, t.dtype), t.shape)
                for g, t in zip(factors, leaves, strict=True)
            ]
        gradients = pullback(cotangents)
        unconnected = str(
            getattr(unconnected_gradients, "value", unconnected_gradients)
        )
        tree = jax.tree.structure(sources)
        source_leaves = jax.tree.leaves(sources)
        result = []
        for source, gradient in zip(source_leaves, gradients, strict=True):
            if gradient is None and unconnected.lower() == "zero":
                gradient = jnp.zeros(np.shape(recording.plain_value(source)))
            elif gradient is None:
                self._explain_if_lost(source)
            is_ready = gradient is None or isinstance(gradient, RecordedArray)
            result.append(gradient if is_ready else RecordedArray(gradient))
        return tree.unflatten(result)

    def jacobian(self, target: Any, sources: Any, **_options: Any) -> Any:
        """The derivative of each element of `target` with respect to each source.

        Args:
            target: one recorded result.
            sources: as for `gradient`.

        Returns:
            `RecordedArray`s of shape target.shape + source.shape.

        Raises:
            TypeError: as for `gradient`.
        """
        self._used = True
        pullback, (leaf,) = self._pullback(target, sources, whole=True)
        eye = jnp.eye(leaf.size, dtype=leaf.dtype).reshape(leaf.size, *leaf.shape)

        def rows(cotangent):
            gradients = pullback([cotangent])
            return [
                jnp.zeros(()) if gradient is None else gradient
                for gradient in gradients
            ]

        gradients = jax.vmap(rows)(eye)
        jacobians = [a.reshape(*leaf.shape, *a.shape[1:]) for a in gradients]
        tree = jax.tree.structure(sources)
        return tree.unflatten([RecordedArray(array) for array in jacobians])

    def _pullback(self, target, sources, whole=False):
        """(cotangents of the targets -> gradients of the sources, list of targets)."""
        leaves = jax.tree.leaves(target)
        for leaf in leaves:
            if not isinstance(leaf, RecordedArray | Variable):
                raise TypeError(self._not_recorded(leaf))
        source_leaves = jax.tree.leaves(sources)
        for source in source_leaves:
            if not isinstance(source, _DIFFERENTIABLE):
                raise TypeError(
                    f"gradient: sources holds a {type(source).__name__}. Write for "
                    "example tape.gradient(loss, model.trainable_variables)."
                )
        others = tuple(t for t in open_tapes() if t is not self)

        def pullback(cotangents):
            with recording_on(() if whole else others):
                return _Backward(self, source_leaves, bool(others) and not whole).run(
                    leaves, cotangents
                )

        return pullback, leaves

    def _not_recorded(self, target):
        text = (
            f"gradient: the target is a {type(target).__name__} that this tape did not "
            "record. Compute it within `with GradientTape() as tape:` from layers, "
            "losses, functions of nbkeras.ops and operators on their results."
        )
        return text + self._numpy_lines(self._unrecorded)

    def _explain_if_lost(self, source):
        """Raise if a value that depends on `source` was passed to NumPy."""
        lost = [(a, where) for a, where in self._unrecorded if self._depends(a, source)]
        if lost:
            raise TypeError(
                "gradient: no recorded computation leads from a source to the target."
                + self._numpy_lines(lost)
                + " If that is intended and the gradient should be None or zeros, "
                "write x.numpy() there."
            )

    @staticmethod
    def _numpy_lines(unrecorded):
        if not unrecorded:
            return ""
        lines = list(dict.fromkeys(where for _, where in unrecorded))
        return (
            " Recorded values were passed to NumPy, which is not recorded, at "
            + "; ".join(lines[:3])
            + ". Call the function of nbkeras.ops instead."
        )

    def _depends(self, array, source):
        calls, seen = [array.call], set()
        while calls:
            call = calls.pop()
            if call is None or call.number in seen or not call.is_on(self):
                continue
            seen.add(call.number)
            for parent in call.sources:
                if parent.origin is source:
                    return True
                if isinstance(parent.origin, RecordedArray):
                    calls.append(parent.origin.call)
        return False


class _Backward:
    """The backward pass: pulls cotangents back through each call, newest first."""

    def __init__(self, tape: GradientTape, sources: Sequence[Any], recorded: bool):
        self._tape, self._sources, self._recorded = tape, sources, recorded
        self._ids = {id(source) for source in sources}
        self._gradients: dict[int, Any] = {}
        self._cotangents: dict[int, list[Any]] = {}
        self._calls: dict[int, Call] = {}
        self._heap: list[int] = []

    def run(self, targets: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
        """The gradient of each source; None if no target depends on it."""
        for target, cotangent in zip(targets, cotangents, strict=True):
            self._add(target, cotangent)
        while self._heap:
            call = self._calls[-heapq.heappop(self._heap)]
            partial = self._cotangents.pop(call.number)
            self._pull_to_outputs(call, partial)
            for source, cotangent in zip(
                call.sources, self._pulled_back(call, partial), strict=True
            ):
                self._add(source.origin, cotangent)
        return [self._gradients.get(id(source)) for source in self._sources]

    def _pulled_back(self, call: Call, cotangents):
        if not self._recorded:
            return call.pullback(cotangents)
        # An outer tape can differentiate the gradient again.
        function: Callable[..., Any] = call.function
        return recording.run(
            lambda values, cotangents: jax.vjp(function, *values)[1](cotangents),
            [Source(source.origin, source.array) for source in call.sources],
            _without_none(call, cotangents),
        )

    def _pull_to_outputs(self, call: Call, partial):
        """Gradients for outputs of `call` that others of its outputs follow from."""
        wanted = {
            source.index: source
            for source in self._sources
            if isinstance(source, RecordedArray) and source.call is call
        }
        by = [place for place, part in enumerate(partial) if part is not None]
        several = len({*wanted, *by}) > 1
        numbers = call.linked(wanted, by) if wanted and several else {}
        if not numbers:
            return
        values = [Source(source.origin, source.array) for source in call.sources]
        slopes = recording.run(
            functools.partial(call.pulled_to_outputs, numbers),
            values,
            _without_none(call, partial),
        )
        for place, slope in zip(numbers, slopes, strict=True):
            # With what had come to the output itself.
            self._gradients[id(wanted[place])] = (
                slope if self._recorded else recording.plain_value(slope)
            )

    def _add(self, origin, cotangent):
        if id(origin) in self._ids:
            self._gradients[id(origin)] = _sum(
                self._gradients.get(id(origin)), cotangent
            )
        call = origin.call if isinstance(origin, RecordedArray) else None
        if call is None or not call.is_on(self._tape):
            return
        if call.number not in self._cotangents:
            self._calls[call.number] = call
            self._cotangents[call.number] = [None] * len(call.outputs)
            heapq.heappush(self._heap, -call.number)
        cotangents = self._cotangents[call.number]
        cotangents[origin.index] = _sum(cotangents[origin.index], cotangent)


def _without_none(call: Call, cotangents):
    """The cotangents of the outputs of `call`, with zeros for None."""
    return [
        jnp.zeros(*output) if cotangent is None else cotangent
        for cotangent, output in zip(cotangents, call.outputs, strict=True)
    ]


def _sum(a, b):
    return b if a is None else a + b
