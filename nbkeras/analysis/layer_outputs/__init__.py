"""Read and modify the outputs of layers inside a model."""
