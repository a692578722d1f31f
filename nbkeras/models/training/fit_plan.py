"""Every argument of fit, evaluate and predict checked and settled into one plan."""

import inspect
import math
from dataclasses import dataclass
from typing import Any

from nbkeras.core import check, notices, settings
from nbkeras.core.error_parts import plain_kind
from nbkeras.data.adapters import as_batches, is_arrays, with_steps
from nbkeras.data.batches import Batches, first
from nbkeras.data.split import cut, say_if_sorted
from nbkeras.models.training import argument_checks
from nbkeras.models.training.old_fit_arguments import translate


@dataclass(frozen=True)
class FitPlan:
    """What a run will do; everything in it is checked.

    Args:
        train: the batches to train, evaluate or predict on.
        validation: batches to validate on, or None.
        epochs: number of the last epoch; the first is `initial_epoch`.
        initial_epoch: from 0.
        validation_freq: every how many epochs, or the set of epochs (from 1).
        verbose: 0, 1, 2 or "auto".
        callbacks: tuple of callbacks.
        sinks: tuple of recorders and the like, functions of one event.
        task: "fit", "evaluate" or "predict".
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

    @property
    def steps(self):
        """Batches an epoch; None until the data has been read once."""
        return self.train.num_batches

    @property
    def validation_steps(self):
        """Batches of a validation, likewise; None without validation."""
        return None if self.validation is None else self.validation.num_batches

    def validation_epochs(self, epoch):
        """Whether epoch number `epoch`, from 0, ends with a validation."""
        if self.validation is None:
            return False
        if isinstance(self.validation_freq, int):
            return (epoch + 1) % self.validation_freq == 0
        return epoch + 1 in self.validation_freq

    def arrays(self):
        """(x, y, weight) of all training rows; None where batches are made."""
        return getattr(self.train, "data", None)

    def close(self):
        """Let go of what the data holds open."""
        self.train.close()
        if self.validation is not None:
            self.validation.close()


def settle_fit(
    x=None,
    y=None,
    batch_size=None,
    epochs=1,
    verbose="auto",
    callbacks=None,
    validation_split=0.0,
    validation_data=None,
    shuffle=True,
    class_weight=None,
    sample_weight=None,
    initial_epoch=0,
    steps_per_epoch=None,
    validation_steps=None,
    validation_batch_size=None,
    validation_freq=1,
    seed=0,
    **old,
):
    """Check and settle the arguments of `fit`.

    Args: as in `Model.fit`; `seed` decides the order of rows; `old` are spellings of
        Keras 1 and 2 (nb_epoch, samples_per_epoch, nb_val_samples, show_accuracy...).

    Raises:
        ValueError, TypeError: the first thing that cannot work, before any step.
    """
    given, samples = translate("fit", old, _names(settle_fit))
    plan = {
        "epochs": _limited(
            "epochs",
            check.whole("fit", "epochs", given.get("epochs", epochs), 10),
            settings.max_epochs(),
        ),
        "initial_epoch": check.whole("fit", "initial_epoch", initial_epoch),
        "validation_freq": argument_checks.frequency(validation_freq),
        "verbose": argument_checks.verbose("fit", verbose),
        **argument_checks.callbacks("fit", callbacks),
    }
    runs = _epochs_to_run(plan["epochs"], plan["initial_epoch"])
    how = {
        "batch_size": argument_checks.size("batch_size", batch_size),
        "shuffle": argument_checks.shuffle(shuffle),
        "steps": argument_checks.steps("fit", "steps_per_epoch", steps_per_epoch),
        "epochs_hint": runs,
    }
    how_held = {
        "batch_size": argument_checks.size(
            "validation_batch_size", validation_batch_size
        ),
        "steps": argument_checks.steps("fit", "validation_steps", validation_steps),
        "epochs_hint": runs,
    }
    data = (x, y, sample_weight)
    data, held = _held(data, validation_split, validation_data, how)
    train = _batches(
        data, samples.get("samples"), class_weight=class_weight, seed=seed, **how
    )
    if held is None:
        return FitPlan(train, **plan)
    if how_held["batch_size"] is None and is_arrays(*held[:2]):
        how_held["batch_size"] = how["batch_size"]
    validation = _validation(held, samples.get("val_samples"), how_held)
    return FitPlan(train, validation, **plan)


def settle_evaluate(
    x=None,
    y=None,
    batch_size=None,
    verbose="auto",
    sample_weight=None,
    steps=None,
    callbacks=None,
    **old,
):
    """Check and settle the arguments of `evaluate`; rows keep their order.

    Raises:
        ValueError, TypeError: the first thing that cannot work, before any step.
    """
    _, samples = translate("evaluate", old, _names(settle_evaluate))
    return _once_through(
        "evaluate",
        (x, y, sample_weight),
        batch_size,
        verbose,
        steps,
        callbacks,
        samples.get("samples"),
    )


def settle_predict(
    x=None, batch_size=None, verbose="auto", steps=None, callbacks=None, **old
):
    """Check and settle the arguments of `predict`; NaN in x is only said, once.

    Raises:
        ValueError, TypeError: the first thing that cannot work, before any step.
    """
    _, samples = translate("predict", old, _names(settle_predict))
    return _once_through(
        "predict",
        (x, None, None),
        batch_size,
        verbose,
        steps,
        callbacks,
        samples.get("samples"),
        refuse=False,
    )


def _once_through(
    owner, data, batch_size, verbose, steps, callbacks, samples, refuse=True
):
    how = {"verbose": argument_checks.verbose(owner, verbose)}
    how |= argument_checks.callbacks(owner, callbacks)
    batches = _batches(
        data,
        samples,
        batch_size=argument_checks.size("batch_size", batch_size, owner),
        steps=argument_checks.steps(owner, "steps", steps),
        again=False,
        owner=owner,
        refuse=refuse,
    )
    return FitPlan(batches, task=owner, **how)


def _batches(data, samples, *, steps, again=True, owner="fit", **how):
    """`as_batches`, where Keras 1's number of samples may stand for the steps."""
    limit = settings.max_steps_per_epoch()
    steps = _limited("steps_per_epoch", steps, limit)
    batches = as_batches(*data, steps=steps, again=again, owner=owner, **how)
    if samples and steps is None:
        steps = math.ceil(samples / max(first(batches).rows, 1))
        steps = _limited("steps_per_epoch", steps, limit)
        return with_steps(batches, steps, again, owner)
    if limit and steps is None:
        count = batches.num_batches
        steps = _limited("steps_per_epoch", count or limit, limit)
        return batches if count == steps else with_steps(batches, steps, again, owner)
    return batches


