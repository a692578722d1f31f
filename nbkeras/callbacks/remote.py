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
    """Send the logs of each epoch by HTTP POST; training continues without an answer.

    Args:
        root: address of the server, http or https.
        path: of the page that takes the logs.
        field: of the form in which the JSON stands, unless `send_as_json`.
        headers: dict of more HTTP headers.
        send_as_json: send the JSON itself rather than a form.

    Raises:
        ValueError: another kind of address.
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
        kind = "application/x-www-form-urlencoded"
        if self.send_as_json:
            kind = "application/json"
        else:
            text = urllib.parse.urlencode({self.field: text})
        request = urllib.request.Request(
            self.root + self.path,
            data=text.encode(),
            headers={"Content-Type": kind, **(self.headers or {})},
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
