"""Advice on a run: what went wrong and what to try, in the chosen language."""

from nbkeras.notebook.widget import translations


def advice(not_finite, diagnosis):
    """One sentence of advice on a run; "" if there is none.

    Args:
        not_finite: the first non-finite value, as recorded by `RunState`, or None.
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
    """A number with three significant digits: "0.234", "12.3", "3e-05"."""
    return f"{value:.3g}"
