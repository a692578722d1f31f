"""What a model is doing: arrays in, arrays out, no pictures."""

from nbkeras.analysis.descent import Path, walk
from nbkeras.analysis.given import as_problem
from nbkeras.analysis.landscapes import LANDSCAPES
from nbkeras.analysis.lr_find import RateCurve, lr_find

__all__ = ["LANDSCAPES", "Path", "RateCurve", "as_problem", "lr_find", "walk"]
