"""GradientTape: record what is computed, and ask for gradients afterwards."""

# pyright: standard
# The trees and closures of JAX carry no types that a stricter check could use.

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

# What can be watched, and asked for a gradient of.
_FOLLOWED = Variable, RecordedArray, jax.Array


class GradientTape:
    """Records layers, losses and functions of arrays called within it.

    As `tf.GradientTape`; the derivatives are those of JAX. What the library computes
    is recorded: layers and models, losses, activations, the functions of `nbkeras.ops`,
    and operators on variables and on recorded arrays. A value that is given to NumPy is
    not followed; if a gradient is missing for that reason, `gradient` says where.

    Args:
        persistent: whether `gradient` may be asked more than once.
        watch_accessed_variables: whether trainable variables are watched by themselves.

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
        # {id: what is watched}, which keeps it from being replaced by another
        self._watched: dict[int, Any] = {}
        self._variables: dict[int, Variable] = {}
        self._left: list[tuple[RecordedArray, str]] = []
        self._used = False

    def __enter__(self) -> Self:
        if any(tape is self for tape in open_tapes()):
            raise RuntimeError("This GradientTape is recording already.")
        self._entered = recording_on((*open_tapes(), self))
        self._entered.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._entered.__exit__(*error)

    # What `recording` asks.

    def watches(self, source: Any) -> bool:
        """Whether `source` was to be watched, or is a trainable variable."""
        if id(source) in self._watched:
            return True
        if isinstance(source, Variable) and source.trainable:
            if self._watches_variables:
                self._variables[id(source)] = source
                return True
        return False

    def note_left(self, array: RecordedArray, where: str) -> None:
        """`array` was given to a function that is not recorded."""
        self._left.append((array, where))

    # What users ask.

    def watch(self, tensor: Any) -> None:
        """Record what is computed from `tensor`, or from each in a list or dict.

        Raises:
            TypeError: something that cannot be followed.
        """
        for leaf in jax.tree.leaves(tensor):
            if not isinstance(leaf, _FOLLOWED):
                raise TypeError(
                    f"watch got a {type(leaf).__name__}. Watch a variable or an array: "
                    "x = nbkeras.Variable(x), or x = tf.constant(x)."
                )
            self._watched[id(leaf)] = leaf

    def watched_variables(self) -> tuple[Variable, ...]:
        """The variables that were used while the tape recorded."""
        return tuple(self._variables.values())

    @contextlib.contextmanager
    def stop_recording(self) -> Generator[None]:
        """Within this, the tape records nothing."""
        others = tuple(t for t in open_tapes() if t is not self)
        with recording_on(others):
            yield

    def reset(self) -> None:
        """Forget all that was recorded."""
        recorder = GradientTape(self._persistent, self._watches_variables)
        for name in ("_watched", "_variables", "_left", "_used"):
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
            target: what was computed; a list or a dict of several is summed up.
            sources: variables or recorded arrays, one or in a list or dict.
            output_gradients: factors of the targets' values; 1 by default.
            unconnected_gradients: what stands for a source that the target does not
                depend on: "none" for None, "zero" for zeros.

        Returns:
            `RecordedArray`s in the structure of `sources`.

        Raises:
            RuntimeError: asked twice, and the tape is not persistent.
            TypeError: the target was not recorded, or a source was lost on the way.
        """
        if self._used and not self._persistent:
            raise RuntimeError(
                "This GradientTape was asked for gradients already. Write "
                "GradientTape(persistent=True) to ask more than once."
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
        zero = str(getattr(unconnected_gradients, "value", unconnected_gradients))
        tree = jax.tree.structure(sources)
        wanted = jax.tree.leaves(sources)
        result = []
        for source, slope in zip(wanted, gradients, strict=True):
            if slope is None and zero.lower() == "zero":
                slope = jnp.zeros(np.shape(recording.plain_value(source)))
            elif slope is None:
                self._explain_if_lost(source)
            is_ready = slope is None or isinstance(slope, RecordedArray)
            result.append(slope if is_ready else RecordedArray(slope))
        return tree.unflatten(result)

    def jacobian(self, target: Any, sources: Any, **_options: Any) -> Any:
        """The derivative of each value of `target`: target.shape + source.shape."""
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
        shaped = [a.reshape(*leaf.shape, *a.shape[1:]) for a in gradients]
        tree = jax.tree.structure(sources)
        return tree.unflatten([RecordedArray(array) for array in shaped])

    def _pullback(self, target, sources, whole=False):
        """(cotangents of the targets -> gradients of the sources, the targets)."""
        leaves = jax.tree.leaves(target)
        for leaf in leaves:
            if not isinstance(leaf, RecordedArray | Variable):
                raise TypeError(self._not_recorded(leaf))
        wanted = jax.tree.leaves(sources)
        for source in wanted:
            if not isinstance(source, _FOLLOWED):
                raise TypeError(
                    f"gradient: sources holds a {type(source).__name__}. Write for "
                    "example tape.gradient(loss, model.trainable_variables)."
                )
        others = tuple(t for t in open_tapes() if t is not self)

        def pullback(cotangents):
            with recording_on(() if whole else others):
                return _Backward(self, wanted, bool(others) and not whole).run(
                    leaves, cotangents
                )

        return pullback, leaves

    def _not_recorded(self, target):
        text = (
            f"gradient: the target is a {type(target).__name__} that this tape did not "
            "record. Compute it within `with GradientTape() as tape:` from layers, "
            "losses, functions of nbkeras.ops and operators on their results."
        )
        return text + self._where_left(self._left)

    def _explain_if_lost(self, source):
        """Raise if values that depend on `source` went where nothing is recorded."""
        lost = [(a, where) for a, where in self._left if self._depends(a, source)]
        if lost:
            raise TypeError(
                "gradient: the target does not depend on a source by way of what was "
                "recorded." + self._where_left(lost) + " For zeros or None where that "
                "is meant, take x.numpy() there."
            )

    @staticmethod
    def _where_left(left):
        if not left:
            return ""
        places = list(dict.fromkeys(where for _, where in left))
        return (
            " Recorded values were given to NumPy, which is not recorded, at "
            + "; ".join(places[:3])
            + ". Write the function of nbkeras.ops there."
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
    """One walk from targets back to sources, each call once, the newest first."""

    def __init__(self, tape: GradientTape, wanted: Sequence[Any], recorded: bool):
        self._tape, self._wanted, self._recorded = tape, wanted, recorded
        self._ids = {id(source) for source in wanted}
        self._found: dict[int, Any] = {}
        self._cotangents: dict[int, list[Any]] = {}
        self._calls: dict[int, Call] = {}
        self._heap: list[int] = []

    def run(self, targets: Sequence[Any], cotangents: Sequence[Any]) -> list[Any]:
        """The gradient of each source; None where there is no way to it."""
        for target, cotangent in zip(targets, cotangents, strict=True):
            self._add(target, cotangent)
        while self._heap:
            call = self._calls[-heapq.heappop(self._heap)]
            partial = self._cotangents.pop(call.number)
            full = [
                jnp.zeros(*output) if cotangent is None else cotangent
                for cotangent, output in zip(partial, call.outputs, strict=True)
            ]
            self._pull_to_outputs(call, partial, full)
            for source, slope in zip(
                call.sources, self._pulled_back(call, full), strict=True
            ):
                self._add(source.origin, slope)
        return [self._found.get(id(source)) for source in self._wanted]

    def _pulled_back(self, call: Call, cotangents):
        if not self._recorded:
            return call.pullback(cotangents)
        # An outer tape is to differentiate this again.
        function: Callable[..., Any] = call.function
        return recording.run(
            lambda values, cotangents: jax.vjp(function, *values)[1](cotangents),
            [Source(source.origin, source.array) for source in call.sources],
            cotangents,
        )

    def _pull_to_outputs(self, call: Call, partial, cotangents):
        """Gradients for outputs of `call` that others of its outputs follow from."""
        wanted = {
            source.place: source
            for source in self._wanted
            if isinstance(source, RecordedArray) and source.call is call
        }
        by = [place for place, part in enumerate(partial) if part is not None]
        several = len({*wanted, *by}) > 1
        numbers = call.linked(wanted, by) if wanted and several else {}
        if not numbers:
            return
        values = [Source(source.origin, source.array) for source in call.sources]
        slopes = recording.run(
            functools.partial(call.pulled_to_outputs, numbers), values, cotangents
        )
        for place, slope in zip(numbers, slopes, strict=True):
            # With what had come to the output itself.
            self._found[id(wanted[place])] = (
                slope if self._recorded else recording.plain_value(slope)
            )

    def _add(self, origin, slope):
        if id(origin) in self._ids:
            self._found[id(origin)] = _sum(self._found.get(id(origin)), slope)
        call = origin.call if isinstance(origin, RecordedArray) else None
        if call is None or not call.is_on(self._tape):
            return
        if call.number not in self._cotangents:
            self._calls[call.number] = call
            self._cotangents[call.number] = [None] * len(call.outputs)
            heapq.heappush(self._heap, -call.number)
        parts = self._cotangents[call.number]
        parts[origin.place] = _sum(parts[origin.place], slope)


def _sum(a, b):
    return b if a is None else a + b
