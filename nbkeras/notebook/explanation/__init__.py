"""Explanations of predictions: `nbkeras.explain`."""
