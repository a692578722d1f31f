"""The name of a metric tells its direction; words for lower win."""

import pytest

from nbkeras.core.names.metric_directions import direction_by_name


@pytest.mark.parametrize(
    ("name", "direction"),
    [
        ("accuracy", "up"),
        ("val_auc", "up"),
        ("val_myacc", "up"),
        ("top5_score", "up"),
        ("cosine_similarity", "up"),
        ("val_loss", "down"),
        ("mae", "down"),
        ("precision_loss", "down"),
        ("false_positives", "down"),
        ("psnr", None),
        ("studio", None),  # ends in "io", which must be a whole word
    ],
)
def test_the_direction_of_a_metric_is_inferred_from_its_name(name, direction):
    assert direction_by_name(name) == direction
