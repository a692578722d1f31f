"""Data adapters: from arrays, DataFrames and generators to batches of NumPy arrays."""
