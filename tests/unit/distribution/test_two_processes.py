import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from two_processes import STEP, X, Y, trained

import nbkeras

SCRIPT = Path(__file__).with_name("two_processes.py")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    folder = tmp_path_factory.mktemp("together")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    flags = "--xla_force_host_platform_device_count=2"
    both = [
        subprocess.Popen(
            [sys.executable, SCRIPT, str(number), address, folder],
            env={**os.environ, "XLA_FLAGS": flags},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in (0, 1)
    ]
    try:
        said = [each.communicate(timeout=300) for each in both]
    finally:
        for each in both:
            each.kill()
    for each, (_, error) in zip(both, said, strict=True):
        assert each.returncode == 0, error
    made = [dict(np.load(folder / f"{number}.npz")) for number in (0, 1)]
    return made, [out for out, _ in said], sorted(p.name for p in folder.iterdir())


def alone(x, y, parts=False):
    nbkeras.utils.set_random_seed(1)
    return trained(x, y, 2 * STEP, parts=parts)


def test_the_processes_know_each_other(found):
    (one, other), _, _ = found
    assert one["facts"][:2].tolist() == [2, 0]
    assert other["facts"][:2].tolist() == [2, 1]
    assert one["facts"][3] == other["facts"][3] == 4


def test_without_a_seed_the_processes_agree_on_one(found):
    (one, other), _, _ = found
    assert one["facts"][2] == other["facts"][2]


def test_two_processes_with_the_same_data_train_as_one(found, capsys):
    for number, wanted in enumerate(alone(X, Y)):
        for made in found[0]:
            np.testing.assert_allclose(made[f"same{number}"], wanted, atol=1e-5)


def test_two_processes_with_parts_of_the_data_train_as_one(found, capsys):
    # A step has the rows of the first process and then those of the other.
    parts = [np.arange(22)[first::2] for first in (0, 1)]
    steps = [part[at : at + STEP] for at in (0, 4, 8) for part in parts]
    rows = np.concatenate(steps)
    one, other = found[0]
    wanted = alone(X[rows], Y[rows], parts=True)
    for number, value in enumerate(wanted):
        if number != 2:
            for made in (one, other):
                np.testing.assert_allclose(made[f"mine{number}"], value, atol=1e-5)
    predicted = np.empty_like(wanted[2])
    predicted[rows] = wanted[2]
    for made, part in zip((one, other), parts, strict=True):
        np.testing.assert_allclose(made["mine2"], predicted[part], atol=1e-5)


def test_processes_that_differ_are_told_so_instead_of_waiting(found):
    for made in found[0]:
        batches, weights = made["told"]
        assert "batches of an epoch: 1 in 0, 2 in 1" in batches
        assert "the weights" in weights
        assert "initialize before the model is created" in weights


def test_the_first_process_alone_prints_and_writes_files(found):
    _, (first, second), names = found
    assert "Epoch 2/2" in first
    assert "Epoch" not in second
    assert names == ["0.csv", "0.keras", "0.npz", "1.npz"]
