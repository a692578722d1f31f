"""Metrics with the names of Keras 3."""

from __future__ import annotations

import inspect
from typing import Any

from nbkeras.core.annotations import CustomObjects, Identifier, Shape
from nbkeras.core.names.naming import snake_case
from nbkeras.core.serialization.configurable import to_config
from nbkeras.losses.classification import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    hinge,
    sparse_categorical_crossentropy,
    squared_hinge,
)
from nbkeras.losses.regression import (
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
)
from nbkeras.metrics.accuracy import (
    Accuracy,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
    binary_accuracy,
    categorical_accuracy,
    form_from_shapes,
    sparse_categorical_accuracy,
    sparse_top_k_categorical_accuracy,
    top_k_categorical_accuracy,
)
from nbkeras.metrics.base import (
    Metric,
)
from nbkeras.metrics.iou import (
    BinaryIoU,
    IoU,
    MeanIoU,
    OneHotIoU,
    OneHotMeanIoU,
)
from nbkeras.metrics.loss_metrics import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanRelativeError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from nbkeras.metrics.mean import (
    Mean,
    MeanMetricWrapper,
    Sum,
)
from nbkeras.metrics.precision_recall import (
    FalseNegatives,
    FalsePositives,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from nbkeras.metrics.registry import registry
from nbkeras.metrics.regression import (
    ConcordanceCorrelation,
    F1Score,
    FBetaScore,
    PearsonCorrelation,
    R2Score,
    concordance_correlation,
    pearson_correlation,
)
from nbkeras.metrics.threshold_curves import (
    AUC,
    PrecisionAtRecall,
    RecallAtPrecision,
    SensitivityAtSpecificity,
    SpecificityAtSensitivity,
)

# Aliases of Keras for the same functions.
BCE = binary_crossentropy
KLD = kl_divergence
MAE = mean_absolute_error
MAPE = mean_absolute_percentage_error
MSE = mean_squared_error
MSLE = mean_squared_logarithmic_error
bce = binary_crossentropy
cce = categorical_crossentropy
huber_loss = huber
kld = kl_divergence
kullback_leibler_divergence = kl_divergence
logcosh = log_cosh
mae = mean_absolute_error
mape = mean_absolute_percentage_error
mse = mean_squared_error
msle = mean_squared_logarithmic_error
scce = sparse_categorical_crossentropy
# Classes are also registered in snake case: metrics=["precision", "auc"].
for _name in registry.names():
    registry.add_alias(snake_case(_name), _name)

# Names that are resolved by the shapes of targets and outputs.
FROM_SHAPES = ("accuracy", "acc", "crossentropy", "ce")
_FORMS = {
    "accuracy": {
        "binary": BinaryAccuracy,
        "sparse": SparseCategoricalAccuracy,
        "categorical": CategoricalAccuracy,
    },
    "crossentropy": {
        "binary": BinaryCrossentropy,
        "sparse": SparseCategoricalCrossentropy,
        "categorical": CategoricalCrossentropy,
    },
}


def get(
    identifier: Identifier | None, custom_objects: CustomObjects | None = None
) -> Any:
    """Look up a metric by name, config, class, function or instance."""
    if isinstance(identifier, str) and identifier not in registry:
        raise registry.unknown(identifier, FROM_SHAPES)
    return registry.get(identifier, custom_objects)


def resolve(
    identifier: Identifier | None, y_shape: Shape, y_dtype: Any, pred_shape: Shape
) -> Metric:
    """Create a Metric for one entry of `compile(metrics=...)`.

    Args:
        identifier: name, function, class or instance; "accuracy" and "crossentropy"
            become binary, sparse or categorical by the shapes, as in Keras.
        y_shape: shape of the targets, with the batch axis.
        y_dtype: dtype of the targets, a string.
        pred_shape: shape of the outputs.

    Raises:
        ValueError: `identifier` is not a metric.
    """
    if identifier in FROM_SHAPES if isinstance(identifier, str) else False:
        kind = "accuracy" if identifier.startswith("acc") else "crossentropy"
        form = form_from_shapes(y_shape, y_dtype, pred_shape)
        return _FORMS[kind][form](name=identifier)
    metric = get(identifier)
    if isinstance(metric, Metric) and isinstance(identifier, str):
        # As in Keras 3: "AUC" is "AUC" in the history, and AUC() is "auc".
        return type(metric)(name=identifier)
    if isinstance(metric, Metric):
        return metric
    if inspect.isfunction(metric) or callable(metric):
        name = identifier if isinstance(identifier, str) else None
        return MeanMetricWrapper(metric, name=name)
    raise ValueError(
        f"{identifier!r} is not a metric. Give a name such as 'accuracy', a function "
        "(y_true, y_pred), or an instance of nbkeras.metrics.Metric."
    )


def unique_names(metrics: Any) -> list[str]:
    """Names for the logs, made unique: a second "auc" becomes "auc_1"."""
    names, count = [], {}
    for metric in metrics:
        name = metric.name
        if name in count:
            count[name] += 1
            name = f"{name}_{count[name]}"
        else:
            count[name] = 0
        names.append(name)
    return names


def serialize(metric: Any) -> Any:
    """The config from which `deserialize` rebuilds the metric."""
    return to_config(metric)


def deserialize(config: Any, custom_objects: CustomObjects | None = None) -> Any:
    """Rebuild a metric from the config of `serialize`."""
    return get(config, custom_objects)


__all__ = [
    "AUC",
    "BCE",
    "FROM_SHAPES",
    "KLD",
    "MAE",
    "MAPE",
    "MSE",
    "MSLE",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "ConcordanceCorrelation",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanRelativeError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "PearsonCorrelation",
    "Poisson",
    "Precision",
    "PrecisionAtRecall",
    "R2Score",
    "Recall",
    "RecallAtPrecision",
    "RootMeanSquaredError",
    "SensitivityAtSpecificity",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SpecificityAtSensitivity",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "bce",
    "binary_accuracy",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_accuracy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "cce",
    "concordance_correlation",
    "deserialize",
    "get",
    "hinge",
    "huber",
    "huber_loss",
    "kl_divergence",
    "kld",
    "kullback_leibler_divergence",
    "log_cosh",
    "logcosh",
    "mae",
    "mape",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "mse",
    "msle",
    "pearson_correlation",
    "poisson",
    "resolve",
    "scce",
    "serialize",
    "sparse_categorical_accuracy",
    "sparse_categorical_crossentropy",
    "sparse_top_k_categorical_accuracy",
    "squared_hinge",
    "top_k_categorical_accuracy",
    "unique_names",
]
