"""Nodes of functional models: symbolic tensors, and the calls between them."""
