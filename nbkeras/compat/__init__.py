"""Compatibility with old Keras code."""

from nbkeras.compat.install import install, installed, uninstall

__all__ = ["install", "installed", "uninstall"]
