"""One training step, layer by layer: `nbkeras.xray`, and the dashboard's panel."""
