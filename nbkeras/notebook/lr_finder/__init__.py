"""The learning-rate finder on the page: `nbkeras.lr_find`."""
