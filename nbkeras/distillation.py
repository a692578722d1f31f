"""Distillation: train a small model on what a large one predicts."""

from nbkeras.models.distillation import DistillationLoss as DistillationLoss
from nbkeras.models.distillation import Distiller as Distiller
from nbkeras.models.distillation import FeatureDistillation as FeatureDistillation
from nbkeras.models.distillation import LogitsDistillation as LogitsDistillation

__all__ = [
    "DistillationLoss",
    "Distiller",
    "FeatureDistillation",
    "LogitsDistillation",
]
