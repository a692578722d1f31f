"""RemoteMonitor: the logs of each epoch sent to a server."""

import http.server
import json
import threading
import urllib.parse

import numpy as np
import pytest

import nbkeras

X = np.random.default_rng(0).normal(size=(16, 3)).astype("float32")
Y = X.sum(axis=1, keepdims=True)


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
    model = nbkeras.Sequential([nbkeras.Input((3,)), nbkeras.layers.Dense(1)])
    model.compile("sgd", "mse")
    history = model.fit(X, Y, epochs=2, verbose=0, callbacks=[monitor])
    assert [path for path, _, _ in got] == ["/publish/epoch/end/"] * 2
    assert got[0][1]["X-Run"] == "7"
    bodies = [body for _, _, body in got]
    if not as_json:
        bodies = [urllib.parse.parse_qs(body)["data"][0] for body in bodies]
    sent = [json.loads(body) for body in bodies]
    assert [record["epoch"] for record in sent] == [0, 1]
    assert [record["loss"] for record in sent] == history.history["loss"]


def test_training_goes_on_when_no_server_answers():
    monitor = nbkeras.callbacks.RemoteMonitor("http://127.0.0.1:9")
    with pytest.warns(UserWarning, match="Could not reach RemoteMonitor root server"):
        monitor.on_epoch_end(0, {"loss": np.float32(1.0)})


def test_an_address_that_is_no_server_is_refused():
    with pytest.raises(ValueError, match="root='http://localhost:9000'"):
        nbkeras.callbacks.RemoteMonitor("file:///etc")
