"""Several outputs: losses, metrics, weights and targets by list and dict."""

import keras
import numpy as np
import pytest
from graph_cases import OURS, THEIRS, share
from tolerances import assert_close_sums, relative_gap

import nbkeras
from nbkeras.layers import Dense, Input
from nbkeras.models import Model, load_model

DRAW = np.random.default_rng(0)
X = DRAW.normal(size=(24, 4)).astype("float32")
A = DRAW.normal(size=(24, 1)).astype("float32")
B = np.eye(2, dtype="float32")[DRAW.integers(0, 2, 24)]
WEIGHTS = np.linspace(0, 2, 24).astype("float32")


def _model(k, outputs="list", named=True):
    x = k.Input((4,), name="x")
    h = k.layers.Dense(3, activation="tanh")(x)
    a = k.layers.Dense(1, name="a" if named else None)(h)
    b = k.layers.Dense(2, name="b" if named else None, activation="softmax")(h)
    made = {"list": [a, b], "dict": {"up": b, "down": a}, "tuple": (a, b)}[outputs]
    return k.Model(x, made)


def _subclass(k, outputs):
    class Mine(k.Model):
        def __init__(self):
            super().__init__()
            self.one, self.two = k.layers.Dense(1), k.layers.Dense(2)

        def call(self, x):
            a, b = self.one(x), self.two(x)
            return [a, b] if outputs == "list" else {"p": a, "q": b}

    return Mine()


MSE_CE = ["mse", "categorical_crossentropy"]
CASES = {
    "lists": (
        "list",
        [A, B],
        dict(loss=MSE_CE, metrics=[["mae"], ["accuracy"]], loss_weights=[1, 0.3]),
    ),
    "dicts": (
        "list",
        {"a": A, "b": B},
        dict(
            loss={"b": "categorical_crossentropy", "a": "mse"},
            metrics={"b": ["accuracy", "mae"]},
            loss_weights={"a": 2.0, "b": 0.5},
        ),
    ),
    "an output without a loss": ("list", [B], dict(loss=[None, MSE_CE[1]])),
    "the same metric twice": (
        "list",
        [A, B],
        dict(
            loss="mse",
            metrics={"a": ["mae"], "b": ["mae", "mae"]},
            weighted_metrics={"a": ["mae"]},
            weight=WEIGHTS,
            loss_weights=0.5,
        ),
    ),
    "dict of outputs": (
        "dict",
        {"up": B, "down": A},
        dict(loss={"up": "mse", "down": "mae"}, metrics={"up": ["mse"]}),
    ),
    "without names, weights by list": (
        "unnamed",
        [A, B],
        dict(
            loss=["mse", "mse"],
            metrics=["mae", "mae"],
            weight=[WEIGHTS, 1 / (1 + WEIGHTS)],
        ),
    ),
    "subclass that gives a list": (
        "sub list",
        [A, B],
        dict(loss=["mse", "mae"], metrics=[["mae"], ["mse"]]),
    ),
}


def _made(k, kind):
    keras.backend.clear_session()
    if kind.startswith("sub"):
        model = _subclass(k, kind.split()[1])
        model(X)
        return model
    return _model(k, "list" if kind == "unnamed" else kind, kind != "unnamed")


