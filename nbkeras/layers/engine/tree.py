"""The tree of layers: sublayers, weights in Keras's order, paths, freezing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from nbkeras.core import containers
from nbkeras.core.base_classes import (
    BaseLayer,
    BaseMetric,
    BaseModel,
    BaseSeedGenerator,
)
from nbkeras.core.names.display_name import quoted
from nbkeras.core.variable import Variable

# Attributes that only refer to layers, and values that cannot hold any.
_ASIDE = frozenset({"_arguments", "_original", "_context", "_repeated_calls"})
_ATOMS = frozenset({str, int, float, bool, bytes, type(None)})


class Tree:
    """The children and weights of a layer, found in its attributes."""

    name: str
    built: bool
    _trainable: bool

    def children(self) -> list[Any]:
        """The sublayers in attributes, also in lists and dicts, each listed once."""
        return _members(self.__dict__, BaseLayer)

    @property
    def metrics(self) -> list[Any]:
        """The metrics in attributes of this layer and its sublayers."""
        metrics = []
        for layer in self.walk():
            own = _members(vars(layer), BaseMetric)
            metrics += [
                metric for metric in own if all(metric is not m for m in metrics)
            ]
        return metrics

    @property
    def metrics_variables(self) -> list[Any]:
        """The variables of those metrics."""
        return [variable for metric in self.metrics for variable in metric.variables]

    def own_weights(self) -> list[Variable]:
        """The weights in attributes, trainable ones first."""
        return _trainable_first(_members(self.__dict__, Variable))

    def _weights_and_children(self) -> tuple[list[Variable], list[Any]]:
        """`own_weights` and `children`, in one search."""
        members = _members(self.__dict__, (Variable, BaseLayer))
        children = [member for member in members if isinstance(member, BaseLayer)]
        weights = [member for member in members if isinstance(member, Variable)]
        return _trainable_first(weights), children

    def walk(self) -> list[Any]:
        """This layer and all its sublayers, depth first, each listed once."""
        seen, order = set(), []

        def visit(layer):
            if id(layer) not in seen:
                seen.add(id(layer))
                order.append(layer)
                for child in layer.children():
                    visit(child)

        visit(self)
        return order

    def weights_by_path(self) -> dict[str, Variable]:
        """{"dense_1/kernel": Variable}: every weight once, under a unique path.

        It includes the states that recurrent layers carry from batch to batch.
        """
        return self._variable_table()

    def variables_by_path(self) -> dict[str, Variable]:
        """All weights, and after those of a layer the states of its seed generators.

        The path of a state is "seed_generator/seed_generator_state".
        """
        generators: dict[str, BaseSeedGenerator] = {}
        table = self._variable_table(generators)
        if isinstance(self, BaseModel):
            for path, generator in generators.items():
                generator.state.path = path
        return table

    def seed_generators(self) -> list[BaseSeedGenerator]:
        """The seed generators of this layer and its sublayers, each listed once."""
        generators: dict[str, BaseSeedGenerator] = {}
        self._variable_table(generators)
        return list(generators.values())

    def _variable_table(
        self, generators: dict[str, Any] | None = None
    ) -> dict[str, Variable]:
        """{path: Variable}; with seed generators and their paths in `generators`."""
        table, seen = {}, set()

        def visit(layer, prefix):
            weights, children = layer._weights_and_children()
            in_front = self._in_front_of(layer) if weights else ""
            for weight in weights:
                if id(weight) not in seen:
                    seen.add(id(weight))
                    path = _unique_name(table, f"{prefix}{weight.name}")
                    table[path] = weight
                    if not weight.in_training:
                        _name_weight(weight, f"{in_front}{path}")
            if generators is not None:
                add_generators(layer, generators)
            used = set()
            for child in children:
                if id(child) not in visited:
                    visited.add(id(child))
                    name = _unique_name(used, child.name)
                    used.add(name)
                    visit(child, f"{prefix}{name}/")

        def add_generators(layer, generators):
            for generator in _members(vars(layer), BaseSeedGenerator):
                if id(generator) not in seen:
                    seen.add(id(generator))
                    name = _unique_name(used_names, generator.name)
                    used_names.add(name)
                    path = f"{name}/{generator.state.name}"
                    table[path], generators[path] = generator.state, generator

        visited, used_names = {id(self)}, set()
        visit(self, "")
        return table

    def _in_front_of(self, owner: Any) -> str:
        """What the paths of `owner`'s weights begin with: this layer's name, or "".

        As in Keras, a model is in the paths of the layers that it built: not a
        functional model, whose layers were built when they were called.
        """
        in_front = f"{self.name}/"
        if owner is self or not isinstance(self, BaseModel):
            return in_front
        built_here = (vars(owner).get("_path") or "").startswith(in_front)
        return in_front if built_here else ""

    @property
    def weights(self) -> list[Variable]:
        """All weights: its own, trainable ones first, then those of sublayers."""
        return [w for w in self.weights_by_path().values() if not w.carried]

    @property
    def variables(self) -> list[Variable]:
        """All weights, and the states of seed generators; without those of metrics."""
        return [w for w in self.variables_by_path().values() if not w.carried]

    @property
    def trainable_weights(self) -> list[Variable]:
        """The weights that an optimizer updates."""
        paths = self.trainable_paths()
        return [w for path, w in self.weights_by_path().items() if path in paths]

    trainable_variables = trainable_weights

    @property
    def non_trainable_weights(self) -> list[Variable]:
        """The weights that an optimizer does not update."""
        paths = self.trainable_paths()
        table = self.weights_by_path().items()
        return [w for path, w in table if path not in paths and not w.carried]

    @property
    def non_trainable_variables(self) -> list[Variable]:
        """The non-trainable weights, and the states of seed generators."""
        paths = self.trainable_paths()
        table = self.variables_by_path().items()
        return [v for path, v in table if path not in paths and not v.carried]

    def trainable_paths(self, flags: Any = None) -> set[str]:
        """Paths of the weights that are trainable and whose layers all are trainable.

        Args:
            flags: {layer: bool} that overrides the layers' own `trainable`. It may hold
                weights too; those of a layer in it follow the layer if they are absent.
        """
        flags = flags or {}
        trainable_ids, visited = set(), set()

        def is_trainable(weight, layer):
            own = weight.declared_trainable if layer in flags else weight.trainable
            return flags.get(weight, own)

        def visit(layer):
            if id(layer) in visited or not flags.get(layer, layer.trainable):
                return
            visited.add(id(layer))
            weights, children = layer._weights_and_children()
            trainable_ids.update(id(w) for w in weights if is_trainable(w, layer))
            for child in children:
                visit(child)

        visit(self)
        return {p for p, w in self.weights_by_path().items() if id(w) in trainable_ids}

    @property
    def trainable(self) -> bool:
        """Whether the weights are trainable; setting it also sets all sublayers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.walk():
            layer.set_own_trainable(bool(value))

    def set_own_trainable(self, value: bool) -> None:
        """Set `trainable` of this layer and its own weights, not of sublayers.

        Weights that were created with `trainable=False` stay so.
        """
        self._trainable = value
        for weight in self.own_weights():
            weight.trainable = value and weight.declared_trainable

    def get_weights(self) -> list[np.ndarray]:
        """The values of `weights` as NumPy arrays."""
        return [np.array(weight.value) for weight in self.weights]

    def set_weights(self, values: Sequence[ArrayLike]) -> None:
        """Set all weights; none is changed if one of `values` does not fit.

        Args:
            values: arrays in the order and with the shapes of `get_weights`.

        Raises:
            ValueError: the number of arrays or a shape differs.
        """
        weights = self.weights
        values = list(values)
        if len(values) != len(weights):
            raise ValueError(
                f"{quoted(self.name)} has {len(weights)} weights, and {len(values)} "
                "arrays were given. Give one array for each of "
                f"{', '.join(quoted(weight.path) for weight in weights)}."
            )
        for weight, value in zip(weights, values, strict=True):
            if tuple(np.shape(value)) != weight.shape:
                raise ValueError(
                    f"The weight {quoted(weight.path)} has shape {weight.shape}; the "
                    f"array given has {tuple(np.shape(value))}. Nothing was changed."
                )
        for weight, value in zip(weights, values, strict=True):
            weight.assign(value)

    def count_params(self) -> int:
        """The number of parameters, trainable and non-trainable.

        Raises:
            ValueError: the layer is not built.
        """
        if not self.built and not self.weights:
            raise ValueError(
                f"{quoted(self.name)} is not built yet, so its weights are not known. "
                "Build it with layer.build_for((None, 28, 28, 1)), or give the model "
                "an Input(shape=...)."
            )
        return sum(weight.size for weight in self.weights)

    def reset_weights(self) -> None:
        """Reinitialize all weights."""
        for weight in self.weights:
            weight.initialise()


def _name_weight(weight, path):
    """Set the weight's path, which starts at the outermost layer that holds it."""
    if weight.path != path and not weight.path.endswith(f"/{path}"):
        weight.path = path


def _trainable_first(weights):
    return sorted(weights, key=lambda weight: not weight.declared_trainable)


def _members(attributes, kind):
    """The instances of `kind` in attributes, also in containers, each listed once.

    It runs for each layer at each step, so numbers and strings are skipped first.
    """
    members, seen = [], set()

    def visit(entries):
        for entry in entries:
            if type(entry) in _ATOMS:
                continue
            if isinstance(entry, kind):
                if id(entry) not in seen:
                    seen.add(id(entry))
                    members.append(entry)
            elif isinstance(entry, containers.KINDS) and id(entry) not in seen:
                seen.add(id(entry))
                visit(containers.entries(entry))

    visit(
        entry
        for name, entry in attributes.items()
        if type(entry) not in _ATOMS and name not in _ASIDE
    )
    return members


def _unique_name(taken, name):
    if name not in taken:
        return name
    number = 1
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"
