"""Preprocessing layers: scaling, adapting to data, spectrograms, pipelines."""

# tf.keras once had these at layers.experimental.preprocessing.
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
from nbkeras.layers.preprocessing.adapt import Discretization as Discretization
from nbkeras.layers.preprocessing.adapt import Normalization as Normalization
from nbkeras.layers.preprocessing.category_crossing import (
    CategoryCrossing as CategoryCrossing,
)
from nbkeras.layers.preprocessing.hashing import HashedCrossing as HashedCrossing
from nbkeras.layers.preprocessing.hashing import Hashing as Hashing
from nbkeras.layers.preprocessing.lookup import IntegerLookup as IntegerLookup
from nbkeras.layers.preprocessing.lookup import StringLookup as StringLookup
from nbkeras.layers.preprocessing.resizing import CategoryEncoding as CategoryEncoding
from nbkeras.layers.preprocessing.resizing import CenterCrop as CenterCrop
from nbkeras.layers.preprocessing.resizing import Rescaling as Rescaling
from nbkeras.layers.preprocessing.resizing import Resizing as Resizing
from nbkeras.layers.preprocessing.text_vectorization import (
    TextVectorization as TextVectorization,
)
