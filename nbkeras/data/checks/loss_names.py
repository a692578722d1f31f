"""Canonical names of losses."""

from typing import Any

# {canonical name: name in messages} of losses that compare y and output elementwise.
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
ALIASES = {
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

CROSSENTROPIES = (
    "sparsecategoricalcrossentropy",
    "categoricalcrossentropy",
    "binarycrossentropy",
)
# The regression losses among ELEMENTWISE.
DISTANCES = ("mse", "mae", "mape", "msle", "huber", "log_cosh")


def measures_distance(loss: Any) -> bool:
    """Whether `loss`, under any of its names, is a regression loss."""
    return ELEMENTWISE.get(plain_name(loss)) in DISTANCES


def plain_name(loss: Any) -> str:
    """The canonical name of a loss, in lower case without underscores; "" if none."""
    if not isinstance(loss, str):
        loss = getattr(loss, "name", None) or getattr(loss, "__name__", "")
    name = str(loss).lower().replace("_", "")
    return ALIASES.get(name, name)
