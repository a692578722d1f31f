"""compile_ahead: the step is there when fit wants it, and nothing compiles twice."""

import subprocess
import sys
import threading

import jax
import numpy as np
import pytest

import nbkeras
from nbkeras import Input, Model, Sequential
from nbkeras.layers import Dense, Dropout
from nbkeras.train import background_compile

pytestmark = pytest.mark.usefixtures("empty_dispatch_cache")

RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 6)).astype("float32")
Y = RNG.integers(0, 3, 40).astype("int32")


class Traced(Dense):
    """Notes the rows of each training trace and, if `gate` is set, waits in it."""

    rows_independent = row_by_row = True
    rows, gate, begun = (), None, None

    def call(self, x, training=False):
        if training and isinstance(x, jax.core.Tracer):
            Traced.rows = (*Traced.rows, x.shape[0])
            if Traced.gate is not None:
                Traced.begun.set()
                assert Traced.gate.wait(60)
        return super().call(x)


@pytest.fixture(autouse=True)
def counted():
    Traced.rows, Traced.gate = (), None
    Traced.begun = threading.Event()


def model(optimizer="adam", **compiled):
    made = Sequential(
        [
            Input((6,)),
            Dense(4),
            Traced(3, "softmax"),
        ]
    )
    given = {"loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"]}
    made.compile(optimizer, **{**given, **compiled})
    return made


class Compiled:
    """Counts what XLA compiles while it is open."""

    def __enter__(self):
        self.count = 0
        jax.monitoring.register_event_duration_secs_listener(self._heard)
        return self

    def __exit__(self, *error):
        jax.monitoring.unregister_event_duration_listener(self._heard)

    def _heard(self, event, seconds, **more):
        self.count += event == "/jax/core/compile/backend_compile_duration"


@pytest.mark.parametrize("lowering", ["auto", "plain"])  # steps together, or alone
def test_fit_takes_the_step_that_was_compiled_ahead(lowering, monkeypatch):
    monkeypatch.setattr("nbkeras.core.settings.lowering", lambda: lowering)
    other = model()
    other.fit(X, Y, epochs=2, verbose=0)  # whatever else a fit compiles is there
    made = model()
    handle = made.compile_ahead()
    assert handle.wait(60) == "ready", handle
    Traced.rows = ()
    with Compiled() as during_fit:
        made.fit(X, Y, epochs=2, verbose=0)
    assert Traced.rows == ()
    assert during_fit.count == 0


def test_all_three_tasks_find_their_steps_ready():
    made = model()
    made.fit(X, Y, verbose=0)
    made.evaluate(X, Y, verbose=0)
    made.predict(X, verbose=0)
    twin = model()
    tasks = ["fit", "evaluate", "predict"]
    assert twin.compile_ahead(X, Y, tasks=tasks).wait(60) == "ready"
    with Compiled() as later:
        twin.fit(X, Y, validation_data=(X, Y), verbose=0)
        twin.evaluate(X, Y, verbose=0)
        twin.predict(X, verbose=0)
    assert later.count == 0


def test_the_numbers_are_those_of_a_fit_without_it():
    results = []
    for ahead in (False, True):
        nbkeras.utils.set_random_seed(5)
        made = Sequential([Dense(4), Dropout(0.5), Dense(3, "softmax")])
        made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
        if ahead:
            assert made.compile_ahead(X, Y).wait(60) == "ready"
        history = made.fit(X, Y, epochs=2, verbose=0).history
        results.append((history, made.predict(X, verbose=0)))
    assert results[0][0] == results[1][0]
    np.testing.assert_array_equal(results[0][1], results[1][1])


def test_fit_waits_for_the_step_that_is_being_compiled(monkeypatch):
    made = model()
    Traced.gate = threading.Event()
    handle = made.compile_ahead(X, Y)
    assert Traced.begun.wait(60)
    assert handle.status == "compiling"
    wait = background_compile.Job.wait

    def let_go_and_wait(job, timeout=None):
        Traced.rows = ()
        Traced.gate.set()
        return wait(job, timeout)

    monkeypatch.setattr(background_compile.Job, "wait", let_go_and_wait)
    made.fit(X, Y, verbose=0)
    assert handle.status == "ready"
    with Compiled() as later:
        made.fit(X, Y, verbose=0)
    assert later.count == 0


def test_fit_with_other_shapes_waits_for_nobody():
    made = model()
    made.fit(X, Y, batch_size=8, verbose=0)
    Traced.gate = threading.Event()
    handle = made.compile_ahead(X, Y)
    assert Traced.begun.wait(60)
    made.fit(X, Y, batch_size=8, verbose=0)
    assert handle.status == "compiling"
    Traced.gate.set()
    assert handle.wait(60) == "ready"


def test_fit_does_not_wait_for_a_turn():
    first, second = model(), model()
    Traced.gate = threading.Event()
    busy = first.compile_ahead(X, Y)
    assert Traced.begun.wait(60)
    waiting = second.compile_ahead(X, Y)
    assert waiting.status == "waiting"
    assert waiting.wait(0) == "waiting"
    gate, Traced.gate = Traced.gate, None
    second.fit(X, Y, verbose=0)
    assert waiting.wait(0) == "cancelled"
    gate.set()
    assert busy.wait(60) == "ready"


