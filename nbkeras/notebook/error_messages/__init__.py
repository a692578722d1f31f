"""Error messages in the chosen language."""
