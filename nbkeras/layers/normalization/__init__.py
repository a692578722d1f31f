"""Normalization layers: batch, layer, group, RMS, unit and spectral normalization."""

from nbkeras.layers.normalization.batch_norm import (
    BatchNormalization as BatchNormalization,
)
from nbkeras.layers.normalization.layer_norm import (
    GroupNormalization as GroupNormalization,
)
from nbkeras.layers.normalization.layer_norm import (
    LayerNormalization as LayerNormalization,
)
from nbkeras.layers.normalization.layer_norm import RMSNormalization as RMSNormalization
from nbkeras.layers.normalization.layer_norm import (
    UnitNormalization as UnitNormalization,
)
from nbkeras.layers.normalization.spectral_norm import (
    SpectralNormalization as SpectralNormalization,
)
