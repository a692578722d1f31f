"""The layer engine: declaring weights, building, pure functional calls."""
