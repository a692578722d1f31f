"""LogsDict: values under their names, and under the other names of the same metric."""

from typing import Any

# Names that Keras and its users have given to one value.
SAME = (
    ("acc", "accuracy"),
    ("lr", "learning_rate"),
    ("mae", "mean_absolute_error"),
    ("mse", "mean_squared_error"),
    ("mape", "mean_absolute_percentage_error"),
    ("msle", "mean_squared_logarithmic_error"),
    ("kld", "kl_divergence", "kullback_leibler_divergence"),
    ("cosine", "cosine_proximity", "cosine_similarity"),
)
_OTHERS = {
    name: tuple(other for other in group if other != name)
    for group in SAME
    for name in group
}


class LogsDict(dict[str, Any]):
    """A dict that finds a metric under its short and its long name.

    Its own names are those under which the values were recorded: iteration and
    `keys()` give these alone.

    >>> logs = LogsDict(accuracy=0.9, val_mae=2.0)
    >>> logs["acc"], logs.get("val_mean_absolute_error"), "mse" in logs
    (0.9, 2.0, False)
    """

    def recorded_name(self, name: Any) -> Any:
        """The name under which the value of `name` was recorded, or None."""
        if dict.__contains__(self, name):
            return name
        if not isinstance(name, str):
            return None
        start = "val_" if name.startswith("val_") else ""
        others = _OTHERS.get(name[len(start) :], ())
        names = (start + other for other in others)
        return next((other for other in names if dict.__contains__(self, other)), None)

    def __contains__(self, name: Any) -> bool:
        return self.recorded_name(name) is not None

    def __missing__(self, name: str) -> Any:
        recorded = self.recorded_name(name)
        if recorded is None:
            raise KeyError(
                f"{name!r} was not recorded. There are: "
                f"{', '.join(self) or 'no entries'}."
            )
        return dict.__getitem__(self, recorded)

    def get(self, name: str, default: Any = None) -> Any:
        """The value of `name`, other names included."""
        recorded = self.recorded_name(name)
        return default if recorded is None else dict.__getitem__(self, recorded)
