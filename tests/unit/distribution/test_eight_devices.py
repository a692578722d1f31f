import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).with_name("eight_devices.py")


@pytest.fixture(scope="module")
def found():
    flags = "--xla_force_host_platform_device_count=8"
    done = subprocess.run(
        [sys.executable, SCRIPT],
        env={**os.environ, "XLA_FLAGS": flags},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def close(one, several):
    np.testing.assert_allclose(several, one, rtol=1e-5, atol=1e-5)


def test_the_devices_are_named(found):
    assert found["devices"] == [f"cpu:{number}" for number in range(8)]


@pytest.mark.parametrize("model", ["pictures", "across"])
@pytest.mark.parametrize(
    "what", ["loss", "accuracy", "val_loss", "moved", "background"]
)
def test_what_training_tells_is_that_of_one_device(found, model, what):
    close(found[model]["one"][what], found[model]["several"][what])


@pytest.mark.parametrize("model", ["pictures", "across"])
def test_the_weights_are_those_of_one_device(found, model):
    one, several = (found[model][kind]["weights"] for kind in ("one", "several"))
    assert len(one) == len(several) > 1
    for left, right in zip(one, several, strict=True):
        close(left, right)


@pytest.mark.parametrize("model", ["pictures", "across"])
@pytest.mark.parametrize("what", ["evaluate", "predict"])
def test_evaluate_and_predict_give_what_one_device_gives(found, model, what):
    close(found[model]["one"][what], found[model]["several"][what])


def test_a_single_batch_trains_as_on_one_device(found):
    runs = found["pictures"]
    close(runs["one"]["on_batch"], runs["several"]["on_batch"])


def test_a_short_batch_compiles_nothing_new(found):
    assert found["pictures"]["several"]["programs"] == 1


def test_rows_stay_where_they_are_and_gradients_are_summed(found):
    assert found["gathers"] == 0
    assert found["sums"] > 0


def test_after_a_fit_weights_are_on_one_device(found):
    assert found["pictures"]["several"]["places"] == [0]


def test_what_cannot_be_filled_up_is_told_with_a_better_size(found):
    assert found["pictures"]["said"] == []
    assert any("multiple of 8" in said for said in found["across"]["said"])


def test_a_mesh_may_name_its_devices(found):
    assert found["pair"] == [True, [3, 5]]


@pytest.mark.parametrize("what", ["loss", "val_loss", "evaluate", "predict"])
def test_with_divided_weights_a_fit_tells_what_one_device_tells(found, what):
    close(found["divided"]["one"][what], found["divided"]["several"][what])


def test_divided_weights_end_as_those_of_one_device(found):
    one, several = (found["divided"][kind]["weights"] for kind in ("one", "several"))
    assert len(one) == len(several) == 5
    for left, right in zip(one, several, strict=True):
        close(left, right)


def test_each_device_has_a_part_of_the_weights_and_of_the_optimizers_state(found):
    params, velocity, read = found["divided"]["several"]["shards"]
    assert params["embedding/embeddings"] == [16, 16]
    assert params["wide/kernel"] == [80, 8]
    assert params["wide/bias"] == [8]
    assert params["top/kernel"] == [32, 3]
    assert velocity == params
    assert read == [64, 16]


def test_divided_weights_compile_once_and_return_to_one_device(found):
    assert found["divided"]["several"]["programs"] == 1
    assert found["divided"]["several"]["places"] == [0]


def test_the_history_says_which_rows_and_weights_each_device_had(found):
    several = found["divided"]["several"]
    rows, num_rows, batch_rows = several["rows"]
    assert (num_rows, batch_rows) == (10, 10)
    halves = [[0, 5]] * 4 + [[5, 10]] * 4
    assert rows == {f"cpu:{i}": half for i, half in enumerate(halves)}
    assert several["divided"] == ["embedding/embeddings", "wide/bias", "wide/kernel"]
    assert several["embedding"]["cpu:5"] == [[16, 32], [0, 16]]
    assert "rows" not in found["divided"]["one"]
