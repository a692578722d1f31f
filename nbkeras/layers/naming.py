"""Names and dtypes of layers, in the form that Keras gives them."""

import jax.numpy as jnp

from nbkeras.core import settings
from nbkeras.core.naming import snake_case


def checked_name(cls, name):
    """A name that can stand in a path; from the class if None is given."""
    if name is None:
        return snake_case(cls.__name__)
    if isinstance(name, str) and name and "/" not in name:
        return name
    raise ValueError(
        f"{cls.__name__}(name={name!r}): a name is a non-empty string without '/'. "
        f"Write for example name={snake_case(cls.__name__)!r}."
    )


def dtype_name(dtype):
    """A dtype or a saved Keras policy as a string; None is the global floatx."""
    if dtype is None:
        return settings.floatx()
    if isinstance(dtype, dict):
        dtype = (dtype.get("config") or {}).get("name", "float32")
    name = getattr(dtype, "name", dtype)
    if isinstance(name, str) and name.startswith("mixed_"):
        return name
    return str(jnp.dtype(name))
