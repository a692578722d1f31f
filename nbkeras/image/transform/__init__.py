"""Image transforms: affine, colour, resizing, standardization."""
