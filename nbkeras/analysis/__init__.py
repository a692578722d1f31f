"""What a model is doing: arrays in, arrays out, no pictures."""

from nbkeras.analysis.descent import Path, walk
from nbkeras.analysis.given import as_problem
from nbkeras.analysis.landscapes import LANDSCAPES
from nbkeras.analysis.lr_find import RateCurve, lr_find
from nbkeras.analysis.terrain import Terrain
from nbkeras.analysis.weight_path import KeepWeights

__all__ = [
    "LANDSCAPES",
    "KeepWeights",
    "Path",
    "RateCurve",
    "Terrain",
    "as_problem",
    "lr_find",
    "walk",
]
