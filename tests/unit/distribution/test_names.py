import numpy as np
import pytest

from nbkeras import distribution
from nbkeras.core import notices
from nbkeras.core.notices import NbkerasNotice
from nbkeras.distribution import DataParallel, DeviceMesh, parallel, processes


def test_without_one_there_is_no_distribution():
    assert distribution.distribution() is None


def test_a_scope_ends():
    with DataParallel().scope() as inside:
        assert distribution.distribution() is inside
    assert distribution.distribution() is None


def test_names_are_those_of_keras(monkeypatch):
    from keras import distribution as theirs

    assert distribution.list_devices() == theirs.list_devices()
    assert distribution.get_device_count("cpu") == len(theirs.list_devices("cpu"))
    ours, wanted = DataParallel(), theirs.DataParallel()
    assert ours.batch_dim_name == wanted.batch_dim_name
    assert ours.auto_shard_dataset == wanted.auto_shard_dataset
    assert ours.num_processes == wanted.num_processes == 1
    assert ours.num_model_replicas == wanted.num_model_replicas == 1
    assert ours.data_shard_id == wanted.data_shard_id == 0
    mesh = theirs.DeviceMesh((1,), ["batch"])
    np.testing.assert_array_equal(ours.device_mesh.devices, mesh.devices)


def test_several_devices_that_stand_idle_are_told_of(monkeypatch):
    monkeypatch.setattr(parallel.jax, "local_device_count", lambda: 2)
    parallel.say_if_idle()  # simulated ones on a processor are no faster
    monkeypatch.setattr(parallel.jax, "default_backend", lambda: "gpu")
    with pytest.warns(NbkerasNotice, match=r"2 devices.*DataParallel\(\)"):
        parallel.say_if_idle()
    notices.forget()
    with DataParallel().scope():
        parallel.say_if_idle()


def test_distributions_over_the_same_devices_are_equal():
    assert DataParallel() == DataParallel()
    assert hash(DataParallel()) == hash(DataParallel())
    assert DataParallel() != DataParallel(auto_shard_dataset=False)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: DeviceMesh((2,), ["batch"]), ValueError, r"Write \(1,\)"),
        (lambda: DeviceMesh((1, 1), ["batch"]), ValueError, "give each axis a name"),
        (lambda: DeviceMesh((1,), ["b"], ["cpu:9"]), ValueError, "no device 'cpu:9'"),
        (lambda: DeviceMesh((1,), ["b"], ["gpu:0"]), ValueError, "are: cpu:0"),
        (
            lambda: DataParallel(DeviceMesh((1, 1), ["a", "b"])),
            ValueError,
            "divided along one axis",
        ),
        (
            lambda: DataParallel(DeviceMesh((1,), ["a"]), ["cpu:0"]),
            ValueError,
            "not both",
        ),
        (lambda: distribution.set_distribution(8), TypeError, r"DataParallel\(\)"),
        (lambda: distribution.list_devices("cpo"), ValueError, "Did you mean 'cpu'"),
        (lambda: distribution.list_devices("tpu"), RuntimeError, "computes on cpu"),
        (lambda: distribution.ModelParallel, AttributeError, "holds the whole model"),
        (lambda: distribution.Mesh, AttributeError, "no attribute 'Mesh'"),
        (
            lambda: processes.initialize("a:1", num_processes=2, process_id=2),
            ValueError,
            "numbered from 0 to 1",
        ),
    ],
)
def test_what_cannot_be_is_explained(make, error, words):
    with pytest.raises(error, match=words):
        make()


def test_the_variables_of_keras_are_read(monkeypatch):
    given = []
    monkeypatch.setattr(
        processes.jax.distributed, "initialize", lambda *args: given.extend(args)
    )
    monkeypatch.setattr(processes.rng, "is_set", lambda: True)
    for name, value in (
        ("JOB_ADDRESSES", "10.0.0.1:12, 10.0.0.2:12"),
        ("NUM_PROCESSES", "2"),
        ("PROCESS_ID", "1"),
    ):
        monkeypatch.setenv(f"KERAS_DISTRIBUTION_{name}", value)
    processes.initialize()
    assert given == ["10.0.0.1:12", 2, 1]