def test_a_cancelled_one_never_begins_and_one_under_way_does_not_compile():
    made, other = model(), model()
    Traced.gate = threading.Event()
    handle = made.compile_ahead(X, Y)
    assert Traced.begun.wait(60)
    waiting = other.compile_ahead(X, Y)
    waiting.cancel()
    handle.cancel()
    assert waiting.wait(0) == "cancelled"
    with Compiled() as rest:
        Traced.gate.set()
        assert handle.wait(60) == "cancelled"
    assert rest.count == 0


def test_failing_is_quiet_and_fit_says_what_is_wrong():
    class Broken(Dense):
        def call(self, x, training=False):
            if training:
                raise ArithmeticError("no such layer")
            return super().call(x)

    made = Sequential([Input((4,)), Broken(1)])
    made.compile("sgd", "mse")
    handle = made.compile_ahead()
    assert handle.wait(60) == "failed"
    assert "no such layer" in repr(handle)
    with pytest.raises(ArithmeticError, match="no such layer"):
        made.fit(np.ones((8, 4)), np.ones((8, 1)), verbose=0)


def test_a_layer_frozen_meanwhile_is_frozen_in_fit():
    """Also when it is thawed while the step is traced, and frozen again after."""
    made = model()
    Traced.gate = threading.Event()
    handle = made.compile_ahead(X, Y)
    assert Traced.begun.wait(60)
    made.layers[0].trainable = False
    Traced.gate.set()
    assert handle.wait(60) == "failed"
    assert "changed" in str(handle.error)
    before = made.layers[0].get_weights()[0]
    made.fit(X, Y, verbose=0)
    np.testing.assert_array_equal(made.layers[0].get_weights()[0], before)
    made.layers[0].trainable = True
    made.fit(X, Y, verbose=0)
    assert not np.array_equal(made.layers[0].get_weights()[0], before)


def test_targets_of_another_kind_than_supposed_choose_their_own_metrics():
    """Class numbers were expected; with one-hot rows "accuracy" is another metric."""
    made = model(loss=nbkeras.losses.CategoricalCrossentropy())
    like = jax.ShapeDtypeStruct((40, 1), "int32")
    made.compile_ahead(X, like).wait(60)
    hot = np.eye(3, dtype="float32")[Y]
    found = made.fit(X, hot, verbose=0, epochs=3).history["accuracy"][-1]
    assert 0 <= found <= 1
    expected = (made.predict(X, verbose=0).argmax(1) == Y).mean()
    result = made.evaluate(X, hot, verbose=0, return_dict=True)
    assert result["accuracy"] == pytest.approx(expected)


def test_class_numbers_of_few_bits_find_the_step_of_others():
    made = model()
    assert made.compile_ahead().wait(60) == "ready"
    Traced.rows = ()
    made.fit(X, Y.astype("uint8"), verbose=0)
    assert Traced.rows == ()


def test_several_inputs_and_outputs_are_known_from_the_model():
    a, b = Input((4,), name="a"), Input((2,), name="b")
    made = Model([a, b], [Dense(1, name="p")(a), Traced(3, "softmax", name="q")(b)])
    losses = ["mse", "sparse_categorical_crossentropy"]
    made.compile("sgd", losses, metrics=[[], ["accuracy"]])
    assert made.compile_ahead(batch_size=8).wait(60) == "ready"
    Traced.rows = ()
    x = [np.ones((16, 4), "float32"), np.ones((16, 2), "float32")]
    y = [np.ones((16, 1), "float32"), np.zeros(16, "int32")]
    made.fit(x, y, batch_size=8, verbose=0)
    assert Traced.rows == ()


def test_what_cannot_be_known_is_asked_for():
    made = Sequential([Dense(2)])
    made.compile("sgd", "mse")
    with pytest.raises(ValueError, match=r"compile_ahead\(x_train, y_train\)"):
        made.compile_ahead()
    with pytest.raises(RuntimeError, match=r"model\.compile\("):
        Sequential([Input((4,)), Dense(2)]).compile_ahead()
    with pytest.raises(TypeError, match="one of its batches"):
        made.compile_ahead(iter([X]))
    with pytest.raises(ValueError, match="tasks"):
        made.compile_ahead(X, Y, tasks="train")


def test_the_validation_is_compiled_while_the_first_epoch_runs(monkeypatch):
    started = []
    start = background_compile.Compiling.start
    monkeypatch.setattr(
        background_compile.Compiling,
        "start",
        lambda self: started.append(self) or start(self),
    )
    made = model()
    made.fit(X, Y, batch_size=8, validation_data=(X, Y), epochs=2, verbose=0)
    assert len(started) == 1
    assert made.compiled_steps.get("eval")._cache_size() == 1
    made.fit(X, Y, batch_size=8, validation_data=(X, Y), verbose=0)
    assert len(started) == 1


def test_the_interpreter_may_end_while_it_compiles():
    code = (
        "from nbkeras import Input, Sequential\n"
        "from nbkeras.layers import Dense\n"
        "m = Sequential([Input((64,)), *[Dense(64, 'gelu') for _ in range(12)]])\n"
        "m.compile('adam', 'mse')\n"
        "print(m.compile_ahead().status)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() in ("waiting", "compiling")
    # On a busy machine the compiler's thread may need over two seconds to end.
    notices = ("", "Waiting for nbkeras-compile to finish its step before exit")
    assert done.stderr.partition(" (Ctrl-C")[0] in notices
    assert done.stderr.count("\n") <= 1
