"""Batches of images: iterators over arrays, files and tables, and datasets."""
