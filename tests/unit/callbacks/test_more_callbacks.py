"""SwapEMAWeights, RemoteMonitor and CallbackList beside real Keras."""

import http.server
import json
import threading
import urllib.parse

import keras
import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)
LIBRARIES = [nbkeras, keras]
every = pytest.mark.parametrize("library", LIBRARIES, ids=["nbkeras", "keras"])


def model_of(library, optimizer):
    model = library.Sequential([library.layers.Input((3,)), library.layers.Dense(1)])
    model.set_weights([np.ones((3, 1), "float32"), np.zeros(1, "float32")])
    model.compile(optimizer, "mse")
    return model


def averaged(library, swap_on_epoch, wrap=lambda o, inner: inner):
    """What a run with SwapEMAWeights leaves and shows."""
    seen = []
    o = library.optimizers
    model = model_of(library, wrap(o, o.SGD(0.1, use_ema=True, ema_momentum=0.8)))
    swap = library.callbacks.SwapEMAWeights(swap_on_epoch=swap_on_epoch)
    look = library.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs: seen.append(model.get_weights()[0]),
        on_epoch_end=lambda epoch, logs: seen.append(model.get_weights()[0]),
    )
    history = model.fit(
        X,
        Y,
        batch_size=4,
        epochs=3,
        shuffle=False,
        verbose=0,
        validation_data=(X, Y),
        callbacks=[swap, look],
    )
    return history.history["val_loss"], np.array(seen), model.get_weights()


@pytest.mark.parametrize("swap_on_epoch", [False, True])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda o, inner: inner,
        lambda o, inner: o.LossScaleOptimizer(inner, initial_scale=4.0),
        lambda o, inner: o.MultiOptimizer(o.OptimizerMap(inner)),
    ],
    ids=["alone", "scaled", "multi"],
)
def test_averages_take_the_place_of_weights_when_those_of_keras_do(swap_on_epoch, wrap):
    ours, theirs = (averaged(k, swap_on_epoch, wrap) for k in LIBRARIES)
    np.testing.assert_allclose(ours[0], theirs[0], rtol=1e-4)
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-4, atol=1e-6)
    for a, b in zip(ours[2], theirs[2], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


def test_swapping_needs_an_optimizer_that_keeps_averages():
    model = model_of(nbkeras, "sgd")
    with pytest.raises(ValueError, match=r"Compile with SGD\(use_ema=True\)"):
        model.fit(X, Y, verbose=0, callbacks=[nbkeras.callbacks.SwapEMAWeights()])


@pytest.fixture
def server():
    """A server that keeps what was sent: [(path, headers, body)]."""
    got = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            got.append((self.path, dict(self.headers), body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    running = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{running.server_port}", got
    running.shutdown()
    running.server_close()
    thread.join()


@pytest.mark.parametrize("as_json", [True, False])
def test_the_logs_of_each_epoch_are_sent(server, as_json):
    address, got = server
    monitor = nbkeras.callbacks.RemoteMonitor(
        address, send_as_json=as_json, headers={"X-Run": "7"}
    )
    model = model_of(nbkeras, "sgd")
    history = model.fit(X, Y, epochs=2, verbose=0, callbacks=[monitor])
    assert [path for path, _, _ in got] == ["/publish/epoch/end/"] * 2
    assert got[0][1]["X-Run"] == "7"
    bodies = [body for _, _, body in got]
    if not as_json:
        bodies = [urllib.parse.parse_qs(body)["data"][0] for body in bodies]
    sent = [json.loads(body) for body in bodies]
    assert [each["epoch"] for each in sent] == [0, 1]
    assert [each["loss"] for each in sent] == history.history["loss"]


def test_training_goes_on_when_no_server_answers():
    monitor = nbkeras.callbacks.RemoteMonitor("http://127.0.0.1:9")
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor root server"):
        monitor.on_epoch_end(0, {"loss": np.float32(1.0)})


def test_an_address_that_is_no_server_is_refused():
    with pytest.raises(ValueError, match="root='http://localhost:9000'"):
        nbkeras.callbacks.RemoteMonitor("file:///etc")


@every
def test_a_list_hands_every_hook_on_in_order_with_plain_numbers(library):
    seen = []

    class Note(library.callbacks.Callback):
        def __init__(self, mark):
            super().__init__()
            self.mark = mark

        def on_train_begin(self, logs=None):
            seen.append((self.mark, "train", logs))

        def on_train_batch_end(self, batch, logs=None):
            seen.append((self.mark, batch, logs))

        def on_epoch_end(self, epoch, logs=None):
            seen.append((self.mark, epoch, logs))

        def on_test_end(self, logs=None):
            seen.append((self.mark, "test", logs))

    both = library.callbacks.CallbackList(
        [Note("a"), Note("b")],
        add_history=True,
        model=model_of(library, "sgd"),
        epochs=3,
    )
    loss = {"loss": library.ops.convert_to_tensor(0.5)}
    both.on_train_begin()
    both.on_train_batch_end(4, loss)
    both.on_epoch_end(1, logs=loss)
    both.on_test_begin()
    both.on_test_end(loss)
    both.on_train_end()
    expected = [("train", {}), (4, {"loss": 0.5}), (1, {"loss": 0.5})]
    expected += [("test", {"loss": 0.5})]
    assert seen == [(mark, *each) for each in expected for mark in "ab"]
    assert type(seen[2][2]["loss"]) is float
    assert [c.params["epochs"] for c in both.callbacks[:2]] == [3, 3]
    history = both.callbacks[2]
    assert history.epoch == [1]
    assert history.history == {"loss": [0.5]}


@every
def test_a_list_tells_the_model_and_keeps_a_history_that_is_there(library):
    model = model_of(library, "sgd")
    mine = library.callbacks.History()
    both = library.callbacks.CallbackList([mine], add_history=True, model=model)
    assert both.callbacks == [mine]
    assert both.model is model
    assert model.history is mine


@pytest.mark.parametrize("task", ["fit", "evaluate", "predict"])
def test_weights_that_a_callback_sets_at_the_begin_of_a_pass_are_used_in_it(task):
    results = []
    for library in LIBRARIES:
        model = model_of(library, library.optimizers.SGD(0.0))

        def double(logs, model=model):
            model.set_weights([2 * weight for weight in model.get_weights()])

        callback = library.callbacks.LambdaCallback()
        callback.on_test_begin = callback.on_predict_begin = double
        settings = {"verbose": 0, "callbacks": [callback]}
        if task == "fit":
            fit = model.fit(X, Y, validation_data=(X, Y), epochs=2, **settings)
            results.append(fit.history["val_loss"])
        elif task == "evaluate":
            results.append(model.evaluate(X, Y, **settings))
        else:
            results.append(model.predict(X, **settings))
    np.testing.assert_allclose(*results, rtol=1e-5, atol=1e-6)
