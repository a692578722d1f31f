"""The arguments of fit, evaluate and predict, settled into plans."""

import inspect

import keras
import numpy as np
import pytest

from nbkeras.core.notices import NbkerasNotice
from nbkeras.data.py_dataset import Sequence
from nbkeras.models import Model
from nbkeras.models.training.trainer import (
    evaluate_plan_of,
    fit_plan_of,
    predict_plan_of,
)

X = np.arange(20, dtype=np.float32).reshape(10, 2)
Y = np.arange(10) % 2


class Hooks:
    def on_epoch_end(self, epoch, logs=None):
        pass


class Two(Sequence):
    batch_size = 5

    def __len__(self):
        return 2

    def __getitem__(self, k):
        return X[5 * k : 5 * k + 5], Y[5 * k : 5 * k + 5]


def rows(batches, epoch=0):
    return [b.rows for b in batches.epoch(epoch)]


def generator():
    yield from ((X, Y), (X, Y))


BAD = [
    ("batch_size 0", {"batch_size": 0}, ValueError, r"fit\(batch_size=0\).*positive integer.*fit\(batch_size=32\)"),
    ("batch_size -1", {"batch_size": -1}, ValueError, r"fit\(batch_size=-1\)"),
    ("batch_size 2.5", {"batch_size": 2.5}, ValueError, r"fit\(batch_size=2\.5\)"),
    ("batch_size text", {"batch_size": "32"}, ValueError, r"fit\(batch_size='32'\)"),
    ("batch_size True", {"batch_size": True}, ValueError, r"positive integer"),
    ("epochs -1", {"epochs": -1}, ValueError, r"fit\(epochs=-1\).*fit\(epochs=10\)"),
    ("epochs 1.5", {"epochs": 1.5}, ValueError, r"fit\(epochs=1\.5\)"),
    ("epochs text", {"epochs": "5"}, ValueError, r"fit\(epochs='5'\)"),
    ("initial_epoch -1", {"initial_epoch": -1}, ValueError, r"initial_epoch must be"),
    ("split 1.0", {"validation_split": 1.0}, ValueError, r"below 1.*validation_split=0\.2"),
    ("split 1.5", {"validation_split": 1.5}, ValueError, r"below 1"),
    ("split -0.2", {"validation_split": -0.2}, ValueError, r"at least 0"),
    ("split text", {"validation_split": "0.2"}, ValueError, r"at least 0"),
    ("split that leaves nothing", {"validation_split": 0.95}, ValueError, r"0 for training"),
    ("split of a generator", {"x": generator(), "y": None, "validation_split": 0.2}, ValueError, r"x is a generator.*validation_data"),
    ("steps 0", {"steps_per_epoch": 0}, ValueError, r"fit\(steps_per_epoch=0\).*fit\(steps_per_epoch=100\)"),
    ("steps 62.5", {"steps_per_epoch": 62.5}, ValueError, r"len\(x\) // 32"),
    ("steps -1", {"steps_per_epoch": -1}, ValueError, r"positive integer"),
    ("validation_steps 0", {"validation_steps": 0, "validation_data": (X, Y)}, ValueError, r"validation_steps=0"),
    ("validation_batch_size 0", {"validation_batch_size": 0}, ValueError, r"validation_batch_size=0"),
    ("freq 0", {"validation_freq": 0}, ValueError, r"validation_freq=0"),
    ("freq [0]", {"validation_freq": [0, 2]}, ValueError, r"counted from 1"),
    ("freq None", {"validation_freq": None}, ValueError, r"list of epochs"),
    ("verbose 3", {"verbose": 3}, ValueError, r"verbose must be one of 'auto', 0, 1, 2"),
    ("verbose word", {"verbose": "aut"}, ValueError, r"Did you mean 'auto'"),
    ("shuffle word", {"shuffle": "bach"}, ValueError, r"Did you mean 'batch'"),
    ("callback class", {"callbacks": [Hooks]}, TypeError, r"callbacks=\[Hooks\(\)\]"),
    ("callback function", {"callbacks": [print]}, TypeError, r"LambdaCallback"),
    ("callback word", {"callbacks": "EarlyStopping"}, TypeError, r"holds a str, which is not a callback"),
    ("validation array", {"validation_data": X}, ValueError, r"targets are missing.*\(x_val, y_val\)"),
    ("validation 1 part", {"validation_data": (X,)}, ValueError, r"has 1 parts"),
    ("validation 4 parts", {"validation_data": (X, Y, Y, Y)}, ValueError, r"has 4 parts"),
    ("validation lengths", {"validation_data": (X, Y[:3])}, ValueError, r"In validation_data: .*x has 10, y has 3"),
    ("validation NaN", {"validation_data": (X * np.nan, Y)}, ValueError, r"In validation_data: x has 20 values that are NaN"),
    ("misspelt", {"epoch": 3}, TypeError, r"no argument 'epoch'.*Did you mean 'epochs'"),
    ("unknown", {"colour": 3}, TypeError, r"It takes: x, y, batch_size, epochs"),
    ("nb_epoch 0.5", {"nb_epoch": 0.5}, ValueError, r"epochs=0\.5"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("given", "error", "words"), [row[1:] for row in BAD], ids=[row[0] for row in BAD]
)
@pytest.mark.filterwarnings("ignore:.*is deprecated; write")
def test_bad_arguments_are_refused_in_words(given, error, words):
    with pytest.raises(error, match=f"(?s){words}"):
        fit_plan_of(**({"x": X, "y": Y} | given))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: evaluate_plan_of(X, Y, batch_size=0), r"evaluate\(batch_size=0\)"),
        (lambda: evaluate_plan_of(X, Y, steps=0), r"evaluate\(steps=0\)"),
        (lambda: predict_plan_of(X, batch_size=-2), r"predict\(batch_size=-2\)"),
        (lambda: predict_plan_of(X, steps=1.5), r"predict\(steps=1\.5\)"),
        (lambda: predict_plan_of(X, verbose=7), r"predict\(verbose=7\)"),
    ],
)
def test_evaluate_and_predict_name_themselves(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_the_arguments_are_those_of_keras():
    def names(function):
        return [n for n in inspect.signature(function).parameters if n != "self"]

    assert names(Model.fit)[:-4] == names(keras.Model.fit)
    assert set(names(keras.Model.predict)) <= set(names(Model.predict))
    assert names(Model.evaluate)[:-1] == [
        n for n in names(keras.Model.evaluate) if n != "kwargs"
    ]


def test_defaults_are_one_epoch_of_batches_of_32():
    plan = fit_plan_of(np.ones((70, 1)), np.ones(70))
    assert (plan.epochs, plan.initial_epoch, plan.steps, plan.verbose) == (
        1,
        0,
        3,
        "auto",
    )
    assert rows(plan.train) == [32, 32, 6]
    assert plan.validation is None
    assert plan.validation_steps is None
    assert not plan.validation_epochs(0)


def test_a_plan_cannot_be_changed():
    with pytest.raises(AttributeError):
        fit_plan_of(X, Y).epochs = 3


def test_fit_shuffles_by_its_seed():
    def order(seed):
        return next(fit_plan_of(X, Y, seed=seed).train.epoch(0)).x[:, 0].tolist()

    assert order(1) == order(1) != order(2)
    assert order(1) != X[:, 0].tolist()


def test_evaluate_and_predict_keep_the_order():
    for plan in (evaluate_plan_of(X, Y), predict_plan_of(X)):
        assert next(plan.train.epoch(0)).x.tolist() == X.tolist()


def test_validation_split_cuts_the_last_rows_before_shuffling():
    plan = fit_plan_of(X, Y, validation_split=0.25, seed=3)
    held = next(plan.validation.epoch(0))
    assert held.x.tolist() == X[7:].tolist()
    assert sorted(next(plan.train.epoch(0)).x[:, 0]) == X[:7, 0].tolist()


def test_class_weight_is_for_training_only():
    plan = fit_plan_of(X, Y, validation_split=0.5, class_weight={0: 1.0, 1: 4.0})
    batch = next(plan.train.epoch(0))
    assert batch.weight.tolist() == [4.0 if each else 1.0 for each in batch.y]
    assert next(plan.validation.epoch(0)).weight is None


def test_sample_weight_is_split_as_well():
    plan = fit_plan_of(X, Y, sample_weight=np.arange(10), validation_split=0.3)
    assert next(plan.validation.epoch(0)).weight.tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    ("given", "weighted"),
    [
        ((X, Y), False),
        ([X, Y], False),
        ((X, Y, np.ones(10)), True),
        ((X, Y, None), False),
    ],
)
def test_validation_data_as_arrays(given, weighted):
    plan = fit_plan_of(X, Y, batch_size=4, validation_data=given)
    assert rows(plan.validation) == [4, 4, 2]
    assert plan.validation_steps == 3
    assert (next(plan.validation.epoch(0)).weight is not None) is weighted


