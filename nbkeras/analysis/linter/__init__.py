"""`lint`: what in a model and its data is likely meant otherwise."""
