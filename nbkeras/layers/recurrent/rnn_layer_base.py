"""Base class of recurrent layers with a built-in cell, such as LSTM and GRU."""

from collections.abc import Mapping
from typing import Any

from nbkeras.core import check
from nbkeras.core.annotations import Config
from nbkeras.layers.recurrent.rnn import RNN


class RNNLayerBase(RNN):
    """Base class of recurrent layers with a built-in cell that holds their settings."""

    not_in_config = ()

    @staticmethod
    def shared(base: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments of a layer that apply to its cell as well."""
        return {name: base[name] for name in ("dtype", "trainable") if name in base}

    def get_config(self) -> Config:
        """The constructor's arguments, those of the cell from its config."""
        config = super().get_config()
        layer_settings = ("name", "trainable", "dtype")
        cell_config = self.cell.get_config()
        config |= {
            k: v
            for k, v in cell_config.items()
            if k in config and k not in layer_settings
        }
        for name in ("cell", "use_cudnn", *self.not_in_config):
            config.pop(name, None)
        return config


def _cell_setting(name: str) -> property:
    def setting(self: RNNLayerBase) -> Any:
        return getattr(self.cell, name)

    return property(setting, doc=f"The `{name}` of the cell.")


for _name in (
    "units activation recurrent_activation use_bias kernel_initializer "
    "recurrent_initializer bias_initializer unit_forget_bias kernel_regularizer "
    "recurrent_regularizer bias_regularizer kernel_constraint recurrent_constraint "
    "bias_constraint dropout recurrent_dropout seed reset_after filters kernel_size "
    "strides padding data_format dilation_rate"
).split():
    setattr(RNNLayerBase, _name, _cell_setting(_name))


def checked_use_cudnn(owner: Any, value: Any) -> Any:
    """The validated `use_cudnn`, which has no effect: XLA chooses the kernels."""
    return check.choice(owner, "use_cudnn", value, ("auto", True, False))
