"""Inspect the layers of a network on images of your own: `nbkeras.inside`."""
