import contextlib
import http.server
import threading

import pytest


@pytest.fixture
def homes(tmp_path, monkeypatch):
    """Empty caches of nbkeras and of Keras."""
    ours, keras = tmp_path / "home", tmp_path / "keras"
    monkeypatch.setenv("NBKERAS_HOME", str(ours))
    monkeypatch.setenv("KERAS_HOME", str(keras))
    return ours, keras


@pytest.fixture
def web(tmp_path):
    """A server on this machine: `web.files` {path: bytes or a function of the handler}."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            found = server.files.get(self.path.split("?")[0])
            server.asked.append(self.path)
            if callable(found):
                with contextlib.suppress(OSError):
                    found(self)
                return
            self.send_response(404 if found is None else 200)
            self.send_header("Content-Length", str(len(found or b"")))
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *args):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.files, server.asked = {}, []
    server.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.01}
    )
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def offline(monkeypatch):
    """No connection to anywhere."""
    from nbkeras.utils import download

    class Nowhere:
        def open(self, *args, **kwargs):
            raise OSError("no connection")

    monkeypatch.setattr(download, "_opener", Nowhere())
