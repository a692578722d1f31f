"""Made-up runs as events, for tests of what shows them; no training."""

import math

from nbkeras.train import events


def run(
    epochs=3,
    steps=20,
    names=("loss", "accuracy"),
    validation=True,
    dt=0.02,
    cut=None,
    nan_from=None,
    status="completed",
    **started,
):
    """Events of a fit whose numbers are simple functions of the step.

    `cut` ends the run after so many steps; `nan_from` makes the loss NaN from a step.
    """
    clock = 0.0
    yield events.FitStarted(
        0.0,
        epochs=epochs,
        steps=steps,
        metrics=tuple(names),
        batch_size=32,
        validation=validation,
        learning_rate=0.001,
        **started,
    )
    done, ended = 0, 0
    for epoch in range(started.get("initial_epoch", 0), epochs):
        yield events.EpochStarted(clock, epoch)
        for batch in range(steps):
            if done == cut:
                yield events.FitEnded(clock, events.Status(status), {}, "", ended, done)
                return
            clock += dt
            logs = values(names, done, nan_from)
            yield events.StepEnded(clock, epoch, batch, done, 32, logs, 0.001)
            done += 1
        if validation:
            yield events.EvaluateStarted(clock, 5, done)
            clock += dt
            yield events.EvaluateEnded(
                clock, values(names, done - 1, None, 0.1), done, 5
            )
        logs = values(names, done - 1, nan_from)
        if validation:
            logs |= {
                f"val_{k}": v for k, v in values(names, done - 1, None, 0.1).items()
            }
        ended += 1
        yield events.EpochEnded(clock, epoch, steps, logs, done, 0.001)
    yield events.FitEnded(clock, events.Status(status), logs, "", ended, done)


def values(names, step, nan_from=None, shift=0.0):
    """Falling for the loss, rising for the others."""
    found = {}
    for i, name in enumerate(names):
        fall = math.exp(-(step + 1) / (40 + 15 * i))
        wave = 0.02 * math.sin(step * (1.7 + i))
        found[name] = (
            2.2 * fall + shift + wave if i == 0 else 1 - fall - shift * 0.4 + wave
        )
    if nan_from is not None and step >= nan_from:
        found[names[0]] = math.nan
    return found
