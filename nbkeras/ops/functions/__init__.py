"""The functions of `keras.ops`, by what they are about, and the table of all."""
