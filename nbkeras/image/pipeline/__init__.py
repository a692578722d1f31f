"""Streams of picture batches: iterators over arrays, files and tables; data sets."""
