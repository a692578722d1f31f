"""Guesses before a result, and how far they are from it."""
