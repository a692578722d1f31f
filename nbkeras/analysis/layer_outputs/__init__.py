"""The outputs of layers inside a model, read and changed on the way."""
