"""Losses by any of their names."""

from typing import Any

# Losses that compare y and the output element by element.
ELEMENTWISE = {
    "meansquarederror": "mse",
    "meanabsoluteerror": "mae",
    "meanabsolutepercentageerror": "mape",
    "meansquaredlogarithmicerror": "msle",
    "huber": "huber",
    "logcosh": "log_cosh",
    "poisson": "poisson",
    "kldivergence": "kl_divergence",
    "cosinesimilarity": "cosine_similarity",
    "hinge": "hinge",
    "squaredhinge": "squared_hinge",
    "categoricalhinge": "categorical_hinge",
}
SHORT = {
    "mse": "meansquarederror",
    "mae": "meanabsoluteerror",
    "mape": "meanabsolutepercentageerror",
    "msle": "meansquaredlogarithmicerror",
    "bce": "binarycrossentropy",
    "cce": "categoricalcrossentropy",
    "scce": "sparsecategoricalcrossentropy",
    "kld": "kldivergence",
    "kullbackleiblerdivergence": "kldivergence",
    "huberloss": "huber",
    "binaryfocalcrossentropy": "binarycrossentropy",
    "categoricalfocalcrossentropy": "categoricalcrossentropy",
}


# Of these: the losses of regression.
DISTANCES = ("mse", "mae", "mape", "msle", "huber", "log_cosh")


def measures_distance(loss: Any) -> bool:
    """Whether the loss is one of regression, whichever of its names it has."""
    return ELEMENTWISE.get(plain_name(loss)) in DISTANCES


def plain_name(loss: Any) -> str:
    """The name of a loss without underscores; "" if unknown."""
    if not isinstance(loss, str):
        loss = getattr(loss, "name", None) or getattr(loss, "__name__", "")
    short = str(loss).lower().replace("_", "")
    return SHORT.get(short, short)
