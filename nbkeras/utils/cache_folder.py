"""The folders of downloaded files."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """The cache folder: `$NBKERAS_HOME`, or `~/.cache/nbkeras`."""
    home = os.environ.get("NBKERAS_HOME")
    return Path(home) if home else Path.home() / ".cache" / "nbkeras"


def keras_folders() -> list[Path]:
    """The folders in which Keras stores datasets, which are read too."""
    home = os.environ.get("KERAS_HOME")
    return [Path(home) if home else Path.home() / ".keras"]
