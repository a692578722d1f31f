"""One or more settings for each layer: (name, config, shape template, kind of input)."""

PICTURES = ("b", None, None, 4)
WAVES = ("b", None, 4)
VOLUMES = ("b", None, None, None, 2)
FIRST = {"data_format": "channels_first"}

DENSE = [
    ("Dense", {"units": 3}, ("b", None), "normal"),
    ("Dense", {"units": 2, "activation": "tanh", "use_bias": False}, WAVES, "normal"),
    (
        "Dense",
        {
            "units": 4,
            "activation": "softmax",
            "kernel_regularizer": "l2",
            "activity_regularizer": None,
            "bias_constraint": "non_neg",
        },
        PICTURES,
        "normal",
    ),
    (
        "EinsumDense",
        {"equation": "abc,cd->abd", "output_shape": (None, 5), "bias_axes": "d"},
        WAVES,
        "normal",
    ),
    (
        "EinsumDense",
        {
            "equation": "...x,xyz->...yz",
            "output_shape": (2, 3),
            "bias_axes": "yz",
            "activation": "relu",
        },
        PICTURES,
        "normal",
    ),
    (
        "EinsumDense",
        {"equation": "ab...,bc->ac...", "output_shape": 3, "bias_axes": "c"},
        WAVES,
        "normal",
    ),
]
ACTIVATION = [
    ("Activation", {"activation": "gelu"}, WAVES, "normal"),
    ("Activation", {"activation": "softmax"}, WAVES, "normal"),
    ("ReLU", {}, WAVES, "normal"),
    (
        "ReLU",
        {"max_value": 1.5, "negative_slope": 0.1, "threshold": 0.2},
        WAVES,
        "normal",
    ),
    ("LeakyReLU", {}, WAVES, "normal"),
    ("LeakyReLU", {"negative_slope": 0.05}, WAVES, "normal"),
    ("PReLU", {}, ("b", None, 4), "normal"),
    ("PReLU", {"shared_axes": [1, 2], "alpha_regularizer": "l1"}, PICTURES, "normal"),
    ("ELU", {"alpha": 0.5}, WAVES, "normal"),
    ("Softmax", {}, WAVES, "normal"),
    ("Softmax", {"axis": 1}, PICTURES, "normal"),
    ("Softmax", {"axis": [1, 2]}, PICTURES, "normal"),
]
DROPOUT = [
    ("Dropout", {"rate": 0.4, "noise_shape": (None, 1, 4)}, WAVES, "normal"),
    ("SpatialDropout1D", {"rate": 0.3}, WAVES, "normal"),
    ("SpatialDropout2D", {"rate": 0.3}, PICTURES, "normal"),
    ("SpatialDropout2D", {"rate": 0.3, **FIRST}, PICTURES, "normal"),
    ("SpatialDropout3D", {"rate": 0.3}, VOLUMES, "normal"),
    ("AlphaDropout", {"rate": 0.2}, WAVES, "normal"),
    ("GaussianDropout", {"rate": 0.2, "seed": 3}, WAVES, "normal"),
    ("GaussianNoise", {"stddev": 0.2}, WAVES, "normal"),
]
EMBEDDING = [
    ("Embedding", {"input_dim": 5, "output_dim": 3}, ("b", None), "ids"),
    (
        "Embedding",
        {
            "input_dim": 6,
            "output_dim": 2,
            "mask_zero": True,
            "embeddings_regularizer": "l2",
        },
        ("b", None, 3),
        "ids",
    ),
]
SHAPE = [
    ("Flatten", {}, PICTURES, "normal"),
    ("Flatten", FIRST, PICTURES, "normal"),
    ("Flatten", {}, ("b",), "normal"),
    ("Reshape", {"target_shape": (4, -1)}, PICTURES, "normal"),
    ("Reshape", {"target_shape": (2, 2, 3)}, ("b", 12), "normal"),
    ("Permute", {"dims": (2, 3, 1)}, PICTURES, "normal"),
    ("RepeatVector", {"n": 3}, ("b", None), "normal"),
    ("UpSampling1D", {"size": 3}, WAVES, "normal"),
    ("UpSampling2D", {"size": (2, 3)}, PICTURES, "normal"),
    ("UpSampling2D", {"size": 2, "interpolation": "bilinear"}, PICTURES, "normal"),
    ("UpSampling2D", {"interpolation": "bicubic", **FIRST}, PICTURES, "normal"),
    ("UpSampling3D", {"size": (1, 2, 3)}, VOLUMES, "normal"),
    ("UpSampling3D", FIRST, VOLUMES, "normal"),
    ("ZeroPadding1D", {"padding": (1, 2)}, WAVES, "normal"),
    ("ZeroPadding1D", {"padding": 2, **FIRST}, WAVES, "normal"),
    ("ZeroPadding2D", {"padding": 2}, PICTURES, "normal"),
    ("ZeroPadding2D", {"padding": (1, 2)}, PICTURES, "normal"),
    ("ZeroPadding2D", {"padding": ((1, 0), (2, 3)), **FIRST}, PICTURES, "normal"),
    ("ZeroPadding3D", {}, VOLUMES, "normal"),
    (
        "ZeroPadding3D",
        {"padding": ((1, 0), (2, 3), (0, 1)), **FIRST},
        VOLUMES,
        "normal",
    ),
    ("Cropping1D", {"cropping": (1, 0)}, WAVES, "normal"),
    ("Cropping2D", {"cropping": ((1, 0), (0, 1))}, PICTURES, "normal"),
    ("Cropping2D", {"cropping": 1, **FIRST}, ("b", 2, None, None), "normal"),
    ("Cropping3D", {}, VOLUMES, "normal"),
    ("Cropping3D", {"cropping": (1, 0, 1), **FIRST}, ("b", 2, 3, 3, 4), "normal"),
]
NORM = [
    ("BatchNormalization", {}, PICTURES, "normal"),
    ("BatchNormalization", {"momentum": 0.7, "scale": False}, ("b", None), "normal"),
    (
        "BatchNormalization",
        {"axis": 1, "epsilon": 0.1, "center": False, "gamma_regularizer": "l2"},
        PICTURES,
        "normal",
    ),
    ("BatchNormalization", {"trainable": False}, WAVES, "normal"),
    ("BatchNormalization", {"renorm": True}, PICTURES, "normal"),
    (
        "BatchNormalization",
        {
            "renorm": True,
            "renorm_clipping": {"rmin": 0.5, "rmax": 2.0, "dmax": 1.0},
            "center": False,
        },
        WAVES,
        "normal",
    ),
    ("LayerNormalization", {}, WAVES, "normal"),
    ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.1}, PICTURES, "normal"),
    ("LayerNormalization", {"axis": 1, "scale": False}, WAVES, "normal"),
    ("LayerNormalization", {"axis": [-1], "center": False}, WAVES, "normal"),
    ("GroupNormalization", {"groups": 2}, PICTURES, "normal"),
    ("GroupNormalization", {"groups": -1, "center": False}, PICTURES, "normal"),
    ("GroupNormalization", {"groups": 2, "axis": 1}, ("b", 4, None, None), "normal"),
    ("RMSNormalization", {}, WAVES, "normal"),
    ("RMSNormalization", {"axis": [1, 2], "epsilon": 0.1}, WAVES, "normal"),
    ("UnitNormalization", {}, WAVES, "normal"),
    ("UnitNormalization", {"axis": [1, 2]}, PICTURES, "normal"),
    (
        "SpectralNormalization",
        {"layer": lambda layer: layer("Dense")(3), "power_iterations": 2},
        ("b", None),
        "normal",
    ),
]
PREPROCESSING = [
    ("Rescaling", {"scale": 1 / 255, "offset": -1.0}, PICTURES, "unit"),
    ("Rescaling", {"scale": [1.0, 2.0, 3.0, 4.0]}, PICTURES, "unit"),
    ("Resizing", {"height": 5, "width": 7}, PICTURES, "unit"),
    (
        "Resizing",
        {"height": 2, "width": 9, "interpolation": "nearest"},
        PICTURES,
        "unit",
    ),
    (
        "Resizing",
        {"height": 3, "width": 7, "crop_to_aspect_ratio": True, **FIRST},
        PICTURES,
        "unit",
    ),
    (
        "Resizing",
        {"height": 8, "width": 3, "pad_to_aspect_ratio": True, "fill_value": 0.5},
        PICTURES,
        "unit",
    ),
    (
        "Resizing",
        {"height": 2, "width": 2, "antialias": True, "interpolation": "bicubic"},
        PICTURES,
        "unit",
    ),
    ("CenterCrop", {"height": 2, "width": 3}, PICTURES, "unit"),
    ("CenterCrop", {"height": 3, "width": 2, **FIRST}, PICTURES, "unit"),
    ("CenterCrop", {"height": 9, "width": 4}, PICTURES, "unit"),
    ("CategoryEncoding", {"num_tokens": 5}, ("b", None), "ids"),
    ("CategoryEncoding", {"num_tokens": 6, "output_mode": "count"}, ("b", None), "ids"),
    ("CategoryEncoding", {"num_tokens": 5, "output_mode": "one_hot"}, ("b", 1), "ids"),
    ("Discretization", {"bin_boundaries": [-0.5, 0.0, 1.0]}, WAVES, "normal"),
    (
        "Discretization",
        {"bin_boundaries": [-0.5, 0.0, 1.0], "output_mode": "multi_hot"},
        ("b", None),
        "normal",
    ),
    ("Normalization", {"mean": 2.0, "variance": 4.0}, WAVES, "normal"),
    (
        "Normalization",
        {
            "mean": [1.0, 2.0, 3.0, 4.0],
            "variance": [1.0, 4.0, 0.0, 2.0],
            "invert": True,
        },
        PICTURES,
        "normal",
    ),
    ("Normalization", {"axis": None}, WAVES, "normal"),
    ("Normalization", {"axis": (1, -1)}, ("b", 3, None, 4), "normal"),
]
AUGMENT = [
    ("RandomFlip", {"mode": "vertical"}, PICTURES, "unit"),
    (
        "RandomRotation",
        {"factor": 0.2, "fill_mode": "wrap", "seed": 1},
        PICTURES,
        "unit",
    ),
    ("RandomZoom", {"height_factor": (-0.3, 0.2)}, PICTURES, "unit"),
    (
        "RandomTranslation",
        {"height_factor": 0.2, "width_factor": 0.1},
        PICTURES,
        "unit",
    ),
    ("RandomContrast", {"factor": (0.1, 0.4)}, PICTURES, "unit"),
    ("RandomBrightness", {"factor": 0.3, "value_range": [0, 1]}, PICTURES, "unit"),
    ("RandomCrop", {"height": 2, "width": 3, "seed": 2}, PICTURES, "unit"),
]
# More random picture layers; three channels, as colours need them.
COLOURS = ("b", None, None, 3)
ON_PICTURES = [
    ("RandomSaturation", {"factor": 0.8, "value_range": (0, 1)}, COLOURS, "unit"),
    ("RandomHue", {"factor": (0.2, 0.7), "value_range": (0, 1)}, COLOURS, "unit"),
    ("RandomColorDegeneration", {"factor": 0.5, "seed": 3}, COLOURS, "unit"),
    ("RandomSharpness", {"factor": 0.9, "value_range": (0, 1)}, COLOURS, "unit"),
    ("RandomPosterization", {"factor": 5, "value_range": (0, 1)}, COLOURS, "unit"),
    ("RandomInvert", {"factor": 0.6, "value_range": (0, 1)}, COLOURS, "unit"),
    ("RandomGrayscale", {"factor": 0.6}, COLOURS, "unit"),
    (
        "RandomGaussianBlur",
        {"factor": 0.7, "kernel_size": (3, 5), "sigma": 0.9},
        COLOURS,
        "unit",
    ),
    (
        "Solarization",
        {"addition_factor": 0.3, "threshold_factor": 0.6, "value_range": (0, 1)},
        COLOURS,
        "unit",
    ),
    ("RandomShear", {"x_factor": 0.5, "y_factor": (0.1, 0.3)}, COLOURS, "unit"),
    ("RandomPerspective", {"factor": 0.9, "scale": 0.4}, COLOURS, "unit"),
    ("RandomElasticTransform", {"factor": 0.9, "scale": 0.8}, COLOURS, "unit"),
    ("RandomErasing", {"factor": 0.8, "value_range": (0, 1)}, COLOURS, "unit"),
    ("CutMix", {"factor": 0.9}, COLOURS, "unit"),
    ("MixUp", {"alpha": 0.5}, COLOURS, "unit"),
    (
        "RandomColorJitter",
        {
            "value_range": (0, 1),
            "brightness_factor": 0.2,
            "contrast_factor": 0.3,
            "saturation_factor": 0.5,
            "hue_factor": 0.2,
        },
        COLOURS,
        "unit",
    ),
    ("RandAugment", {"value_range": (0, 1), "num_ops": 3}, COLOURS, "unit"),
    ("AugMix", {"value_range": (0, 1), "num_chains": 2}, COLOURS, "unit"),
    ("Equalization", {"value_range": (0, 1)}, COLOURS, "unit"),
]
# Without chance, and at work outside of training too.
CONTRAST = [
    ("AutoContrast", {"value_range": (0, 1)}, COLOURS, "unit"),
    (
        "ContrastLimitedAdaptiveHistogramEqualization",
        {"value_range": (0, 1), "tile_grid_size": (2, 3)},
        COLOURS,
        "unit",
    ),
]
ADAPTIVE = [
    ("AdaptiveAveragePooling1D", {"output_size": 2}, WAVES, "normal"),
    ("AdaptiveAveragePooling2D", {"output_size": (2, 3)}, PICTURES, "normal"),
    (
        "AdaptiveAveragePooling2D",
        {"output_size": 2, **FIRST},
        ("b", 2, None, None),
        "normal",
    ),
    ("AdaptiveAveragePooling3D", {"output_size": (1, 2, 3)}, VOLUMES, "normal"),
    ("AdaptiveMaxPooling1D", {"output_size": 2}, WAVES, "normal"),
    ("AdaptiveMaxPooling2D", {"output_size": (2, 3)}, PICTURES, "normal"),
    ("AdaptiveMaxPooling3D", {"output_size": (1, 2, 3)}, VOLUMES, "normal"),
]
SOUND = [
    (
        "MelSpectrogram",
        {
            "fft_length": 64,
            "sequence_stride": 20,
            "sequence_length": 50,
            "num_mel_bins": 12,
            "min_freq": 300.0,
        },
        ("b", 300),
        "normal",
    ),
    (
        "MelSpectrogram",
        {
            "fft_length": 64,
            "window": "hamming",
            "power_to_db": False,
            "mag_exp": 1.5,
            "num_mel_bins": 8,
            "min_freq": 300.0,
        },
        ("b", 200),
        "normal",
    ),
    *(
        (
            "STFTSpectrogram",
            {"mode": mode, "frame_length": 30, "frame_step": 12},
            ("b", 90, 2),
            "normal",
        )
        for mode in ("log", "magnitude", "psd", "real", "imag", "stft")
    ),
    (
        "STFTSpectrogram",
        {
            "mode": "psd",
            "frame_length": 16,
            "expand_dims": True,
            "scaling": "spectrum",
            "padding": "same",
            "periodic": True,
        },
        ("b", 60, 2),
        "normal",
    ),
    (
        "STFTSpectrogram",
        {"frame_length": 16, "expand_dims": True, "window": None, **FIRST},
        ("b", 2, 60),
        "normal",
    ),
]
TIED = [
    (
        "ReversibleEmbedding",
        {"input_dim": 5, "output_dim": 3, "logit_soft_cap": 3.0},
        ("b", None),
        "ids",
    ),
    (
        "ReversibleEmbedding",
        {"input_dim": 6, "output_dim": 2, "tie_weights": False, "mask_zero": True},
        ("b", None),
        "ids",
    ),
]
WRAPPERS = [
    ("TimeDistributed", {"layer": lambda layer: layer("Dense")(3)}, WAVES, "normal"),
    (
        "TimeDistributed",
        {"layer": lambda layer: layer("LayerNormalization")()},
        ("b", None, 3, 4),
        "normal",
    ),
    ("Masking", {"mask_value": 0.5}, WAVES, "normal"),
    ("Identity", {}, WAVES, "normal"),
]
# Keras's stateless call leaves its penalty out: compared by a test of its own.
PENALTY = [("ActivityRegularization", {"l1": 0.1, "l2": 0.2}, WAVES, "normal")]
STEPS = ("b", 4, 3)
RECURRENT = [
    ("SimpleRNN", {"units": 3}, STEPS, "small"),
    ("SimpleRNN", {"units": 2, "activation": "relu", "unroll": True}, STEPS, "small"),
    ("LSTM", {"units": 3}, STEPS, "small"),
    (
        "LSTM",
        {
            "units": 2,
            "return_sequences": True,
            "unit_forget_bias": False,
            "kernel_regularizer": "l2",
            "recurrent_regularizer": "l1",
            "recurrent_activation": "hard_sigmoid",
        },
        STEPS,
        "small",
    ),
    ("LSTM", {"units": 2, "use_bias": False, "go_backwards": True}, STEPS, "small"),
    ("GRU", {"units": 3, "return_sequences": True}, STEPS, "small"),
    ("GRU", {"units": 3, "reset_after": False}, STEPS, "small"),
    (
        "GRU",
        {"units": 2, "go_backwards": True, "zero_output_for_mask": True},
        STEPS,
        "small",
    ),
    ("RNN", {"cell": lambda layer: layer("GRUCell")(3)}, STEPS, "small"),
    (
        "RNN",
        {
            "cell": lambda layer: [layer("LSTMCell")(3), layer("SimpleRNNCell")(2)],
            "return_sequences": True,
            "go_backwards": True,
        },
        STEPS,
        "small",
    ),
    (
        "Bidirectional",
        {"layer": lambda layer: layer("LSTM")(2, return_sequences=True)},
        STEPS,
        "small",
    ),
    (
        "Bidirectional",
        {"layer": lambda layer: layer("GRU")(2), "merge_mode": "mul"},
        STEPS,
        "small",
    ),
    (
        "Bidirectional",
        {
            "layer": lambda layer: layer("SimpleRNN")(2, return_sequences=True),
            "backward_layer": lambda layer: layer("GRU")(
                2, go_backwards=True, return_sequences=True
            ),
            "merge_mode": "ave",
        },
        STEPS,
        "small",
    ),
    (
        "TimeDistributed",
        {"layer": lambda layer: layer("LSTM")(2)},
        ("b", 2, 3, 2),
        "small",
    ),
]
FILMS = [
    (
        "ConvLSTM1D",
        {"filters": 2, "kernel_size": 3, "padding": "same", "return_sequences": True},
        ("b", 3, 5, 2),
        "small",
    ),
    (
        "ConvLSTM2D",
        {"filters": 2, "kernel_size": (2, 3), "strides": (2, 1)},
        ("b", 3, 5, 6, 2),
        "small",
    ),
    (
        "ConvLSTM2D",
        {"filters": 2, "kernel_size": 2, "return_sequences": True, **FIRST},
        ("b", 3, 2, 5, 6),
        "small",
    ),
    (
        "ConvLSTM3D",
        {"filters": 2, "kernel_size": 2, "use_bias": False, "go_backwards": True},
        ("b", 3, 4, 3, 5, 2),
        "small",
    ),
]
# Drawn at random in their own tests; here one row each, for the contracts.
CONV = [
    ("Conv1D", {"filters": 4, "kernel_size": 3, "padding": "causal"}, WAVES, "normal"),
    ("Conv2D", {"filters": 3, "kernel_size": 2, "groups": 1}, PICTURES, "normal"),
    ("Conv3D", {"filters": 2, "kernel_size": 2}, VOLUMES, "normal"),
    ("Conv1DTranspose", {"filters": 3, "kernel_size": 2}, WAVES, "normal"),
    (
        "Conv2DTranspose",
        {"filters": 3, "kernel_size": 3, "strides": 2, "padding": "same"},
        PICTURES,
        "normal",
    ),
    ("Conv3DTranspose", {"filters": 2, "kernel_size": 2}, VOLUMES, "normal"),
    ("DepthwiseConv1D", {"kernel_size": 2, "depth_multiplier": 2}, WAVES, "normal"),
    ("DepthwiseConv2D", {"kernel_size": 3, "padding": "same"}, PICTURES, "normal"),
    ("SeparableConv1D", {"filters": 3, "kernel_size": 2}, WAVES, "normal"),
    ("SeparableConv2D", {"filters": 3, "kernel_size": 2}, PICTURES, "normal"),
]
POOL = [
    ("MaxPooling1D", {"pool_size": 2}, WAVES, "normal"),
    ("MaxPooling2D", {"pool_size": 3, "strides": 2}, PICTURES, "normal"),
    ("MaxPooling3D", {"padding": "same"}, VOLUMES, "normal"),
    ("AveragePooling1D", {"pool_size": 2, "padding": "same"}, WAVES, "normal"),
    ("AveragePooling2D", {"pool_size": 2}, PICTURES, "normal"),
    ("AveragePooling3D", {"pool_size": 3, "strides": 1}, VOLUMES, "normal"),
    ("GlobalMaxPooling1D", {}, WAVES, "normal"),
    ("GlobalMaxPooling2D", {"keepdims": True}, PICTURES, "normal"),
    ("GlobalMaxPooling3D", {}, VOLUMES, "normal"),
    ("GlobalAveragePooling1D", {}, WAVES, "normal"),
    ("GlobalAveragePooling2D", {}, PICTURES, "normal"),
    ("GlobalAveragePooling3D", {"keepdims": True}, VOLUMES, "normal"),
]
# Layers of several inputs: (name, config, shapes).
MERGE = [
    ("Add", {}, [(2, 3), (2, 3), (2, 3)]),
    ("Add", {}, [(2, 4, 3), (2, 3)]),
    ("Subtract", {}, [(2, 4, 1), (2, 4, 3)]),
    ("Multiply", {}, [(2, 3), (2, 1)]),
    ("Average", {}, [(2, 3), (2, 3), (2, 3)]),
    ("Maximum", {}, [(2, 3), (2, 3), (2, 3)]),
    ("Minimum", {}, [(2, 5, 3), (2, 5, 3)]),
    ("Concatenate", {}, [(2, 3), (2, 4)]),
    ("Concatenate", {"axis": 1}, [(2, 3, 2), (2, 4, 2)]),
    ("Concatenate", {"axis": -2}, [(2, 3, 2), (2, 1, 2), (2, 2, 2)]),
    ("Dot", {"axes": 1}, [(2, 3), (2, 3)]),
    ("Dot", {"axes": -1, "normalize": True}, [(2, 3), (2, 3)]),
    ("Dot", {"axes": (2, 1)}, [(2, 4, 3), (2, 3, 5)]),
    ("Dot", {"axes": (1, 2)}, [(2, 3, 5), (2, 6, 3)]),
    ("Dot", {"axes": 1, "normalize": True}, [(2, 3), (2, 3, 4)]),
    ("Dot", {"axes": (3, 1)}, [(2, 4, 5, 3), (2, 3, 2)]),
]
# Classes that no table can describe, with tests of their own: a function as argument,
# an input that computes nothing, a base.
ELSEWHERE = {"Lambda", "InputLayer", "Wrapper"}
# Layers of Keras 1 and 2 that Keras 3 dropped, compared with NumPy by hand.
OLD = [
    ("SReLU", {}, ("b", 3, 4), "normal"),
    ("SReLU", {"shared_axes": [1, 2]}, PICTURES, "normal"),
    ("ParametricSoftplus", {"alpha_init": 0.5}, ("b", 3, 4), "normal"),
    ("ThresholdedReLU", {"theta": 0.5}, WAVES, "normal"),
    ("Highway", {"activation": "tanh"}, ("b", 3), "normal"),
    ("MaxoutDense", {"output_dim": 3, "nb_feature": 2}, ("b", 3), "normal"),
    ("LocallyConnected1D", {"filters": 2, "kernel_size": 2}, ("b", 5, 2), "normal"),
    ("LocallyConnected2D", {"filters": 2, "kernel_size": 2}, ("b", 4, 3, 2), "normal"),
]
# One step at a time, in test_recurrent.py.
ELSEWHERE |= {"SimpleRNNCell", "LSTMCell", "GRUCell", "StackedRNNCells"}
# Of texts, in tests/unit/layers/preprocessing.
ELSEWHERE |= {"TextVectorization", "StringLookup", "IntegerLookup"}
ELSEWHERE |= {"Hashing", "HashedCrossing", "CategoryCrossing"}
ELSEWHERE |= {"JaxLayer", "FlaxLayer", "Pipeline", "MaxNumBoundingBoxes"}
ALL = [
    *CONV,
    *POOL,
    *DENSE,
    *ACTIVATION,
    *DROPOUT,
    *EMBEDDING,
    *SHAPE,
    *NORM,
    *PREPROCESSING,
    *AUGMENT,
    *ON_PICTURES,
    *CONTRAST,
    *ADAPTIVE,
    *SOUND,
    *TIED,
    *WRAPPERS,
    *PENALTY,
    *RECURRENT,
    *FILMS,
]


def label(case):
    """A test's name for a case."""
    name, config, *_ = case
    shown = "-".join(f"{k}={v}" for k, v in config.items() if not callable(v))
    return f"{name}-{shown}" if shown else name
