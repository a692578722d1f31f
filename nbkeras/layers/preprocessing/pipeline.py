"""Pipeline: a sequence of preprocessing layers as one layer."""

from collections.abc import Sequence
from typing import Any, Self

from nbkeras.core.annotations import Config
from nbkeras.layers.engine.calling import call_arguments
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register, registry


@register("Pipeline")
class Pipeline(Layer):
    """Apply layers in sequence, with random augmentation unless `training=False`.

    It prepares data, as in `dataset.map(pipeline)`; for a model use `Sequential`.

    Args:
        layers: the layers, in order.
        name: name of the pipeline.
        **base: arguments of `Layer`.

    >>> from nbkeras.layers import RandomFlip, Rescaling
    >>> Pipeline([Rescaling(1 / 255), RandomFlip()])(jnp.ones((2, 4, 4, 3))).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self, layers: Sequence[Any], name: str | None = None, **base: Any
    ) -> None:
        super().__init__(name=name, **base)
        self._layers = list(layers)

    @property
    def layers(self) -> list[Any]:
        """The layers, in order."""
        return self._layers

    def __call__(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """The output of the last layer, with augmentation unless `training=False`."""
        if training is None and self._context is None:
            training = True
        return super().__call__(*args, training=training, **kwargs)

    def call(self, x: Any, training: bool = True, mask: Any = None) -> Any:
        """The output of the last layer; layers that accept `mask` receive it."""
        for layer in self._layers:
            masks = {}
            if mask is not None and "mask" in call_arguments(type(layer)):
                masks["mask"] = mask
            x = layer(x, training=training, **masks)
        return x

    def treats_rows_alone(self, promise: str = "rows_independent") -> bool:
        """Whether all layers treat rows independently."""
        return all(layer.treats_rows_alone(promise) for layer in self._layers)

    def get_config(self) -> Config:
        """The layers and the name."""
        config = super().get_config()
        return {"name": config["name"], "layers": config["layers"]}

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Create an equal pipeline from the result of `get_config`."""
        layers = [registry.get(layer) for layer in config["layers"]]
        return cls(layers, name=config.get("name"))
