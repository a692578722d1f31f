"""Random and fixed changes of pictures: affine maps, colour, size, standardizing."""
