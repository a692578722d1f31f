"""From what users have (arrays, frames, generators) to batches of NumPy arrays."""
