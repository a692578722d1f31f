"""All layers, under Keras's names."""

from __future__ import annotations

import functools
from typing import Any

from nbkeras.core.annotations import CustomObjects, Identifier
from nbkeras.core.names import legacy_names
from nbkeras.core.serialization.configurable import as_dict
from nbkeras.layers.activation import (
    ELU,
    Activation,
    LeakyReLU,
    PReLU,
    ReLU,
    Softmax,
)
from nbkeras.layers.adaptive_pooling import (
    AdaptiveAveragePooling1D,
    AdaptiveAveragePooling2D,
    AdaptiveAveragePooling3D,
    AdaptiveMaxPooling1D,
    AdaptiveMaxPooling2D,
    AdaptiveMaxPooling3D,
)
from nbkeras.layers.attention import (
    AdditiveAttention,
    Attention,
    GroupedQueryAttention,
    MultiHeadAttention,
)
from nbkeras.layers.augmentation.brightness_contrast import (
    RandomBrightness,
    RandomContrast,
)
from nbkeras.layers.augmentation.colour import (
    RandomColorDegeneration,
    RandomColorJitter,
    RandomGaussianBlur,
    RandomGrayscale,
    RandomHue,
    RandomInvert,
    RandomPosterization,
    RandomSaturation,
    RandomSharpness,
    Solarization,
)
from nbkeras.layers.augmentation.equalization import (
    AutoContrast,
    ContrastLimitedAdaptiveHistogramEqualization,
    Equalization,
)
from nbkeras.layers.augmentation.flip_rotate_zoom import (
    RandomCrop,
    RandomFlip,
    RandomRotation,
    RandomTranslation,
    RandomZoom,
)
from nbkeras.layers.augmentation.mixing import (
    CutMix,
    MixUp,
)
from nbkeras.layers.augmentation.policies import (
    AugMix,
    RandAugment,
)
from nbkeras.layers.augmentation.warping import (
    RandomElasticTransform,
    RandomErasing,
    RandomPerspective,
    RandomShear,
)
from nbkeras.layers.convolution.conv import (
    Conv1D,
    Conv2D,
    Conv3D,
    Convolution2D,
)
from nbkeras.layers.convolution.conv_transpose import (
    Conv1DTranspose,
    Conv2DTranspose,
    Conv3DTranspose,
)
from nbkeras.layers.convolution.locally_connected import (
    LocallyConnected1D,
    LocallyConnected2D,
)
from nbkeras.layers.convolution.separable import (
    DepthwiseConv1D,
    DepthwiseConv2D,
    SeparableConv1D,
    SeparableConv2D,
)
from nbkeras.layers.dense import (
    Dense,
    EinsumDense,
)
from nbkeras.layers.dropout import (
    AlphaDropout,
    Dropout,
    GaussianDropout,
    GaussianNoise,
    SpatialDropout1D,
    SpatialDropout2D,
    SpatialDropout3D,
)
from nbkeras.layers.embedding import (
    Embedding,
)
from nbkeras.layers.engine.input_spec import (
    InputSpec,
)
from nbkeras.layers.engine.layer import (
    Layer,
)
from nbkeras.layers.engine.nodes import symbolic
from nbkeras.layers.engine.nodes.symbolic import SymbolicTensor
from nbkeras.layers.engine.registry import registry
from nbkeras.layers.engine.stateless import (
    gradients,
)
from nbkeras.layers.input import (
    Input,
    InputLayer,
)
from nbkeras.layers.jax_function import (
    FlaxLayer,
    JaxLayer,
)
from nbkeras.layers.keras1 import (
    Highway,
    MaxoutDense,
    ParametricSoftplus,
    SReLU,
    ThresholdedReLU,
)
from nbkeras.layers.merging.concatenate import (
    Concatenate,
    Dot,
)
from nbkeras.layers.merging.merge import (
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
    add,
    average,
    concatenate,
    dot,
    maximum,
    merge,
    minimum,
    multiply,
    subtract,
)
from nbkeras.layers.normalization.batch_norm import (
    BatchNormalization,
)
from nbkeras.layers.normalization.layer_norm import (
    GroupNormalization,
    LayerNormalization,
    RMSNormalization,
    UnitNormalization,
)
from nbkeras.layers.normalization.spectral_norm import (
    SpectralNormalization,
)
from nbkeras.layers.pooling import (
    AveragePooling1D,
    AveragePooling2D,
    AveragePooling3D,
    GlobalAveragePooling1D,
    GlobalAveragePooling2D,
    GlobalAveragePooling3D,
    GlobalMaxPooling1D,
    GlobalMaxPooling2D,
    GlobalMaxPooling3D,
    MaxPooling1D,
    MaxPooling2D,
    MaxPooling3D,
)
from nbkeras.layers.preprocessing.adapt import (
    Discretization,
    Normalization,
)
from nbkeras.layers.preprocessing.bounding_boxes import (
    MaxNumBoundingBoxes,
)
from nbkeras.layers.preprocessing.category_crossing import CategoryCrossing
from nbkeras.layers.preprocessing.hashing import (
    HashedCrossing,
    Hashing,
)
from nbkeras.layers.preprocessing.lookup import (
    IntegerLookup,
    StringLookup,
)
from nbkeras.layers.preprocessing.pipeline import (
    Pipeline,
)
from nbkeras.layers.preprocessing.resizing import (
    CategoryEncoding,
    CenterCrop,
    Rescaling,
    Resizing,
)
from nbkeras.layers.preprocessing.spectrogram import (
    MelSpectrogram,
    STFTSpectrogram,
)
from nbkeras.layers.preprocessing.text_vectorization import (
    TextVectorization,
)
from nbkeras.layers.recurrent import (
    GRU,
    LSTM,
    RNN,
    Bidirectional,
    ConvLSTM1D,
    ConvLSTM2D,
    ConvLSTM3D,
    GRUCell,
    LSTMCell,
    SimpleRNN,
    SimpleRNNCell,
    StackedRNNCells,
)
from nbkeras.layers.reshaping.padding import (
    Cropping1D,
    Cropping2D,
    Cropping3D,
    ZeroPadding1D,
    ZeroPadding2D,
    ZeroPadding3D,
)
from nbkeras.layers.reshaping.reshape import (
    Flatten,
    Permute,
    RepeatVector,
    Reshape,
    UpSampling1D,
    UpSampling2D,
    UpSampling3D,
)
from nbkeras.layers.reversible_embedding import (
    ReversibleEmbedding,
)
from nbkeras.layers.wrappers import (
    ActivityRegularization,
    Identity,
    Lambda,
    Masking,
    TimeDistributed,
    Wrapper,
)

