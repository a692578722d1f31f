"""Errors in parts: what was given, what was needed, and code to write instead."""
