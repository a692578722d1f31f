"""Each number of `explain` against one worked out another way."""

import numpy as np
import pytest
from model_shapes import channels_first, images, nested, regression, sequential
from scipy import stats

import nbkeras
from nbkeras import Model, layers
from nbkeras.analysis import explain
from nbkeras.analysis.explanation.fidelity import area, pixel_ranks, rank_correlation


@pytest.fixture(autouse=True)
def _seed():
    nbkeras.utils.set_random_seed(2)


def logits_of(model):
    """The same model without its last activation, in Keras's way."""
    last = model.layers[-1]
    other = layers.Dense(last.units)
    made = Model(model.inputs, other(model.layers[-1].input))
    other.set_weights(last.get_weights())
    return made


def smooth():
    """A network without kinks, which differences of any size would meet."""
    return nbkeras.Sequential(
        [
            nbkeras.Input((12, 12, 3)),
            layers.Conv2D(4, 3, activation="tanh"),
            layers.Flatten(),
            layers.Dense(5, activation="softmax"),
        ]
    )


def test_gradients_are_those_of_finite_differences():
    model, x = smooth(), images(1)
    found = explain(model, x, classes=2, methods=["gradients"], fidelity=False)
    gradient = found.items[0].maps["gradients"].attribution
    logits, step = logits_of(model), 1e-2
    for y, row, channel in [(3, 4, 0), (6, 6, 1), (8, 2, 2)]:
        up, down = x.copy(), x.copy()
        up[0, y, row, channel] += step
        down[0, y, row, channel] -= step
        values = logits.predict(np.concatenate([up, down]), verbose=0)[:, 2]
        slope = (values[0] - values[1]) / (2 * step)
        assert gradient[y, row, channel] == pytest.approx(slope, abs=5e-4)
    heat = found.items[0].maps["gradients"].heat
    np.testing.assert_allclose(heat, abs(gradient).max(axis=-1), rtol=1e-6)


def test_integrated_gradients_sum_to_the_difference_of_the_logits():
    model, x = sequential(), images(3)
    found = explain(model, x, classes=1, steps=300, fidelity=False, sanity=False)
    values = logits_of(model).predict(np.concatenate([x, np.zeros_like(x)]), verbose=0)
    for item, top, bottom in zip(found.items, values[:3], values[3:], strict=True):
        pixel_map = item.maps["integrated_gradients"]
        total = pixel_map.attribution.sum()
        assert total == pytest.approx(top[1] - bottom[1], abs=2e-3)
        assert pixel_map.gap == pytest.approx(0, abs=2e-3)


def test_integrated_gradients_of_a_linear_model_are_weights_times_pixels():
    model = nbkeras.Sequential(
        [nbkeras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(3)]
    )
    x = images(1, 1)[:, :4, :4]
    found = explain(model, x, classes=2, steps=5, baseline="mean", fidelity=False)
    kernel = model.layers[-1].get_weights()[0][:, 2].reshape(4, 4, 1)
    wanted = kernel * (x[0] - x[0].mean())
    attribution = found.items[0].maps["integrated_gradients"].attribution
    np.testing.assert_allclose(attribution, wanted, atol=1e-6)


def test_smooth_grad_is_the_mean_gradient_of_noisy_copies():
    # The gradient of a sum of squares is twice the pixel: what SmoothGrad differs by is
    # twice the mean noise, whose deviation is known.
    inputs = nbkeras.Input((12, 12, 3))
    total = nbkeras.ops.sum(inputs**2, axis=(1, 2, 3), keepdims=True)
    model = Model(inputs, layers.Flatten()(total))
    x = images(1)
    found = explain(model, x, classes=0, samples=256, fidelity=False, sanity=False)
    mean_noise = found.items[0].maps["smooth_grad"].attribution / 2 - x[0]
    deviation = 0.15 * (x.max() - x.min()) / np.sqrt(256)
    assert mean_noise.std() == pytest.approx(deviation, rel=0.1)
    assert abs(mean_noise.mean()) < deviation / 4


