"""Checks of the single arguments of fit, evaluate and predict."""

import inspect
import numbers

from nbkeras.core import check


def size(name, value, owner="fit"):
    """A batch size, or None."""
    return None if value is None else check.positive_int(owner, name, value)


def steps(owner, name, value):
    """A number of batches, or None; a float that is whole, from np.ceil, counts."""
    if isinstance(value, numbers.Real) and not check.is_int(value):
        if not isinstance(value, bool) and value > 0 and float(value).is_integer():
            return int(value)
        raise ValueError(
            f"{owner}({name}={value!r}): {name} must be a positive integer. Write for "
            f"example {owner}({name}=len(x) // 32)."
        )
    return None if value is None else check.positive_int(owner, name, value, 100)


def fraction(value):
    """`validation_split` as a float of at least 0 and below 1."""
    value = 0.0 if value is None else value
    number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if number and 0 <= value < 1:
        return float(value)
    raise ValueError(
        f"fit(validation_split={value!r}): validation_split must be at least 0 and "
        "below 1, the fraction of the last rows to keep. Write for example "
        "fit(validation_split=0.2)."
    )


def frequency(value):
    """`validation_freq` as an int, or as a frozenset of epochs."""
    if check.is_int(value) or isinstance(value, float | str | bool):
        return check.positive_int("fit", "validation_freq", value, 5)
    try:
        chosen = list(value)
    except TypeError:
        chosen = [None]
    if chosen and all(check.is_int(each) and each > 0 for each in chosen):
        return frozenset(int(each) for each in chosen)
    raise ValueError(
        f"fit(validation_freq={value!r}): validation_freq must be a positive integer "
        "or a list of epochs, counted from 1. Write for example "
        "fit(validation_freq=[1, 5, 10])."
    )


def shuffle(value):
    """`shuffle` as True, False or "batch"."""
    if isinstance(value, str):
        return check.choice("fit", "shuffle", value, (True, False, "batch"))
    return bool(value)


def verbose(owner, value):
    """`verbose` as 0, 1, 2 or "auto"."""
    if isinstance(value, bool):
        return int(value)
    return check.choice(owner, "verbose", value, ("auto", 0, 1, 2))


def callbacks(owner, given):
    """{"callbacks": tuple, "sinks": tuple}: hooks, and recorders of events.

    A single one and a Keras-style list object are taken too.
    """
    if given is None:
        return {}
    inner = getattr(given, "callbacks", given)
    each = inner if isinstance(inner, list | tuple) else [inner]
    for callback in each:
        if inspect.isclass(callback):
            name = callback.__name__
            raise TypeError(
                f"{owner}(callbacks=...) holds the class {name}. Make an object of "
                f"it: callbacks=[{name}()]."
            )
        if getattr(callback, "takes_events", False):
            continue
        if not any(hook.startswith("on_") for hook in dir(callback)):
            raise TypeError(
                f"{owner}(callbacks=...) holds a {type(callback).__name__}, which is "
                "no callback. Write for example callbacks=[EarlyStopping(patience=3)]; "
                "for a function, callbacks=[LambdaCallback(on_epoch_end=function)]."
            )
    sinks = tuple(c for c in each if getattr(c, "takes_events", False))
    hooks = tuple(c for c in each if not getattr(c, "takes_events", False))
    return {"callbacks": hooks, "sinks": sinks}
