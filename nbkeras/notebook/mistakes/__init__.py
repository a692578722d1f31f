"""Messages of mistakes in the chosen language."""