@pytest.mark.parametrize("make", [sequential, channels_first])
def test_grad_cam_is_numpys(make):
    model, x = make(), images(1)
    first = make is channels_first
    x = x.transpose(0, 3, 1, 2) if first else x
    found = explain(model, x, classes=3, fidelity=False, sanity=False)
    convolution = model.layers[2]
    outputs = Model(model.inputs, convolution.output).predict(x, verbose=0)[0]
    outputs = outputs.transpose(1, 2, 0) if first else outputs
    kernel = model.layers[-1].get_weights()[0][:, 3]
    if first:  # averaged over positions, then dense
        weights = kernel / outputs[..., 0].size
    else:  # flattened, then dense: the gradient is the kernel itself
        weights = kernel.reshape(outputs.shape).mean(axis=(0, 1))
    wanted = np.maximum((outputs * weights).sum(axis=-1), 0)
    small = found.items[0].maps["grad_cam"].attribution
    np.testing.assert_allclose(small, wanted, atol=1e-6)
    assert found.items[0].maps["grad_cam"].heat.shape == (12, 12)


def test_occlusion_is_what_predict_says_of_covered_images():
    model, x = sequential(), images(1)
    found = explain(model, x, classes=4, window=6, fidelity=False, sanity=False)
    corners = [(y, a) for y in (0, 3, 6) for a in (0, 3, 6)]
    covered = np.repeat(x, len(corners), axis=0)
    for image, (y, a) in zip(covered, corners, strict=True):
        image[y : y + 6, a : a + 6] = 0
    logits = logits_of(model)
    before = logits.predict(x, verbose=0)[0, 4]
    falls = before - logits.predict(covered, verbose=0)[:, 4]
    total, count = np.zeros((12, 12)), np.zeros((12, 12))
    for fall, (y, a) in zip(falls, corners, strict=True):
        total[y : y + 6, a : a + 6] += fall
        count[y : y + 6, a : a + 6] += 1
    attribution = found.items[0].maps["occlusion"].attribution
    np.testing.assert_allclose(attribution, total / count, atol=1e-5)


def test_curves_are_what_predict_says_of_erased_images():
    model, x = sequential(), images(1)
    found = explain(model, x, classes=1, methods=["gradients"], sanity=False)
    item = found.items[0]
    pixel_map = item.maps["gradients"]
    ranks = pixel_ranks(pixel_map.heat)
    erased, kept = [], []
    for fraction in item.fractions:
        first = (ranks < round(fraction * 144))[..., None]
        erased.append(np.where(first, 0, x[0]))
        kept.append(np.where(first, x[0], 0))
    wanted = model.predict(np.stack(erased + kept), verbose=0)[:, 1]
    np.testing.assert_allclose(pixel_map.deletion, wanted[:21], atol=1e-5)
    np.testing.assert_allclose(pixel_map.insertion, wanted[21:], atol=1e-5)
    steps = (wanted[:20] + wanted[1:21]) / 2
    assert pixel_map.deletion_area == pytest.approx(steps.mean(), abs=1e-5)


def bright_square_model():
    """Answers with the mean of the pixels in the upper left quarter, times 8."""
    model = nbkeras.Sequential(
        [nbkeras.Input((12, 12, 1)), layers.Flatten(), layers.Dense(1, "sigmoid")]
    )
    kernel = np.zeros((12, 12, 1), "float32")
    kernel[:6, :6] = 8 / 36
    model.layers[-1].set_weights([kernel.reshape(144, 1), np.full(1, -4, "float32")])
    return model


def test_a_faithful_map_is_told_from_one_that_explains_nothing():
    model = bright_square_model()
    x = np.ones((1, 12, 12, 1), "float32")
    found = explain(model, x, classes=1, sanity=False)
    item = found.items[0]
    assert item.verdict("integrated_gradients") == "faithful"
    assert item.verdict("occlusion") == "faithful"
    inside = item.maps["integrated_gradients"].heat[:6, :6]
    assert inside.min() > 0
    assert item.maps["integrated_gradients"].heat.sum() == pytest.approx(inside.sum())
    assert item.maps["integrated_gradients"].deletion_area < 0.3
    random_areas, _ = item.random_areas
    assert item.maps["integrated_gradients"].deletion_area < random_areas.min()


