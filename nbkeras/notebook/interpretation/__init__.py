"""Where a model is wrong: `nbkeras.interpret`."""
