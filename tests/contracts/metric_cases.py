"""One row or more for each metric: (name, settings, kind of targets and outputs)."""

import numpy as np


def _one_hot(numbers, classes=5):
    return np.eye(classes, dtype="float32")[numbers]


def batch(kind, rows, seed=0):
    """Targets and outputs of a kind, `rows` examples."""
    rng = np.random.default_rng([seed, rows])
    unit = (rng.random((rows, 5)) * 0.98 + 0.01).astype("float32")
    chances = unit / unit.sum(-1, keepdims=True)
    numbers = rng.integers(0, 5, rows)
    normal = rng.normal(0, 2, (rows, 5)).astype("float32")
    maps = rng.integers(0, 5, (2, rows, 3))
    return {
        "numbers": (rng.normal(size=(rows, 5)).astype("float32"), normal),
        "column": (normal[:, :1], unit[:, :1]),
        "flat": (normal[:, 0], unit[:, :1]),
        "positive": (unit, unit[::-1] + 0.3),
        "bits": ((unit > 0.6).astype("float32"), rng.random((rows, 5), "float32")),
        "bit": (rng.integers(0, 2, rows), rng.random(rows, "float32")),
        "logits": ((unit > 0.6).astype("float32"), normal),
        "chances": (chances, unit),
        "one_hot": (_one_hot(numbers), chances),
        "classes": (numbers, chances),
        "class_column": (numbers[:, None], chances),
        "words": (maps[0], rng.random((rows, 3, 5), "float32")),
        "ties": (_one_hot(numbers), np.round(chances * 4) / 4),
        "labels": (numbers, rng.integers(0, 5, rows)),
        "best_first": (numbers, np.argsort(-normal, -1).astype("int32")),
        "maps": (maps[0], maps[1]),
        "strays": (maps[0], maps[1] - 1),
        "hot_maps": (_one_hot(maps[0]), rng.random((rows, 3, 5), "float32")),
        "values": (normal, None),
        "value_list": (normal[:, 0], None),
    }[kind]


