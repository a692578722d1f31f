"""BaseLayer and BaseModel: markers of layers and models for the packages below them."""

from typing import Any


class BaseLayer:
    """Base class of layers, for `isinstance` in packages that layers import."""


class BaseModel:
    """Base class of models, for `isinstance` in packages that models import."""


class BaseRecorded:
    """Base class of arrays that a GradientTape follows; `value` is the array."""

    value: Any
