"""BaseModel: what a model is to the packages below `models`."""


class BaseModel:
    """Marks the class of a model, for `isinstance` in packages that models stand on."""
