"""fit with a private optimizer: every example's gradient is clipped by itself."""

import json

import numpy as np
import pytest

import nbkeras
from nbkeras import layers, losses, privacy
from nbkeras.core.notices import NbkerasNotice
from nbkeras.train import events

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(40, 3)).astype("float32")
Y = DRAW.normal(size=(40, 1)).astype("float32")
ALL = {"batch_size": 40, "verbose": 0}


def linear(optimizer, *before, loss="mse", **options):
    nbkeras.utils.set_random_seed(2)
    model = nbkeras.Sequential(
        [nbkeras.Input((3,)), *before, layers.Dense(1, name="out", **options)]
    )
    model.compile(optimizer, loss)
    return model


def test_a_step_is_that_of_a_loop_over_single_examples():
    model = linear(privacy.DPSGD(0.5, noise=0.0, clip=0.7, delta=1e-3))
    kernel, bias = (np.asarray(w, float) for w in model.get_weights())
    changes = np.zeros((3, 1)), np.zeros(1)
    for x, y in zip(X.astype(float), Y.astype(float), strict=True):
        gap = 2 * (x @ kernel + bias - y)
        grads = np.outer(x, gap), gap
        norm = np.sqrt(sum((g**2).sum() for g in grads))
        for change, g in zip(changes, grads, strict=True):
            change -= 0.5 * min(1, 0.7 / norm) * g / 40
    model.fit(X, Y, **ALL)  # at a sampling rate of 1 every example is in the batch
    np.testing.assert_allclose(model.get_weights()[0], kernel + changes[0], atol=1e-6)
    np.testing.assert_allclose(model.get_weights()[1], bias + changes[1], atol=1e-6)


def test_without_clipping_and_noise_a_step_is_the_usual_one():
    private = linear(privacy.DPSGD(0.1, noise=0.0, clip=1e9, delta=1e-3))
    usual = linear("sgd")
    usual.optimizer.learning_rate = 0.1
    told = [model.fit(X, Y, **ALL).history["loss"] for model in (private, usual)]
    np.testing.assert_allclose(*told, rtol=1e-6)
    for left, right in zip(private.get_weights(), usual.get_weights(), strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)


def test_penalties_of_weights_are_neither_clipped_nor_noised():
    optimizer = privacy.DPSGD(1.0, noise=0.0, clip=1e-9, delta=1e-3)
    model = linear(optimizer, kernel_regularizer=nbkeras.regularizers.L2(0.25))
    before = model.get_weights()[0]
    model.fit(X, Y, **ALL)
    np.testing.assert_allclose(model.get_weights()[0], before * 0.5, atol=1e-6)


def test_epsilon_is_in_the_history_and_counts_all_fits():
    model = linear(privacy.DPAdam(noise=1.5, clip=1.0, delta=1e-3))
    history = model.fit(X, Y, batch_size=10, epochs=2, verbose=0)
    first, second = history.history["epsilon"]
    assert 0 < first < second
    spent = model.optimizer.privacy_spent()
    assert spent.epsilon == second
    assert spent.parts == ((0.25, 1.5, 8),)
    model.fit(X, Y, batch_size=20, verbose=0)
    assert model.optimizer.privacy_spent().parts == ((0.25, 1.5, 8), (0.5, 1.5, 2))


def test_a_run_that_is_stopped_has_spent_the_steps_that_it_took():
    model = linear(privacy.DPAdam(noise=1.5, delta=1e-3))
    stop = nbkeras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: setattr(model, "stop_training", True)
    )
    model.fit(X, Y, batch_size=10, epochs=5, verbose=0, callbacks=[stop])
    (part,) = model.optimizer.privacy_spent().parts
    assert part[2] == model.optimizer.iterations.numpy() < 20


def test_a_recording_has_epsilon(tmp_path):
    model = linear(privacy.DPAdam(noise=1.5, delta=1e-3))
    file = tmp_path / "run.jsonl"
    history = model.fit(X, Y, batch_size=10, verbose=0, record=str(file))
    recorded = [json.loads(line) for line in file.read_text().splitlines()]
    ended = [e for e in recorded if e.get("event") == events.EpochEnded.__name__]
    assert ended[0]["logs"]["epsilon"] == history.history["epsilon"][0]


def test_a_saved_model_goes_on_with_what_it_has_spent(tmp_path):
    model = linear(privacy.DPAdam(noise=1.5, delta=1e-3))
    model.fit(X, Y, batch_size=10, verbose=0)
    model.save(tmp_path / "private.keras")
    again = nbkeras.load_model(tmp_path / "private.keras")
    assert isinstance(again.optimizer, privacy.DPAdam)
    again.fit(X, Y, batch_size=10, verbose=0)
    assert again.optimizer.privacy_spent().parts == ((0.25, 1.5, 8),)


def test_batches_of_random_size_compile_one_program():
    model = linear(privacy.DPSGD(noise=1.0, delta=1e-3), layers.Dropout(0.2))
    model.fit(X, Y, batch_size=4, epochs=3, verbose=0)
    assert model.compiled_steps.get("train")._cache_size() == 1


