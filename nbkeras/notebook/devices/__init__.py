"""What there is to compute on, and what a model takes of it: `nbkeras.devices`."""
