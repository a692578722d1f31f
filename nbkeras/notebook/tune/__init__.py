"""Hyperparameter search as a widget: `nbkeras.tune`."""
