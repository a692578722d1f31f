"""What a model is doing: arrays in, arrays out, no pictures."""

from nbkeras.analysis.advice import Advice
from nbkeras.analysis.descent import Path, walk
from nbkeras.analysis.folder_report import FolderReport
from nbkeras.analysis.given import as_problem
from nbkeras.analysis.landscapes import LANDSCAPES
from nbkeras.analysis.linting import lint
from nbkeras.analysis.lr_find import RateCurve, lr_find
from nbkeras.analysis.terrain import Terrain
from nbkeras.analysis.values import ValueRange, value_range
from nbkeras.analysis.variants import Variants
from nbkeras.analysis.varying import vary
from nbkeras.analysis.weight_path import KeepWeights

__all__ = [
    "LANDSCAPES",
    "Advice",
    "FolderReport",
    "KeepWeights",
    "Path",
    "RateCurve",
    "Terrain",
    "ValueRange",
    "Variants",
    "as_problem",
    "lint",
    "lr_find",
    "value_range",
    "vary",
    "walk",
]
