"""Distillation trains a student as Keras's does."""

import keras
import numpy as np
import pytest

import nbkeras
from nbkeras import distillation

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(16, 4)).astype("float32")
Y = DRAW.integers(0, 3, 16)


def model_of(library, width, seed):
    layers = library.layers
    model = library.Sequential(
        [
            library.Input((4,)),
            layers.Dense(width, activation="tanh", name="hidden"),
            layers.Dense(3, name="logits"),
        ]
    )
    weights = np.random.default_rng(seed)
    model.set_weights([weights.normal(size=w.shape) for w in model.get_weights()])
    return model


def distiller_of(library, kind):
    tools = library.distillation
    divergence = library.losses.KLDivergence()
    losses = {
        "logits": lambda: tools.LogitsDistillation(2.0, divergence),
        "squares": lambda: tools.LogitsDistillation(4.0, loss="mse"),
        "features": lambda: [
            tools.LogitsDistillation(loss=divergence),
            tools.FeatureDistillation("mae", "hidden", "hidden"),
        ],
        "outputs": lambda: [tools.FeatureDistillation()],
    }[kind]()
    weights = [1.0, 0.5] if kind == "features" else None
    model = tools.Distiller(
        model_of(library, 6, 1),
        model_of(library, 6, 2),
        losses,
        weights,
        student_loss_weight=0.3,
    )
    crossentropy = library.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(library.optimizers.SGD(0.1), crossentropy, metrics=["accuracy"])
    return model


@pytest.mark.parametrize("kind", ["logits", "squares", "features", "outputs"])
def test_a_student_learns_as_in_keras(kind):
    histories, weights = [], []
    for library in (nbkeras, keras):
        model = distiller_of(library, kind)
        before = model.teacher.get_weights()
        log = model.fit(X, Y, batch_size=8, epochs=3, shuffle=False, verbose=0).history
        for then, now in zip(before, model.teacher.get_weights(), strict=True):
            np.testing.assert_array_equal(then, now)
        histories.append(log)
        weights.append(model.student.get_weights())
    ours, theirs = histories
    assert set(ours) == set(theirs)
    for name in theirs:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-4, err_msg=name)
    for one, other in zip(*weights, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_the_divergence_by_name_compares_probabilities_at_the_temperature():
    """Keras documents this, and compares the logits themselves."""
    goal, reached = DRAW.normal(size=(2, 5, 3))
    p, q = (
        np.exp(z / 3) / np.exp(z / 3).sum(1, keepdims=True) for z in (goal, reached)
    )
    wanted = 9 * np.mean(np.sum(p * np.log(p / q), axis=1))
    loss = distillation.LogitsDistillation(temperature=3.0)
    assert float(loss.compute_loss(goal, reached)) == pytest.approx(wanted, rel=1e-5)


def test_several_outputs_are_compared_in_their_structure():
    """By hand: mean squares for one output, nothing for the other."""
    loss = distillation.FeatureDistillation(loss=["mse", None])
    goal, reached = [np.ones((2, 3)), np.ones((2, 1))], [np.zeros((2, 3))] * 2
    assert float(loss.compute_loss(goal, reached)) == 1.0
    with pytest.raises(ValueError, match="Loss structure mismatch"):
        loss.validate_outputs(goal[0], reached[0])


def test_a_distiller_comes_back_from_its_file(tmp_path):
    model = distiller_of(nbkeras, "features")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "distiller.keras")
    loaded = nbkeras.saving.load_model(tmp_path / "distiller.keras")
    np.testing.assert_array_equal(
        loaded.predict(X, verbose=0), model.predict(X, verbose=0)
    )
    assert loaded.distillation_losses[1].teacher_layer_name == "hidden"
    assert loaded.student_loss_weight == 0.3


class Square(distillation.DistillationLoss):
    def compute_loss(self, teacher_outputs, student_outputs, **kwargs):
        return (teacher_outputs - student_outputs) ** 2


@pytest.mark.parametrize(
    ("make", "advice"),
    [
        (lambda: distillation.LogitsDistillation(0.0), "temperature must be positive"),
        (lambda: distillation.LogitsDistillation("3"), "temperature must be a number"),
        (lambda: distillation.LogitsDistillation(loss=[None]), "Write for example"),
        (lambda: distiller(student="student"), "Student must be a keras.Model"),
        (lambda: distiller(student=wide()), "output shapes are incompatible"),
        (lambda: distiller(student_loss_weight=2), "student_loss_weight=0.5"),
        (lambda: distiller(losses=None), "'distillation_losses' cannot be `None`"),
        (lambda: distiller(weights=[1.0]), "Give one weight for each loss"),
        (
            lambda: distiller(
                losses=distillation.FeatureDistillation("mse", "no", "hidden")
            ),
            "In teacher model",
        ),
        (lambda: distiller().compile("sgd"), "Write for example loss='mse'"),
    ],
)
def test_mistakes_are_told_in_words(make, advice):
    with pytest.raises(ValueError, match=advice):
        make()


def test_a_loss_that_is_no_scalar_is_refused():
    model = distiller(losses=Square())
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"Return ops.mean\(...\) of it"):
        model.fit(X, np.zeros((16, 3)), verbose=0)


def wide():
    return nbkeras.Sequential([nbkeras.Input((4,)), nbkeras.layers.Dense(5)])


def distiller(student=None, losses=Square, weights=None, **settings):
    if losses is Square:
        losses = [distillation.LogitsDistillation(), distillation.FeatureDistillation()]
    return distillation.Distiller(
        model_of(nbkeras, 6, 1),
        student or model_of(nbkeras, 5, 2),
        losses,
        weights,
        **settings,
    )
