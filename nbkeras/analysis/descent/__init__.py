"""Computations of the descent lab: loss surfaces, optimizer paths, weight planes."""
