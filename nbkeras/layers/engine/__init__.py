"""What all layers share: declaring weights, building, the pure functional call."""
