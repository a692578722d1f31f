"""Attributes of the namespaces ops.numpy, ops.nn, ops.image and ops.linalg."""

from collections.abc import Callable
from typing import Any

from nbkeras.core import check
from nbkeras.ops.functions import all_functions


def attributes(subject: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of the module nbkeras.ops.`subject`."""

    def get(name: str) -> Any:
        function = all_functions.find_in(subject, name)
        if function is None:
            names = all_functions.names(subject)
            near = "" if name.startswith("__") else check.did_you_mean(name, names)
            raise AttributeError(
                f"module 'nbkeras.ops.{subject}' has no attribute {name!r}.{near}"
            )
        return function

    return get, lambda: all_functions.names(subject)
