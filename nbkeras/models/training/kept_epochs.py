"""Kept epochs: the whole state of a run at the end of its epochs, to go back to.

A state is what a resumed run goes on from: weights, the optimizer's state, the seed,
and the counts that decide the order of rows and all dropout. So training on from a kept
epoch is bit for bit what a run would have done that had stopped there.
"""

import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core import notices
from nbkeras.core.machine import memory
from nbkeras.core.names.display_name import quoted
from nbkeras.models.saving import progress_state
from nbkeras.models.training.steps.own_steps import owns_training
from nbkeras.train import events

# Of all runs together. A share of what is free bounds it on small machines.
MEMORY_BYTES = 256 * 2**20
DISK_BYTES = 2**30
SHARE_OF_FREE = 1 / 8
# A state larger than this part of the memory goes to disk.
LARGEST_SHARE = 1 / 4
MOST_EPOCHS = 200
# Keeping may take this share of a run's time, and at first so many seconds.
TIME_SHARE = 0.03
FIRST_S = 0.05


@dataclass(frozen=True)
class EpochState:
    """The state of a model in training after a whole epoch, as host arrays.

    Args:
        values: {path: array} of all weights.
        opt: the optimizer's state.
        others: values of what own steps use besides.
        progress: as `progress_state.progress_of` gives it.
    """

    values: dict[str, np.ndarray]
    opt: Any
    others: list[Any]
    progress: dict[str, Any]

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        """{path: shape} of all weights."""
        return {path: value.shape for path, value in self.values.items()}

    @property
    def nbytes(self) -> int:
        """The size of all arrays."""
        leaves = jax.tree.leaves((self.values, self.opt, self.others))
        return sum(leaf.nbytes for leaf in leaves)


