"""Several losses in a fit: learned weights, gradients made to agree, moved weights."""

import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Model, layers
from nbkeras.callbacks import Steering
from nbkeras.losses.multi_task_weighting import GradNorm, PCGrad
from nbkeras.optimizers import SGD

RNG = np.random.default_rng(0)
X = RNG.normal(size=(32, 3)).astype("float32")
Y = {"size": X[:, :1] * 2 - 1, "sign": X[:, 1:2] - X[:, :1]}
LEARNED = ["uncertainty", "pcgrad", "gradnorm"]


def linear(loss_weights=None, optimizer="sgd", **options):
    """x -> trunk (2 units) -> two heads of one unit, all without bias, loss mse."""
    nbkeras.utils.set_random_seed(4)
    x = Input((3,))
    trunk = layers.Dense(2, use_bias=False, name="trunk")(x)
    heads = {
        n: layers.Dense(1, use_bias=False, name=n)(trunk) for n in ("size", "sign")
    }
    model = Model(x, heads)
    model.compile(optimizer, "mse", loss_weights=loss_weights, **options)
    return model


def by_hand(model):
    """({name: loss}, {name: {path: gradient}}) of one batch, in NumPy."""
    w = {path: np.float64(v.value) for path, v in model.weights_by_path().items()}
    hidden = X @ w["trunk/kernel"]
    losses, gradients = {}, {}
    for name in ("sign", "size"):
        head = w[f"{name}/kernel"]
        error = hidden @ head - Y[name]
        slope = 2 * error / len(X)
        losses[name] = (error**2).mean()
        gradients[name] = {path: np.zeros_like(value) for path, value in w.items()}
        gradients[name][f"{name}/kernel"] = hidden.T @ slope
        gradients[name]["trunk/kernel"] = X.T @ (slope @ head.T)
    return losses, gradients


def step(model):
    """{path: change} of one step on all rows."""
    table = model.weights_by_path()
    before = {path: weight.numpy() for path, weight in table.items()}
    logs = model.train_on_batch(X, Y, return_dict=True)
    return {path: table[path].numpy() - before[path] for path in before}, logs


