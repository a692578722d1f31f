"""BaseLayer and BaseModel: what a layer and a model are to the packages below them."""

from typing import Any


class BaseLayer:
    """Marks the class of a layer, for `isinstance` in packages that layers stand on."""


class BaseModel:
    """Marks the class of a model, for `isinstance` in packages that models stand on."""


class BaseRecorded:
    """Marks the class of arrays that a GradientTape follows; `value` is the array."""

    value: Any
