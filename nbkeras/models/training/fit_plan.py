"""The plan of a run: the validated arguments of fit, evaluate and predict.

`plan_fit`, `plan_evaluate` and `plan_predict` check every argument before any work is
done, translate the keywords of Keras 1 and 2, and read the data as batches.
"""

import inspect
import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any, TypedDict

from nbkeras.callbacks.terminate_on_nan import TerminateOnNaN
from nbkeras.core import check, notices, settings
from nbkeras.core.errors.structured_errors import plain_kind
from nbkeras.core.names import legacy_arguments
from nbkeras.data.adapters import as_batches, is_arrays, with_steps
from nbkeras.data.batches import Batches, first
from nbkeras.data.validation_split import cut, warn_if_sorted
from nbkeras.train.record import Recorder

# Step events a second in the recording of `record=`.
RECORD_HZ = 4.0


class OldFitArguments(TypedDict, total=False):
    """Arguments of fit in Keras 1 and 2, for editors and type checkers."""

    nb_epoch: Any
    samples_per_epoch: Any
    nb_val_samples: Any
    val_samples: Any
    show_accuracy: Any
    nb_worker: Any
    workers: Any
    max_q_size: Any
    max_queue_size: Any
    pickle_safe: Any
    use_multiprocessing: Any


@dataclass(frozen=True)
class FitPlan:
    """The validated arguments of a run.

    Args:
        train: the batches to train, evaluate or predict on.
        validation: the batches to validate on, or None.
        epochs: number of the last epoch; the first is `initial_epoch`.
        initial_epoch: counted from 0.
        validation_freq: number of epochs between validations, or the set of epochs
            (counted from 1) after which to validate.
        verbose: 0, 1, 2 or "auto".
        callbacks: tuple of callbacks.
        sinks: tuple of event sinks, such as recorders and displays: functions of one
            event.
        task: "fit", "evaluate" or "predict".
        keep_epochs: True, False or "auto", whether epochs are kept to go back to.
    """

    train: Batches
    validation: Batches | None = None
    epochs: int = 1
    initial_epoch: int = 0
    validation_freq: Any = 1
    verbose: Any = "auto"
    callbacks: tuple = ()
    sinks: tuple = ()
    task: str = "fit"
    keep_epochs: Any = False

    @property
    def steps(self):
        """Batches per epoch; None until the data has been read once."""
        return self.train.num_batches

    @property
    def validation_steps(self):
        """Batches per validation; None without validation or while unknown."""
        return None if self.validation is None else self.validation.num_batches

    def validates_after(self, epoch):
        """Whether epoch `epoch`, counted from 0, ends with a validation."""
        if self.validation is None:
            return False
        if isinstance(self.validation_freq, int):
            return (epoch + 1) % self.validation_freq == 0
        return epoch + 1 in self.validation_freq

    def arrays(self):
        """(x, y, weight) of all training rows; None where the data comes in batches."""
        return getattr(self.train, "data", None)

    def close(self):
        """Close the files and threads that the data holds open."""
        self.train.close()
        if self.validation is not None:
            self.validation.close()


