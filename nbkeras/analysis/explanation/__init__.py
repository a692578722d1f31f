"""Explain predictions: maps of the relevant pixels, and how faithful they are."""
