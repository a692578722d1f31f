"""Rows for what begins, bounds and penalises weights: {name: settings}."""

# Initializers that draw; compared with Keras in distribution.
RANDOM = {
    "RandomNormal": {"mean": 0.3, "stddev": 0.2},
    "RandomUniform": {"minval": -0.2, "maxval": 0.7},
    "TruncatedNormal": {"mean": 0.1, "stddev": 0.05},
    "VarianceScaling": {"scale": 3.0, "mode": "fan_out"},
    "GlorotUniform": {},
    "GlorotNormal": {},
    "LecunUniform": {},
    "LecunNormal": {},
    "HeUniform": {},
    "HeNormal": {},
}
# Initializers with a test of their own beside the draws.
FIXED = {"Zeros", "Ones", "Constant", "Identity", "Orthogonal", "STFT"}
CONSTRAINTS = {
    "MaxNorm": [{}, {"max_value": 1.0, "axis": 1}, {"max_value": 0.5, "axis": (0, 1)}],
    "NonNeg": [{}],
    "UnitNorm": [{}, {"axis": 1}],
    "MinMaxNorm": [{}, {"min_value": 0.5, "max_value": 2.0, "rate": 0.3, "axis": 1}],
}
REGULARIZERS = {
    "L1": [{}, {"l1": 0.3}],
    "L2": [{}, {"l2": 0.3}],
    "L1L2": [{}, {"l1": 0.1, "l2": 0.2}, {"l2": 0.2}],
    "OrthogonalRegularizer": [{}, {"factor": 0.5, "mode": "columns"}],
}
