"""The exercises of the course, in the order of its lessons."""

from nbkeras.analysis.exercises.course import data, learning, networks, training
from nbkeras.analysis.exercises.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = tuple(
    sorted(
        (
            *learning.EXERCISES,
            *data.EXERCISES,
            *training.EXERCISES,
            *networks.EXERCISES,
        ),
        key=lambda exercise: exercise.lesson,
    )
)

__all__ = ["EXERCISES"]
