"""Objects that remember how they were made, so that configs write themselves."""

import inspect
from typing import TYPE_CHECKING, Any, cast

from nbkeras.core import (
    argument_errors,
    notices,
    shared_objects,
    signatures,
    spellings,
)
from nbkeras.core.registry import registered_name

_KEEP = inspect.Parameter.KEYWORD_ONLY


class _Remembering(type):
    """Calls `cls(...)`: old spellings, unknown names, then remember the rest."""

    @property
    def __signature__(cls) -> inspect.Signature:
        # What Jupyter shows on Shift-Tab: names and defaults; types would bury them.
        plain = inspect.Parameter.empty
        return inspect.Signature(
            [
                parameter.replace(kind=_KEEP, annotation=plain)
                for parameter in signatures.parameters(cls).values()
            ]
        )

    # Hidden from type checkers and editors, which would take its signature for that of
    # every class: they read the constructors instead.
    if not TYPE_CHECKING:

        def __call__(cls, *args: Any, **kwargs: Any) -> Any:
            kwargs = spellings.translate(cls, kwargs)
            known = signatures.parameters(cls)
            open_end = signatures.is_open(cls) or getattr(
                cls, "takes_any_argument", False
            )
            argument_errors.check_names(cls, args, kwargs, known, open_end)
            try:
                instance = super().__call__(*args, **kwargs)
            except (TypeError, ValueError) as error:
                argument_errors.explain(error, cls, args, kwargs)
                raise
            instance.__dict__["_made_at"] = notices.caller()
            instance.__dict__.setdefault("_arguments", _arguments(cls, args, kwargs))
            return instance


class Configurable(metaclass=_Remembering):
    """Base of everything with settings: `get_config` and `from_config` for free.

    An argument is read back from the attribute of its own name where there is one
    (so it is in its checked form), else as it was given. `__init__(..., **base)`
    that hands `base` to `super().__init__` also accepts the parent's arguments.
    """

    _arguments: dict[str, Any]

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments as plain data, in the order of the signature."""
        config: dict[str, Any] = {}
        for name, given in self._arguments.items():
            value = self.__dict__.get(name, given)
            if not _plain(value) and _plain(given):
                value = given
            config[name] = to_config(value)
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Make an equal object from what `get_config` returned."""
        return cls(**config)

    @classmethod
    def known_part(cls, config: Any) -> Any:
        """A saved config without what other versions of Keras added and left off.

        What has a value stays, so that it is refused by name rather than ignored.
        """
        if "from_config" in cls.__dict__ or not isinstance(config, dict):
            return config
        saved = cast("dict[str, Any]", config)
        known = signatures.parameters(cls)
        return {
            name: value
            for name, value in saved.items()
            if name in known or value or spellings.is_old(cls, name)
        }


def to_config(value: Any) -> Any:
    """`value` as plain data: objects become Keras's dict form, functions names."""
    if isinstance(value, Configurable):
        return as_dict(value)
    if isinstance(value, list | tuple):
        return [to_config(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: to_config(each) for key, each in items}
    if hasattr(value, "tolist") and hasattr(value, "dtype"):
        return value.tolist()
    if inspect.isroutine(value) or inspect.isclass(value):
        return value.__name__
    return value


def as_dict(obj: Any) -> dict[str, Any]:
    """An object in the form of Keras's files; classes of ours name Keras's module."""
    cls = cast("type[Any]", type(obj))
    saved_as = getattr(obj, "saved_as", None) or _saved_as(cls)
    module, class_name, registered = saved_as
    config: dict[str, Any] = {
        "module": module,
        "class_name": class_name,
        "config": obj.get_config(),
        "registered_name": registered,
    }
    return (
        shared_objects.mark(obj, config)
        if hasattr(obj, "_is_nbkeras_layer")
        else config
    )


def _saved_as(cls: type[Any]) -> tuple[str, str, str | None]:
    module = getattr(cls, "keras_module", None)
    if cls.__module__.split(".")[0] == "nbkeras" and module:
        return module, cls.__dict__.get("saved_class_name", cls.__name__), None
    return cls.__module__, cls.__name__, registered_name(cls)


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_plain(each) for each in cast("list[Any]", value))
    simple = (str, bytes, bool, int, float, dict, type(None), Configurable)
    return isinstance(value, simple) or inspect.isroutine(value)


def _arguments(
    cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    known = signatures.parameters(cls)
    given = signatures.named(cls, args, kwargs)
    settled: dict[str, Any] = {}
    for name, parameter in known.items():
        if name in given:
            settled[name] = given[name]
        elif parameter.default is not parameter.empty:
            settled[name] = parameter.default
    return settled


def arguments_of(obj: Any) -> dict[str, Any]:
    """The arguments that a configurable object was made with, by name."""
    return obj._arguments


def created_at(obj: Any) -> tuple[str, int] | None:
    """(file, line) of the call that made an object; None where nobody noted it."""
    return getattr(obj, "_made_at", None)
