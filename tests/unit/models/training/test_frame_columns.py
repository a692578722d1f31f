"""Frames meet a model by the names of their columns and rows by their index."""

import json
import zipfile

import numpy as np
import pandas as pd
import pytest

import nbkeras
from nbkeras import layers

ROWS = 12


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {"age": rng.normal(size=ROWS), "income": 100 + rng.normal(size=ROWS)}
    )


def trained(frame, y=None, units=1):
    model = nbkeras.Sequential([nbkeras.Input((2,)), layers.Dense(units)])
    model.compile("sgd", "mse")
    model.fit(frame, frame["age"] if y is None else y, verbose=0)
    return model


def test_columns_in_another_order_are_taken_by_name(frame):
    model = trained(frame)
    swapped = frame[["income", "age"]]
    np.testing.assert_array_equal(model.predict(swapped), model.predict(frame))
    np.testing.assert_array_equal(
        model.predict_on_batch(swapped), model.predict_on_batch(frame)
    )
    y = frame["age"]
    assert model.evaluate(swapped, y) == model.evaluate(frame, y)
    assert model.test_on_batch(swapped, y) == model.test_on_batch(frame, y)


def test_validation_data_is_taken_by_name(frame):
    y, swapped = frame["age"], frame[["income", "age"]]
    model = nbkeras.Sequential([nbkeras.Input((2,)), layers.Dense(1)])
    model.compile(nbkeras.optimizers.SGD(0.0), "mse")
    logs = model.fit(frame, y, validation_data=(swapped, y), verbose=0).history
    np.testing.assert_allclose(logs["val_loss"], logs["loss"], rtol=1e-5)


def test_a_second_fit_takes_columns_by_the_names_of_the_first(frame):
    first, second = trained(frame), trained(frame)
    second.set_weights(first.get_weights())
    y = frame["age"]
    first.fit(frame, y, verbose=0, shuffle=False)
    second.fit(frame[["income", "age"]], y, verbose=0, shuffle=False)
    for ours, theirs in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_training_on_a_batch_notes_the_columns_too(frame):
    model = nbkeras.Sequential([nbkeras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.train_on_batch(frame, frame["age"])
    swapped = frame[["income", "age"]]
    np.testing.assert_array_equal(model.predict(swapped), model.predict(frame))


def test_columns_of_targets_are_taken_by_name(frame):
    y = pd.DataFrame({"low": frame["age"] - 1, "high": frame["age"] + 1})
    model = trained(frame, y, units=2)
    assert model.evaluate(frame, y[["high", "low"]]) == model.evaluate(frame, y)


def test_other_columns_are_refused_with_both_ways_out(frame):
    model = trained(frame)
    renamed = frame.rename(columns={"age": "years"})
    with pytest.raises(ValueError, match=r"lack 'age' and have besides 'years'.*x\.to"):
        model.predict(renamed)
    model.predict(renamed.to_numpy())
    wider = frame.assign(name_length=3.0)
    with pytest.raises(ValueError, match=r"Write x\[\['age', 'income'\]\]"):
        model.predict(wider)
    model.predict(wider[["age", "income"]])


def test_frames_in_validation_data_are_named_as_such(frame):
    renamed = frame.rename(columns={"age": "years"})
    y = frame["age"]
    model = trained(frame)
    with pytest.raises(ValueError, match="In validation_data: The columns of x"):
        model.fit(frame, y, validation_data=(renamed, y), verbose=0)


def test_frames_of_several_inputs_are_taken_by_name(frame):
    left, right = nbkeras.Input((2,), name="left"), nbkeras.Input((2,), name="right")
    out = layers.Dense(1)(layers.Concatenate()([left, right]))
    model = nbkeras.Model([left, right], out)
    model.compile("sgd", "mse")
    model.fit({"left": frame, "right": -frame}, frame["age"], verbose=0)
    swapped = frame[["income", "age"]]
    np.testing.assert_array_equal(
        model.predict({"left": swapped, "right": -swapped}),
        model.predict({"left": frame, "right": -frame}),
    )


def test_columns_that_are_only_numbered_are_told_by_place(frame):
    model = trained(frame)
    numbered = pd.DataFrame(frame.to_numpy())
    np.testing.assert_array_equal(model.predict(numbered), model.predict(frame))


def test_reset_weights_forgets_the_columns(frame):
    model = trained(frame)
    model.reset_weights()
    model.fit(frame.rename(columns={"age": "years"}), frame["age"], verbose=0)


def test_a_loaded_model_knows_the_columns(frame, tmp_path):
    model = trained(frame)
    model.save(tmp_path / "m.keras")
    loaded = nbkeras.models.load_model(tmp_path / "m.keras")
    swapped = frame[["income", "age"]]
    np.testing.assert_array_equal(loaded.predict(swapped), model.predict(frame))
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        config = json.loads(archive.read("config.json"))
    assert config["frame_columns"] == {"x": ["age", "income"]}


def test_keras_opens_a_file_with_columns(frame, tmp_path):
    import keras

    model = trained(frame)
    model.save(tmp_path / "m.keras")
    theirs = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(
        theirs.predict(frame.to_numpy(), verbose=0), model.predict(frame), rtol=1e-5
    )


def test_a_failed_fit_notes_no_columns(frame):
    model = nbkeras.Sequential([nbkeras.Input((2,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match="rows differs"):
        model.fit(frame, frame["age"][:3], verbose=0)
    model.fit(frame.rename(columns={"age": "years"}), frame["age"], verbose=0)


@pytest.mark.parametrize("what", ["y", "sample_weight"])
def test_rows_whose_index_is_in_another_order_are_refused(frame, what):
    model = trained(frame)
    rows = {"y": frame["age"], "sample_weight": pd.Series(np.ones(ROWS))}
    rows[what] = rows[what].iloc[::-1]
    with pytest.raises(ValueError, match=rf"Write {what} = {what}\.loc\[x\.index\]"):
        model.fit(frame, **rows, verbose=0)
    model.fit(frame, **(rows | {what: rows[what].loc[frame.index]}), verbose=0)


def test_an_index_with_other_entries_says_nothing(frame):
    trained(frame.set_index(np.arange(ROWS) + 100), frame["age"])
    trained(frame, frame["age"].set_axis(list("abcdefghijkl")))


def test_frames_from_a_generator_have_their_rows_compared(frame):
    model = trained(frame)
    batches = [(frame, frame["age"].iloc[::-1])]
    with pytest.raises(ValueError, match=r"the index of x in another order"):
        model.fit((batch for batch in batches), steps_per_epoch=1, verbose=0)
