"""The learning-rate finder as a widget: `nbkeras.lr_find`."""
