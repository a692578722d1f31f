"""What the curves of a training run say about it."""
