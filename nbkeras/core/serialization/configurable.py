"""Configurable: objects that record their constructor arguments for `get_config`."""

import contextlib
import contextvars
import inspect
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, cast

from nbkeras.core import notices
from nbkeras.core.base_classes import BaseLayer
from nbkeras.core.errors import argument_errors
from nbkeras.core.names import legacy_arguments
from nbkeras.core.serialization import shared_objects, signatures
from nbkeras.core.serialization.registry import is_custom, registered_name

_KEYWORD_ONLY = inspect.Parameter.KEYWORD_ONLY

# True within `functions_kept`: configs hold function objects instead of their names.
_keeps_functions = contextvars.ContextVar("keeps_functions", default=False)


class _RecordsArguments(type):
    """Call `cls(...)`: translate legacy arguments, check names, record arguments."""

    @property
    def __signature__(cls) -> inspect.Signature:
        # Shown by Jupyter on Shift-Tab: names and defaults, without the long types.
        no_type = inspect.Parameter.empty
        return inspect.Signature(
            [
                parameter.replace(kind=_KEYWORD_ONLY, annotation=no_type)
                for parameter in signatures.parameters(cls).values()
            ]
        )

    # Hidden from type checkers and editors, so that they read each class's `__init__`
    # rather than the signature of this method.
    if not TYPE_CHECKING:

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            kwargs = legacy_arguments.translate(cls, kwargs)
            parameters = signatures.parameters(cls)
            open_end = signatures.is_open(cls) or getattr(
                cls, "takes_any_argument", False
            )
            argument_errors.check_names(cls, args, kwargs, parameters, open_end)
            try:
                instance = super().__call__(*args, **kwargs)
            except (TypeError, ValueError) as error:
                argument_errors.explain(error, cls, args, kwargs)
                raise
            instance.__dict__["_made_at"] = notices.caller()
            instance.__dict__.setdefault("_arguments", _arguments(cls, args, kwargs))
            return instance


class Configurable(metaclass=_RecordsArguments):
    """Base class that provides `get_config` and `from_config`.

    An argument is read from the attribute of the same name if there is one (so in its
    validated form), otherwise as it was passed. An `__init__(..., **base)` that passes
    `base` to `super().__init__` also accepts the parent's arguments.
    """

    _arguments: dict[str, Any]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as a serializable dict, in signature order."""
        config: dict[str, Any] = {}
        for name, argument in self._arguments.items():
            value = self.__dict__.get(name, argument)
            if not _plain(value) and _plain(argument):
                value = argument
            config[name] = to_config(value)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Create an equal object from the result of `get_config`."""
        return cls(**config)

    @classmethod
    def known_part(cls, config: Any) -> Any:
        """A saved config without empty entries that only other versions of Keras use.

        Unknown entries with a value stay, so that the constructor rejects them by name
        instead of ignoring them.
        """
        if "from_config" in cls.__dict__ or not isinstance(config, dict):
            return config
        saved = cast("dict[str, Any]", config)
        parameters = signatures.parameters(cls)
        return {
            name: value
            for name, value in saved.items()
            if name in parameters or value or legacy_arguments.is_old(cls, name)
        }


def to_config(value: Any) -> Any:
    """Serialize `value`: objects become Keras's config dicts, functions their names."""
    if isinstance(value, Configurable):
        return as_dict(value)
    if isinstance(value, list | tuple):
        return [to_config(entry) for entry in cast("list[Any]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: to_config(entry) for key, entry in items}
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return value.tolist()
    if inspect.isroutine(value) or inspect.isclass(value):
        return value if _keeps_functions.get() else _named(value)
    if not _keeps_functions.get() and callable(getattr(value, "get_config", None)):
        return as_dict(value)
    return value


@contextlib.contextmanager
def functions_kept() -> Generator[None]:
    """A context in which configs hold function and custom objects, unserialized."""
    token = _keeps_functions.set(True)
    try:
        yield
    finally:
        _keeps_functions.reset(token)


def function_form(function: Any) -> dict[str, Any]:
    """The config of a function or a class, as Keras serializes it."""
    module, name = function.__module__, function.__name__
    custom = is_custom(module)
    return {
        "module": module if custom else "builtins",
        "class_name": "function",
        "config": name,
        "registered_name": registered_name(function) if custom else name,
    }


def _named(function: Any) -> Any:
    """The name of a library function; the full config of a custom one."""
    custom = is_custom(function.__module__)
    return function_form(function) if custom else function.__name__


def as_dict(obj: Any) -> dict[str, Any]:
    """The config of an object; that of a built-in class names Keras's module."""
    cls = cast("type[Any]", type(obj))
    module, class_name, registered = getattr(obj, "saved_as", None) or _saved_as(cls)
    config: dict[str, Any] = {
        "module": module,
        "class_name": class_name,
        "config": _plain_data(obj.get_config()),
        "registered_name": registered,
    }
    return shared_objects.mark(obj, config) if isinstance(obj, BaseLayer) else config


def _saved_as(cls: type[Any]) -> tuple[str, str, str | None]:
    module = getattr(cls, "keras_module", None)
    if cls.__module__.split(".")[0] == "nbkeras" and module:
        return module, cls.__dict__.get("saved_class_name", cls.__name__), None
    return cls.__module__, cls.__name__, registered_name(cls)


def _plain_data(value: Any) -> Any:
    """A hand-written config as plain data: arrays as lists, objects as their configs.

    Objects that are written already, and may still be marked as shared, stay.
    """
    if isinstance(value, dict):
        if "class_name" in value:
            return cast("Any", value)
        items = cast("dict[str, Any]", value).items()
        return {key: _plain_data(entry) for key, entry in items}
    if isinstance(value, list | tuple):
        return [_plain_data(entry) for entry in cast("list[Any]", value)]
    if hasattr(value, "__array__"):
        return value.tolist()
    is_object = not inspect.isclass(value) and callable(
        getattr(value, "get_config", None)
    )
    return as_dict(value) if is_object and not _keeps_functions.get() else value


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_plain(entry) for entry in cast("list[Any]", value))
    simple = (str, bytes, bool, int, float, dict, type(None), Configurable)
    return isinstance(value, simple) or inspect.isroutine(value)


def _arguments(
    cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    parameters = signatures.parameters(cls)
    passed = signatures.named(cls, args, kwargs)
    arguments: dict[str, Any] = {}
    for name, parameter in parameters.items():
        if name in passed:
            arguments[name] = passed[name]
        elif parameter.default is not parameter.empty:
            arguments[name] = parameter.default
    return arguments


def arguments_of(obj: Any) -> dict[str, Any]:
    """The arguments that a configurable object was created with, by name."""
    return obj._arguments


def created_at(obj: Any) -> tuple[str, int] | None:
    """(file, line) of the call that created an object; None if not recorded."""
    return getattr(obj, "_made_at", None)