# Other names of Keras for the same layers.
GroupQueryAttention = GroupedQueryAttention
AvgPool1D = AveragePooling1D
AvgPool2D = AveragePooling2D
AvgPool3D = AveragePooling3D
Convolution1D = Conv1D
Convolution1DTranspose = Conv1DTranspose
Convolution2DTranspose = Conv2DTranspose
Convolution3D = Conv3D
Convolution3DTranspose = Conv3DTranspose
GlobalAvgPool1D = GlobalAveragePooling1D
GlobalAvgPool2D = GlobalAveragePooling2D
GlobalAvgPool3D = GlobalAveragePooling3D
GlobalMaxPool1D = GlobalMaxPooling1D
GlobalMaxPool2D = GlobalMaxPooling2D
GlobalMaxPool3D = GlobalMaxPooling3D
KerasTensor = SymbolicTensor
MaxPool1D = MaxPooling1D
MaxPool2D = MaxPooling2D
MaxPool3D = MaxPooling3D
SeparableConvolution1D = SeparableConv1D
SeparableConvolution2D = SeparableConv2D


def _function_nodes():
    """The nodes of functions, loaded when a function first meets such a tensor."""
    from nbkeras.layers.engine.nodes import function_nodes

    return function_nodes


symbolic.load_function_nodes = _function_nodes


def get(
    identifier: Identifier | None, custom_objects: CustomObjects | None = None
) -> Any:
    """A layer from a name, config, class or instance."""
    return registry.get(identifier, custom_objects)


def serialize(layer: Layer) -> Any:
    """Plain data from which `deserialize` rebuilds the layer."""
    return as_dict(layer)


