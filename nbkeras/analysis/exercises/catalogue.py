"""All exercises by name: those of the course, and those of other packages."""

from __future__ import annotations

import importlib.metadata
import warnings
from collections.abc import Iterable

from nbkeras.analysis.exercises.course import EXERCISES
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.core.check import did_you_mean
from nbkeras.core.names.display_name import quoted

# A package adds exercises in its pyproject.toml:
#     [project.entry-points."nbkeras.exercises"]
#     my_course = "my_package.exercises:EXERCISES"
GROUP = "nbkeras.exercises"
_registered = {exercise.name: exercise for exercise in EXERCISES}
_loaded: set[tuple[str, str]] = set()


def register(exercise: Exercise) -> Exercise:
    """Add an exercise, so that `%%exercise` finds it by name.

    Raises:
        ValueError: another exercise has the name.
    """
    other = _registered.setdefault(exercise.name, exercise)
    if other is not exercise:
        raise ValueError(
            f"There is an exercise of the name {exercise.name} already. Write for "
            f'example Exercise(name="my_{exercise.name}"[:40], ...).'
        )
    return exercise


def exercises() -> dict[str, Exercise]:
    """{name: exercise}, those of the course first, in the order of its lessons."""
    _load_entry_points()
    return dict(_registered)


def find(name: str) -> Exercise:
    """The exercise of a name.

    Raises:
        ValueError: there is none.
    """
    by_name = exercises()
    if name in by_name:
        return by_name[name]
    near = did_you_mean(name, list(by_name))
    raise ValueError(
        f"There is no exercise {quoted(name)}.{near} Write %exercise in a notebook for "
        "the list of all."
    )


def _load_entry_points():
    """Register what other packages offer; one that fails is left out with a warning."""
    for entry in importlib.metadata.entry_points(group=GROUP):
        key = (entry.name, entry.value)
        if key in _loaded:
            continue
        _loaded.add(key)
        try:
            for exercise in _listed(entry.load()):
                register(exercise)
        except Exception as error:  # of a package that is not ours
            warnings.warn(
                f"The exercises {quoted(entry.name)} of another package cannot be "
                f"loaded ({type(error).__name__}: {error}). Update or remove the "
                "package.",
                UserWarning,
                stacklevel=2,
            )


def _listed(value) -> Iterable[Exercise]:
    exercises = [value] if isinstance(value, Exercise) else list(value)
    for exercise in exercises:
        if not isinstance(exercise, Exercise):
            raise TypeError(
                f"{type(exercise).__name__} in the list is not an Exercise. Write for "
                "example EXERCISES = [Exercise(...)]"
            )
    return exercises
