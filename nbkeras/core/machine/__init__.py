"""The machine under Python: threads, memory, buffers, and processes."""
