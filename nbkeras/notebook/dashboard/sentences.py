"""What went wrong in a run and what to try, in one sentence of the chosen language."""

from nbkeras.notebook.widget import translations


def advice(not_finite, diagnosis):
    """The sentence on a run; "" if there is nothing to say.

    Args:
        not_finite: where a value was no number first, as `RunState` notes it, or None.
        diagnosis: an `analysis.learning_curves` diagnosis, or None.
    """
    if not_finite:
        key = "not_finite_raised" if not_finite["rate"] else "not_finite"
        return translations.text("dashboard", key, **not_finite)
    if diagnosis is None:
        return ""
    numbers = {name: three_digits(value) for name, value in diagnosis.values.items()}
    kind = diagnosis.kind.value
    return translations.text("dashboard", kind, epoch=diagnosis.epoch, **numbers)


def three_digits(value):
    """A number as a sentence shows it: "0.234", "12.3", "3e-05"."""
    return f"{value:.3g}"
