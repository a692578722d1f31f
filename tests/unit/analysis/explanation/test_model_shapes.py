"""`explain` on models of many shapes."""

import jax
import numpy as np
import pytest
from model_shapes import SHAPES, made

import nbkeras
from nbkeras.analysis import explain
from nbkeras.analysis.explanation.explain import Explainer

LAYERS = {
    "nested": "base/conv_b",
    "nested_frozen": "base/conv_b",
    "nested_twice": "middle/base/conv_b",
    "loaded_h5": "base/conv_b",
    "two_outputs": "base/conv_b",
    "branches": "conv_first",
    "shared": "shared",
    "looped": "readable",
    "frames": "before_frames",
    "gray_dense": None,
}
EVERY_METHOD = ("sequential", "channels_first", "gray_dense")


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_of_model_is_explained(name, tmp_path):
    model, x = made(name, tmp_path)
    methods = None if name in EVERY_METHOD else ["grad_cam", "integrated_gradients"]
    found = explain(model, x, methods=methods, steps=200, fidelity=False, sanity=False)
    y = jax.tree.leaves(model.predict(x, verbose=0))[0]
    wanted = y.reshape(2, -1, y.shape[-1]).mean(axis=1)
    for item, row in zip(found.items, wanted, strict=True):
        assert item.confidences[-1] == pytest.approx(row[-1], abs=2e-5) or (
            name == "logits"
        )
        integral = item.maps["integrated_gradients"].attribution.sum()
        difference = float(item.scores[item.label]) - item.baseline_score
        assert integral == pytest.approx(difference, abs=0.01 * abs(difference) + 2e-3)
    assert found.layer == LAYERS.get(name, found.layer)
    assert ("grad_cam" in found.methods) == (name != "gray_dense")
    for method in found.methods:
        heat = found.heat(method)
        assert heat.shape == (2, 12, 12)
        assert np.isfinite(heat).all()
        assert (heat >= 0).all()
    assert found.heat("integrated_gradients").max() > 0


def test_twenty_shapes_are_tried():
    assert len(SHAPES) >= 20


def test_the_convolution_of_each_output_is_found(tmp_path):
    model, x = made("branches", tmp_path)
    methods = ["grad_cam"]
    second = explain(
        model, x, output="second", methods=methods, fidelity=False, sanity=False
    )
    assert second.layer == "conv_second"
    assert len(second.items[0].scores) == 3


def test_an_unknown_output_is_answered_with_their_names(tmp_path):
    model, x = made("branches", tmp_path)
    with pytest.raises(ValueError, match="Write for example output='first'"):
        explain(model, x, output="third")


def test_a_layer_without_a_map_is_answered_with_those_that_have_one(tmp_path):
    model, x = made("nested", tmp_path)
    with pytest.raises(ValueError, match=r"base/conv_a, .*base/conv_b"):
        explain(model, x, layer="dense")


def test_any_layer_inside_a_nested_model_can_be_named(tmp_path):
    model, x = made("nested", tmp_path)
    found = explain(model, x, layer="base/conv_a", methods=["grad_cam"], fidelity=False)
    assert found.layer == "base/conv_a"


def test_a_model_without_convolutions_says_so(tmp_path):
    model, x = made("gray_dense", tmp_path)
    with pytest.raises(ValueError, match="integrated_gradients"):
        explain(model, x, methods=["grad_cam"])
    assert "Grad-CAM needs a convolution" in repr(
        explain(model, x, methods=["gradients"], fidelity=False, sanity=False)
    )


def test_explaining_compiles_nothing_new_after_training_on(
    tmp_path, empty_dispatch_cache
):
    model, x = made("sequential", tmp_path)
    model.compile("sgd", "sparse_categorical_crossentropy")
    first = explain(model, x, classes=0)
    model.fit(x, np.array([0, 1]), verbose=0)
    made_once = Explainer(model, x).compiled
    second = explain(model, x[::-1], classes=3)
    assert not np.allclose(first.heat("gradients"), second.heat("gradients"))
    names = ("gradients", "noisy_gradients", "path_gradients", "occluded", "grad_cam")
    for name in (*names, "erased", "predict"):
        assert getattr(made_once, name)._cache_size() == 1, name


def test_programs_leave_with_their_model(tmp_path):
    import gc
    import weakref

    model, x = made("sequential", tmp_path)
    explain(model, x, methods=["gradients"], fidelity=False, sanity=False)
    gone = weakref.ref(model)
    del model
    gc.collect()
    assert gone() is None


def test_the_model_is_left_as_it_was(tmp_path):
    model, x = made("functional", tmp_path)
    before = model.get_weights()
    explain(model, x)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert isinstance(model.layers[1], nbkeras.layers.Conv2D)
