"""CallbackList: several callbacks behind one interface, for custom loops."""

import inspect
from typing import Any

import numpy as np

from nbkeras.callbacks.base import Callback
from nbkeras.callbacks.history import History
from nbkeras.callbacks.progbar_logger import ProgbarLogger
from nbkeras.core.annotations import Logs


class CallbackList(Callback):
    """Pass every hook on to all callbacks, with logs as Python numbers.

    Args:
        callbacks: a callback, or a list of callbacks.
        add_history: add a History unless the list has one.
        add_progbar: add a ProgbarLogger unless the list has one.
        model: passed to each callback.
        **params: run parameters passed to each callback: epochs, steps, verbose.

    >>> from nbkeras.callbacks import LambdaCallback
    >>> printer = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs))
    >>> CallbackList([printer], epochs=1).on_epoch_end(0, {"loss": np.float32(0.5)})
    0 {'loss': 0.5}
    """

    takes_any_argument = True

    def __init__(
        self,
        callbacks: Any = None,
        add_history: bool = False,
        add_progbar: bool = False,
        model: Any = None,
        **params: Any,
    ) -> None:
        super().__init__()
        self.callbacks = list(_flat(callbacks))
        if add_history and not self._has(History):
            self.callbacks.append(History())
        if add_progbar and not self._has(ProgbarLogger):
            self.callbacks.append(ProgbarLogger())
        if model is not None:
            self.set_model(model)
        self.set_params(params)

    def _has(self, kind):
        return any(isinstance(callback, kind) for callback in self.callbacks)

    def set_model(self, model: Any) -> None:
        """Pass the model to each callback."""
        self.model = model
        for callback in self.callbacks:
            getattr(callback, "set_model", _nothing)(model)
            if isinstance(callback, History):
                model.history = callback

    def set_params(self, params: dict[str, Any]) -> None:
        """Pass the parameters of the run to each callback, if there are any."""
        self.params = params
        if params:
            for callback in self.callbacks:
                getattr(callback, "set_params", _nothing)(params)


def _flat(callbacks):
    if isinstance(callbacks, list | tuple):
        for callback in callbacks:
            yield from _flat(callback)
    elif callbacks is not None:
        yield callbacks


def _nothing(*_args):
    """Stands in for a hook that an object lacks."""


def _plain(value):
    """Convert a number of any type to a Python number."""
    if isinstance(value, dict):
        return {name: _plain(entry) for name, entry in value.items()}
    single = hasattr(value, "dtype") and np.size(value) == 1
    return np.asarray(value).reshape(()).item() if single else value


def _forwarding(name):
    has_index = len(inspect.signature(getattr(Callback, name)).parameters) == 3

    def hook(self: CallbackList, *args: Any, logs: Logs = None) -> None:
        first = args[:1] if has_index else ()
        rest = args[len(first) :]
        plain = _plain((rest[0] if rest else logs) or {})
        for callback in self.callbacks:
            getattr(callback, name, _nothing)(*first, plain)

    hook.__name__ = name
    hook.__doc__ = f"Call `{name}` of each callback."
    return hook


for _name in [name for name in vars(Callback) if name.startswith("on_")]:
    setattr(CallbackList, _name, _forwarding(_name))