def plan_fit(
    arguments: Mapping[str, Any],
    seed: int = 0,
    class_numbers: bool | None = None,
    missing_targets: bool = False,
) -> FitPlan:
    """Validate the arguments of `fit` and read its data.

    Args:
        arguments: all arguments of `Trainer.fit` by name; "old" holds the keywords of
            Keras 1 and 2 (nb_epoch, samples_per_epoch, nb_val_samples...).
        seed: seed of the order of rows.
        class_numbers: whether the loss takes class numbers; None if unknown.
        missing_targets: whether the loss handles NaN in targets.

    Raises:
        ValueError, TypeError: the first invalid argument, before any step.
    """
    renamed, samples = _translated("fit", arguments)
    arguments = {**arguments, **renamed}
    plan: dict[str, Any] = {
        "epochs": _limited(
            "epochs",
            check.whole("fit", "epochs", arguments["epochs"], 10),
            settings.max_epochs(),
        ),
        "initial_epoch": check.whole(
            "fit", "initial_epoch", arguments["initial_epoch"]
        ),
        "validation_freq": _checked_frequency(arguments["validation_freq"]),
        "verbose": _checked_verbose("fit", arguments["verbose"]),
        "keep_epochs": check.choice(
            "fit", "keep_epochs", arguments["keep_epochs"], ("auto", True, False)
        ),
        **_callbacks_and_sinks("fit", arguments["callbacks"]),
    }
    record = arguments["record"] or settings.record()
    if record is not None:
        recorder = Recorder(_checked_path(record), hz=RECORD_HZ)
        plan["sinks"] = (*plan.get("sinks", ()), recorder)
    runs = _epochs_to_run(plan["epochs"], plan["initial_epoch"])
    data_options = {
        "batch_size": checked_batch_size("batch_size", arguments["batch_size"]),
        "shuffle": _checked_shuffle(arguments["shuffle"]),
        "steps": _checked_steps("fit", "steps_per_epoch", arguments["steps_per_epoch"]),
        "epochs_hint": runs,
        "missing_targets": missing_targets,
        # Whoever asks for TerminateOnNaN wants the run to start, and to end there.
        "raise_nonfinite": not _stops_at_nan(plan.get("callbacks", ())),
    }
    validation_options = {
        "batch_size": checked_batch_size(
            "validation_batch_size", arguments["validation_batch_size"]
        ),
        "steps": _checked_steps(
            "fit", "validation_steps", arguments["validation_steps"]
        ),
        "epochs_hint": runs,
        "missing_targets": missing_targets,
        "raise_nonfinite": data_options["raise_nonfinite"],
    }
    data = tuple(arguments[name] for name in ("x", "y", "sample_weight"))
    data, validation_data = _split_off(
        data,
        fraction=arguments["validation_split"],
        validation_data=arguments["validation_data"],
        data_options=data_options,
    )
    train = _batches(
        data,
        samples.get("samples"),
        class_weight=arguments["class_weight"],
        class_numbers=class_numbers,
        seed=seed,
        **data_options,
    )
    if validation_data is None:
        return FitPlan(train, **plan)
    if validation_options["batch_size"] is None and is_arrays(*validation_data[:2]):
        validation_options["batch_size"] = data_options["batch_size"]
    validation = _validation(
        validation_data, samples.get("val_samples"), validation_options
    )
    return FitPlan(train, validation, **plan)


def plan_evaluate(
    arguments: Mapping[str, Any], missing_targets: bool = False
) -> FitPlan:
    """Validate the arguments of `evaluate` and read its data, in order.

    Args:
        arguments: all arguments of `Trainer.evaluate` by name.
        missing_targets: whether the loss handles NaN in targets.

    Raises:
        ValueError, TypeError: the first invalid argument, before any step.
    """
    data = tuple(arguments[name] for name in ("x", "y", "sample_weight"))
    return _single_pass("evaluate", data, arguments, missing_targets)


def plan_predict(arguments: Mapping[str, Any]) -> FitPlan:
    """Validate the arguments of `predict` and read its data; NaN in x is accepted.

    Args:
        arguments: all arguments of `Trainer.predict` by name.

    Raises:
        ValueError, TypeError: the first invalid argument, before any step.
    """
    return _single_pass("predict", (arguments["x"], None, None), arguments)


def _single_pass(owner, data, arguments, missing_targets=False):
    """The plan of one pass over `data`; only `predict` accepts NaN."""
    _, samples = _translated(owner, arguments)
    batches = _batches(
        data,
        samples.get("samples"),
        batch_size=checked_batch_size("batch_size", arguments["batch_size"], owner),
        steps=_checked_steps(owner, "steps", arguments["steps"]),
        continuous=False,
        owner=owner,
        raise_nonfinite=owner != "predict",
        missing_targets=missing_targets,
    )
    return FitPlan(
        batches,
        task=owner,
        verbose=_checked_verbose(owner, arguments["verbose"]),
        **_callbacks_and_sinks(owner, arguments["callbacks"]),
    )


