"""Layers and tools of other installed packages, which they name as entry points.

A package that is installed beside nbkeras says in its `pyproject.toml` what it adds:

    [project.entry-points."nbkeras.layers"]
    Blur = "blurry.layers:Blur"

    [project.entry-points."nbkeras.tools"]
    stopwatch = "blurry.stopwatch:stopwatch"

The package is imported when one of its names is first asked for, never before.
"""

import warnings
from typing import Any

LAYERS, TOOLS = "nbkeras.layers", "nbkeras.tools"
_entries: dict[str, dict[str, Any]] = {}
_failed: set[tuple[str, str]] = set()


def names(group: str) -> list[str]:
    """Names of what other packages add to `group`, sorted; nothing is imported."""
    return sorted(_of(group))


def find(group: str, name: str) -> Any:
    """What another package adds to `group` as `name`; None if there is none.

    A package that cannot be imported is named in a warning, once.

    >>> find(LAYERS, "no_such_layer") is None
    True
    """
    entry = _of(group).get(name)
    if entry is None or (group, name) in _failed:
        return None
    try:
        return entry.load()
    except Exception as error:  # of a package that is not ours
        _failed.add((group, name))
        warnings.warn(
            f"{name!r} of another package ({entry.value}) cannot be loaded "
            f"({type(error).__name__}: {error}). Update or remove that package.",
            UserWarning,
            stacklevel=3,
        )
        return None


def forget() -> None:
    """Read the installed packages again when a name is next asked for."""
    _entries.clear()
    _failed.clear()


def _of(group: str) -> dict[str, Any]:
    """{name: entry point} of a group."""
    if group not in _entries:
        import importlib.metadata

        found = importlib.metadata.entry_points(group=group)
        _entries[group] = {entry.name: entry for entry in found}
    return _entries[group]
