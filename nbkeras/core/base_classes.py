"""BaseLayer and BaseModel: what a layer and a model are to the packages below them."""


class BaseLayer:
    """Marks the class of a layer, for `isinstance` in packages that layers stand on."""


class BaseModel:
    """Marks the class of a model, for `isinstance` in packages that models stand on."""
