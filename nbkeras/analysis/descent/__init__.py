"""Gradient descent computed: loss surfaces, walks of optimizers, planes of weights."""
