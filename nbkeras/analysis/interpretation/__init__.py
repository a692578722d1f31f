"""Where a model is wrong, and how far it knows: mistakes, confidence, labels."""