def _limited(name, value, limit):
    """`value`, or the limit that `nbkeras.config` sets where it is lower."""
    if not limit or value is None or value <= limit:
        return value
    notices.once(
        ("limited", name, limit),
        f"{name} is limited to {limit} by nbkeras.config.set_max_{name}.",
    )
    return limit


def _held(data, fraction, validation_data, how):
    """(training data, validation data or None), both as (x, y, weight)."""
    fraction = argument_checks.fraction(fraction)
    if validation_data is not None:
        if fraction:
            notices.once(
                "validation_split unused",
                "fit has validation_data, so validation_split is not used. Leave one "
                "of them out.",
            )
        return data, _parts(validation_data)
    if not fraction:
        return data, None
    if not is_arrays(*data[:2]):
        raise ValueError(
            f"fit(validation_split={fraction}) needs x and y as arrays, and x is a "
            f"{type(data[0]).__name__}. Give validation_data=... in its place; "
            "ImageDataGenerator(validation_split=...) splits folders of pictures."
        )
    whole = as_batches(*data).data
    train, held = cut(whole, fraction)
    say_if_sorted(train[1], held[1])
    how["refuse"] = None  # the values have just been looked at
    return train, held


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


def _validation(held, samples, how):
    try:
        return _batches(held, samples, again=False, **how)
    except (ValueError, TypeError) as error:
        raise plain_kind(error)(f"In validation_data: {error}") from None


def _epochs_to_run(epochs, initial):
    if epochs <= initial:
        notices.once(
            ("no epoch", epochs, initial),
            f"fit(epochs={epochs}, initial_epoch={initial}) has no epoch to train: "
            f"epochs is the number of the last one. Write epochs={initial + 5} to "
            "train 5.",
        )
    return max(epochs - initial, 1)


def _names(function):
    skip = ("old", "seed")
    return [name for name in inspect.signature(function).parameters if name not in skip]
