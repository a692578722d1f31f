"""A declared weight: shape, role and initialiser, and one current value."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

import jax
import jax.numpy as jnp
import numpy as np

from nbkeras.core.annotations import DTypeLike
from nbkeras.core.display_name import display_name, quoted


class Weight:
    """What a layer learns or keeps. `value` is current wherever it is asked.

    Outside of training the value lives here. While a fit runs it lives in the
    training state, and `attach` has told where, so callbacks and other models that
    share the layer read the newest step.

    One that is `carried` only goes from batch to batch, as the state of a stateful
    layer: it is no weight to the user, and no file has it.
    """

    def __init__(
        self,
        name: str,
        shape: Sequence[int],
        dtype: DTypeLike = "float32",
        initializer: Callable[..., Any] | None = None,
        *,
        trainable: bool = True,
        regularizer: Callable[..., Any] | None = None,
        constraint: Callable[..., Any] | None = None,
        carried: bool = False,
    ) -> None:
        self.name = name
        self.shape = tuple(int(n) for n in shape)
        self.dtype = str(jnp.dtype(dtype))
        self.initializer: Any = initializer
        self.trainable = trainable
        self.regularizer = regularizer
        self.constraint = constraint
        self.carried = carried
        self.path = name
        self._value: Any = None
        self._live: Any = None

    @property
    def size(self) -> int:
        """Number of elements."""
        return math.prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Number of bytes that the value takes."""
        return math.prod(self.shape) * jnp.dtype(self.dtype).itemsize

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def value(self) -> jax.Array:
        """The current value, a JAX array that stays valid while training goes on."""
        if self._live is not None:
            home, path = self._live
            return home.read(path)
        if self._value is None:
            self.initialise()
        if not isinstance(self._value, jax.Array):
            # Unlike `jnp.asarray` this compiles nothing.
            with jax.ensure_compile_time_eval():
                self._value = jax.device_put(self._value)
        return self._value

    def initialise(self) -> None:
        """Draw a new value from the initialiser."""
        with jax.ensure_compile_time_eval():
            drawn = self.initializer(self.shape, dtype=self.dtype)
        self.assign(drawn)

    def is_initialised(self) -> bool:
        """Whether a value exists already."""
        return self._value is not None or self._live is not None

    def assign(self, value: Any) -> Self:
        """Replace the value. Shapes must be equal; the dtype is kept."""
        value = getattr(value, "value", value)
        shape = tuple(np.shape(value))
        if shape != self.shape:
            raise ValueError(
                f"The weight {quoted(self.path)} has shape {self.shape}; the value "
                f"given has {shape}. Give an array of shape {self.shape}."
            )
        if self._live is not None:
            home, path = self._live
            home.write(path, jnp.array(value, self.dtype))
        elif isinstance(value, jax.Array):
            self._value = value.astype(self.dtype)
        else:
            self._value = np.array(value, dtype=jnp.dtype(self.dtype))
        return self

    def assign_add(self, value: Any) -> Self:
        """Add to the value."""
        return self.assign(self.value + value)

    def assign_sub(self, value: Any) -> Self:
        """Subtract from the value."""
        return self.assign(self.value - value)

    def numpy(self) -> np.ndarray:
        """The value as a NumPy array."""
        return np.asarray(self.value)

    def attach(self, home: Any, path: str) -> None:
        """From now on `home.read(path)` answers; this weight's own value is let go."""
        self._live, self._value = (home, path), None

    def detach(self, value: Any) -> None:
        """The fit has ended with this value; it lives here again."""
        self._live = None
        self._value = value

    @property
    def home(self) -> Any:
        """The Cell of the running fit that holds the value, or None."""
        return None if self._live is None else self._live[0]

    @property
    def in_training(self) -> bool:
        """Whether a running fit holds the value."""
        return self._live is not None

    def __getstate__(self):
        if self._live is not None:
            raise RuntimeError(
                f"A copy or a pickle of {quoted(self.path)} while it is in training "
                "would hold the run itself. Copy the model when the run is over "
                "(run.stop(), run.wait()); or make a new one and give it the weights: "
                "new = nbkeras.models.clone_model(model); "
                "new.set_weights(model.get_weights())."
            )
        return self.__dict__

    def __array__(self, dtype=None, copy=None):
        return np.asarray(self.value, dtype=dtype)

    def __jax_array__(self):
        return self.value

    def __repr__(self):
        return (
            f"<Weight {display_name(self.path)} shape={self.shape} dtype={self.dtype}>"
        )


def _operator(name):
    def apply(self, *others):
        return getattr(self.value, name)(*(getattr(o, "value", o) for o in others))

    return apply


for _name in (
    "__add__ __radd__ __sub__ __rsub__ __mul__ __rmul__ __truediv__ __rtruediv__ "
    "__pow__ __matmul__ __rmatmul__ __neg__ __getitem__ __lt__ __le__ __gt__ __ge__"
).split():
    setattr(Weight, _name, _operator(_name))


if TYPE_CHECKING:

    class DeclaredWeight(jax.Array, Weight):  # pyright: ignore
        """What `add_weight` returns, as its two readers see it.

        The attribute of a layer is a `Weight`: it can be assigned and has a path. In
        the copy of the layer that runs `call`, the same attribute is the array
        itself. One annotation must serve both, so a type checker is told that it is
        both; what only a Weight or only an array offers is accepted in either place.
        """

else:
    DeclaredWeight = Weight