_AT = [
    ("PrecisionAtRecall", {"recall": 0.6}, "bit"),
    ("RecallAtPrecision", {"precision": 0.6, "num_thresholds": 11}, "bits"),
    ("SensitivityAtSpecificity", {"specificity": 0.5}, "bit"),
    ("SpecificityAtSensitivity", {"sensitivity": 0.5, "class_id": 1}, "bits"),
]
_COUNTS = [
    ("TruePositives", {}, "bits"),
    ("TrueNegatives", {"thresholds": 0.3}, "bits"),
    ("FalsePositives", {"thresholds": [0.2, 0.7]}, "bits"),
    ("FalseNegatives", {}, "bit"),
    ("Precision", {}, "bits"),
    ("Precision", {"thresholds": [0.7, 0.2]}, "bit"),
    ("Precision", {"top_k": 2}, "ties"),
    ("Precision", {"top_k": 3, "class_id": 1}, "bits"),
    ("Recall", {}, "bits"),
    ("Recall", {"class_id": 2, "thresholds": 0.4}, "bits"),
    ("Recall", {"top_k": 1}, "one_hot"),
]
_AREAS = [
    ("AUC", {}, "bit"),
    ("AUC", {"curve": "PR"}, "bits"),
    ("AUC", {"curve": "PR", "summation_method": "majoring"}, "bit"),
    ("AUC", {"curve": "PRGAIN", "num_thresholds": 20}, "bits"),
    ("AUC", {"summation_method": "minoring", "thresholds": [0.2, 0.3, 0.9]}, "bit"),
    ("AUC", {"from_logits": True, "label_weights": [1.0, 0.5, 0.0, 2.0, 1]}, "logits"),
    ("AUC", {"multi_label": True, "num_labels": 5}, "bits"),
    (
        "AUC",
        {
            "multi_label": True,
            "num_labels": 5,
            "curve": "PR",
            "label_weights": [1.0, 0.5, 0.0, 2.0, 1.0],
        },
        "bits",
    ),
]
_ACCURACY = [
    ("Accuracy", {}, "labels"),
    ("BinaryAccuracy", {}, "bits"),
    ("BinaryAccuracy", {"threshold": 0.3}, "bit"),
    ("CategoricalAccuracy", {}, "one_hot"),
    ("CategoricalAccuracy", {}, "hot_maps"),
    ("CategoricalAccuracy", {}, "ties"),
    ("SparseCategoricalAccuracy", {}, "classes"),
    ("SparseCategoricalAccuracy", {}, "class_column"),
    ("SparseCategoricalAccuracy", {}, "words"),
    ("TopKCategoricalAccuracy", {"k": 2}, "one_hot"),
    ("TopKCategoricalAccuracy", {"k": 2}, "ties"),
    ("TopKCategoricalAccuracy", {}, "hot_maps"),
    ("SparseTopKCategoricalAccuracy", {"k": 3}, "classes"),
    ("SparseTopKCategoricalAccuracy", {"k": 2}, "words"),
    (
        "SparseTopKCategoricalAccuracy",
        {"k": 2, "from_sorted_ids": True},
        "best_first",
    ),
]
_LOSSES = [
    ("BinaryCrossentropy", {}, "bits"),
    ("BinaryCrossentropy", {"from_logits": True, "label_smoothing": 0.1}, "logits"),
    ("CategoricalCrossentropy", {}, "one_hot"),
    ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "hot_maps"),
    ("SparseCategoricalCrossentropy", {}, "classes"),
    ("SparseCategoricalCrossentropy", {"from_logits": True}, "words"),
    ("KLDivergence", {}, "chances"),
    ("Poisson", {}, "positive"),
    ("Hinge", {}, "numbers"),
    ("SquaredHinge", {}, "numbers"),
    ("CategoricalHinge", {}, "one_hot"),
    ("LogCoshError", {}, "numbers"),
    ("MeanSquaredError", {}, "numbers"),
    ("MeanSquaredError", {}, "flat"),
    ("MeanAbsoluteError", {}, "column"),
    ("MeanAbsolutePercentageError", {}, "positive"),
    ("MeanSquaredLogarithmicError", {}, "positive"),
    ("RootMeanSquaredError", {}, "numbers"),
    ("RootMeanSquaredError", {}, "flat"),
    ("CosineSimilarity", {}, "numbers"),
    ("PearsonCorrelation", {}, "numbers"),
    ("ConcordanceCorrelation", {}, "positive"),
]
_SCORES = [
    ("R2Score", {}, "numbers"),
    ("R2Score", {"class_aggregation": None, "num_regressors": 2}, "numbers"),
    ("R2Score", {"class_aggregation": "variance_weighted_average"}, "numbers"),
    ("F1Score", {}, "one_hot"),
    ("F1Score", {"average": "macro", "threshold": 0.4}, "bits"),
    ("F1Score", {"average": "weighted"}, "one_hot"),
    ("FBetaScore", {"beta": 2.0, "average": "micro", "threshold": 0.5}, "bits"),
    ("FBetaScore", {"beta": 0.5}, "ties"),
    ("IoU", {"num_classes": 5, "target_class_ids": [0, 3]}, "labels"),
    ("IoU", {"num_classes": 5, "target_class_ids": [1, 2]}, "strays"),
    ("MeanIoU", {"num_classes": 5, "ignore_class": 2}, "labels"),
    ("MeanIoU", {"num_classes": 5, "sparse_y_pred": False}, "words"),
    ("BinaryIoU", {}, "bit"),
    ("BinaryIoU", {"target_class_ids": [1], "threshold": 0.3}, "bit"),
    ("OneHotIoU", {"num_classes": 5, "target_class_ids": [1]}, "one_hot"),
    ("OneHotMeanIoU", {"num_classes": 5}, "hot_maps"),
    ("Mean", {}, "values"),
    ("Mean", {}, "value_list"),
    ("Sum", {}, "values"),
]
CASES = [*_AT, *_COUNTS, *_AREAS, *_ACCURACY, *_LOSSES, *_SCORES]
# Keras 3 has none of these; the tests work them out by hand.
BY_HAND = {"MeanRelativeError", "MeanMetricWrapper"}
