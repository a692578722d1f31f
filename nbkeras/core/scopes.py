"""`device` and `name_scope` contexts, and rematerialization."""

import contextlib
import contextvars
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from typing import Any

_names: contextvars.ContextVar[tuple[str, ...]] = contextvars.ContextVar(
    "name_scopes", default=()
)


def device(device_name: Any) -> AbstractContextManager[Any]:
    """A context that creates new arrays on a device, and computes their results there.

    Args:
        device_name: "cpu:0", "gpu:1" (the index is among devices of that kind), or a
            JAX device.

    Raises:
        ValueError: there is no such device; the message lists the available ones.

    >>> import jax
    >>> with device("cpu:0"):
    ...     x = jax.numpy.ones(3)
    """
    import jax

    # The stubs of JAX leave devices untyped.
    backend: Any = jax
    if isinstance(device_name, backend.Device):
        return backend.default_device(device_name)
    kind, _, number = str(device_name).lower().partition(":")
    kind = {"cuda": "gpu"}.get(kind, kind)
    try:
        jax_device = backend.devices(kind)[int(number or 0)]
    except (RuntimeError, ValueError, IndexError):
        device_names = [f"{d.platform}:{i}" for i, d in enumerate(backend.devices())]
        raise ValueError(
            f"device({device_name!r}): there is no such device. Available: "
            f"{', '.join(device_names)}. Write for example device('cpu:0')."
        ) from None
    return backend.default_device(jax_device)


@contextlib.contextmanager
def name_scope(name: str, caller: Any = None, **_options: Any) -> Generator[str]:
    """A context that prefixes the paths of new Variables with `name`.

    JAX profiles show the name too. Weights of layers have the layer's path instead.

    Args:
        name: one component of a path.
        caller: accepted for compatibility with Keras, as are further options.

    Raises:
        ValueError: `name` is not a string or contains "/".

    >>> with name_scope("encoder"), name_scope("head") as path:
    ...     path
    'encoder/head'
    """
    import jax

    scope: Any = name
    if not isinstance(scope, str) or "/" in scope:
        raise ValueError(
            f"name_scope({name!r}): a name is a string without '/'. Write one scope "
            "for each part: with name_scope('a'), name_scope('b'): ..."
        )
    token = _names.set((*_names.get(), name))
    try:
        with jax.named_scope(name):
            yield path_of()
    finally:
        _names.reset(token)


def path_of(*names: str) -> str:
    """The names of all open scopes and then `names`, joined by "/"."""
    return "/".join((*_names.get(), *names))


def remat(f: Callable[..., Any]) -> Callable[..., Any]:
    """Rematerialization: recompute intermediate results in the backward pass.

    Only the arguments are stored, which saves memory and costs time.

    Args:
        f: a function of arrays without side effects.

    Source: Chen et al., "Training Deep Nets with Sublinear Memory Cost" (2016).

    >>> import jax
    >>> slope = jax.grad(remat(lambda x: jax.numpy.sin(jax.numpy.sin(x))))
    >>> round(float(slope(1.0)), 4)
    0.36
    """
    import jax

    transforms: Any = jax  # its stubs leave the result of `checkpoint` untyped
    return transforms.checkpoint(f)
