"""SKLearnClassifier, SKLearnRegressor and SKLearnTransformer, as in Keras 3."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    RegressorMixin,
    TransformerMixin,
)
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_is_fitted, validate_data

from nbkeras.models import Model, clone_model


class SKLearnEstimator(BaseEstimator):
    """Wrap a model as a scikit-learn estimator; each `fit` trains a new model.

    Args:
        model: a compiled model, which is cloned for each fit, or a function of `X`, `y`
            and `model_kwargs` that returns a compiled model.
        warm_start: whether a fit continues with the model of the previous one.
        model_kwargs: arguments of the function `model`.
        fit_kwargs: arguments of `model.fit`; arguments of `fit` override them.

    Attributes:
        model_: the fitted model.
        history_: the `History` of the fit.
    """

    many_outputs = False  # whether targets may have several columns

    def __init__(
        self,
        model: Model | Callable[..., Model],
        warm_start: bool = False,
        model_kwargs: Mapping[str, Any] | None = None,
        fit_kwargs: Mapping[str, Any] | None = None,
    ):
        self.model = model
        self.warm_start = warm_start
        self.model_kwargs = model_kwargs
        self.fit_kwargs = fit_kwargs

    def fit(self, X: ArrayLike, y: ArrayLike, **options: Any) -> Self:
        """Create a model and train it.

        Args:
            X: (rows, features).
            y: targets (rows,); (rows, outputs) for a transformer.
            options: additional arguments of `model.fit`.

        Raises:
            ValueError: scikit-learn does not accept the data.
            TypeError: scikit-learn does not accept the type of the data.
            RuntimeError: the model is not compiled.
        """
        X, y = validate_data(self, X, y, multi_output=self.many_outputs)
        y = self._encoded(y)
        model = self._model_for(X, y)
        if not model.compiled:
            raise RuntimeError(
                f"{type(self).__name__}.fit: the model is not compiled. Write "
                "model.compile(optimizer='adam', loss=...) where it is created."
            )
        self.history_ = model.fit(X, y, **{**(self.fit_kwargs or {}), **options})
        self.model_ = model
        return self

    def predict(self, X: ArrayLike) -> np.ndarray:
        """Predict targets for `X` (rows, features), in the shape of those in `fit`."""
        return self._decoded(self._outputs(X))

    def _outputs(self, X):
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        options = self.fit_kwargs or {}
        return self.model_.predict(X, verbose=options.get("verbose", 0))

    def _model_for(self, X, y):
        if self.warm_start and hasattr(self, "model_"):
            return self.model_
        if not isinstance(self.model, Model):
            return self.model(X=X, y=y, **(self.model_kwargs or {}))
        if self.warm_start:
            return self.model
        return clone_model(self.model)

    def _encoded(self, y):
        """Convert targets for the model, (rows, outputs)."""
        kind = type_of_target(y)
        if kind == "unknown":
            raise ValueError(f"Unknown label type for data: {y!r}")
        self._flat_targets = y.ndim == 1
        return y.reshape(-1, 1) if self._flat_targets else y

    def _decoded(self, outputs):
        """Convert outputs of the model to the shape of the targets."""
        if self._flat_targets and outputs.ndim == 2 and outputs.shape[1] == 1:
            return outputs[:, 0]
        return outputs

    def __sklearn_clone__(self) -> Self:
        is_function = not isinstance(self.model, Model)
        return type(self)(
            self.model if is_function else copy.deepcopy(self.model),
            self.warm_start,
            self.model_kwargs,
            self.fit_kwargs,
        )

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.non_deterministic = True
        return tags


class SKLearnClassifier(ClassifierMixin, SKLearnEstimator):
    """Wrap a model as a scikit-learn classifier, trained on one-hot targets.

    The arguments are those of `SKLearnEstimator`; the model has one output per class.

    Attributes:
        classes_: the classes, sorted.

    >>> from nbkeras import Input, Sequential, layers
    >>> def network(X, y):
    ...     last = layers.Dense(y.shape[1], "softmax")
    ...     model = Sequential([Input(X.shape[1:]), last])
    ...     model.compile("adam", "categorical_crossentropy")
    ...     return model
    >>> data = np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> classifier = SKLearnClassifier(network, fit_kwargs={"verbose": 0})
    >>> classifier.fit(data, ["a", "a", "b", "b"]).predict(data).shape
    (4,)
    """

    def decision_function(self, X: ArrayLike) -> np.ndarray:
        """The model's outputs, (rows, classes)."""
        return self._outputs(X)

    def predict_proba(self, X: ArrayLike) -> np.ndarray:
        """The model's outputs, (rows, classes): probabilities after a softmax."""
        return self._outputs(X)

    def _encoded(self, y):
        kind = type_of_target(y)
        if kind == "unknown":
            raise ValueError(f"Unknown label type for data: {y!r}")
        if kind not in ("binary", "multiclass"):
            raise ValueError(
                "Only binary and multiclass target types are supported. Target type: "
                f"{kind}. Write SKLearnRegressor for quantities."
            )
        self._flat_targets = y.ndim == 1
        self.classes_, numbers = np.unique(y.reshape(-1), return_inverse=True)
        if len(self.classes_) == 1:
            raise ValueError("Classifier can't train when only one class is present.")
        return np.eye(len(self.classes_), dtype=np.float32)[numbers]

    def _decoded(self, outputs):
        labels = self.classes_[np.argmax(outputs, axis=1)]
        return labels if self._flat_targets else labels.reshape(-1, 1)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.poor_score = True
        return tags


class SKLearnRegressor(RegressorMixin, SKLearnEstimator):
    """Wrap a model as a scikit-learn regressor.

    The arguments are those of `SKLearnEstimator`.
    """

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True
        return tags


class SKLearnTransformer(TransformerMixin, SKLearnEstimator):
    """Wrap a model as a scikit-learn transformer, for example to compute embeddings.

    The arguments are those of `SKLearnEstimator`.
    """

    many_outputs = True

    def fit(self, X: ArrayLike, y: Any = None, **options: Any) -> Self:
        """Create a model and train it; without `y` it learns to reconstruct `X`."""
        return super().fit(X, X if y is None else y, **options)

    def transform(self, X: ArrayLike) -> np.ndarray:
        """The outputs of the model for `X`, (rows, outputs)."""
        return self._outputs(X)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
