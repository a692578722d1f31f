"""Threads, memory, buffers and processes."""