def test_one_step_by_uncertainty_is_that_of_the_formula():
    model = linear("uncertainty", SGD(0.1))
    losses, gradients = by_hand(model)
    changes, logs = step(model)
    for path, change in changes.items():
        slope = sum(0.5 * g[path] for g in gradients.values())
        np.testing.assert_allclose(change, -0.1 * slope, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(logs["loss"], sum(losses.values()) / 2, rtol=1e-5)
    # The slope of exp(-s) L / 2 + s / 2 at s = 0 is (1 - L) / 2.
    for name, loss in losses.items():
        s = -0.1 * (1 - loss) / 2
        expected = np.exp(-s) / 2
        assert model.current_loss_weights[name] == pytest.approx(expected, rel=1e-5)


def test_one_step_by_pcgrad_is_that_of_the_formula():
    model = linear("pcgrad", SGD(0.1))
    _, gradients = by_hand(model)
    a, b = (gradients[name]["trunk/kernel"] for name in ("sign", "size"))
    product = (a * b).sum()
    assert product < 0, "the example is made for opposing gradients"
    projected = a + b - product / (b * b).sum() * b - product / (a * a).sum() * a
    changes, _ = step(model)
    np.testing.assert_allclose(
        changes["trunk/kernel"], -0.1 * projected, rtol=1e-4, atol=1e-6
    )
    for name in gradients:
        path = f"{name}/kernel"
        np.testing.assert_allclose(
            changes[path], -0.1 * gradients[name][path], rtol=1e-4, atol=1e-6
        )


def test_one_step_by_gradnorm_is_that_of_the_formula():
    model = linear(GradNorm(alpha=0, learning_rate=0.03), SGD(0.1))
    _, gradients = by_hand(model)
    changes, _ = step(model)
    for path, change in changes.items():
        slope = sum(g[path] for g in gradients.values())
        np.testing.assert_allclose(change, -0.1 * slope, rtol=1e-4, atol=1e-6)
    norms = np.array([np.linalg.norm(g["trunk/kernel"]) for g in gradients.values()])
    moved = 1 - 0.03 * np.sign(norms - norms.mean()) * norms
    moved *= 2 / moved.sum()
    current = model.current_loss_weights
    assert [current[name] for name in gradients] == pytest.approx(list(moved), rel=1e-4)


def test_penalties_are_added_to_the_projected_gradients():
    def penalised(weighting):
        nbkeras.utils.set_random_seed(4)
        x = Input((3,))
        trunk = layers.Dense(2, kernel_regularizer="l2")(x)
        model = Model(x, [layers.Dense(1)(trunk)] * 2)
        model.compile(SGD(0.1), "mse", loss_weights=weighting)
        model.fit(X, [Y["size"]] * 2, epochs=2, verbose=0)
        return model.get_weights()

    # Equal tasks never oppose each other, so nothing is projected.
    for plain, surgery in zip(penalised(None), penalised("pcgrad"), strict=True):
        np.testing.assert_allclose(surgery, plain, rtol=1e-5, atol=1e-6)


def test_a_scaled_loss_changes_neither_pcgrad_nor_gradnorm():
    for weighting in ("pcgrad", "gradnorm"):
        plain = step(linear(weighting, SGD(0.1)))[0]
        scaled = step(linear(weighting, SGD(0.1, loss_scale_factor=1024.0)))[0]
        for path, change in plain.items():
            np.testing.assert_allclose(scaled[path], change, rtol=1e-5, atol=1e-7)


def test_a_model_with_one_loss_trains_nothing_besides_its_weights():
    model = nbkeras.Sequential([Input((3,)), layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, Y["size"], verbose=0)
    assert model.variables_in_training() == model.weights_by_path()
    assert model.current_loss_weights == {}


def test_loss_weights_are_no_weights_of_the_model():
    model = linear("uncertainty")
    assert [w.shape for w in model.weights] == [(3, 2), (2, 1), (2, 1)]
    assert "loss_weighting/log_variances" in model.variables_in_training()


@pytest.mark.parametrize("weighting", [*LEARNED, PCGrad([1.0, 0.5])])
def test_a_saved_model_goes_on_as_the_model_itself(weighting, tmp_path):
    model = linear(weighting, "adam")
    model.fit(X, Y, batch_size=8, epochs=2, verbose=0)
    model.save(tmp_path / "tasks.keras")
    loaded = nbkeras.load_model(tmp_path / "tasks.keras")
    assert loaded.current_loss_weights == model.current_loss_weights
    one = model.fit(X, Y, batch_size=8, epochs=2, verbose=0).history
    other = loaded.fit(X, Y, batch_size=8, epochs=2, verbose=0).history
    assert one == other


@pytest.mark.parametrize("weighting", LEARNED)
def test_going_back_to_an_epoch_brings_back_its_loss_weights(weighting):
    model = linear(weighting, "adam")
    history = model.fit(X, Y, batch_size=8, epochs=3, verbose=0, keep_epochs=True)
    then = history.model_at(2)
    history.go_back(2)
    assert model.current_loss_weights == then.current_loss_weights
    again = model.fit(X, Y, batch_size=8, epochs=1, verbose=0)
    assert again.history["loss"][0] == history.history["loss"][2]


def test_learned_weights_are_in_the_history_and_not_in_evaluation():
    model = linear("gradnorm")
    history = model.fit(X, Y, epochs=2, verbose=0, validation_data=(X, Y)).history
    assert history["sign_loss_weight"][0] == 1.0
    assert history["sign_loss_weight"][1] != 1.0
    assert "val_sign_loss_weight" not in history
    assert "sign_loss_weight" not in model.evaluate(X, Y, verbose=0, return_dict=True)


def test_evaluation_uses_the_loss_weights_as_they_are():
    model = linear()
    model.set_loss_weight("size", 0.25)
    values = model.evaluate(X, Y, verbose=0, return_dict=True)
    weighted = values["sign_loss"] + 0.25 * values["size_loss"]
    assert values["loss"] == pytest.approx(weighted, rel=1e-6)


class Move(nbkeras.callbacks.Callback):
    """Asks for loss weights as a click in the dashboard does: {step: requests}."""

    takes_events = True

    def __init__(self, moves):
        super().__init__()
        self.moves = moves

    def attach(self, plan, control, model):
        self.control = control

    def __call__(self, event):
        if type(event).__name__ == "StepEnded":
            for output, weight in self.moves.get(event.step, ()):
                self.control.set_loss_weight(output, weight)


def test_moved_loss_weights_are_recorded_and_replayed_bit_for_bit():
    model = linear(optimizer="adam")
    moves = {2: [("size", 0.1)], 5: [("sign", 3.0), ("size", 0.0)], 6: [("sign", 0.5)]}
    schedule = model.fit(
        X, Y, batch_size=8, epochs=3, verbose=0, callbacks=[Move(moves)]
    ).schedule
    # What is asked after step 2 is done before step 3.
    assert schedule.loss_weights == {
        3: {"size": 0.1},
        6: {"sign": 3.0, "size": 0.0},
        7: {"sign": 0.5},
    }
    assert model.current_loss_weights == {"sign": 0.5, "size": 0.0}
    scope = {}
    exec(schedule.code, scope)
    again = linear(optimizer="adam")
    again.fit(X, Y, batch_size=8, epochs=3, verbose=0, callbacks=[scope["steering"]])
    never = linear(optimizer="adam")
    never.fit(X, Y, batch_size=8, epochs=3, verbose=0)
    for moved, repeated in zip(model.get_weights(), again.get_weights(), strict=True):
        assert np.array_equal(moved, repeated)
    assert not np.array_equal(model.get_weights()[0], never.get_weights()[0])


def test_a_moved_weight_acts_as_one_that_was_compiled():
    moved = linear()
    moved.set_loss_weight("size", 0.2)
    moved.set_loss_weight("sign", 1.5)
    moved.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    compiled = linear({"size": 0.2, "sign": 1.5})
    compiled.fit(X, Y, epochs=2, batch_size=8, verbose=0)
    for one, other in zip(moved.get_weights(), compiled.get_weights(), strict=True):
        assert np.array_equal(one, other)


def test_moving_a_loss_weight_compiles_nothing(empty_dispatch_cache):
    model = linear()
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[Steering()])

    def programs():
        get = model.compiled_steps.get
        return get("train")._cache_size() + get("multi_step")._cache_size()

    before = programs()
    steering = Steering(loss_weights={1: {"size": 0.5}, 3: {"size": 2.0}})
    model.fit(X, Y, batch_size=8, verbose=0, callbacks=[steering])
    assert programs() == before
    assert model.current_loss_weights["size"] == 2.0


def test_outputs_known_only_from_data_are_weighed_too():
    class Heads(Model):
        def __init__(self):
            super().__init__()
            self.heads = [layers.Dense(1), layers.Dense(1)]

        def call(self, x):
            return {"a": self.heads[0](x), "b": self.heads[1](x)}

    model = Heads()
    model.compile("sgd", "mse", loss_weights="uncertainty")
    model.fit(X, {"a": Y["size"], "b": Y["sign"]}, verbose=0)
    assert list(model.current_loss_weights) == ["a", "b"]


def test_resetting_the_weights_resets_what_was_learned():
    model = linear("gradnorm")
    model.fit(X, Y, verbose=0, epochs=2)
    model.reset_weights()
    assert model.current_loss_weights == {"sign": 1.0, "size": 1.0}


def test_one_loss_cannot_be_weighed_against_others():
    x = Input((3,))
    model = Model(x, layers.Dense(1)(x))
    with pytest.raises(ValueError, match="Compile without loss_weights"):
        model.compile("sgd", "mse", loss_weights="pcgrad")
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"model\.optimizer\.learning_rate = 0\.001"):
        model.set_loss_weight("dense", 0.5)


