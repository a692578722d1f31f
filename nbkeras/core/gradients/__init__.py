"""Gradient tapes for eager code, and scopes that make stateful code pure."""
