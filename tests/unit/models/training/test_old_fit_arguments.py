"""Keywords of Keras 1 and 2 in fit, evaluate and predict."""

import numpy as np
import pytest

from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.py_dataset import Sequence
from nbkeras.models.training.trainer import (
    evaluate_plan_of,
    fit_plan_of,
    predict_plan_of,
)

X = np.arange(20, dtype=np.float32).reshape(10, 2)
Y = np.arange(10) % 2


class Two(Sequence):
    def __len__(self):
        return 2

    def __getitem__(self, k):
        return X[5 * k : 5 * k + 5], Y[5 * k : 5 * k + 5]


def generator():
    yield from ((X, Y), (X, Y))


def rows(batches, epoch=0):
    return [b.rows for b in batches.epoch(epoch)]


def test_nb_epoch_is_epochs():
    with pytest.warns(NbkerasNotice, match=r"fit\(nb_epoch=\.\.\.\) .* write epochs=3"):
        assert fit_plan_of(X, Y, nb_epoch=3).epochs == 3


def test_samples_per_epoch_is_turned_into_steps():
    with pytest.warns(NbkerasNotice, match="write steps_per_epoch, counted in batches"):
        plan = fit_plan_of(generator(), samples_per_epoch=15)
    assert plan.steps == 2
    assert rows(plan.train) == [10, 10]


def test_nb_val_samples_is_turned_into_validation_steps():
    with pytest.warns(NbkerasNotice, match="write validation_steps"):
        plan = fit_plan_of(X, Y, validation_data=Two(), nb_val_samples=5)
    assert plan.validation_steps == 1


def test_show_accuracy_is_dropped_with_advice():
    with pytest.warns(NbkerasNotice, match=r"metrics=\['accuracy'\] in compile"):
        evaluate_plan_of(X, Y, show_accuracy=True)


def test_workers_of_keras_2_are_dropped_with_advice():
    with pytest.warns(NbkerasNotice, match="where the Sequence is made"):
        predict_plan_of(Two(), workers=4)


def test_predict_takes_a_sequence_that_gives_targets_too():
    assert rows(predict_plan_of(Two()).train) == [5, 5]