def test_a_layer_that_nobody_knows_works_on_each_example_by_itself():
    class MinusMean(layers.Layer):
        def call(self, x):
            return x - x.mean(axis=0, keepdims=True)

    optimizer = privacy.DPSGD(0.1, noise=0.0, clip=1.0, delta=1e-3)
    model = linear(optimizer, MinusMean())
    before = model.get_weights()[0]
    model.fit(X, Y, **ALL)
    # One example less its own mean is 0, so the kernel has no gradient.
    np.testing.assert_array_equal(model.get_weights()[0], before)


REPLACED = [
    (layers.BatchNormalization(), (3,), r"by layers\.LayerNormalization\(\)"),
    (
        layers.BatchNormalization(),
        (4, 4, 16),
        r"by layers\.GroupNormalization\(groups=8\)",
    ),
    (
        layers.BatchNormalization(axis=1),
        (6, 4, 4),
        r"by layers\.GroupNormalization\(groups=2, axis=1\)",
    ),
]


@pytest.mark.parametrize(("layer", "shape", "advice"), REPLACED)
def test_batch_normalization_is_refused_with_the_line_that_replaces_it(
    layer, shape, advice
):
    model = nbkeras.Sequential(
        [nbkeras.Input(shape), layer, layers.Flatten(), layers.Dense(1)]
    )
    model.compile(privacy.DPSGD(delta=1e-3), "mse")
    x = np.zeros((8, *shape), "float32")
    with pytest.raises(ValueError, match=advice) as refused:
        model.fit(x, np.zeros((8, 1)), verbose=0)
    line = str(refused.value).rpartition("by ")[2].rstrip(".")
    better = nbkeras.Sequential(
        [nbkeras.Input(shape), eval(line), layers.Flatten(), layers.Dense(1)]
    )
    better.compile(privacy.DPSGD(delta=1e-3), "mse")
    better.fit(x, np.zeros((8, 1)), verbose=0)


def test_a_layer_whose_state_follows_the_data_is_refused():
    class Counter(layers.Layer):
        def build(self, input_shape):
            self.seen = self.add_weight("seen", (3,), "zeros", trainable=False)

        def call(self, x):
            self.seen = self.seen + x.sum(axis=0)
            return x

    model = linear(privacy.DPSGD(delta=1e-3), Counter())
    with pytest.raises(ValueError, match="'counter/seen' changes with each batch"):
        model.fit(X, Y, **ALL)


def test_only_fit_on_arrays_is_private():
    model = linear(privacy.DPAdam(delta=1e-3))
    with pytest.raises(TypeError, match=r"Pass all examples as arrays: model\.fit"):
        model.fit(((X, Y) for _ in range(2)), verbose=0)
    with pytest.raises(TypeError, match=r"Use Adam here, or train with fit"):
        model.train_on_batch(X, Y)
    with pytest.raises(TypeError, match="These gradients are not private"):
        model.optimizer.apply([X], model.trainable_variables)
    wrapped = linear(nbkeras.optimizers.LossScaleOptimizer(privacy.DPSGD()))
    with pytest.raises(TypeError, match="These gradients are not private"):
        wrapped.fit(X, Y, **ALL)


def test_a_train_step_of_ones_own_is_refused():
    class Own(nbkeras.Sequential):
        def train_step(self, data):
            return super().train_step(data)

    model = Own([nbkeras.Input((3,)), layers.Dense(1)])
    model.compile(privacy.DPSGD(delta=1e-3), "mse")
    with pytest.raises(TypeError, match=r"Remove `train_step`, or use SGD"):
        model.fit(X, Y, verbose=0)


def test_weightings_that_compare_gradients_are_refused():
    x = nbkeras.Input((3,))
    model = nbkeras.Model(x, [layers.Dense(1)(x), layers.Dense(1)(x)])
    model.compile(privacy.DPSGD(delta=1e-3), "mse", loss_weights="pcgrad")
    with pytest.raises(ValueError, match=r"compile\(loss_weights=\[1\.0, 1\.0\]\)"):
        model.fit(X, [Y, Y], verbose=0)
    model.compile(privacy.DPSGD(delta=1e-3), "mse", loss_weights=[1.0, 1.0])
    model.fit(X, [Y, Y], verbose=0)


def test_a_delta_that_allows_a_whole_example_is_told():
    with pytest.warns(NbkerasNotice, match=r"more than 1 divided.*delta=3e-03"):
        linear(privacy.DPSGD(delta=0.1)).fit(X, Y, **ALL)


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: privacy.DPSGD(clip=0), r"DPSGD\(clip=1\.0\)"),
        (lambda: privacy.DPAdam(delta=0), r"DPAdam\(delta=1e-5\)"),
        (lambda: privacy.DPAdam(noise=-1), r"noise"),
        (lambda: privacy.DPAdam(epsilon=3.0), r"privacy\.noise_for\(3\.0"),
        (lambda: privacy.DPSGD(loss_scale_factor=2.0), "Leave it out"),
    ],
)
def test_arguments_that_cannot_be_are_explained(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


def test_a_loss_of_ones_own_sees_one_example_at_a_time():
    seen = []

    def loss(y_true, y_pred):
        seen.append(y_pred.shape)
        return losses.mse(y_true, y_pred)

    model = linear(privacy.DPSGD(delta=1e-3), loss=loss)
    model.fit(X, Y, **ALL)
    assert (1, 1) in seen
