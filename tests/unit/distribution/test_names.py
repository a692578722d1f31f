import numpy as np
import pytest

from nbkeras import distribution
from nbkeras.core import notices
from nbkeras.core.notices import NbkerasNotice
from nbkeras.distribution import DataParallel, DeviceMesh, parallel, processes


def layouts(**axes):
    layout_map = distribution.LayoutMap(DeviceMesh((1, 1), ["batch", "model"]))
    layout_map.update(axes)
    return layout_map


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
        (
            lambda: distribution.ModelParallel(layout_map={}),
            TypeError,
            r"layouts = LayoutMap\(DeviceMesh\(\(2, 4\)",
        ),
        (
            lambda: distribution.ModelParallel(
                layout_map=layouts(), batch_dim_name="rows"
            ),
            ValueError,
            r"the axes \['batch', 'model'\]. Give one",
        ),
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


def test_a_layout_map_matches_paths_as_keras_does():
    from keras import distribution as theirs

    ours = layouts()
    wanted = theirs.LayoutMap(theirs.DeviceMesh((1, 1), ["batch", "model"]))
    for layout_map in (ours, wanted):
        layout_map[".*dense.*kernel"] = (None, "model")
        layout_map[".*dense.*bias"] = ("model",)
        layout_map[".*dense_2.*"] = (None,)
    for path in ("dense_1/kernel", "a/dense/bias"):
        assert ours[path].axes == wanted[path].axes
    for path in ("conv/kernel", "dense_1/kernel/x"):
        assert ours[path] is wanted[path] is None
    assert list(ours) == list(wanted)
    for layout_map in (ours, wanted):
        with pytest.raises(ValueError, match=r"matches (several|multiple)"):
            layout_map["dense_2/bias"]
        with pytest.raises(ValueError, match="already"):
            layout_map[".*dense_2.*"] = ("model",)
    del ours[".*dense_2.*"]
    assert ours["dense_2/bias"].axes == ("model",)


def test_a_weight_that_cannot_be_divided_says_by_what_it_can(monkeypatch):
    both = distribution.ModelParallel(layout_map=layouts(wide=(None, "model")))
    monkeypatch.setattr(both, "_parts", lambda name: 1 if name is None else 4)
    both.check_weights({"wide": (3, 8)})
    with pytest.raises(ValueError, match=r"10 is not a multiple of 4\. Make it 12"):
        both.check_weights({"wide": (3, 10)})
    with pytest.raises(ValueError, match=r"2 axes, and the weight 'wide' has .*\(8,\)"):
        both.check_weights({"wide": (8,)})


def test_a_layout_of_no_weight_is_told():
    both = distribution.ModelParallel(layout_map=layouts(dens=("model",)))
    with pytest.warns(NbkerasNotice, match=r"'dens'.*matches no weight.*dense/bias"):
        both.check_weights({"dense/bias": (8,)})


def test_distributions_with_other_layouts_differ():
    make = lambda **axes: distribution.ModelParallel(layout_map=layouts(**axes))  # noqa: E731
    assert make(a=("model",)) == make(a=("model",))
    assert make(a=("model",)) != make(a=(None,))
    assert make() != DataParallel()
