"""Recorded runs compared."""
