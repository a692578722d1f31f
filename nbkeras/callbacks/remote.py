"""RemoteMonitor: send the logs of each epoch to a server."""

import json
import urllib.error
import urllib.parse
import urllib.request
import warnings
from collections.abc import Mapping

import numpy as np

from nbkeras.callbacks.base import Callback
from nbkeras.core.annotations import Logs

_TIMEOUT_S = 10.0


class RemoteMonitor(Callback):
    """Send the logs of each epoch by HTTP POST; a failed request only warns.

    Args:
        root: http or https URL of the server.
        path: path that receives the logs, relative to `root`.
        field: form field that holds the JSON, unless `send_as_json`.
        headers: dict of additional HTTP headers.
        send_as_json: send a JSON body instead of a form.

    Raises:
        ValueError: `root` is not an http or https URL.
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: Mapping[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        if urllib.parse.urlsplit(root).scheme not in ("http", "https"):
            raise ValueError(
                f"RemoteMonitor(root={root!r}): give the address of a server. Write "
                "for example root='http://localhost:9000'."
            )
        self.root, self.path, self.field = root, path, field
        self.headers, self.send_as_json = headers, send_as_json

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Send the logs."""
        numbers = {name: _plain(value) for name, value in (logs or {}).items()}
        text = json.dumps({"epoch": epoch, **numbers})
        content_type = "application/x-www-form-urlencoded"
        if self.send_as_json:
            content_type = "application/json"
        else:
            text = urllib.parse.urlencode({self.field: text})
        request = urllib.request.Request(
            self.root + self.path,
            data=text.encode(),
            headers={"Content-Type": content_type, **(self.headers or {})},
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_S):
                pass
        except (OSError, urllib.error.URLError) as error:
            warnings.warn(
                f"Could not reach RemoteMonitor root server at {self.root} ({error}). "
                "Training continues.",
                stacklevel=2,
            )


def _plain(value):
    return value.item() if isinstance(value, np.ndarray | np.generic) else value
