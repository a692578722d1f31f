"""Streams of image batches: iterators over arrays, files and tables; data sets."""
