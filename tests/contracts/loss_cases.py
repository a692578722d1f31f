"""One row or more for each loss: (name, settings, targets, outputs)."""

import numpy as np

RNG = np.random.default_rng(7)
ONE_HOT = np.eye(5, dtype="float32")[RNG.integers(0, 5, 6)]
NUMBERS = RNG.integers(0, 5, 6)
BITS = RNG.integers(0, 2, (6, 5)).astype("float32")
REAL = RNG.random((6, 5)).astype("float32")
POSITIVE = (RNG.random((6, 5)) * 0.98 + 0.01).astype("float32")
LOGITS = RNG.normal(0, 2, (6, 5)).astype("float32")
WEIGHTS = RNG.random(6).astype("float32")
FRAMES = RNG.normal(size=(3, 7, 4)).astype("float32")
LABELS = np.array([[1, 2, 0], [3, 1, 2], [2, 0, 0]])
UNIT = LOGITS / np.linalg.norm(LOGITS, axis=-1, keepdims=True)
PROBABILITIES = POSITIVE / POSITIVE.sum(-1, keepdims=True)

# Name, settings, targets, outputs: one row or more for each class.
CASES = [
    ("MeanSquaredError", {}, REAL, LOGITS),
    ("MeanAbsoluteError", {}, REAL, LOGITS),
    ("MeanAbsolutePercentageError", {}, REAL, LOGITS),
    ("MeanAbsolutePercentageError", {}, BITS, LOGITS),
    ("MeanSquaredLogarithmicError", {}, REAL, POSITIVE),
    ("MeanSquaredLogarithmicError", {}, LOGITS, LOGITS + 0.5),
    ("Huber", {}, REAL, LOGITS),
    ("Huber", {"delta": 0.3}, REAL, LOGITS),
    ("LogCosh", {}, REAL, LOGITS * 20),
    ("CosineSimilarity", {}, REAL, LOGITS),
    ("CosineSimilarity", {"axis": 0}, REAL, LOGITS),
    ("Poisson", {}, REAL, POSITIVE),
    ("KLDivergence", {}, PROBABILITIES, POSITIVE),
    ("BinaryCrossentropy", {}, BITS, POSITIVE),
    ("BinaryCrossentropy", {"from_logits": True}, BITS, LOGITS * 30),
    ("BinaryCrossentropy", {"label_smoothing": 0.2}, BITS, POSITIVE),
    ("BinaryFocalCrossentropy", {}, BITS, POSITIVE),
    (
        "BinaryFocalCrossentropy",
        {"apply_class_balancing": True, "from_logits": True, "gamma": 1.5},
        BITS,
        LOGITS,
    ),
    ("BinaryFocalCrossentropy", {"label_smoothing": 0.1}, BITS, POSITIVE),
    ("CategoricalCrossentropy", {}, ONE_HOT, POSITIVE),
    ("CategoricalCrossentropy", {"from_logits": True}, ONE_HOT, LOGITS),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, ONE_HOT, POSITIVE),
    ("CategoricalFocalCrossentropy", {}, ONE_HOT, POSITIVE),
    (
        "CategoricalFocalCrossentropy",
        {"alpha": 0.5, "gamma": 3.0, "from_logits": True, "label_smoothing": 0.1},
        ONE_HOT,
        LOGITS,
    ),
    ("SparseCategoricalCrossentropy", {}, NUMBERS, POSITIVE),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, NUMBERS, LOGITS),
    ("SparseCategoricalCrossentropy", {}, NUMBERS[:, None], POSITIVE),
    ("SparseCategoricalCrossentropy", {"ignore_class": 2}, NUMBERS, POSITIVE),
    ("SparseCategoricalCrossentropy", {"ignore_class": -1}, NUMBERS - 1, POSITIVE),
    ("Hinge", {}, BITS, LOGITS),
    ("Hinge", {}, BITS * 2 - 1, LOGITS),
    ("SquaredHinge", {}, BITS, LOGITS),
    ("CategoricalHinge", {}, ONE_HOT, LOGITS),
    ("CategoricalGeneralizedCrossEntropy", {}, NUMBERS, PROBABILITIES),
    ("CategoricalGeneralizedCrossEntropy", {"q": 0.8}, NUMBERS, PROBABILITIES),
    ("Dice", {}, BITS, POSITIVE),
    ("Dice", {"axis": -1}, BITS, POSITIVE),
    ("Tversky", {}, BITS, POSITIVE),
    ("Tversky", {"alpha": 0.3, "beta": 0.9}, BITS, POSITIVE),
    ("Circle", {}, NUMBERS % 3, UNIT),
    ("Circle", {"gamma": 10.0, "margin": 0.2}, NUMBERS % 3, UNIT),
    ("Circle", {"remove_diagonal": False, "gamma": 5.0}, NUMBERS % 3, UNIT),
    ("CTC", {}, LABELS, FRAMES),
]
# Of no use to Keras: worked out by hand below.
# Keras 3 has none of these; the tests work them out by hand.
BY_HAND = {"Pinball"}
