"""Bidirectional: two layers over a sequence, one in each direction."""

from typing import Any, Literal, Self

import jax
import jax.numpy as jnp

from nbkeras.core import check
from nbkeras.core.annotations import Config, CustomObjects, Shape
from nbkeras.core.errors import structured_errors
from nbkeras.core.serialization.configurable import as_dict
from nbkeras.core.serialization.registry import custom_object_scope
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.registry import register, registry
from nbkeras.layers.recurrent.stateful import Recurrent

SHARED = ("stateful", "return_sequences", "return_state")
MERGES = ("concat", "sum", "mul", "ave", None)


@register("Bidirectional")
class Bidirectional(Recurrent):
    """Run a recurrent layer in both directions, and merge the two outputs.

    Args:
        layer: a recurrent layer; a copy of it processes the steps forwards.
        merge_mode: "concat", "sum", "mul", "ave" (average); None returns both outputs.
        weights: initial values, of the forward layer and then of the backward layer.
        backward_layer: the layer that processes the steps backwards; None for a copy.
        **base: arguments of `Layer`.

    Shapes:
        sequences (batch, steps, features) -> (batch, 2 * units) with "concat", or
        (batch, steps, 2 * units) if the layers return sequences. With `return_state`
        the states of the forward layer follow, then those of the backward layer.

    Raises:
        ValueError: a layer is not recurrent, `merge_mode` is unknown, or the settings
            of both layers differ.

    Source: Schuster and Paliwal, "Bidirectional recurrent neural networks", IEEE
    Transactions on Signal Processing 45 (1997).

    >>> from nbkeras.layers import LSTM
    >>> Bidirectional(LSTM(4, return_sequences=True))(jnp.ones((2, 10, 3))).shape
    (2, 10, 8)
    """

    def __init__(
        self,
        layer: Layer,
        merge_mode: Literal["concat", "sum", "mul", "ave"] | None = "concat",
        weights: list[Any] | None = None,
        backward_layer: Layer | None = None,
        **base: Any,
    ) -> None:
        super().__init__(weights=weights, **base)
        for name, sublayer in (("layer", layer), ("backward_layer", backward_layer)):
            _check_is_recurrent(name, sublayer)
        self.merge_mode = check.choice(
            "Bidirectional", "merge_mode", merge_mode, MERGES
        )
        self.forward_layer = _new_copy(layer, "forward")
        if backward_layer is None:
            backward_layer = _new_copy(layer, "backward", go_backwards=True)
        self.backward_layer = backward_layer
        _check_match(self.forward_layer, self.backward_layer)
        for sublayer in (self.forward_layer, self.backward_layer):
            # The outputs of masked steps would be at different positions.
            if hasattr(sublayer, "zero_output_for_mask"):
                sublayer.zero_output_for_mask = sublayer.return_sequences
        self.stateful = layer.stateful
        self.return_sequences = layer.return_sequences
        self.return_state = layer.return_state
        self.input_spec = layer.input_spec
        layers = (self.forward_layer, self.backward_layer)
        self.rows_independent = all(sublayer.treats_rows_alone() for sublayer in layers)

    @property
    def layer(self) -> Any:
        """The forward layer."""
        return self.forward_layer

    @property
    def states(self) -> Any:
        """The states of stateful layers, forward layer first; None if not stateful."""
        forward, backward = self.forward_layer.states, self.backward_layer.states
        return None if forward is None else (*forward, *backward)

    # One shape per argument of `call`, with Keras's names.
    def build(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, sequences_shape: Shape, initial_state_shape: Any = None
    ) -> None:
        """Build both layers."""
        for sublayer in (self.forward_layer, self.backward_layer):
            if not sublayer.built:
                sublayer._build_once(sequences_shape)

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool = False,
    ) -> Any:
        """The merged outputs, or with `return_state` a tuple of them and all states."""
        forward, backward = {}, {}
        if initial_state is not None:
            half = len(initial_state) // 2
            forward["initial_state"] = list(initial_state[:half])
            backward["initial_state"] = list(initial_state[half:])
        if mask is not None:
            forward["mask"] = backward["mask"] = jax.tree.leaves(mask)[0]
        y = self.forward_layer(sequences, **forward)
        y_back = self.backward_layer(sequences, **backward)
        states = ()
        if self.return_state:
            (y, *forward_states), (y_back, *backward_states) = y, y_back
            states = (*forward_states, *backward_states)
        if self.return_sequences:
            y_back = jnp.flip(y_back, 1)
        merged = self._merged(y.astype(self.compute_dtype), y_back)
        if not self.return_state:
            return merged
        return (*merged, *states) if self.merge_mode is None else (merged, *states)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask, if the output has steps."""
        masks = jax.tree.leaves(previous_mask)
        mask = masks[0] if masks and self.return_sequences else None
        if self.merge_mode is None:
            return [mask, mask]
        return [mask] if self.return_state else mask

    def get_config(self) -> Config:
        """The constructor's arguments, with the configs of both layers."""
        config = super().get_config()
        config["layer"] = as_dict(self.forward_layer)
        config["backward_layer"] = as_dict(self.backward_layer)
        return config

    @classmethod
    def from_config(
        cls, config: Config, custom_objects: CustomObjects | None = None
    ) -> Self:
        """Create an equal layer; the inner layers may be configs."""
        with custom_object_scope(custom_objects):
            config = {
                name: registry.get(value)
                if name in ("layer", "backward_layer") and isinstance(value, dict)
                else value
                for name, value in config.items()
            }
            return super().from_config(config)

    def _merged(self, y, y_back):
        if self.merge_mode == "concat":
            return jnp.concatenate([y, y_back], axis=-1)
        if self.merge_mode == "sum":
            return y + y_back
        if self.merge_mode == "ave":
            return (y + y_back) / 2
        return y * y_back if self.merge_mode == "mul" else (y, y_back)


def _check_is_recurrent(name, layer):
    if layer is None and name == "backward_layer":
        return
    is_recurrent = isinstance(layer, Layer) and hasattr(layer, "go_backwards")
    if not is_recurrent or not all(hasattr(layer, attribute) for attribute in SHARED):
        raise structured_errors.argument(
            "Bidirectional", name, layer, "a recurrent layer", "LSTM(32)"
        )


def _new_copy(layer, direction, **changes):
    """A new layer with the same settings."""
    name = f"{direction}_{layer.name.removeprefix(f'{direction}_')}"
    copy = type(layer).from_config({**layer.get_config(), "name": name, **changes})
    if hasattr(layer, "use_cudnn"):
        copy.use_cudnn = layer.use_cudnn
    return copy


def _check_match(forward, backward):
    if forward.go_backwards == backward.go_backwards:
        raise ValueError(
            f"Bidirectional: both layers have go_backwards={forward.go_backwards}. "
            "Write backward_layer=LSTM(32, go_backwards=True)."
        )
    for name in SHARED:
        value, backward_value = getattr(forward, name), getattr(backward, name)
        if value != backward_value:
            raise ValueError(
                f"Bidirectional: layer has {name}={value} and backward_layer "
                f"{name}={backward_value}. Give both the same {name}."
            )
