"""Analysis of models and data, as arrays, without display."""

import functools

from nbkeras.analysis.augmentation.variants import Variants
from nbkeras.analysis.augmentation.vary import vary
from nbkeras.analysis.data_report.folder_report import FolderReport
from nbkeras.analysis.descent.keep_weights import KeepWeights
from nbkeras.analysis.descent.landscapes import LANDSCAPES
from nbkeras.analysis.descent.loss_surface import LossSurface
from nbkeras.analysis.descent.paths import Path, walk
from nbkeras.analysis.descent.user_input import as_problem
from nbkeras.analysis.devices.devices import Device, Devices, devices
from nbkeras.analysis.explanation.explain import explain
from nbkeras.analysis.explanation.explained_images import (
    ExplainedImage,
    ExplainedImages,
    PixelMap,
)
from nbkeras.analysis.image_samples.value_range import ValueRange, value_range
from nbkeras.analysis.inside.activations import Activations, inside
from nbkeras.analysis.inside.arithmetic import Arithmetic
from nbkeras.analysis.interpretation.interpret import interpret
from nbkeras.analysis.interpretation.interpretation import Interpretation, Residuals
from nbkeras.analysis.interpretation.multi_label import MultiLabel
from nbkeras.analysis.linter.advice import Advice
from nbkeras.analysis.linter.lint import lint
from nbkeras.analysis.lr_finder.search import RateCurve, lr_find
from nbkeras.analysis.playground.experiment import Experiment
from nbkeras.analysis.playground.unit_maps import UnitMaps
from nbkeras.analysis.runs.recorded_run import RecordedRun
from nbkeras.analysis.runs.table import Runs, read_runs
from nbkeras.analysis.task_gradients.task_gradients import (
    TaskGradients,
    task_gradients,
)
from nbkeras.analysis.time_travel.answers import Answers, answers_over_epochs
from nbkeras.analysis.time_travel.confusion import confusion_at
from nbkeras.analysis.xray.findings import Finding, diagnose
from nbkeras.analysis.xray.look import XRay
from nbkeras.core.names import legacy_names

__all__ = [
    "LANDSCAPES",
    "Activations",
    "Advice",
    "Answers",
    "Arithmetic",
    "Device",
    "Devices",
    "Experiment",
    "ExplainedImage",
    "ExplainedImages",
    "Finding",
    "FolderReport",
    "Interpretation",
    "KeepWeights",
    "LossSurface",
    "MultiLabel",
    "Path",
    "PixelMap",
    "RateCurve",
    "RecordedRun",
    "Residuals",
    "Runs",
    "TaskGradients",
    "UnitMaps",
    "ValueRange",
    "Variants",
    "XRay",
    "answers_over_epochs",
    "as_problem",
    "confusion_at",
    "devices",
    "diagnose",
    "explain",
    "inside",
    "interpret",
    "lint",
    "lr_find",
    "read_runs",
    "task_gradients",
    "value_range",
    "vary",
    "walk",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