def test_validation_has_its_own_batch_size():
    plan = fit_plan_of(
        X, Y, batch_size=4, validation_data=(X, Y), validation_batch_size=5
    )
    assert rows(plan.validation) == [5, 5]


def test_validation_data_may_be_a_sequence_a_generator_or_a_list_of_batches():
    for given in (Two(), generator(), [(X, Y), (X, Y)]):
        plan = fit_plan_of(X, Y, batch_size=3, validation_data=given)
        assert len(rows(plan.validation)) == 2


def test_each_validation_with_steps_sees_the_same_batches():
    plan = fit_plan_of(
        X, Y, batch_size=2, validation_data=(X, Y), validation_steps=2, shuffle=True
    )
    found = [[b.x[0, 0] for b in plan.validation.epoch(e)] for e in range(2)]
    assert found == [[0, 4], [0, 4]]


def test_validation_data_wins_over_validation_split_with_a_notice():
    with pytest.warns(NbkerasNotice, match="validation_split is ignored"):
        plan = fit_plan_of(X, Y, validation_split=0.2, validation_data=(X, Y))
    assert rows(plan.train) == rows(plan.validation) == [10]


@pytest.mark.parametrize("freq", [1, 2, 3, [1, 4], (2,), {3}, range(2, 5)])
def test_validation_freq_chooses_the_epochs_that_keras_chooses(freq):
    class Plain:
        _should_eval = keras.Model._should_eval

    given = list(freq) if isinstance(freq, range | set | tuple) else freq
    plan = fit_plan_of(X, Y, validation_data=(X, Y), validation_freq=freq)
    for epoch in range(8):
        assert plan.validation_epochs(epoch) == Plain()._should_eval(epoch, given)


