"""What a model is doing: arrays in, arrays out, no pictures."""

from nbkeras.analysis.descent import Path, walk
from nbkeras.analysis.given import as_problem
from nbkeras.analysis.landscapes import LANDSCAPES

__all__ = ["LANDSCAPES", "Path", "as_problem", "walk"]
