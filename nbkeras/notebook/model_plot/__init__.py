"""The interactive diagram of a model, and `summary()` as a table."""
