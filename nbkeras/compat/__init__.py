"""What keeps old Keras code running."""

from nbkeras.compat.install import install, uninstall

__all__ = ["install", "uninstall"]
