"""Class names in the form that Keras uses for layers and in files."""

import re


def snake_case(name: str) -> str:
    """`MaxPooling2D` to `max_pooling2d`."""
    name = re.sub(r"\W+", "", name)
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()
