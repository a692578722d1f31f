"""The functions of `keras.ops` by subject, and the table that lists them all."""
