"""Recorded runs side by side: `nbkeras.runs`."""
