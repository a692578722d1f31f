"""Compare recorded runs: `nbkeras.runs`."""
