"""Models as estimators of scikit-learn, under the names of Keras 2 and Keras 3.

scikit-learn is imported when one of them is first asked for; it need not be installed
for the rest of nbkeras.
"""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core.names import legacy_names

_CLASSIFIERS = {"KerasClassifier": "build_fn", "SKLearnClassifier": "model"}
_REGRESSORS = {"KerasRegressor": "build_fn", "SKLearnRegressor": "model"}
_TRANSFORMERS = {"SKLearnTransformer": "model"}
_FIT = ("batch_size", "epochs", "verbose", "callbacks", "class_weight", "shuffle")
_PREDICT = ("batch_size", "verbose")


class _Wrapped:
    """What classifiers and regressors share: the model is made anew for each fit."""

    def __init__(
        self, build_fn: Callable[..., Any] | None = None, **settings: Any
    ) -> None:
        self.build_fn = build_fn
        self.settings = settings

    def get_params(self, deep: bool = True):
        """The function that makes the model, and the settings for it and for fit."""
        return {"build_fn": self.build_fn, **self.settings}

    def set_params(self, **params: Any):
        """Change some of them."""
        self.build_fn = params.pop("build_fn", self.build_fn)
        self.settings.update(params)
        return self

    def fit(self, x: ArrayLike, y: ArrayLike, **options: Any):
        """Make a model and train it."""
        self.model_ = self._made()
        fit_settings = {k: v for k, v in self.settings.items() if k in _FIT}
        y = self._targets(np.asarray(y))
        self.history_ = self.model_.fit(np.asarray(x), y, **{**fit_settings, **options})
        return self

    def _made(self):
        if not callable(self.build_fn):
            raise ValueError(
                f"{type(self).__name__}(build_fn={self.build_fn!r}): build_fn must be "
                "a function that returns a compiled model. Write for example "
                f"{type(self).__name__}(build_fn=make_model, epochs=10)."
            )
        taken = inspect.signature(self.build_fn).parameters
        for name in self.settings:
            if name not in taken and name not in _FIT:
                raise ValueError(
                    f"{type(self).__name__}({name}=...): neither build_fn nor fit has "
                    f"an argument {name!r}. build_fn takes: {', '.join(taken) or '-'}."
                )
        return self.build_fn(**{k: v for k, v in self.settings.items() if k in taken})

    def _outputs(self, x, options):
        predict_settings = {k: v for k, v in self.settings.items() if k in _PREDICT}
        return self.model_.predict(
            np.asarray(x), **{"verbose": 0, **predict_settings, **options}
        )


class _Classifying(_Wrapped):
    """Classes may be of any kind; the model sees their numbers, or one-hot rows."""

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

    def predict_proba(self, x: ArrayLike, **options: Any):
        """The probability of each class, (rows, classes)."""
        p = self._outputs(x, options)
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def predict(self, x: ArrayLike, **options: Any):
        """The most probable class of each row."""
        return self.classes_[np.argmax(self.predict_proba(x, **options), axis=1)]


class _Regressing(_Wrapped):
    def _targets(self, y):
        return y

    def predict(self, x: ArrayLike, **options: Any):
        """The value of each row."""
        return np.squeeze(self._outputs(x, options), axis=-1)


class _Transforming(_Wrapped):
    def fit(self, x, y=None, **options):
        """Make a model and train it; without `y` to give x back."""
        return super().fit(x, x if y is None else y, **options)

    def _targets(self, y):
        return y

    def transform(self, x, **options):
        """What the model gives for each row, (rows, outputs)."""
        return self._outputs(x, options)


@functools.cache
def _estimator(name):
    """The class called `name`, over the bases of scikit-learn."""
    base = importlib.import_module("sklearn.base")
    kind, mixin, what = _Regressing, base.RegressorMixin, "regressor"
    if name in _CLASSIFIERS:
        kind, mixin, what = _Classifying, base.ClassifierMixin, "classifier"
    elif name in _TRANSFORMERS:
        kind, mixin, what = _Transforming, base.TransformerMixin, "transformer"
    first = {**_CLASSIFIERS, **_REGRESSORS, **_TRANSFORMERS}[name]

    def init(self, *args, **settings):
        if first in settings:
            args = (settings.pop(first), *args)
        if "nb_epoch" in settings:
            settings["epochs"] = settings.pop("nb_epoch")
        kind.__init__(self, *args, **settings)

    doc = f"A model as a {what} of scikit-learn."
    members = {"__init__": init, "__doc__": doc, "__module__": __name__}
    return type(name, (kind, mixin, base.BaseEstimator), members)


def __getattr__(name):
    if name in {**_CLASSIFIERS, **_REGRESSORS, **_TRANSFORMERS}:
        return _estimator(name)
    return legacy_names.attribute(__name__, name)
