"""The exercises of the course, from what a network is to sequences."""

from nbkeras.analysis.exercises.course import data, learning, networks, training
from nbkeras.analysis.exercises.exercise import Exercise

EXERCISES: tuple[Exercise, ...] = (
    learning.FIRST_NETWORK,
    learning.FASTEST_RATE,
    learning.BACKPROP_BY_HAND,
    learning.UNDER_BUDGET,
    data.ROBUST_LOSS,
    data.RAW_COLUMNS,
    data.FIND_WRONG_LABELS,
    data.SHIFTED_DIGITS,
    training.STOP_IN_TIME,
    training.RARE_CLASS,
    networks.COPY_THE_FILTER,
    training.OVERFIT_AND_CURE,
    networks.FROZEN_BASE,
    networks.WHICH_CAME_FIRST,
)

__all__ = ["EXERCISES"]
