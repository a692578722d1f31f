"""Whether a metric is better when higher or when lower, judging by its name."""

import re
from collections.abc import Sequence
from typing import Literal

# Words, or ends of words, of metrics that are better when lower, or when higher.
DOWN = (
    "loss error mae mse rmse mape msle hinge crossentropy kl kld divergence logcosh "
    "poisson perplexity false"
).split()
UP = (
    "acc accuracy auc fmeasure fbeta f1 precision recall score iou io r2 true "
    "correlation similarity specificity sensitivity"
).split()


def direction_by_name(name: str) -> Literal["up", "down"] | None:
    """The direction in which a metric of this name gets better; None if unknown.

    Words for lower come first, so that the "precision_loss" of a model is a loss.

    >>> [direction_by_name(name) for name in ("val_myacc", "val_f1_loss", "psnr")]
    ['up', 'down', None]
    """
    words = re.split(r"[\W_]+", name.lower())
    words += [word.rstrip("0123456789") for word in words]
    directions: dict[Literal["up", "down"], Sequence[str]] = {"down": DOWN, "up": UP}
    for direction, ends in directions.items():
        # "myacc" matches "acc"; endings of two letters must be the whole word.
        if any(
            word == end or (len(end) > 2 and word.endswith(end))
            for word in words
            for end in ends
        ):
            return direction
    return None
