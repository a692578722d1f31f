"""What keeps old Keras code running."""

from nbkeras.compat.install import install, installed, uninstall

__all__ = ["install", "installed", "uninstall"]
