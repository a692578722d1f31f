"""Images: reading, augmentation, and batches for training."""
