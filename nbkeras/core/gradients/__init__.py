"""Gradients of code that runs as it is written: tapes, and state that is put back."""
