"""LogsDict: values by name, or by an alias of the same metric."""

from typing import Any

# Groups of names of the same value in versions of Keras.
ALIASES = (
    ("acc", "accuracy"),
    ("lr", "learning_rate"),
    ("mae", "mean_absolute_error"),
    ("mse", "mean_squared_error"),
    ("mape", "mean_absolute_percentage_error"),
    ("msle", "mean_squared_logarithmic_error"),
    ("kld", "kl_divergence", "kullback_leibler_divergence"),
    ("cosine", "cosine_proximity", "cosine_similarity"),
)
_ALIASES_OF = {
    name: tuple(other for other in group if other != name)
    for group in ALIASES
    for name in group
}


class LogsDict(dict[str, Any]):
    """A dict that also finds a metric under its short or long name.

    Iteration and `keys()` give only the names that were recorded.

    >>> logs = LogsDict(accuracy=0.9, val_mae=2.0)
    >>> logs["acc"], logs.get("val_mean_absolute_error"), "mse" in logs
    (0.9, 2.0, False)
    """

    def recorded_name(self, name: Any) -> Any:
        """The recorded name of the value called `name`, or None."""
        if dict.__contains__(self, name):
            return name
        if not isinstance(name, str):
            return None
        prefix = "val_" if name.startswith("val_") else ""
        aliases = _ALIASES_OF.get(name[len(prefix) :], ())
        names = [prefix + alias for alias in aliases]
        # Keras 2 called the metric "AUC" auc.
        names += [key for key in self if str(key).lower() == name.lower()]
        return next((alias for alias in names if dict.__contains__(self, alias)), None)

    def __contains__(self, name: Any) -> bool:
        return self.recorded_name(name) is not None

    def __missing__(self, name: str) -> Any:
        recorded = self.recorded_name(name)
        if recorded is None:
            raise KeyError(
                f"{name!r} was not recorded. Available: "
                f"{', '.join(self) or 'no entries'}."
            )
        return dict.__getitem__(self, recorded)

    def get(self, name: str, default: Any = None) -> Any:
        """The value called `name`, also under an alias; `default` if there is none."""
        recorded = self.recorded_name(name)
        return default if recorded is None else dict.__getitem__(self, recorded)
