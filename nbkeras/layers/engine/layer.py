"""Layer: weights are declared in `build`, and the output is computed in `call`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, TypedDict

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import dtype_policies, sparse_arrays
from nbkeras.core.annotations import Config, DTypeLike, Identifier, Shape
from nbkeras.core.base_classes import BaseLayer
from nbkeras.core.dtype_policies import DTypePolicy, DTypePolicyMap
from nbkeras.core.machine import processes
from nbkeras.core.names.display_name import display_name
from nbkeras.core.serialization.configurable import Configurable
from nbkeras.core.serialization.signatures import accepts
from nbkeras.core.variable import Variable
from nbkeras.layers.engine import (
    building,
    calling,
    functional_call,
    input_spec,
    late_creation,
    layer_paths,
    row_independence,
)
from nbkeras.layers.engine.call_attributes import Called
from nbkeras.layers.engine.eager import added_losses
from nbkeras.layers.engine.errors import refuse_non_data
from nbkeras.layers.engine.naming import (
    checked_name,
    checked_trainable,
    dtype_name,
    next_number,
)
from nbkeras.layers.engine.nodes import symbolic
from nbkeras.layers.engine.shapes import (
    as_array,
    as_arrays,
    as_specs,
    numbered_texts,
    restored_texts,
    shapes_with_batch,
    specs,
    specs_of_rows,
)
from nbkeras.layers.engine.tree import Tree
from nbkeras.layers.engine.weight import DeclaredWeight
from nbkeras.ops import activations, constraints, initializers, regularizers


class SharedArguments(TypedDict, total=False):
    """The arguments of `Layer` that no subclass lists explicitly."""

    trainable: bool
    autocast: bool
    input_shape: int | Shape | None
    batch_input_shape: Shape | None


class ArgumentsOfRegularized(SharedArguments, total=False):
    """`LayerArguments` without `activity_regularizer`, which the layer itself lists."""

    dtype: DTypeLike | None
    name: str | None
    batch_size: int | None
    weights: Sequence[ArrayLike] | None


class ArgumentsOfWeighted(SharedArguments, total=False):
    """`LayerArguments` without `weights`, which the layer itself lists."""

    activity_regularizer: Identifier | None
    dtype: DTypeLike | None
    name: str | None
    batch_size: int | None


class LayerArguments(ArgumentsOfRegularized, total=False):
    """The arguments that every layer passes to `Layer` through `**base`."""

    activity_regularizer: Identifier | None


class Layer(Called, Tree, Configurable, BaseLayer):
    """Base class of layers. Subclasses define `build` and `call`.

    Args:
        activity_regularizer: name or function; its penalty on the output is added to
            the loss.
        trainable: False freezes all weights of the layer.
        dtype: dtype of weights and computation; "mixed_bfloat16" computes in bfloat16;
            a `DTypePolicyMap` sets the dtypes of sublayers by their paths.
        autocast: whether to cast floating-point inputs to the compute dtype.
        name: unique within a model; by default derived from the class name.
        input_shape: shape of one sample, for the first layer of a Sequential.
        batch_input_shape: the same including the batch axis.
        batch_size: fixed batch size, together with `input_shape`.
        weights: initial values, a list as returned by `get_weights`.

    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight("factor", (input_shape[-1],), "ones")
    ...     def call(self, x):
    ...         return x * self.factor
    >>> Scale()(jnp.ones((2, 3))).shape
    (2, 3)
    """

    keras_module = "keras.layers"
    rows_independent = False
    # Whether the output for sparse inputs only is sparse.
    keeps_sparse = False
    row_by_row = False
    supports_masking = False
    # Whether `call` raises for some values, where a compiled run gives NaN.
    refuses_values = False
    # Whether the layer reads strings, which arrive as integer ids.
    reads_text = False
    takes_integers = True
    _masks_inside = False
    # Whether a call casts floating-point inputs, if `autocast` is set too.
    _casts_inputs: bool = True
    # The policies by path, where `dtype` is a map; `_policy` then names the default.
    _policy_map: DTypePolicyMap | None = None
    # The Context of the current run, only in bound copies.
    _context: Any = None

    def __init__(
        self,
        *,
        activity_regularizer: Identifier | None = None,
        trainable: bool = True,
        dtype: DTypeLike | None = None,
        autocast: bool = True,
        name: str | None = None,
        input_shape: int | Shape | None = None,
        batch_input_shape: Shape | None = None,
        batch_size: int | None = None,
        weights: Sequence[ArrayLike] | None = None,
    ) -> None:
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._trainable = checked_trainable(type(self), trainable)
        self.dtype_policy = dtype
        self.autocast = autocast
        self.name = checked_name(type(self), name)
        self._named_by_user = name is not None
        self._initial_weights = weights
        self._number = next_number()
        self._nodes = []
        self._compiled_last = None
        self.built = False
        self.input_spec = None
        if batch_input_shape is not None:
            self._given_shape = tuple(batch_input_shape)
        elif input_shape is not None:
            shape = (input_shape,) if isinstance(input_shape, int) else input_shape
            self._given_shape = (batch_size, *shape)

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        if "build" in cls.__dict__:
            cls.build = building.marks_built(cls.__dict__["build"])

    @building.marks_built
    def build(self, input_shape: Any) -> None:
        """Declare the weights for `input_shape`, a tuple; the batch axis is None."""

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output from arrays; defined by subclasses."""
        raise TypeError(
            f"{type(self).__name__} has no `call`. Write for example "
            "`def call(self, x): return x`."
        )

    @property
    def path(self) -> str | None:
        """The names of the layers that built it, then its own; None before that."""
        return layer_paths.path_of(self)

    @property
    def dtype_policy(self) -> DTypePolicy:
        """The dtypes of weights and computation; can be set to a name or a policy.

        Under a `DTypePolicyMap`, setting it changes the entry of the layer's path.
        """
        policies = self._policy_map
        return dtype_policies.get(self._policy) if policies is None else policies

    @dtype_policy.setter
    def dtype_policy(self, value: DTypeLike | None) -> None:
        if dtype_policies.is_map(value):
            value = dtype_policies.get(value)
        policies, path = self._policy_map, self.path
        if isinstance(value, DTypePolicyMap):
            self._policy_map, value = value, value.default_policy
        elif policies is not None and path is not None:
            if path in policies:
                del policies[path]
            policies[path] = dtype_name(value)
            return
        else:
            self._policy_map = None
        self._policy = dtype_name(value)

    @property
    def policy_name(self) -> str:
        """The name of the policy that applies to this layer."""
        policies, path = self._policy_map, self.path
        return self._policy if policies is None or not path else policies[path].name

    @property
    def compute_dtype(self) -> str:
        """The dtype of computations."""
        return self.policy_name.removeprefix("mixed_")

    @property
    def variable_dtype(self) -> str:
        """The dtype of the weights."""
        name = self.policy_name
        return "float32" if name.startswith("mixed_") else name

    @property
    def dtype(self) -> str:
        """The dtype of the weights; the same as `variable_dtype`."""
        return self.variable_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype that floating-point inputs are cast to, as `compute_dtype`."""
        return self.compute_dtype

    def add_weight(
        self,
        *args: Any,
        name: str | None = None,
        shape: int | Sequence[int] = (),
        initializer: Identifier | None = None,
        dtype: DTypeLike | None = None,
        trainable: bool = True,
        regularizer: Identifier | None = None,
        constraint: Identifier | None = None,
        carried: bool = False,
        **_unused: Any,
    ) -> DeclaredWeight:
        """Declare a weight: `add_weight("kernel", (3, 4), "zeros")`.

        Keras 3's order, `add_weight((3, 4), "zeros", name="kernel")`, works as well.

        Args:
            *args: name, shape and initializer, or shape and initializer.
            name: name of the weight.
            shape: its shape.
            initializer: name or function; by default "glorot_uniform", or "zeros" for
                integers.
            dtype: `variable_dtype` by default.
            trainable: whether the optimizer updates it.
            regularizer: penalty that is added to the loss.
            constraint: applied after each training step.
            carried: whether it is a state that is carried from batch to batch.

        Raises:
            ValueError: called in `call`.
        """
        if self._context is not None:
            late_creation.refuse_weight_in_call(self, name)
        if args and isinstance(args[0], str):
            name, args = args[0], args[1:]
        if args:
            shape, args = args[0], args[1:]
        if args:
            initializer = args[0]
        dtype = dtype or self.variable_dtype
        if initializer is None:
            floating = jnp.issubdtype(jnp.dtype(dtype), jnp.floating)
            initializer = "glorot_uniform" if floating else "zeros"
        return Variable.declared(  # pyright: ignore[reportReturnType]  # see DeclaredWeight
            name or "weight",
            (shape,) if isinstance(shape, int) else shape,
            dtype,
            initializers.get(initializer),
            trainable=trainable,
            regularizer=regularizers.get(regularizer),
            constraint=constraints.get(constraint),
            carried=carried,
        )

    def next_key(self) -> jax.Array:
        """A new JAX key; only inside `call`.

        Raises:
            NoKey: called outside of `call`, or in a run without a key.
        """
        if self._context is None:
            raise functional_call.NoKey(
                f"{type(self).__name__}.next_key() works only inside `call`. Elsewhere "
                "draw with nbkeras.random.normal(shape), or jax.random and a key."
            )
        return self._context.next_key()

    @property
    def row_weights(self) -> jax.Array | None:
        """Inside `call`: (batch,) float with 0 for padding rows, or None."""
        return None if self._context is None else self._context.row_weights

    def add_loss(self, loss: Any) -> None:
        """Add a scalar, or the sum of an array, to the loss; used in `call`.

        Outside of `call` it is only added to `losses`, until the next call.
        """
        losses = added_losses.scalars(loss)
        if self._context is None:
            added_losses.add(self, losses)
        else:
            self._context.add_losses(vars(self)["_original"], losses)

    @property
    def losses(self) -> list[jax.Array]:
        """The losses added in the layer's last call, and the penalties on weights."""
        return added_losses.of(self)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic tensors with the shape and dtype of the output.

        An unbuilt layer stays unbuilt.

        A subclass may override it to declare the output shapes of symbolic calls. If it
        overrides `compute_output_shape`, that is called instead of running `call`.
        """
        if args and symbolic.overrides(self, "compute_output_shape"):
            shapes = self.compute_output_shape(shapes_with_batch(args[0]))
            return jax.tree.map(
                lambda shape: symbolic.SymbolicTensor(shape, self.compute_dtype),
                shapes,
                is_leaf=building.is_shape,
            )
        specs, named = symbolic.specs_of((args, kwargs))
        outputs = building.output_specs(building.unbuilt_copy(self), specs, named)
        return jax.tree.map(
            lambda s: symbolic.SymbolicTensor(s.shape, s.dtype), outputs
        )

    def activate(self, z: jax.Array) -> jax.Array:
        """`self.activation(z)`; records z for losses that use the logits."""
        if self.activation is None:
            return z
        y = self.activation(z)
        if self._context is not None:
            name = activations.registry.name_of(self.activation)
            self._context.activated[id(y)] = (y, z, name)
        return y

    def treats_rows_alone(self, promise: str = "rows_independent") -> bool:
        """Whether rows of a batch are independent; see `row_independence`."""
        return row_independence.alone(self, promise)

    # Attributes that `call` does not read, such as the progress of training.
    not_read_in_call: frozenset[str] = frozenset()

    # Whether files also store arrays of the layer that are not weights.
    keeps_file_arrays = False

    def file_arrays(self) -> dict[str, Any]:
        """{name: array} to save in addition to the weights."""
        return {}

    def assets(self) -> dict[str, str]:
        """{file name: text} to save in a `.keras` file."""
        return {}

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the output; `previous_mask` if `supports_masking`, else None."""
        return previous_mask if self.supports_masking else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The output shape for `input_shape`; unknown sizes are None.

        An unbuilt layer stays unbuilt.

        Raises:
            NotImplementedError: the layer has no `call` that could tell.
        """
        if type(self).call is Layer.call:
            raise NotImplementedError(
                f"{type(self).__name__} does not have a `compute_output_shape` method "
                "implemented. Write one, or a `call`, from which it follows."
            )
        input_specs = specs(input_shape, self.compute_dtype)
        out = building.output_specs(building.unbuilt_copy(self), input_specs)
        return jax.tree.map(lambda s: s.shape, out)

    def get_build_config(self) -> Config | None:
        """{"input_shape": shape} that the layer was built for; None if it is not."""
        shape = vars(self).get("_build_shape")
        return None if shape is None else {"input_shape": shape}

    def build_from_config(self, config: Config) -> None:
        """Build for the shapes in a config, as from `get_build_config`."""
        if config:
            self.build(config["input_shape"])

    def build_for(self, *inputs: Any, initialise: bool = True) -> Self:
        """Build for arrays or shapes, unless the layer is built already."""
        if not building.is_complete(self):
            specs = tuple(map(as_specs, inputs)) if inputs[1:] else as_specs(inputs[0])
            building.build(self, specs, initialise=initialise)
            self._assign_deferred_weights()
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the layer on arrays or symbolic tensors; build it first if needed."""
        if "inputs" in kwargs and not args and calling.inputs_first(type(self)):
            args = (kwargs.pop("inputs"),)
        if len(args) > 1:
            args, kwargs = calling.with_named_training(type(self), args, kwargs)
        if self._context is not None:
            call_options = {n: kwargs.pop(n, None) for n in ("training", "mask")}
            return calling.call(self, args, kwargs, **call_options)
        if sparse_arrays.holds_sparse((args, kwargs)):
            merged = self.call_on_sparse(*args, **kwargs)
            if merged is not None:
                return merged
            args, kwargs = sparse_arrays.densified((args, kwargs))
        args = numbered_texts(self, args)
        refuse_non_data(self, args)
        if symbolic.holds_symbolic((args, kwargs)):
            return symbolic.call(self, args, kwargs)
        processes.refuse_after_fork("Calling a layer or model")
        args = tuple(map(as_arrays, args))
        kwargs = jax.tree.map(
            lambda v: as_array(v) if hasattr(v, "ndim") else v, kwargs
        )
        if not building.is_complete(self):
            named_inputs = {
                k: v for k, v in kwargs.items() if k not in ("training", "mask")
            }
            building.build(
                self, tuple(map(as_specs, args)), specs_of_rows(named_inputs, args)
            )
            late_creation.refuse_created_in_call(self, args)
            self._assign_deferred_weights()
        return restored_texts(self, functional_call.run_eagerly(self, args, kwargs))

    def call_on_sparse(self, *args: Any, **kwargs: Any) -> Any:
        """The output for sparse arrays (BCOO); None computes with dense ones.

        Layers override it whose output is sparse as well.
        """
        return None

    def is_sparse_for(self, marks: list[bool | None]) -> bool:
        """Whether the symbolic output is marked as sparse, by the marks of the inputs.

        Args:
            marks: for each argument the `sparse` of a symbolic tensor; None for others.
        """
        return self.keeps_sparse and all(marks)

    def _build_once(self, shapes, named=None):
        if self.input_spec is not None:
            input_spec.check(self, shapes if isinstance(shapes, list) else [shapes])
        calling.build(self, shapes, named or {})
        self.built = True

    def _settle_build(self, shapes):
        """Mark the layer as built for `shapes`; called after the outermost `build`."""
        vars(self)["_build_shape"] = shapes
        self.built = vars(self)["_has_all_state"] = True
        if not self._trainable:
            self.set_own_trainable(False)
        if building.by_hand():
            vars(self)["_built_by_hand"] = True
            building.initialize_missing(self, self.own_weights())
            self.weights_by_path()
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

    def set_weights_when_built(self, weights: Sequence[ArrayLike]) -> None:
        """`set_weights`, now or as soon as the layer is built."""
        if building.is_complete(self):
            self.set_weights(weights)
        else:
            vars(self)["_deferred_weights"] = list(weights)

    def _assign_deferred_weights(self):
        deferred = vars(self).pop("_deferred_weights", None)
        if deferred is not None:
            self.set_weights(deferred)

    def get_config(self) -> Config:
        """The constructor's arguments, without arguments of `Layer` that are None."""
        config = super().get_config()
        config["name"], config["trainable"] = self.name, self._trainable
        for name in ("input_shape", "batch_input_shape", "batch_size", "weights"):
            config.pop(name, None)
        if config.get("activity_regularizer", 0) is None:
            config.pop("activity_regularizer")
        if config.get("autocast") is True:
            config.pop("autocast")
        if "dtype" in config:
            policies = self._policy_map
            config["dtype"] = (
                self._policy if policies is None else dtype_policies.serialize(policies)
            )
        return config

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Create an equal layer from the result of `get_config`.

        Arguments of `Layer` that the class's `__init__` does not accept are set
        afterwards.
        """
        config = dict(config)
        later = {
            name: config.pop(name)
            for name in ("name", "trainable", "dtype")
            if name in config and not accepts(cls, name)
        }
        layer = cls(**config)
        if "name" in later:
            layer.name, layer._named_by_user = later["name"], True
        if "dtype" in later:
            layer.dtype_policy = later["dtype"]
        if later.get("trainable") is False:
            layer.set_own_trainable(False)
        return layer

    def __setattr__(self, name, value):
        current = self.__dict__.get(name)
        if isinstance(current, Variable) and not isinstance(
            value, Variable | type(None)
        ):
            current.assign(value)
            return
        if current is not value:
            late_creation.refuse_late(self, name, value)
        try:
            object.__setattr__(self, name, value)
        except AttributeError:
            raise AttributeError(
                f"self.{name} = ...: {type(self).__name__} already has a read-only "
                f"{name!r}. Choose another name: self.my_{name} = ..."
            ) from None

    def __repr__(self):
        state = "built" if self.built else "not built"
        return f"<{type(self).__name__} name={display_name(self.name)}, {state}>"