def test_a_map_that_ignores_the_model_is_no_better_than_random():
    from dataclasses import replace

    from nbkeras.analysis.explanation.explain import Explainer

    model = bright_square_model()
    x = np.ones((1, 12, 12, 1), "float32")
    explainer = Explainer(model, x, methods=["gradients"])
    *_, item = explainer.work(0, 1, sanity=False)
    pixel_map = item.maps["gradients"]
    rows = np.linspace(0, 1, 12, dtype="float32")
    pretty = np.outer(rows, rows)  # a soft glow in the wrong corner
    item = replace(item, maps={"gradients": replace(pixel_map, heat=pretty)})
    item = explainer._with_curves(model.current_values(), 0, item, "gradients")
    assert item.verdict("gradients") == "no better than random"


def test_random_weights_give_another_grad_cam_and_a_number_says_so():
    model = bright_square_model()
    x = images(1, 1)
    found = explain(model, x, classes=1)
    # The gradient is the kernel; shuffled weights put it anywhere.
    sanity = found.items[0].maps["gradients"].sanity
    assert abs(sanity) < 0.3
    assert found.items[0].maps["gradients"].is_insensitive is False


def test_a_map_of_edges_is_found_out_by_random_weights():
    # Its answer is a shift of one weight for all pixels: shuffling changes nothing.
    model = nbkeras.Sequential(
        [
            nbkeras.Input((12, 12, 1)),
            layers.Conv2D(1, 1, use_bias=False),
            layers.GlobalAveragePooling2D(),
        ]
    )
    found = explain(model, images(1, 1), methods=["integrated_gradients"])
    assert found.items[0].maps["integrated_gradients"].sanity == pytest.approx(1)
    assert "hardly depends on the weights" in repr(found)


def test_rank_correlation_is_scipys():
    rng = np.random.default_rng(0)
    a, b = rng.integers(0, 5, (9, 9)), rng.normal(size=(9, 9))
    wanted = stats.spearmanr(a.ravel(), b.ravel()).statistic
    assert rank_correlation(a, b) == pytest.approx(wanted)
    assert rank_correlation(a, np.ones((9, 9))) is None


def test_equal_pixels_come_in_a_random_order():
    ranks = pixel_ranks(np.zeros((20, 20)))
    assert sorted(ranks.ravel()) == list(range(400))
    assert abs(np.corrcoef(ranks.ravel(), np.arange(400))[0, 1]) < 0.2


def test_the_area_under_a_straight_line_is_a_half():
    assert area(np.linspace(0, 1, 21), np.linspace(1, 0, 21)) == pytest.approx(0.5)


def test_classes_are_the_predicted_ones_unless_given():
    model, x = nested(), images(2)
    found = explain(model, x, methods=["gradients"], fidelity=False, sanity=False)
    wanted = model.predict(x, verbose=0).argmax(axis=1)
    assert [item.label for item in found.items] == list(wanted)
    both = explain(
        model, x, classes=[4, 0], methods=["gradients"], fidelity=False, sanity=False
    )
    assert [item.label for item in both.items] == [4, 0]


def test_a_regression_is_explained_by_its_output():
    model, x = regression(), images(1)
    found = explain(model, x, classes=1, steps=200, sanity=False)
    assert found.unit == "output"
    y = model.predict(x, verbose=0)[0, 1]
    assert found.items[0].scores[1] == pytest.approx(y, abs=1e-5)


def test_one_image_is_a_batch_of_one():
    found = explain(sequential(), images(1)[0], fidelity=False, sanity=False)
    assert found.images.shape == (1, 12, 12, 3)


@pytest.mark.parametrize(
    ("options", "advice"),
    [
        ({"classes": 5}, "Write for example classes=0"),
        ({"classes": [0, 1, 2]}, "Write one number for all, or 2 of them"),
        ({"methods": ["gradcam"]}, "grad_cam"),
        ({"baseline": "white"}, "black"),
        ({"baseline": np.zeros((3, 3))}, 'baseline="mean"'),
        ({"class_names": ["a", "b"]}, "Give one name for each class"),
        ({"window": 0}, "positive integer"),
    ],
)
def test_what_cannot_work_is_answered_with_what_to_write(options, advice):
    with pytest.raises(ValueError, match=advice):
        explain(sequential(), images(2), **options)


def test_data_that_is_no_image_is_refused_with_an_example():
    with pytest.raises(ValueError, match=r"explain\(model, x_test\[:4\]\)"):
        explain(sequential(), np.ones(7))
    with pytest.raises(TypeError, match=r"explain\(model, x_test\[:4\]\)"):
        explain(lambda x: x, images(1))
