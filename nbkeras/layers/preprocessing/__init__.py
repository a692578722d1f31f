"""Preprocessing layers: scaling, adapting to data, random changes of pictures."""

from nbkeras.layers.preprocessing.adapt import Discretization as Discretization
from nbkeras.layers.preprocessing.adapt import Normalization as Normalization
from nbkeras.layers.preprocessing.random_geometry import RandomCrop as RandomCrop
from nbkeras.layers.preprocessing.random_geometry import RandomFlip as RandomFlip
from nbkeras.layers.preprocessing.random_geometry import (
    RandomRotation as RandomRotation,
)
from nbkeras.layers.preprocessing.random_geometry import (
    RandomTranslation as RandomTranslation,
)
from nbkeras.layers.preprocessing.random_geometry import RandomZoom as RandomZoom
from nbkeras.layers.preprocessing.random_light import (
    RandomBrightness as RandomBrightness,
)
from nbkeras.layers.preprocessing.random_light import RandomContrast as RandomContrast
from nbkeras.layers.preprocessing.scaling import CategoryEncoding as CategoryEncoding
from nbkeras.layers.preprocessing.scaling import CenterCrop as CenterCrop
from nbkeras.layers.preprocessing.scaling import Rescaling as Rescaling
from nbkeras.layers.preprocessing.scaling import Resizing as Resizing