def test_a_misspelt_weighting_is_helped():
    with pytest.raises(ValueError, match="Did you mean 'uncertainty'"):
        linear("uncertanty")


def test_an_unknown_output_is_helped():
    with pytest.raises(ValueError, match="Did you mean 'size'"):
        linear().set_loss_weight("sise", 0.5)


@pytest.mark.parametrize("weight", [-1, float("nan"), float("inf"), "1", True])
def test_a_loss_weight_is_a_finite_number(weight):
    with pytest.raises(ValueError, match="must be a finite number of at least 0"):
        linear().set_loss_weight("size", weight)


def test_learned_weights_cannot_be_set():
    with pytest.raises(ValueError, match=r"loss_weights=\[1\.0, 1\.0\]"):
        linear("uncertainty").set_loss_weight("size", 0.5)


def test_a_class_with_its_own_step_weighs_its_losses_itself():
    class Own(Model):
        def train_step(self, data):
            return {"loss": 0.0}

    x = Input((3,))
    model = Own(x, [layers.Dense(1)(x), layers.Dense(1)(x)])
    with pytest.raises(ValueError, match="weigh the losses in your step"):
        model.compile("sgd", "mse", loss_weights="pcgrad")
    model.compile("sgd", "mse", loss_weights=[1.0, 0.5])
    with pytest.raises(ValueError, match="Keep them in a variable"):
        model.set_loss_weight("dense", 0.5)
