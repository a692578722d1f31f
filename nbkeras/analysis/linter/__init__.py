"""`lint`: find likely mistakes in a model and its data."""
