"""Functional: a model defined by symbolic inputs and outputs."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp

from nbkeras.core import notices
from nbkeras.core.names.display_name import display_name, quoted
from nbkeras.data.checks.inputs import match_rank, refuse_none
from nbkeras.layers.engine import text_ids
from nbkeras.layers.engine.layer import Layer
from nbkeras.layers.engine.naming import make_unique
from nbkeras.layers.engine.nodes.symbolic import is_symbolic
from nbkeras.models.graph import Graph
from nbkeras.models.saving import graph_config


class Functional(Layer):
    """A layer that runs a graph of layers: `Model(inputs, outputs)`.

    A model written as a subclass has no graph: methods that need one raise
    AttributeError.
    """

    _graph: Graph | None = None
    _operations: Sequence[Layer] = ()
    _context: Any = None

    def _set_graph(self, inputs, outputs):
        """Set the graph that computes `outputs` from `inputs`."""
        for name, tensors in (("inputs", inputs), ("outputs", outputs)):
            if tensors is None:
                raise TypeError(
                    f"Model() got no {name}. Write Model(inputs=..., outputs=...) with "
                    "symbolic tensors, or subclass Model and write a `call`."
                )
        self._graph = Graph(inputs, outputs)
        self._operations = list(self._graph.layers)
        self._casts_inputs = False
        make_unique(self._operations)
        self.built = True

    @property
    def layers(self) -> list[Layer]:
        """The layers of this model, including its input layers."""
        return [
            layer for layer in self.children() if not hasattr(layer, "is_operation")
        ]

    @property
    def operations(self) -> list[Layer]:
        """The layers and the calls of `nbkeras.ops` functions in a functional model."""
        return list(self._operations)

    @property
    def inputs(self) -> list[Any]:
        """The symbolic input tensors, a list."""
        return list(self._need_graph("inputs").inputs)

    @property
    def outputs(self) -> list[Any]:
        """The symbolic output tensors, a list."""
        return list(self._need_graph("outputs").outputs)

    @property
    def input(self) -> Any:
        """The symbolic inputs, nested as they were passed to `Model`."""
        return super().input if self._graph is None else self._graph.inputs_tree

    @property
    def output(self) -> Any:
        """The symbolic outputs, nested as they were passed to `Model`."""
        return super().output if self._graph is None else self._graph.outputs_tree

    @property
    def input_names(self) -> list[str]:
        """Names of the inputs: the keys when data is passed as a dict."""
        return self._need_graph("input_names").input_names

    @property
    def output_names(self) -> list[str]:
        """Names of the outputs: the keys of dicts of losses, metrics and targets."""
        return self._need_graph("output_names").output_names

    @property
    def input_shape(self) -> Any:
        """Shape of the input with the batch axis; a list for several."""
        return _shapes(self._need_graph("input_shape").inputs)

    @property
    def output_shape(self) -> Any:
        """Shape of the output with the batch axis; a list for several."""
        return _shapes(self._need_graph("output_shape").outputs)

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Run the graph on arrays: one, or a list or dict for several inputs.

        A list or tuple of a single output is given as that output alone, as in Keras.
        """
        if self._graph is None:
            raise TypeError(
                f"{type(self).__name__} has no `call`. Write for example `def call("
                "self, x): return self.dense(x)`, or make it with Model(inputs, "
                "outputs)."
            )
        context = self._context
        arrays = []
        tensors = self._graph.inputs
        for x, tensor in zip(self._graph.in_order(inputs), tensors, strict=True):
            if x is None:
                refuse_none(f"The input {quoted(tensor.name)}", tensor.layer.optional)
                arrays.append(None)
                continue
            y = match_rank(jnp.asarray(x), tensor.shape).astype(
                text_ids.computed(tensor.dtype)
            )
            context.set_mask(y, context.mask_of(x))
            arrays.append(y)
        y, losses = self._graph.run(self._operations, arrays)
        self.add_loss(losses)
        return y[0] if isinstance(y, list | tuple) and len(y) == 1 else y

    def add_loss(self, loss: Any) -> None:
        """Add a term to the loss that is minimised.

        Args:
            loss: inside `call`, an array; outside of it, for a functional model, a
                symbolic tensor computed from the model's tensors, as Keras 2 allows. It
                is summed, and it is not saved to a file.
        """
        tensors = [leaf for leaf in jax.tree.leaves(loss) if is_symbolic(leaf)]
        if self._context is not None or not tensors:
            super().add_loss(loss)
            return
        graph = self._need_graph("symbolic loss")
        self._graph = Graph(
            graph.inputs_tree, graph.outputs_tree, [*graph.extra, *tensors]
        )
        self._operations = list(self._graph.layers)
        make_unique(self._operations)

    def saved_graph(self) -> Graph:
        """The graph to save, without the losses of `add_loss`."""
        graph = self._need_graph("graph to save")
        if not graph.extra:
            return graph
        notices.once(
            ("added losses", self.name),
            f"{display_name(self.name)}: the losses that add_loss added to the model "
            "are not saved. Call add_loss again after loading, or add it in the call "
            "method of a layer.",
        )
        return Graph(graph.inputs_tree, graph.outputs_tree)

    def saved_layers(self) -> list[Layer]:
        """The layers in the order in which their weights are saved."""
        layers = self.saved_graph().layers
        return [layer for layer in layers if not hasattr(layer, "is_operation")]

    def layers_left_out(self) -> list[Layer]:
        """The layers that only the losses of `add_loss` use; they are not saved."""
        if self._graph is None or not self._graph.extra:
            return []
        saved = set(map(id, self.saved_graph().layers))
        return [layer for layer in self._operations if id(layer) not in saved]

    def treats_rows_alone(self, promise: str = "rows_independent") -> bool:
        """Whether the model computes each row of a batch independently of the others.

        A graph only calls its layers, each of which is asked as well. The exception is
        a layer such as BatchNormalization that the graph calls with training=True: it
        uses the whole batch outside of training too.
        """
        if type(self).call is Functional.call and self._graph is not None:
            return promise == "rows_independent" and all(
                node.layer.treats_rows_alone("row_by_row")
                for node in self._graph.nodes
                if node.kwargs.get("training") is True
            )
        return super().treats_rows_alone(promise)

    def get_config(self) -> dict[str, Any]:
        """The graph in Keras's config format, or a subclass's constructor arguments.

        A subclass whose constructor takes `inputs` and `outputs` has both: the graph
        and its other arguments.
        """
        cls = type(self)
        if self._graph is not None and graph_config.takes_graph(cls):
            settings = graph_config.own_settings(cls, super().get_config())
            return {**graph_config.config_of(self), **settings}
        config = super().get_config()
        config.pop("inputs", None)
        config.pop("outputs", None)
        return config

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None
    ) -> Any:
        """Rebuild from `get_config`; only registered layers are allowed."""
        if "input_layers" in config:
            if graph_config.takes_graph(cls):
                return graph_config.rebuild(cls, config, custom_objects)
            config = graph_config.without_graph(config)
        return super().from_config(config)

    @property
    def saved_as(self) -> tuple[str, str, str] | None:
        """(module, class name, registered name) in files; None for the defaults."""
        if self._graph is None or type(self).__name__ != "Model":
            return None
        return "keras.src.models.functional", "Functional", "Functional"

    def _need_graph(self, attribute: str) -> Graph:
        """The graph; raises AttributeError, naming `attribute`, if there is none."""
        if self._graph is None:
            raise AttributeError(
                f"{quoted(self.name)} has no {attribute}, because it was not created "
                "from symbolic tensors. Write Model(inputs, outputs), or start a "
                "Sequential with Input(shape=(...))."
            )
        return self._graph


def _shapes(tensors):
    shapes = [tensor.shape for tensor in tensors]
    return shapes[0] if len(shapes) == 1 else shapes
