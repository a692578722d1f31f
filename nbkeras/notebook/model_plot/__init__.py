"""The picture of a model on the page, and `summary()` as a table."""
