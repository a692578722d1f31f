"""What a model is doing: arrays in, arrays out, no pictures."""

from nbkeras.analysis.augmentation.variants import Variants
from nbkeras.analysis.augmentation.vary import vary
from nbkeras.analysis.data_report.folder_report import FolderReport
from nbkeras.analysis.descent.keep_weights import KeepWeights
from nbkeras.analysis.descent.landscapes import LANDSCAPES
from nbkeras.analysis.descent.model_surface import Terrain
from nbkeras.analysis.descent.user_input import as_problem
from nbkeras.analysis.descent.walks import Path, walk
from nbkeras.analysis.image_samples.value_range import ValueRange, value_range
from nbkeras.analysis.linter.advice import Advice
from nbkeras.analysis.linter.lint import lint
from nbkeras.analysis.lr_finder.search import RateCurve, lr_find

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