class KeptEpochs:
    """A sink that keeps epochs of one run, within bounds of memory, disk and time.

    Epochs are numbered as the displays do: n is the end of the n-th epoch, and the
    number that the run began with (0 for a first fit) is the state before its first
    step. When room is short every second epoch is let go, but never the first, the best
    or the newest; when keeping takes too long a share of the time, epochs are skipped.

    Args:
        model: compiled.
        control: the run's `Control`.
        keeps: True keeps, whatever it costs in time; "auto" keeps once `turn_on` was
            called, within `TIME_SHARE`.
        clock: seconds, for tests.
    """

    ignores = (events.StepStarted, events.StepEnded)

    def __init__(
        self,
        model: Any,
        control: Any,
        keeps: bool | str = True,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.model, self.control = model, control
        self.is_on = keeps is True
        self.at: int | None = None
        self.best: int | None = None
        self._share = None if keeps is True else TIME_SHARE
        self._clock, self._spent_s, self._last_s = clock, 0.0, 0.0
        self._states: dict[int, EpochState | _OnDisk] = {}
        self._lowest = float("inf")
        self._stride = 1
        self._newest: tuple[int, int] | None = None  # (epoch, step) of its end
        self._budget = MEMORY_BYTES
        self._whole = True
        self._pending: int | None = None
        self._running = False
        self._watchers: list[Callable[[], None]] = []
        self._lock = threading.RLock()

    def turn_on(self) -> None:
        """Keep epochs from now on; a display that can go back calls it."""
        self.is_on = True

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed()` after the model went back."""
        self._watchers.append(changed)

    @property
    def epochs(self) -> list[int]:
        """The numbers of the epochs that are kept, in order."""
        with self._lock:
            return sorted(self._states)

    def __call__(self, event: Any) -> None:
        """Handle one event, on the thread that trains."""
        if isinstance(event, events.FitStarted):
            self._running = True
        if not self.is_on:
            return
        try:
            self._take(event)
        except (MemoryError, OSError, RuntimeError) as error:
            self.is_on = False
            notices.once(
                ("kept epochs", type(error).__name__),
                "Epochs are no longer kept, so the run cannot go back to later ones "
                f"({type(error).__name__}: {error}). Training continues.",
            )

    def _take(self, event):
        if isinstance(event, events.FitStarted):
            if self._whole:
                self._keep_in_time(event.initial_epoch, event.seconds)
        elif isinstance(event, events.EpochEnded):
            number = event.epoch + 1
            self._note_best(number, event.logs)
            self._newest = number, event.step
            if number % self._stride == 0 or number == self.best:
                self._keep_in_time(number, event.seconds)
        elif isinstance(event, events.FitEnded):
            number, step = self._newest or (None, None)
            if number not in self._states and step == event.step:
                self._keep(number)

    def _note_best(self, number, logs):
        loss = logs.get("val_loss", logs.get("loss"))
        if not isinstance(loss, float) or not loss < self._lowest:
            return
        before, self.best, self._lowest = self.best, number, loss
        if before is not None and before % self._stride:
            with self._lock:
                self._states.pop(before, None)

    def _keep_in_time(self, number, run_s):
        """Keep the epoch, unless that would take too much of the run's time."""
        expected = self._spent_s + self._last_s
        if self._share is not None and expected > FIRST_S + self._share * run_s:
            return
        self._keep(number)

    def _keep(self, number):
        began = self._clock()
        cell = self.model.running_cell()
        if cell is None:
            return
        params, state, opt, _, others = cell.lasting_on_host()
        progress = progress_state.progress_of(self.model)
        kept: Any = EpochState({**params, **state}, opt, others, progress)
        if (size := kept.nbytes) > self._budget * LARGEST_SHARE:
            kept = None if others else _OnDisk.write(self.model, number, size)
        with self._lock:
            if kept is not None:
                self._states[number] = kept
        _make_room(self, self._budget)
        self._last_s = self._clock() - began
        self._spent_s += self._last_s

    # Used by `_make_room`.

    def sizes(self):
        """(bytes in memory, bytes on disk)."""
        with self._lock:
            states = list(self._states.values())
        on_disk = sum(s.nbytes for s in states if isinstance(s, _OnDisk))
        return sum(s.nbytes for s in states) - on_disk, on_disk

    def thin(self) -> bool:
        """Let go of about half of the epochs; False where nothing can go."""
        with self._lock:
            numbers = sorted(self._states)
            if len(numbers) < 2:
                return False
            held = {numbers[0], numbers[-1], self.best}
            inner = [n for n in numbers if n not in held]
            if inner:
                self._stride *= 2
                dropped = [n for n in inner if n % self._stride] or inner[::2]
            else:
                dropped = [n for n in numbers if n != self.best][:1]
            for number in dropped:
                del self._states[number]
            return True

    def clear(self) -> None:
        """Let go of all epochs."""
        with self._lock:
            self._states.clear()

    # Going back.

    def values_at(self, epoch: int) -> dict[str, np.ndarray]:
        """{path: array} of all weights at the end of a kept epoch, as `fit` left them.

        Raises:
            ValueError: the epoch is not kept.
        """
        state = self._state(epoch)
        if isinstance(state, EpochState):
            return self._finished(state)
        model = self.model_at(epoch)
        return {
            p: np.asarray(w.value) for p, w in model.variables_in_training().items()
        }

    def model_at(self, epoch: int) -> Any:
        """A new model as of a kept epoch, compiled, with the optimizer's state.

        Args:
            epoch: see the class; negative numbers count from the newest.

        Raises:
            ValueError: the epoch is not kept, or the model has changed since.
        """
        state = self._state(epoch)
        self._refuse_changed(state)
        with self.model.between_steps():
            model = self.model.copy_without_run()
        self._put(model, state)
        return model

    def go_back(self, epoch: int) -> None:
        """Make the model what it was at the end of a kept epoch.

        A run that is going is stopped first, and the model is put back when it has
        ended. `fit` then goes on from there.

        Args:
            epoch: as in `model_at`.

        Raises:
            ValueError: as `model_at`.
            RuntimeError: another fit trains the model now.
        """
        number = self._number(epoch)
        with self._lock:
            if self._running:
                self._pending = number
                self.control.stop()
                return
        state = self._state(number)
        self._refuse_changed(state)
        if any(w.in_training for w in self.model.variables_in_training().values()):
            raise RuntimeError(
                f"{quoted(self.model.name)} is in training, so it cannot go back now. "
                "Stop that run first, and then call history.go_back again."
            )
        self._put(self.model, state)
        self.at = number
        for changed in self._watchers:
            changed()

    def ended(self) -> None:
        """The run is over and the weights are the model's again: go back if asked."""
        with self._lock:
            self._running = False
            pending, self._pending = self._pending, None
        if pending is not None:
            self.go_back(pending)

    def _number(self, epoch):
        numbers = self.epochs
        if isinstance(epoch, bool) or not isinstance(epoch, int | np.integer):
            raise ValueError(
                f"epoch={epoch!r}: the number of an epoch must be an integer. Write "
                "for example history.model_at(3)."
            )
        if numbers and -len(numbers) <= epoch < 0:
            return numbers[epoch]
        if epoch in numbers:
            return int(epoch)
        if not numbers:
            raise ValueError(
                "This run kept no epochs. Write model.fit(..., keep_epochs=True)."
            )
        nearest = min(numbers, key=lambda n: (abs(n - epoch), n))
        shown = ", ".join(map(str, numbers[:40])) + (", ..." * (len(numbers) > 40))
        raise ValueError(
            f"Epoch {epoch} was not kept. Kept are {shown}, where "
            f"{numbers[0]} is the start of the run. Write for example "
            f"history.model_at({nearest})."
        )

    def _state(self, epoch):
        with self._lock:
            return self._states[self._number(epoch)]

    def _finished(self, state):
        """The weights as a fit that ended there would have left them."""
        paths = self.model.trainable_flags.trained_paths()
        params = {p: v for p, v in state.values.items() if p in paths}
        final = self.model.optimizer.finalize(params, state.opt)
        return {**state.values, **{p: np.asarray(v) for p, v in final.items()}}

    def _refuse_changed(self, state):
        """Raise if the model is no longer the one that was kept."""
        model = self.model
        table = model.variables_in_training()
        shapes = {path: tuple(weight.shape) for path, weight in table.items()}
        same = shapes == state.shapes
        if not same or self._compiled_with() is not model.optimizer:
            what = "compiled again" if same else "changed"
            raise ValueError(
                f"{quoted(model.name)} was {what} since this run, so its kept epochs "
                "no longer fit. Fit it again, and go back in that run's history."
            )

    def begin(self, whole: bool = True) -> None:
        """The run is about to start: note what the model is compiled with.

        Args:
            whole: whether it begins with a whole epoch.
        """
        self._compiled_with = weakref.ref(self.model.optimizer)
        self._whole = whole
        self._budget = memory_budget()
        _runs.append(weakref.ref(self))

    def _put(self, model, state):
        if isinstance(state, _OnDisk):
            state.put(model)
            return
        final = self._finished(state)
        for path, weight in model.variables_in_training().items():
            weight.assign(jnp.array(final[path], copy=True))
        opt = jax.tree.map(lambda a: jnp.array(a, copy=True), state.opt)
        model.optimizer.detach(opt)
        if owns_training(model):
            holders = model.compiled_steps.own.others
            for holder, value in zip(holders, state.others, strict=True):
                holder.detach(jax.tree.map(jnp.array, value))
        progress_state.restore(model, state.progress)


class _OnDisk:
    """A state in a file, which is removed with the last reference to this."""

    def __init__(self, path, nbytes, shapes):
        self.path, self.nbytes, self.shapes = path, nbytes, shapes
        self._remove = weakref.finalize(self, path.unlink, missing_ok=True)

    @classmethod
    def write(cls, model, number, size):
        """Write the state of `model`; None where the disk has no room for it."""
        folder = _folder()
        if size > min(DISK_BYTES, shutil.disk_usage(folder).free * SHARE_OF_FREE):
            return None
        path = folder / f"{id(model)}-{time.monotonic_ns()}-{number}.keras"
        model.back_up(path, number)
        table = model.variables_in_training()
        return cls(path, size, {p: tuple(w.shape) for p, w in table.items()})

    def put(self, model):
        """Put `model` back to the state in the file, as a fit left it that ended so."""
        model.restore(self.path)
        table, paths = (
            model.variables_in_training(),
            model.trainable_flags.trained_paths(),
        )
        params = {path: table[path].value for path in paths}
        for path, value in model.optimizer.finalize(
            params, model.optimizer.state
        ).items():
            table[path].assign(value)


# Runs with kept epochs, the oldest first.
_runs: list[weakref.ref] = []
_temporary: list[Any] = []


def _folder():
    """The folder of this process for states on disk, removed at its end."""
    if not _temporary:
        _temporary.append(tempfile.TemporaryDirectory(prefix="nbkeras-epochs-"))
    return Path(_temporary[0].name)


def memory_budget() -> int:
    """Bytes that the kept epochs of all runs may take in memory."""
    held = sum(run.sizes()[0] for run in _living())
    return int(min(MEMORY_BYTES, held + memory.available_bytes() * SHARE_OF_FREE))


def _living():
    runs = [(reference, reference()) for reference in list(_runs)]
    _runs[:] = [reference for reference, run in runs if run is not None]
    return [run for _, run in runs if run is not None]


def _make_room(newest, budget):
    """Let epochs go, those of the oldest runs first, until all bounds hold."""
    while len(newest.epochs) > MOST_EPOCHS and newest.thin():
        pass
    for run in _living():
        while True:
            sizes = [other.sizes() for other in _living()]
            in_memory, on_disk = (sum(part) for part in zip(*sizes, strict=True))
            if in_memory <= budget and on_disk <= DISK_BYTES:
                return
            if run is newest:
                if not run.thin():
                    run.clear()
                    return
            elif not run.thin():
                run.clear()
                break
