"""Random and fixed changes of images: affine maps, colour, size, standardizing."""
