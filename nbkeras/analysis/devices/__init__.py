"""Devices, and what a model takes of them: `nbkeras.devices`."""
