"""A student's answers, with the data that they are judged on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Data:
    """The data of one student.

    Args:
        variables: {name: value} that the exercise's cell gets.
        held_out: {name: value} that only the checks see; "x" and "y" are held-out
            samples like those of `variables`.
    """

    variables: Mapping[str, Any]
    held_out: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Submission:
    """Answers to judge.

    Args:
        answers: {name: value} of what the cell set; None if it did not.
        data: the student's data, newly made.
    """

    answers: Mapping[str, Any]
    data: Data
    _predictions: dict[tuple[str, str], np.ndarray] = field(default_factory=dict)
    _returned: dict[tuple[str, int], Any] = field(default_factory=dict)

    def predictions(self, model: str = "model", part: str = "held_out") -> np.ndarray:
        """What the answer `model` predicts for x, computed once.

        Args:
            model: name of the answer.
            part: "held_out" or "training".
        """
        key = (model, part)
        if key not in self._predictions:
            x = self.part(part)["x"]
            predicted = self.answers[model].predict(x, verbose=0)
            self._predictions[key] = np.asarray(predicted, np.float32)
        return self._predictions[key]

    def classes(self, model: str = "model", part: str = "held_out") -> np.ndarray:
        """Class numbers (n,) that the answer `model` decides for.

        A single output is a probability, decided at 0.5; if values are outside of 0 to
        1, it is a logit, decided at 0.
        """
        predicted = self.predictions(model, part)
        if predicted.ndim > 1 and predicted.shape[-1] > 1:
            return predicted.argmax(axis=-1)
        flat = predicted.reshape(len(predicted), -1)[:, 0]
        is_probability = flat.size and flat.min() >= 0 and flat.max() <= 1
        return (flat > (0.5 if is_probability else 0.0)).astype(int)

    def accuracy(self, model: str = "model", part: str = "held_out") -> float:
        """The fraction of samples that the answer `model` classifies correctly."""
        targets = np.asarray(self.part(part)["y"])
        return float(np.mean(self.classes(model, part) == targets))

    def returned(self, name: str, arguments: Mapping[str, Any], case: int = 0) -> Any:
        """What the answer `name`, a function, returns; called once for each case.

        Args:
            name: of the answer.
            arguments: {name: value}; the function gets copies.
            case: tells calls with other arguments apart.
        """
        key = (name, case)
        if key not in self._returned:
            copies = {key: np.array(value) for key, value in arguments.items()}
            self._returned[key] = self.answers[name](**copies)
        return self._returned[key]

    def part(self, name: str) -> Mapping[str, Any]:
        """The data called "held_out" or "training"."""
        return self.data.held_out if name == "held_out" else self.data.variables