@pytest.mark.parametrize("name", CASES)
def test_history_evaluate_and_weights_are_those_of_keras(name):
    kind, y, options = CASES[name]
    weight = options.get("weight")
    options = {key: v for key, v in options.items() if key != "weight"}
    ours, theirs = _made(OURS, kind), _made(THEIRS, kind)
    share(ours, theirs)
    found = []
    for model in (ours, theirs):
        model.compile("adam", **options)
        how = dict(sample_weight=weight, batch_size=5, verbose=0)
        history = model.fit(X, y, epochs=2, shuffle=False, **how).history
        found.append((history, np.ravel(model.evaluate(X, y, **how))))
    (mine, my_values), (yours, your_values) = found
    assert list(mine) == list(yours)
    for key, values in yours.items():
        np.testing.assert_allclose(mine[key], values, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(my_values, your_values, rtol=1e-5, atol=1e-6)
    for a, b in zip(ours.weights, theirs.weights, strict=True):
        assert relative_gap(a.numpy(), b.numpy()) < 1e-5


def test_a_flat_list_of_metrics_is_for_every_output():
    model = _model(OURS)
    model.compile("sgd", "mse", metrics=["mae"])
    history = model.fit(X, [A, B], verbose=0).history
    assert sorted(history) == ["a_loss", "a_mae", "b_loss", "b_mae", "loss"]


def test_an_output_may_be_left_out_of_the_dict_of_losses():
    model = _model(OURS)
    model.compile("sgd", {"b": "mse"})
    before = model.get_layer("a").get_weights()[0]
    model.fit(X, {"b": B}, verbose=0)
    np.testing.assert_array_equal(model.get_layer("a").get_weights()[0], before)
    assert model.metrics_names == ["loss"]


def test_sample_weights_may_name_some_outputs_only():
    def loss(**how):
        model = _model(OURS)
        model.set_weights([np.full(w.shape, 0.2, "float32") for w in model.weights])
        model.compile("sgd", "mse")
        return model.evaluate(X, {"a": A, "b": B}, verbose=0, **how)

    plain, weighted = loss(), loss(sample_weight={"a": np.zeros(24)})
    np.testing.assert_allclose(weighted, [plain[2], 0.0, plain[2]], rtol=1e-6)


def test_generators_and_validation_may_give_lists_and_dicts():
    def batches():
        for low in range(0, 24, 6):
            at = slice(low, low + 6)
            yield {"x": X[at]}, {"a": A[at], "b": B[at]}

    model = _model(OURS)
    model.compile("sgd", "mse", metrics={"a": "mae"})
    held = ({"x": X}, [A, B])
    history = model.fit(batches(), epochs=1, validation_data=held, verbose=0).history
    assert {"val_a_loss", "val_b_loss", "val_a_mae", "val_loss"} <= set(history)
    split = model.fit(X, [A, B], validation_split=0.25, verbose=0).history
    assert "val_b_loss" in split


def test_single_batches_take_and_give_several_outputs():
    model = _model(OURS, "dict")
    model.compile("sgd", "mse")
    found = model.train_on_batch(X, {"up": B, "down": A}, return_dict=True)
    assert set(found) == {"loss", "up_loss", "down_loss"}
    assert len(model.test_on_batch(X, {"up": B, "down": A})) == 3
    assert {k: v.shape for k, v in model.predict_on_batch(X).items()} == {
        "up": (24, 2),
        "down": (24, 1),
    }


def test_predict_joins_batches_of_lists_dicts_and_tuples():
    for outputs, kind in (("list", list), ("dict", dict), ("tuple", tuple)):
        found = _model(OURS, outputs).predict(X, batch_size=7, verbose=0)
        assert isinstance(found, kind)
        parts = found.values() if kind is dict else found
        assert sorted(part.shape for part in parts) == [(24, 1), (24, 2)]


@pytest.mark.parametrize(
    ("options", "hint"),
    [
        (dict(loss={"a": "mse", "c": "mse"}), r"loss has an entry for 'c'.*'a', 'b'"),
        (dict(loss=["mse"] * 3), r"loss has 3 entries, and the model has 2 outputs \(a, b\)"),
        (dict(loss="mse", metrics={"aa": "mae"}), r"Did you mean 'a'"),
        (dict(loss="mse", metrics=[["mae"]]), r"metrics has 1 entry"),
        (dict(loss="mse", loss_weights={"x": 1}), r"loss_weights has an entry for 'x'"),
        (dict(loss={"a": "msee", "b": "mse"}), r"Unknown loss 'msee'"),
        (dict(loss="mse", loss_weights=[1, "2"]), r"loss_weights must be a number"),
    ],
)  # fmt: skip
def test_compile_says_which_outputs_there_are(options, hint):
    model = _model(OURS)
    with pytest.raises(ValueError, match=hint):
        model.compile("sgd", **options)
    assert not model.compiled


@pytest.mark.parametrize(
    ("y", "hint"),
    [
        (A, r"2 outputs \(a, b\), and y is one array.*y=\[a, b\]"),
        ([A, B, B], r"y has 3 entries"),
        ({"a": A, "bb": B}, r"y has an entry for 'bb'"),
        ({"a": A}, r"Targets are missing for the output 'b'.*y\['b'\]"),
        ([B, A], r"y\[0\] has the shape \(24, 2\)"),
        (None, r"There is no y"),
    ],
)
def test_fit_says_which_targets_are_wrong(y, hint):
    model = _model(OURS)
    model.compile("sgd", "mse")
    with pytest.raises(ValueError, match=hint):
        model.fit(X, y, verbose=0)


def test_inputs_under_a_wrong_name_are_refused_before_training():
    left, right = Input((4,), name="left"), Input((2,), name="right")
    both = Model([left, right], nbkeras.layers.concatenate([left, right]))
    both.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"no array for the input 'right'.*'write'"):
        both.fit({"left": X, "write": A}, X, verbose=0)
    with pytest.raises(ValueError, match=r"x\[1\] has the shape \(24, 3\)"):
        both.predict([X, X[:, :3]], verbose=0)


def test_the_gradient_of_a_saturated_head_lives_among_others():
    x = Input((1,))
    out = [Dense(2, activation="softmax", name="sure")(x), Dense(1, name="other")(x)]
    model = Model(x, out)
    model.get_layer("sure").set_weights([np.array([[200.0, 0.0]]), np.zeros(2)])
    model.compile("sgd", ["categorical_crossentropy", "mse"])
    model.fit(np.ones((1, 1)), [np.array([[0.0, 1.0]]), np.zeros((1, 1))], verbose=0)
    # The error is (1, -1) although the softmax is exactly (1, 0).
    assert_close_sums(
        model.get_layer("sure").kernel.numpy(), [[199.99, 0.01]], rtol=1e-5
    )


def test_a_compiled_model_of_several_outputs_comes_back_from_its_file(tmp_path):
    model = _model(OURS, "dict")
    options = dict(
        loss={"up": "mse", "down": nbkeras.losses.Huber(delta=0.5)},
        metrics={"up": ["mae"]},
        loss_weights={"up": 2.0, "down": 1.0},
    )
    model.compile("adam", **options)
    y = {"up": B, "down": A}
    model.fit(X, y, verbose=0)
    model.save(tmp_path / "m.keras")
    wanted = model.evaluate(X, y, verbose=0)
    np.testing.assert_allclose(
        load_model(tmp_path / "m.keras").evaluate(X, y, verbose=0), wanted, rtol=1e-6
    )
    theirs = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_allclose(theirs.evaluate(X, y, verbose=0), wanted, rtol=1e-5)


def test_names_of_metrics_are_known_before_the_first_batch():
    model = _model(OURS)
    model.compile("sgd", "mse", metrics={"a": ["mae"]})
    before = model.metrics_names
    model.fit(X, [A, B], verbose=0)
    assert before == model.metrics_names == ["loss", "a_loss", "b_loss", "a_mae"]
