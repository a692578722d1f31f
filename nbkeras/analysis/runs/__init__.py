"""Read and compare recorded runs."""
