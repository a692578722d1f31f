"""Outputs of a model at each epoch that its run kept."""
