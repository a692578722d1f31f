"""Layers that only move values: reshape, permute, pad, crop, enlarge."""
