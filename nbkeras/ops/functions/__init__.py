"""The functions of `keras.ops`, by subject, and the table of all."""