def test_steps_from_np_ceil_are_welcome():
    assert fit_plan_of(X, Y, batch_size=3, steps_per_epoch=np.ceil(10 / 3)).steps == 4


def test_numpy_integers_are_integers():
    plan = fit_plan_of(X, Y, batch_size=np.int64(5), epochs=np.int32(2))
    assert (plan.steps, plan.epochs) == (2, 2)


def test_true_and_false_are_verbose_one_and_zero():
    assert fit_plan_of(X, Y, verbose=True).verbose == 1
    assert fit_plan_of(X, Y, verbose=False).verbose == 0


def test_callbacks_may_be_one_or_several():
    one, two = Hooks(), Hooks()
    assert fit_plan_of(X, Y, callbacks=one).callbacks == (one,)
    assert fit_plan_of(X, Y, callbacks=[one, two]).callbacks == (one, two)
    assert predict_plan_of(X, callbacks=None).callbacks == ()


def test_the_arrays_behind_a_plan_can_be_looked_at():
    x, y, weight = fit_plan_of(X, Y).arrays()
    assert (x.shape, y.shape, weight) == ((10, 2), (10,), None)
    assert fit_plan_of(X, Y, steps_per_epoch=1).arrays()[0].shape == (10, 2)
    assert fit_plan_of(generator()).arrays() is None


def test_no_epoch_to_train_is_said():
    with pytest.warns(NbkerasNotice, match="epochs is the number of the last epoch"):
        fit_plan_of(X, Y, epochs=5, initial_epoch=5)


def test_closing_a_plan_closes_its_data():
    class Source:
        num_batches, batch_size, closed = 1, 10, 0

        def epoch(self, epoch):
            yield None

        def close(self):
            self.closed += 1

    train, held = Source(), Source()
    fit_plan_of(
        train, validation_data=held, steps_per_epoch=1, validation_steps=1
    ).close()
    assert (train.closed, held.closed) == (1, 1)
