"""CSVLogger that goes on with a file."""

import csv

import numpy as np
import pytest

import nbkeras
from nbkeras import callbacks, layers

X = np.ones((4, 1), "float32")


@pytest.fixture
def model():
    model = nbkeras.Sequential([nbkeras.Input((1,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    return model


def test_a_csv_file_that_is_gone_on_with_gets_the_new_columns(model, tmp_path):
    file = tmp_path / "log.csv"
    model.fit(X, X, verbose=0, callbacks=[callbacks.CSVLogger(file)])
    again = callbacks.CSVLogger(file, append=True)
    logs = model.fit(
        X, X, epochs=2, validation_data=(X, X), verbose=0, callbacks=[again]
    )
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert rows[0]["val_loss"] == "NA"
    found = [float(row["val_loss"]) for row in rows[1:]]
    np.testing.assert_allclose(found, logs.history["val_loss"], rtol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == ["log.csv"]


def test_a_csv_file_with_all_columns_is_only_added_to(model, tmp_path):
    file = tmp_path / "log.csv"
    model.fit(X, X, verbose=0, callbacks=[callbacks.CSVLogger(file)])
    before = file.read_text()
    again = callbacks.CSVLogger(file, append=True)
    model.fit(X, X, verbose=0, callbacks=[again])
    assert file.read_text().startswith(before)
    assert len(file.read_text().splitlines()) == 3
