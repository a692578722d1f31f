"""Models as scikit-learn estimators, with the names of Keras 3 and Keras 2.

scikit-learn is imported on first use; the rest of nbkeras does not need it.
"""

import importlib
from typing import TYPE_CHECKING, Any

from nbkeras.core.names import legacy_names

if TYPE_CHECKING:
    from nbkeras.wrappers.estimators import (
        SKLearnClassifier,
        SKLearnRegressor,
        SKLearnTransformer,
    )
    from nbkeras.wrappers.keras2_estimators import KerasClassifier, KerasRegressor

__all__ = [
    "KerasClassifier",
    "KerasRegressor",
    "SKLearnClassifier",
    "SKLearnRegressor",
    "SKLearnTransformer",
]


def __getattr__(name: str) -> Any:
    if name in __all__ and name.startswith("SKLearn"):
        return getattr(importlib.import_module("nbkeras.wrappers.estimators"), name)
    if name in __all__:
        keras2 = importlib.import_module("nbkeras.wrappers.keras2_estimators")
        return getattr(keras2, name)
    return legacy_names.attribute(__name__, name)
