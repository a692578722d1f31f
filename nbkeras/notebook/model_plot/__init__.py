"""The interactive plot of a model, and `summary()` as a table."""
