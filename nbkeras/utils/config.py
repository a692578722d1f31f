"""Config: named values that can be serialized and frozen."""

import json
from collections.abc import Iterator, KeysView
from typing import Any

from nbkeras.core import check


class Config:
    """Named values, accessible as attributes and as entries.

    Args:
        **values: initial values.

    >>> config = Config(learning_rate=0.1)
    >>> config.momentum = 0.9
    >>> config["momentum"], config.to_json()
    (0.9, '{"learning_rate": 0.1, "momentum": 0.9}')
    """

    def __init__(self, **values: Any) -> None:
        object.__setattr__(self, "_values", values)
        object.__setattr__(self, "_frozen", False)

    @property
    def frozen(self) -> bool:
        """Whether values can no longer be changed."""
        return self._frozen

    def freeze(self) -> None:
        """Make every change raise an error."""
        object.__setattr__(self, "_frozen", True)

    def unfreeze(self) -> None:
        """Allow changes again."""
        object.__setattr__(self, "_frozen", False)

    def as_dict(self) -> dict[str, Any]:
        """The values as a new dict."""
        return dict(self._values)

    def to_json(self) -> str:
        """The values as JSON."""
        return json.dumps(self._values)

    def keys(self) -> KeysView[str]:
        """The names."""
        return self._values.keys()

    def values(self) -> Any:
        """The values in the order in which they were set."""
        return self._values.values()

    def items(self) -> Any:
        """Pairs of name and value."""
        return self._values.items()

    def get(self, keyname: str, value: Any = None) -> Any:
        """The value called `keyname`, or `value` if there is none."""
        return self._values.get(keyname, value)

    def pop(self, *args: Any) -> Any:
        """Remove and return a value, as `dict.pop`."""
        return self._changeable().pop(*args)

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Set several values, as `dict.update`."""
        self._changeable().update(*args, **kwargs)

    def _changeable(self) -> dict[str, Any]:
        if self._frozen:
            raise ValueError(
                "This Config is frozen, and its values cannot be changed. Write "
                "config.unfreeze() first."
            )
        return self._values

    def __setattr__(self, name: str, value: Any) -> None:
        if hasattr(type(self), name):
            raise AttributeError(
                f"Config.{name} is a method or property and cannot be set. Write "
                f"config[{name!r}] = ..."
            )
        self._changeable()[name] = value

    def __getattr__(self, name: str) -> Any:
        # Before `__init__`, for example while copying, there are no values.
        values = self.__dict__.get("_values", {})
        if name in values:
            return values[name]
        hint = check.did_you_mean(name, list(values))
        raise AttributeError(f"Unknown attribute: {name!r}.{hint}")

    def __setitem__(self, name: str, value: Any) -> None:
        self._changeable()[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __delitem__(self, name: str) -> None:
        del self._changeable()[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._values))

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"<Config {self._values}>"
