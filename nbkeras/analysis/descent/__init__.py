"""Gradient descent computed: loss surfaces, optimizer paths, planes of weights."""