def _batches(data, samples, *, steps, continuous=True, owner="fit", **data_options):
    """As `as_batches`; also accepts Keras 1's number of samples instead of steps."""
    limit = settings.max_steps_per_epoch()
    steps = _limited("steps_per_epoch", steps, limit)
    batches = as_batches(
        *data, steps=steps, continuous=continuous, owner=owner, **data_options
    )
    if samples and steps is None:
        batch = first(batches)
        rows = 1 if batch is None else max(batch.rows, 1)
        steps = _limited("steps_per_epoch", math.ceil(samples / rows), limit)
        return with_steps(batches, steps, continuous, owner)
    if limit and steps is None:
        count = batches.num_batches
        steps = _limited("steps_per_epoch", count or limit, limit)
        return (
            batches if count == steps else with_steps(batches, steps, continuous, owner)
        )
    return batches


def _limited(name, value, limit):
    """`value`, but at most the limit set in `nbkeras.config`."""
    if not limit or value is None or value <= limit:
        return value
    notices.once(
        ("limited", name, limit),
        f"{name} is limited to {limit} by nbkeras.config.set_max_{name}.",
    )
    return limit


def _split_off(data, fraction, validation_data, data_options):
    """(training data, validation data or None), both as (x, y, weight)."""
    fraction = _checked_split(fraction)
    if validation_data is not None:
        if fraction:
            notices.once(
                "validation_split unused",
                "fit got both validation_data and validation_split; validation_split "
                "is ignored. Leave one of them out.",
            )
        return data, _parts(validation_data)
    if not fraction:
        return data, None
    if not is_arrays(*data[:2]):
        raise ValueError(
            f"fit(validation_split={fraction}) needs x and y as arrays, and x is a "
            f"{type(data[0]).__name__}. Pass validation_data=... instead; "
            "ImageDataGenerator(validation_split=...) splits image folders."
        )
    checks = {n: data_options[n] for n in ("missing_targets", "raise_nonfinite")}
    arrays = getattr(as_batches(*data, **checks), "data", None)
    train, validation_rows = cut(arrays, fraction)
    warn_if_sorted(train[1], validation_rows[1])
    data_options["raise_nonfinite"] = None  # the values are checked already
    return train, validation_rows


def _parts(validation_data):
    """validation_data as (x, y, weight)."""
    if isinstance(validation_data, tuple) or (
        isinstance(validation_data, list) and is_arrays(validation_data)
    ):
        if len(validation_data) in (2, 3):
            return (*validation_data, None)[:3]
        raise ValueError(
            f"fit(validation_data=...) has {len(validation_data)} parts. Write "
            "validation_data=(x_val, y_val) or (x_val, y_val, sample_weight)."
        )
    if is_arrays(validation_data):
        raise ValueError(
            f"fit(validation_data=...) is a {type(validation_data).__name__}; the "
            "targets are missing. Write validation_data=(x_val, y_val)."
        )
    return validation_data, None, None


def _validation(data, samples, data_options):
    try:
        return _batches(data, samples, continuous=False, **data_options)
    except (ValueError, TypeError) as error:
        raise plain_kind(error)(f"In validation_data: {error}") from None


def _checked_path(value):
    """`record` as a path."""
    if isinstance(value, str | PathLike):
        return value
    raise TypeError(
        f"fit(record={value!r}): record must be a folder or the name of a .jsonl file. "
        'Write for example fit(record="runs/").'
    )


def _epochs_to_run(epochs, initial):
    if epochs <= initial:
        notices.once(
            ("no epoch", epochs, initial),
            f"fit(epochs={epochs}, initial_epoch={initial}) leaves no epoch to train, "
            "because epochs is the number of the last epoch. Write "
            f"epochs={initial + 5} to train 5.",
        )
    return max(epochs - initial, 1)


def checked_batch_size(name, value, owner="fit"):
    """The validated batch size, or None."""
    return None if value is None else check.positive_int(owner, name, value)


def _checked_steps(owner, name, value):
    """The validated number of batches, or None; accepts whole floats, as of np.ceil."""
    if _is_real(value) and not check.is_int(value):
        if not isinstance(value, bool) and value > 0 and float(value).is_integer():
            return int(value)
        raise ValueError(
            f"{owner}({name}={value!r}): {name} must be a positive integer. Write for "
            f"example {owner}({name}=len(x) // 32)."
        )
    return None if value is None else check.positive_int(owner, name, value, 100)


def _is_real(value: Any) -> bool:
    return isinstance(value, numbers.Real)


