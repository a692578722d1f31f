"""Compute the plot of a model: anatomy, costs, layout, SVG, PNG and DOT."""
