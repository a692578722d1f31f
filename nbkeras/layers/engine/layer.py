"""Layer: declare weights in `build`, compute in `call`, store nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self, TypedDict

import jax
import jax.numpy as jnp
from numpy.typing import ArrayLike

from nbkeras.core import dtype_policies
from nbkeras.core.annotations import Config, DTypeLike, Identifier, Shape
from nbkeras.core.base_classes import BaseLayer
from nbkeras.core.configurable import Configurable
from nbkeras.core.dtype_policies import DTypePolicy, DTypePolicyMap
from nbkeras.core.names.display_name import display_name
from nbkeras.core.signatures import accepts
from nbkeras.core.variable import Variable
from nbkeras.layers.engine import (
    added_losses,
    building,
    calling,
    functional_call,
    input_spec,
    late_creation,
    layer_paths,
    row_independence,
)
from nbkeras.layers.engine.call_attributes import Called
from nbkeras.layers.engine.errors import refuse_what_is_no_data
from nbkeras.layers.engine.naming import (
    checked_name,
    checked_trainable,
    dtype_name,
    next_number,
)
from nbkeras.layers.engine.nodes import symbolic
from nbkeras.layers.engine.shapes import (
    as_array,
    as_specs,
    numbered_texts,
    shapes_with_batch,
    specs,
    specs_of_rows,
)
from nbkeras.layers.engine.tree import Tree
from nbkeras.layers.engine.weight import DeclaredWeight
from nbkeras.ops import activations, constraints, initializers, regularizers


class SharedArguments(TypedDict, total=False):
    """The arguments of `Layer` that no layer lists among its own."""

    trainable: bool
    autocast: bool
    input_shape: int | Shape | None
    batch_input_shape: Shape | None


class ArgumentsOfRegularized(SharedArguments, total=False):
    """`LayerArguments` of a layer that lists `activity_regularizer` itself."""

    dtype: DTypeLike | None
    name: str | None
    batch_size: int | None
    weights: Sequence[ArrayLike] | None


class ArgumentsOfWeighted(SharedArguments, total=False):
    """`LayerArguments` of a layer that lists `weights` itself."""

    activity_regularizer: Identifier | None
    dtype: DTypeLike | None
    name: str | None
    batch_size: int | None


class LayerArguments(ArgumentsOfRegularized, total=False):
    """The arguments that every layer passes to `Layer` through `**base`."""

    activity_regularizer: Identifier | None


class Layer(Called, Tree, Configurable, BaseLayer):
    """Base class of layers. Subclasses write `build` and `call`.

    Args:
        activity_regularizer: name or function of the output, added to the loss.
        trainable: False freezes all weights in it.
        dtype: of weights and computation; "mixed_bfloat16" computes in bfloat16; a
            `DTypePolicyMap` gives the layers in it dtypes by their paths.
        autocast: cast floating inputs to the computation's dtype.
        name: unique within a model; made from the class name if not given.
        input_shape: shape of one sample, for the first layer of a Sequential.
        batch_input_shape: the same with the batch axis in front.
        batch_size: the fixed batch size that goes with `input_shape`, if any.
        weights: initial values, a list as `get_weights` returns.

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
    row_by_row = False
    supports_masking = False
    # Whether the layer takes strings, which a model receives as ids.
    reads_text = False
    takes_integers = True
    _masks_inside = False
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
        """Declare the weights for `input_shape`, a tuple whose batch axis is None."""

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output from arrays; implemented by subclasses."""
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
        """The dtypes of weights and of arithmetic; may be set by name or policy.

        Under a `DTypePolicyMap`, setting it changes the entry for the layer's path.
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
        """The name of the policy that holds for this layer."""
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
        """The dtype of the weights, as `variable_dtype`."""
        return self.variable_dtype

    @property
    def input_dtype(self) -> str:
        """The dtype to which floating inputs are cast, as `compute_dtype`."""
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
        """
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
        """A fresh JAX key; only inside `call`."""
        if self._context is None:
            raise functional_call.NoKey(
                f"{type(self).__name__}.next_key() works only inside `call`. Elsewhere "
                "draw with nbkeras.random.normal(shape), or jax.random and a key."
            )
        return self._context.next_key()

    def seeded_key(self, seed: int | None) -> jax.Array:
        """`next_key` by the layer's own seed, if it has one."""
        if seed is None or self._context is None:
            return self.next_key()
        return self._context.seeded_key(vars(self).get("_original", self), seed)

    @property
    def row_weights(self) -> jax.Array | None:
        """Inside `call`: None, or (batch,) float with 0 for rows that are padding."""
        return None if self._context is None else self._context.row_weights

    def add_loss(self, loss: Any) -> None:
        """Add a number, or the sum of an array, to the loss; in `call`.

        Outside of `call` it only stands in `losses` until the layer is called again.
        """
        losses = added_losses.scalars(loss)
        if self._context is None:
            added_losses.add(self, losses)
        else:
            self._context.add_losses(vars(self)["_original"], losses)

    @property
    def losses(self) -> list[jax.Array]:
        """What layers in it added when it was last called, then weights' penalties."""
        return added_losses.of(self)

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        """Symbolic tensors of what a call on symbolic tensors gives.

        A subclass may override it: symbolic calls then have the shapes that it says.
        An own `compute_output_shape` is asked instead of running `call`.
        """
        if args and symbolic.overrides(self, "compute_output_shape"):
            shapes = self.compute_output_shape(shapes_with_batch(args[0]))
            return jax.tree.map(
                lambda shape: symbolic.SymbolicTensor(shape, self.compute_dtype),
                shapes,
                is_leaf=building.is_shape,
            )
        specs, named = symbolic.specs_of((args, kwargs))
        find = building.output_specs if building.is_complete(self) else building.build
        outputs = find(self, specs, named)
        return jax.tree.map(
            lambda s: symbolic.SymbolicTensor(s.shape, s.dtype), outputs
        )

    def activate(self, z: jax.Array) -> jax.Array:
        """`self.activation(z)`, remembering z for a loss that can use the logits."""
        if self.activation is None:
            return z
        y = self.activation(z)
        if self._context is not None:
            name = activations.registry.name_of(self.activation)
            self._context.activated[id(y)] = (y, z, name)
        return y

    def treats_rows_alone(self, promise: str = "rows_independent") -> bool:
        """Whether rows of a batch cannot influence each other here; see `rows`."""
        return row_independence.alone(self, promise)

    # Whether files hold arrays of the layer that are not weights.
    keeps_file_arrays = False

    def file_arrays(self) -> dict[str, Any]:
        """{name: array} to save beside the weights."""
        return {}

    def assets(self) -> dict[str, str]:
        """{file name: text} to save in a `.keras` file."""
        return {}

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """The mask of the output."""
        return previous_mask if self.supports_masking else None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Shape of the output, by an abstract run; unknown sizes stay None."""
        out = building.output_specs(self, specs(input_shape, self.compute_dtype))
        return jax.tree.map(lambda s: s.shape, out)

    def build_for(self, *inputs: Any, initialise: bool = True) -> Self:
        """Build for arrays or shapes, unless the layer is built already."""
        if not building.is_complete(self):
            specs = tuple(map(as_specs, inputs)) if inputs[1:] else as_specs(inputs[0])
            building.build(self, specs, initialise=initialise)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call on arrays, building first if needed; add a node for symbolic tensors.

        Inside `call` of another layer it runs in place.
        """
        if "inputs" in kwargs and not args and calling.inputs_first(type(self)):
            args = (kwargs.pop("inputs"),)
        if self._context is not None:
            asked = {n: kwargs.pop(n, None) for n in ("training", "mask")}
            return calling.call(self, args, kwargs, **asked)
        args = numbered_texts(self, args)
        refuse_what_is_no_data(self, args)
        if symbolic.holds_symbolic((args, kwargs)):
            return symbolic.call(self, args, kwargs)
        args = jax.tree.map(as_array, args)
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
            late_creation.refuse_made_in_call(self, args)
        return functional_call.run_eagerly(self, args, kwargs)

    def _build_once(self, shapes, named=None):
        if self.input_spec is not None:
            input_spec.check(self, shapes if isinstance(shapes, list) else [shapes])
        calling.build(self, shapes, named or {})
        self.built = True

    def _settle_build(self, shapes):
        """The outermost `build` has ended: the layer is built for `shapes`."""
        vars(self)["_build_shape"] = shapes
        self.built = vars(self)["_has_all_state"] = True
        if building.by_hand():
            vars(self)["_built_by_hand"] = True
            building.draw_missing(self, self.own_weights())
            self.weights_by_path()
        if self._initial_weights is not None:
            self.set_weights(self._initial_weights)

    def get_config(self) -> Config:
        """The constructor's arguments, without those of the base that are None."""
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

        Arguments of `Layer` that an own `__init__` does not take are set afterwards.
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
            layer._trainable = False
        return layer

    def __setattr__(self, name, value):
        here = self.__dict__.get(name)
        if isinstance(here, Variable) and not isinstance(value, Variable | type(None)):
            here.assign(value)
            return
        if here is not value:
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