def deserialize(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """The layer that `serialize` described."""
    return get(config, custom_objects)


__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "RNN",
    "Activation",
    "ActivityRegularization",
    "AdaptiveAveragePooling1D",
    "AdaptiveAveragePooling2D",
    "AdaptiveAveragePooling3D",
    "AdaptiveMaxPooling1D",
    "AdaptiveMaxPooling2D",
    "AdaptiveMaxPooling3D",
    "Add",
    "AdditiveAttention",
    "AlphaDropout",
    "Attention",
    "AugMix",
    "AutoContrast",
    "Average",
    "AveragePooling1D",
    "AveragePooling2D",
    "AveragePooling3D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "BatchNormalization",
    "Bidirectional",
    "CategoryCrossing",
    "CategoryEncoding",
    "CenterCrop",
    "Concatenate",
    "ContrastLimitedAdaptiveHistogramEqualization",
    "Conv1D",
    "Conv1DTranspose",
    "Conv2D",
    "Conv2DTranspose",
    "Conv3D",
    "Conv3DTranspose",
    "ConvLSTM1D",
    "ConvLSTM2D",
    "ConvLSTM3D",
    "Convolution1D",
    "Convolution1DTranspose",
    "Convolution2D",
    "Convolution2DTranspose",
    "Convolution3D",
    "Convolution3DTranspose",
    "Cropping1D",
    "Cropping2D",
    "Cropping3D",
    "CutMix",
    "Dense",
    "DepthwiseConv1D",
    "DepthwiseConv2D",
    "Discretization",
    "Dot",
    "Dropout",
    "EinsumDense",
    "Embedding",
    "Equalization",
    "Flatten",
    "FlaxLayer",
    "GRUCell",
    "GaussianDropout",
    "GaussianNoise",
    "GlobalAveragePooling1D",
    "GlobalAveragePooling2D",
    "GlobalAveragePooling3D",
    "GlobalAvgPool1D",
    "GlobalAvgPool2D",
    "GlobalAvgPool3D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GlobalMaxPool3D",
    "GlobalMaxPooling1D",
    "GlobalMaxPooling2D",
    "GlobalMaxPooling3D",
    "GroupNormalization",
    "GroupQueryAttention",
    "GroupedQueryAttention",
    "HashedCrossing",
    "Hashing",
    "Highway",
    "Identity",
    "Input",
    "InputLayer",
    "InputSpec",
    "IntegerLookup",
    "JaxLayer",
    "KerasTensor",
    "LSTMCell",
    "Lambda",
    "Layer",
    "LayerNormalization",
    "LeakyReLU",
    "LocallyConnected1D",
    "LocallyConnected2D",
    "Masking",
    "MaxNumBoundingBoxes",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "MaxPooling1D",
    "MaxPooling2D",
    "MaxPooling3D",
    "Maximum",
    "MaxoutDense",
    "MelSpectrogram",
    "Minimum",
    "MixUp",
    "MultiHeadAttention",
    "Multiply",
    "Normalization",
    "PReLU",
    "ParametricSoftplus",
    "Permute",
    "Pipeline",
    "RMSNormalization",
    "RandAugment",
    "RandomBrightness",
    "RandomColorDegeneration",
    "RandomColorJitter",
    "RandomContrast",
    "RandomCrop",
    "RandomElasticTransform",
    "RandomErasing",
    "RandomFlip",
    "RandomGaussianBlur",
    "RandomGrayscale",
    "RandomHue",
    "RandomInvert",
    "RandomPerspective",
    "RandomPosterization",
    "RandomRotation",
    "RandomSaturation",
    "RandomSharpness",
    "RandomShear",
    "RandomTranslation",
    "RandomZoom",
    "ReLU",
    "RepeatVector",
    "Rescaling",
    "Reshape",
    "Resizing",
    "ReversibleEmbedding",
    "SReLU",
    "STFTSpectrogram",
    "SeparableConv1D",
    "SeparableConv2D",
    "SeparableConvolution1D",
    "SeparableConvolution2D",
    "SimpleRNN",
    "SimpleRNNCell",
    "Softmax",
    "Solarization",
    "SpatialDropout1D",
    "SpatialDropout2D",
    "SpatialDropout3D",
    "SpectralNormalization",
    "StackedRNNCells",
    "StringLookup",
    "Subtract",
    "SymbolicTensor",
    "TextVectorization",
    "ThresholdedReLU",
    "TimeDistributed",
    "UnitNormalization",
    "UpSampling1D",
    "UpSampling2D",
    "UpSampling3D",
    "Wrapper",
    "ZeroPadding1D",
    "ZeroPadding2D",
    "ZeroPadding3D",
    "add",
    "average",
    "concatenate",
    "deserialize",
    "dot",
    "get",
    "gradients",
    "maximum",
    "merge",
    "minimum",
    "multiply",
    "serialize",
    "subtract",
]

__getattr__ = functools.partial(legacy_names.attribute, __name__)
