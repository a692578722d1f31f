"""Hyperparameter search on the page: `nbkeras.tune`."""
