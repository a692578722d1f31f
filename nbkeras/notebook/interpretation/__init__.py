"""A model's mistakes: `nbkeras.interpret`."""
