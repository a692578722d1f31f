"""Models: what is compiled, fitted, evaluated and saved."""

from nbkeras.layers.input import Input
from nbkeras.models.cloning import clone_model
from nbkeras.models.model import Model
from nbkeras.models.saved import load_model, model_from_json, save_model
from nbkeras.models.sequential import Sequential

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "clone_model",
    "load_model",
    "model_from_json",
    "save_model",
]
