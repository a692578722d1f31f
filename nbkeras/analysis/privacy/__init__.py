"""What a model reveals about its training data: `nbkeras.privacy`."""
