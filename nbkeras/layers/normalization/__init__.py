"""Normalization layers: batch, layer, group, RMS, unit length, spectral."""
