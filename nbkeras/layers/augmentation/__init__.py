"""Data augmentation layers: random changes of images during training."""

from nbkeras.layers.augmentation.brightness_contrast import (
    RandomBrightness as RandomBrightness,
)
from nbkeras.layers.augmentation.brightness_contrast import (
    RandomContrast as RandomContrast,
)
from nbkeras.layers.augmentation.flip_rotate_zoom import RandomCrop as RandomCrop
from nbkeras.layers.augmentation.flip_rotate_zoom import RandomFlip as RandomFlip
from nbkeras.layers.augmentation.flip_rotate_zoom import (
    RandomRotation as RandomRotation,
)
from nbkeras.layers.augmentation.flip_rotate_zoom import (
    RandomTranslation as RandomTranslation,
)
from nbkeras.layers.augmentation.flip_rotate_zoom import RandomZoom as RandomZoom
