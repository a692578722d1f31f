"""Exercises that judge what a trained model does, on data of the student's own."""

from nbkeras.analysis.exercises.answers import (
    FunctionAnswer,
    HistoryAnswer,
    ModelAnswer,
    NumberAnswer,
    RowsAnswer,
)
from nbkeras.analysis.exercises.bilingual import Text
from nbkeras.analysis.exercises.catalogue import exercises, find, register
from nbkeras.analysis.exercises.checks import (
    HeldOutAccuracy,
    HeldOutError,
    Measured,
    NumWeights,
    OverfittingGap,
    Returned,
    TrainingAccuracy,
)
from nbkeras.analysis.exercises.exercise import Exercise
from nbkeras.analysis.exercises.judging import Report, Row, State, judge
from nbkeras.analysis.exercises.outcome import Outcome, at_least, at_most
from nbkeras.analysis.exercises.student import student_name
from nbkeras.analysis.exercises.submission import Data, Submission

__all__ = [
    "Data",
    "Exercise",
    "FunctionAnswer",
    "HeldOutAccuracy",
    "HeldOutError",
    "HistoryAnswer",
    "Measured",
    "ModelAnswer",
    "NumWeights",
    "NumberAnswer",
    "Outcome",
    "OverfittingGap",
    "Report",
    "Returned",
    "Row",
    "RowsAnswer",
    "State",
    "Submission",
    "Text",
    "TrainingAccuracy",
    "at_least",
    "at_most",
    "exercises",
    "find",
    "judge",
    "register",
    "student_name",
]