def _checked_split(value):
    """`validation_split` as a float in [0, 1)."""
    value = 0.0 if value is None else value
    if _is_real(value) and not isinstance(value, bool) and 0 <= value < 1:
        return float(value)
    raise ValueError(
        f"fit(validation_split={value!r}): validation_split must be at least 0 and "
        "below 1, the fraction of the rows at the end that is held out. Write for "
        "example fit(validation_split=0.2)."
    )


def _checked_frequency(value):
    """`validation_freq` as an int, or as a frozenset of epochs."""
    if check.is_int(value) or isinstance(value, float | str | bool):
        return check.positive_int("fit", "validation_freq", value, 5)
    try:
        epochs = list(value)
    except TypeError:
        epochs = []
    if epochs and all(check.is_int(epoch) and epoch > 0 for epoch in epochs):
        return frozenset(int(epoch) for epoch in epochs)
    raise ValueError(
        f"fit(validation_freq={value!r}): validation_freq must be a positive integer "
        "or a list of epochs, counted from 1. Write for example "
        "fit(validation_freq=[1, 5, 10])."
    )


def _checked_shuffle(value):
    """`shuffle` as True, False or "batch"."""
    if isinstance(value, str):
        return check.choice("fit", "shuffle", value, (True, False, "batch"))
    return bool(value)


def _checked_verbose(owner, value):
    """`verbose` as 0, 1, 2 or "auto"."""
    if isinstance(value, bool):
        return int(value)
    return check.choice(owner, "verbose", value, ("auto", 0, 1, 2))


def _stops_at_nan(callbacks) -> bool:
    return any(isinstance(callback, TerminateOnNaN) for callback in callbacks)


def _callbacks_and_sinks(owner, callbacks) -> dict[str, Any]:
    """Separate callbacks and event sinks: {"callbacks": tuple, "sinks": tuple}.

    A single callback and Keras's CallbackList are accepted too.
    """
    if callbacks is None:
        return {}
    inner = getattr(callbacks, "callbacks", callbacks)
    items = inner if isinstance(inner, list | tuple) else [inner]
    for callback in items:
        if inspect.isclass(callback):
            name = callback.__name__
            raise TypeError(
                f"{owner}(callbacks=...) holds the class {name}, not an instance. "
                f"Write callbacks=[{name}()]."
            )
        if getattr(callback, "takes_events", False):
            continue
        if not any(hook.startswith("on_") for hook in dir(callback)):
            raise TypeError(
                f"{owner}(callbacks=...) holds a {type(callback).__name__}, which is "
                "not a callback. Write for example "
                "callbacks=[EarlyStopping(patience=3)]; for a function, "
                "callbacks=[LambdaCallback(on_epoch_end=function)]."
            )
    sinks = tuple(c for c in items if getattr(c, "takes_events", False))
    hooks = tuple(c for c in items if not getattr(c, "takes_events", False))
    return {"callbacks": hooks, "sinks": sinks}


def _translated(owner, arguments):
    """Translate the keywords of Keras 1 and 2, with one notice for each.

    Args:
        owner: name of the called function.
        arguments: all its arguments by name; "old" holds the keywords to translate.

    Returns:
        (keywords, counts): `counts` has "samples" and "val_samples" if they were
        passed.

    Raises:
        TypeError: no version of Keras has the keyword; the message suggests the
            nearest.
    """
    names = [name for name in arguments if name != "old"]
    keywords, counts = {}, {}
    for name, value in arguments["old"].items():
        if name not in legacy_arguments.FIT_KEYWORDS:
            raise TypeError(
                f"{owner} has no argument {name!r}."
                f"{check.did_you_mean(name, [*names, *legacy_arguments.FIT_KEYWORDS])} "
                f"It takes: {', '.join(names)}."
            )
        new_name, replacement = legacy_arguments.FIT_KEYWORDS[name]
        if new_name and new_name.startswith("#"):
            counts[new_name[1:]] = check.positive_int(owner, name, value)
        elif new_name:
            keywords[new_name] = value
        notices.once(
            (owner, name),
            f"{owner}({name}=...) is deprecated; write "
            f"{replacement.format(value=value)}.",
        )
    return keywords, counts
