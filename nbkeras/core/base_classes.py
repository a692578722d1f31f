"""BaseLayer and BaseModel: markers of layers and models for the packages below them."""


class BaseLayer:
    """Base class of layers, for `isinstance` in packages that layers import."""


class BaseModel:
    """Base class of models, for `isinstance` in packages that models import."""
