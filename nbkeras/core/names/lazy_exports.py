"""Lazy exports: names that a package offers although a higher package defines them.

Keras has `keras.saving.load_model`; here the models, which stand on `saving`, define
it. So the top of the house registers where such a name is, and the lower package,
which knows nothing of the upper one, asks for it when it is first used.

`import nbkeras` reads this module, so it imports nothing itself.
"""

TYPE_CHECKING = False  # type checkers take this name for True
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_loaders: "dict[tuple[str, str], Callable[[], ModuleType]]" = {}


def register(
    package: str, names: tuple[str, ...], loader: "Callable[[], ModuleType]"
) -> None:
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
