"""Statistics of image folders and batches."""
