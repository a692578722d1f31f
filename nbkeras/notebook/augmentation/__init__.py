"""The augmentation studio: `nbkeras.preview`."""
