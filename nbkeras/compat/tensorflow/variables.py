"""tf.Variable: the variables of nbkeras, created with the arguments of TensorFlow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbkeras.core.variable import Variable as KerasVariable


class _Creating(type):
    """Calls create variables of nbkeras, which are instances of `tf.Variable` too."""

    def __call__(
        cls,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[..., Any] | None = None,
        **ignored: Any,
    ) -> KerasVariable:
        if initial_value is None:
            raise ValueError(
                "tf.Variable() needs a value to begin with. Write for example "
                "tf.Variable(0.0)."
            )
        # As in TensorFlow, a function is called for the value.
        value = initial_value() if callable(initial_value) else initial_value
        return KerasVariable(
            value,
            dtype=dtype,
            trainable=trainable is not False,
            name=name,
            constraint=constraint,
        )

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, KerasVariable)


class Variable(metaclass=_Creating):
    """A value that can be assigned; see `nbkeras.Variable`.

    Args:
        initial_value: the value, or a function that returns it.
        trainable: whether an optimizer may change it.
        name: shown in paths.
        dtype: None keeps that of the value; floating values take floatx.
        constraint: function of the value, applied after each update.

    Others are accepted as in TensorFlow, without effect.

    Raises:
        ValueError: there is no value.

    >>> step = Variable(initial_value=3, trainable=False)
    >>> int(step.assign_add(1)), isinstance(step, Variable)
    (4, True)
    """
