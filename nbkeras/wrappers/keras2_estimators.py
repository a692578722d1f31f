"""KerasClassifier and KerasRegressor, as in Keras 2."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin

_FIT = ("batch_size", "epochs", "verbose", "callbacks", "class_weight", "shuffle")
_PREDICT = ("batch_size", "verbose")


class _Keras2Estimator:
    """Base class of the estimators; each fit trains a new model."""

    def __init__(
        self, build_fn: Callable[..., Any] | None = None, **settings: Any
    ) -> None:
        if "nb_epoch" in settings:
            settings["epochs"] = settings.pop("nb_epoch")
        self.build_fn = build_fn
        self.settings = settings

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The function `build_fn`, its arguments, and those of `fit`."""
        return {"build_fn": self.build_fn, **self.settings}

    def set_params(self, **params: Any) -> Self:
        """Set parameters and return self."""
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.settings.update(params)
        return self

    def fit(self, x: ArrayLike, y: ArrayLike, **options: Any) -> Self:
        """Create a model and train it; `options` are arguments of `model.fit`.

        Raises:
            ValueError: `build_fn` is not a function, or lacks an argument.
        """
        self.model_ = self._new_model()
        fit_settings = {k: v for k, v in self.settings.items() if k in _FIT}
        y = self._targets(np.asarray(y))
        self.history_ = self.model_.fit(np.asarray(x), y, **{**fit_settings, **options})
        return self

    @property
    def model(self) -> Any:
        """The model of the last fit, under its name in Keras 2."""
        return self.model_

    def _new_model(self):
        if not callable(self.build_fn):
            raise ValueError(
                f"{type(self).__name__}(build_fn={self.build_fn!r}): build_fn must be "
                "a function that returns a compiled model. Write for example "
                f"{type(self).__name__}(build_fn=make_model, epochs=10)."
            )
        parameters = inspect.signature(self.build_fn).parameters
        for name in self.settings:
            if name not in parameters and name not in _FIT:
                raise ValueError(
                    f"{type(self).__name__}({name}=...): neither build_fn nor fit has "
                    f"an argument {name!r}. build_fn takes: "
                    f"{', '.join(parameters) or '-'}."
                )
        return self.build_fn(
            **{k: v for k, v in self.settings.items() if k in parameters}
        )

    def _outputs(self, x, options):
        predict_settings = {k: v for k, v in self.settings.items() if k in _PREDICT}
        return self.model_.predict(
            np.asarray(x), **{"verbose": 0, **predict_settings, **options}
        )


class KerasClassifier(_Keras2Estimator, ClassifierMixin, BaseEstimator):
    """Wrap a model as a scikit-learn classifier.

    Labels may be of any type; the model is trained on class indices, or on one-hot
    vectors if its loss is the categorical crossentropy.
    """

    def _targets(self, y):
        if y.ndim == 2 and y.shape[1] > 1:
            self.classes_ = np.arange(y.shape[1])
            return y
        self.classes_, numbers = np.unique(np.ravel(y), return_inverse=True)
        loss = self.model_.loss
        name = loss if isinstance(loss, str) else getattr(loss, "name", None)
        if str(name or getattr(loss, "__name__", "")).lower() in (
            "categorical_crossentropy",
            "categoricalcrossentropy",
        ):
            return np.eye(len(self.classes_), dtype="float32")[numbers]
        return numbers

    def score(
        self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None
    ) -> float:
        """The accuracy; `y` as it was given to `fit`, labels or one-hot vectors."""
        labels: Any = np.asarray(y)
        if labels.ndim == 2 and labels.shape[1] > 1:
            labels = np.argmax(labels, axis=1)
        return float(super().score(X, labels, sample_weight))

    def predict_proba(self, x: ArrayLike, **options: Any) -> np.ndarray:
        """The probability of each class, (rows, classes)."""
        p = self._outputs(x, options)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def predict(self, x: ArrayLike, **options: Any) -> np.ndarray:
        """The most probable class of each row."""
        return self.classes_[np.argmax(self.predict_proba(x, **options), axis=1)]


class KerasRegressor(_Keras2Estimator, RegressorMixin, BaseEstimator):
    """Wrap a model as a scikit-learn regressor."""

    def _targets(self, y):
        return y

    def predict(self, x: ArrayLike, **options: Any) -> np.ndarray:
        """The predictions for `x`, (rows,)."""
        return np.squeeze(self._outputs(x, options), axis=-1)
