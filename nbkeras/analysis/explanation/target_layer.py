"""The layer for Grad-CAM: the last convolution that an output depends on."""

from typing import Any

import jax
from jax.extend.core import Literal

from nbkeras.analysis.explanation.score import Head
from nbkeras.analysis.layer_outputs.tapped import output_specs, run_tapped
from nbkeras.core.check import did_you_mean
from nbkeras.layers.convolution.conv import BaseConv
from nbkeras.layers.engine.layer import Layer


def target_layer(
    owner: str, model: Any, x: Any, head: Head, name: str | None
) -> tuple[Layer, str] | None:
    """(layer, its name) for Grad-CAM; None if the output depends on no such layer.

    Args:
        owner: name of the public function, for messages.
        model: built. x: one image, with the other inputs.
        head: the output.
        name: name of the layer, "conv2" or "base/conv2"; None for the last convolution,
            at any depth, with more than one position.

    Raises:
        ValueError: there is no such layer, or its output is not a map.
    """
    names = layer_names(model)
    if name is None:
        convolutions = [layer for layer in names if isinstance(layer, BaseConv)]
        specs = output_specs(model, x, convolutions) if convolutions else {}
        for layer in reversed(specs):
            if _is_map(specs[layer]) and _leads_to(model, x, head, layer, specs[layer]):
                return layer, names[layer]
        return None
    layer = next((one for one, path in names.items() if path == name), None)
    layer = layer or next((one for one in names if one.name == name), None)
    specs = {} if layer is None else output_specs(model, x, [layer])
    if layer is None or not _is_map(specs.get(layer)):
        every = output_specs(model, x, list(names))
        maps = [names[inner] for inner, spec in every.items() if _is_map(spec)]
        problem = (
            "there is no such layer." if layer is None else "its output is no map."
        )
        listed = ", ".join(maps[-8:]) or "none"
        raise ValueError(
            f"{owner}(layer={name!r}): {problem}{did_you_mean(name, maps)} Layers with "
            f"a map of positions: {listed}. Leave layer out for the last convolution."
        )
    return layer, names[layer]


def layer_names(model: Any) -> dict[Layer, str]:
    """{layer: "base/conv2"} of all layers inside a model, at any depth."""
    names: dict[Layer, str] = {}

    def visit(parent, prefix):
        for layer in parent.children():
            if layer not in names:
                names[layer] = f"{prefix}{layer.name}"
                visit(layer, f"{prefix}{layer.name}/")

    visit(model, "")
    return names


def _is_map(spec):
    """Whether the output is (1, height, width, channels) with several positions."""
    shape = getattr(spec, "shape", ())
    return (
        len(shape) == 4
        and shape[0] == 1
        and min(shape[1:]) > 0
        and sum(n > 1 for n in shape[1:]) > 1
    )


def _leads_to(model, x, head, layer, spec):
    """Whether the scores depend on the output of `layer`.

    Follows the variables through the equations of the jaxpr.
    """

    def scores(added, values):
        tapped = run_tapped(model, values, x, [layer], {layer: added})
        return head.scores(tapped)

    jaxpr = jax.make_jaxpr(scores)(spec, model.current_values()).jaxpr
    reached = {jaxpr.invars[0]}
    for equation in jaxpr.eqns:
        if any(v in reached for v in equation.invars if not isinstance(v, Literal)):
            reached.update(equation.outvars)
    return any(v in reached for v in jaxpr.outvars if not isinstance(v, Literal))
