"""Preprocessing layers: scaling, adapting to data, spectrograms, pipelines."""

from nbkeras.layers.preprocessing.adapt import Discretization as Discretization
from nbkeras.layers.preprocessing.adapt import Normalization as Normalization
from nbkeras.layers.preprocessing.scaling import CategoryEncoding as CategoryEncoding
from nbkeras.layers.preprocessing.scaling import CenterCrop as CenterCrop
from nbkeras.layers.preprocessing.scaling import Rescaling as Rescaling
from nbkeras.layers.preprocessing.scaling import Resizing as Resizing
