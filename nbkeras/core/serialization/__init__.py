"""Objects and their configs: registered classes, constructor arguments, sharing."""
