"""Pure functions of arrays: no classes with state, no layers."""
