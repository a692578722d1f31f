"""Weight checkout: move the weights into the training state, and always back."""

import threading
import time

import jax
import numpy as np

from nbkeras.core.names.display_name import quoted
from nbkeras.core.variable import Variable
from nbkeras.distribution import parallel
from nbkeras.models.training.steps.own_steps import owns_training
from nbkeras.train.state import Cell, TrainState

_open_lock = threading.Lock()


class WeightCheckout:
    """A context manager that holds the weights of a model during one fit.

    Within it every weight is read from the cell. On exit, also after an error, each
    weight has the value of the last completed step; or that of the last snapshot, if a
    failed step had already donated its buffers.
    """

    def __init__(self, model, donate=True):
        self.model = model
        self.table = model.variables_in_training()
        self._donate = donate
        self.cell: Cell | None = None

    def __enter__(self):
        return self.cell or self.open()

    def open(self):
        """Check out the weights and return the Cell; follow it by `with checkout:`.

        Raises:
            RuntimeError: another fit is using them.
        """
        with _open_lock:
            refuse_if_training(self.model, self.table)
            values = {path: weight.value for path, weight in self.table.items()}
            self.model._trainable_flags.notice_if_changed()
            state = first_state(self.model, values, self.table, self._donate)
            devices = parallel.distribution()
            self.cell = Cell(state, self._donate, devices.whole if devices else None)
            self.model._checkout = self
            for path, weight in self.table.items():
                weight.attach(self.cell, path)
            self.model.optimizer.attach(self.cell.read_opt, self.cell.write_opt)
            for holder, place in self._other_places():
                place.attach(holder)
        return self.cell

    def __exit__(self, kind, error, trace):
        self.close(error)

    def close(self, error=None):
        """Return the weights to the model; a second call has no effect."""
        cell = self.cell
        if self.model._checkout is not self or cell is None:
            return
        if cell.is_lost():
            step = cell.fall_back() - self.model._steps_done
            if error is not None:
                error.add_note(
                    "The failed step consumed the newest weights; the model was "
                    f"restored to its state after step {step} of this fit."
                )
        with cell.lock:  # not while another thread saves the model
            values, optimizer_state = cell.last()
            for path, weight in self.table.items():
                weight.detach(values[path])
            self.model.optimizer.detach(optimizer_state)
            for holder, place in self._other_places():
                holder.detach(place.last())
            sums = cell.last_part("metrics")
            if not owns_training(self.model) and not _is_gone(sums):
                self.model.compiled_objective.trackers.hold(sums)
            self.model._steps_done = int(cell.ts.step)
            # A traceback may keep this object alive, but must not keep the arrays
            # alive.
            self.model._checkout = None
        cell.let_go()
        self.cell = None

    def _other_places(self):
        """(variable or optimizer, its `_Place` in the training state) of own steps."""
        if not owns_training(self.model):
            return []
        own = self.model.compiled_steps.own
        parts = ("metrics", own.metric_variables), ("others", own.others)
        return [
            (holder, _Place(self.cell, part, number))
            for part, holders in parts
            for number, holder in enumerate(holders)
        ]


def _is_gone(arrays):
    """Whether a step that failed took the buffers with it."""
    return any(array.is_deleted() for array in jax.tree.leaves(arrays))


class _Place:
    """A list entry of the training state that stores a value during a fit."""

    def __init__(self, cell, part, number):
        self._cell, self._part, self._number = cell, part, number
        self.started = cell.started

    def attach(self, holder):
        """Make the holder read and write here."""
        if isinstance(holder, Variable):
            holder.attach(self, holder.path)
        else:
            holder.attach(self._read_tree, self._write_tree)

    def read(self, path=None):
        """A copy of the value."""
        return self._cell.read_part(self._part, self._number)

    def write(self, path, value):
        """Replace the value."""
        self._cell.write_part(self._part, self._number, value)

    def last(self):
        """The value at the end of the fit."""
        return self._cell.last_part(self._part)[self._number]

    def _read_tree(self, name=None):
        tree = self.read()
        return tree if name is None else tree[name]

    def _write_tree(self, parts):
        self.write(None, {**self.read(), **parts})


def first_state(model, values, table=None, donated=True):
    """The initial TrainState of a fit.

    Args:
        model: compiled, with its objective settled.
        values: {path: array} of all weights.
        table: {path: weight}; computed if not passed.
        donated: whether the step takes the buffers of the running sums.
    """
    own = donated or owns_training(model)
    sums = model.first_sums() if own else model.compiled_objective.shared_sums()
    paths = model._trainable_flags.trained_paths()
    params = {path: v for path, v in values.items() if path in paths}
    state = {path: v for path, v in values.items() if path not in paths}
    table = table or model.variables_in_training()
    trained = {path: w for path, w in table.items() if path in paths}
    model.optimizer.adopt(trained, model)
    opt = model.optimizer.init_missing(model.optimizer.state, params)
    return TrainState(
        params,
        state,
        opt,
        sums,
        jax.device_put(key_data(model.run_seed())),
        jax.device_put(np.int32(model._steps_done)),
        others=model.compiled_steps.own.first_others(),
    )


def key_data(seed):
    """The key data of `jax.random.key(seed)`, if possible without using the device.

    Args:
        seed: an integer, at least 0 and below 2**32.
    """
    if getattr(jax.config, "jax_default_prng_impl", "") == "threefry2x32":
        return np.array([0, seed], np.uint32)
    return jax.random.key_data(jax.random.key(seed))


def refuse_during_run(model, call):
    """Raise if `model` is in training: `call` would change its steps under way.

    Raises:
        RuntimeError: the model is in training.
    """
    if model._checkout is not None:
        raise RuntimeError(
            f"{call}: {quoted(model.name)} is in training. End the run first with "
            "model.stop_training = True, or run.stop() and run.wait() if it is in the "
            f"background, then {call}."
        )


def refuse_if_training(model, table):
    """Raise if a running fit has checked out one of the weights."""
    for weight in table.values():
        if weight.in_training:
            since = time.monotonic() - weight.home.started
            raise RuntimeError(
                f"The weights of {quoted(model.name)} are already in training (started "
                f"{since:.0f} s ago). Wait for that fit to end, or stop it with "
                "model.stop_training = True."
            )
