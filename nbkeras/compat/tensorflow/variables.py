"""tf.Variable with the arguments of TensorFlow, and tf.Module, which holds them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from typing import Any

import jax

from nbkeras.core.base_classes import BaseLayer
from nbkeras.core.variable import Variable as KerasVariable


class _Creating(type):
    """Calls create variables of nbkeras, which are instances of `tf.Variable` too."""

    def __call__(
        cls,
        initial_value: Any = None,
        trainable: bool | None = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        import_scope: Any = None,
        constraint: Callable[..., Any] | None = None,
        **ignored: Any,
    ) -> KerasVariable:
        if initial_value is None:
            raise ValueError(
                "tf.Variable() needs a value to begin with. Write for example "
                "tf.Variable(0.0)."
            )
        # As in TensorFlow, a function is called for the value.
        value = initial_value() if callable(initial_value) else initial_value
        return KerasVariable(
            value,
            dtype=dtype,
            trainable=trainable is not False,
            name=name,
            constraint=constraint,
        )

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, KerasVariable)


class Variable(metaclass=_Creating):
    """A value that can be assigned; see `nbkeras.Variable`.

    Args:
        initial_value: the value, or a function that returns it.
        trainable: whether an optimizer may change it.
        name: shown in paths.
        dtype: None keeps that of the value; floating values take floatx.
        constraint: function of the value, applied after each update.

    Others are accepted as in TensorFlow, without effect.

    Raises:
        ValueError: there is no value.

    >>> step = Variable(initial_value=3, trainable=False)
    >>> int(step.assign_add(1)), isinstance(step, Variable)
    (4, True)
    """


class Module:
    """A container of variables and other modules, as `tf.Module`.

    Args:
        name: the module's name; None takes that of the class, in small letters.

    >>> class Linear(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.w = Variable([[1.0]], name="w")
    >>> module = Linear()
    >>> module.name, len(module.trainable_variables)
    ('linear', 1)
    """

    def __init__(self, name: str | None = None) -> None:
        self._name = name or re.sub(
            r"(?<=[a-z0-9])(?=[A-Z])", "_", type(self).__name__
        ).lower().lstrip("_")

    @property
    def name(self) -> str:
        """The module's name."""
        return vars(self).get("_name") or type(self).__name__.lower()

    @property
    def variables(self) -> tuple[KerasVariable, ...]:
        """The variables of this module and of its submodules, each once.

        They are in the order of their attributes' names, submodules last.
        """
        return tuple({id(v): v for v in self._walk()[0]}.values())

    @property
    def trainable_variables(self) -> tuple[KerasVariable, ...]:
        """The variables that an optimizer may change."""
        return tuple(v for v in self.variables if v.trainable)

    @property
    def non_trainable_variables(self) -> tuple[KerasVariable, ...]:
        """The other variables."""
        return tuple(v for v in self.variables if not v.trainable)

    @property
    def submodules(self) -> tuple[Any, ...]:
        """The modules and layers within this one, at any depth."""
        return tuple(self._walk()[1])

    @property
    def name_scope(self) -> contextlib.AbstractContextManager[None]:
        """A context without effect: variables keep the names that they are given."""
        return contextlib.nullcontext()

    @classmethod
    def with_name_scope(cls, method: Callable[..., Any]) -> Callable[..., Any]:
        """Return `method` as it is."""
        return method

    def _walk(self, visited=None):
        """(variables, submodules), this module's own variables first."""
        visited = {id(self)} if visited is None else visited
        variables, modules = [], []
        for name in sorted(vars(self)):
            leaves = jax.tree.leaves(
                vars(self)[name], is_leaf=lambda leaf: isinstance(leaf, KerasVariable)
            )
            for leaf in leaves:
                if isinstance(leaf, KerasVariable):
                    variables.append(leaf)
                elif isinstance(leaf, Module | BaseLayer) and id(leaf) not in visited:
                    visited.add(id(leaf))
                    modules.append(leaf)
        submodules = []
        for module in modules:
            submodules.append(module)
            if isinstance(module, Module):
                inner_variables, inner_modules = module._walk(visited)
                variables.extend(inner_variables)
                submodules.extend(inner_modules)
            else:
                variables.extend(getattr(module, "weights", ()))
        return variables, submodules
