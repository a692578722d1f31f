"""Lazy exports: names of a package that a higher package defines.

Keras has `keras.saving.load_model`; here `models`, which imports `saving`, defines it.
`nbkeras/__init__.py` registers where such a name is defined, and the lower package,
which must not import the higher one, looks it up when it is first used.
"""

from collections.abc import Callable
from types import ModuleType

Loader = Callable[[], ModuleType]
_loaders: dict[tuple[str, str], Loader] = {}


def register(package: str, names: tuple[str, ...], loader: Loader) -> None:
    """Make `names` available from `package`.

    Args:
        package: `__name__` of the package, "nbkeras.saving".
        names: the names to export.
        loader: () -> the module that defines them.
    """
    for name in names:
        _loaders[package, name] = loader


def find(package: str, name: str) -> object | None:
    """The object that `package` exports as `name`; None if not registered."""
    loader = _loaders.get((package, name))
    return None if loader is None else getattr(loader(), name)
