"""Where downloaded files are kept."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """`$NBKERAS_HOME`, or `~/.cache/nbkeras`."""
    home = os.environ.get("NBKERAS_HOME")
    return Path(home) if home else Path.home() / ".cache" / "nbkeras"


def keras_folders() -> list[Path]:
    """Where Keras keeps data sets, which are read if they are there."""
    home = os.environ.get("KERAS_HOME")
    return [Path(home) if home else Path.home() / ".keras"]
