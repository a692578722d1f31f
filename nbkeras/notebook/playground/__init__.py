"""The playground: train a small network on points of a plane, and see every unit."""
