"""LambdaCallback: a callback built from functions."""

from collections.abc import Callable
from typing import Any

from nbkeras.callbacks.base import Callback
from nbkeras.core.check import did_you_mean


class LambdaCallback(Callback):
    """Use functions as hooks: `LambdaCallback(on_epoch_end=lambda epoch, logs: ...)`.

    Raises:
        TypeError: an unknown hook.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[[int, dict[str, Any]], Any] | None = None,
        on_epoch_end: Callable[[int, dict[str, Any]], Any] | None = None,
        on_train_begin: Callable[[dict[str, Any]], Any] | None = None,
        on_train_end: Callable[[dict[str, Any]], Any] | None = None,
        on_train_batch_begin: Callable[[int, dict[str, Any]], Any] | None = None,
        on_train_batch_end: Callable[[int, dict[str, Any]], Any] | None = None,
        on_test_begin: Callable[[dict[str, Any]], Any] | None = None,
        on_test_end: Callable[[dict[str, Any]], Any] | None = None,
        on_test_batch_begin: Callable[[int, dict[str, Any]], Any] | None = None,
        on_test_batch_end: Callable[[int, dict[str, Any]], Any] | None = None,
        on_predict_begin: Callable[[dict[str, Any]], Any] | None = None,
        on_predict_end: Callable[[dict[str, Any]], Any] | None = None,
        on_predict_batch_begin: Callable[[int, dict[str, Any]], Any] | None = None,
        on_predict_batch_end: Callable[[int, dict[str, Any]], Any] | None = None,
        on_batch_begin: Callable[[int, dict[str, Any]], Any] | None = None,
        on_batch_end: Callable[[int, dict[str, Any]], Any] | None = None,
        **more: Callable[..., Any] | None,
    ) -> None:
        super().__init__()
        hooks = dict(
            on_epoch_begin=on_epoch_begin,
            on_epoch_end=on_epoch_end,
            on_train_begin=on_train_begin,
            on_train_end=on_train_end,
            on_train_batch_begin=on_train_batch_begin,
            on_train_batch_end=on_train_batch_end,
            on_test_begin=on_test_begin,
            on_test_end=on_test_end,
            on_test_batch_begin=on_test_batch_begin,
            on_test_batch_end=on_test_batch_end,
            on_predict_begin=on_predict_begin,
            on_predict_end=on_predict_end,
            on_predict_batch_begin=on_predict_batch_begin,
            on_predict_batch_end=on_predict_batch_end,
            on_batch_begin=on_batch_begin,
            on_batch_end=on_batch_end,
        )
        hook_names = [name for name in dir(Callback) if name.startswith("on_")]
        for name, function in (hooks | more).items():
            if name not in hook_names:
                raise TypeError(
                    f"LambdaCallback has no hook {name!r}."
                    f"{did_you_mean(name, hook_names)} "
                    f"The hooks are: {', '.join(hook_names)}."
                )
            if function is not None:
                setattr(self, name, function)
