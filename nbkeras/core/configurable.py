"""Objects that remember how they were made, so that configs write themselves."""

import inspect
from typing import Any, cast

from nbkeras.core import argument_errors, notices, shared_objects, spellings
from nbkeras.core.registry import registered_name

# {class: (its keyword arguments, whether it takes any others)}
_signatures: dict[type, tuple[dict[str, inspect.Parameter], bool]] = {}
_KEEP = inspect.Parameter.KEYWORD_ONLY


class _Remembering(type):
    """Calls `cls(...)`: old spellings, unknown names, then remember the rest."""

    @property
    def __signature__(cls) -> inspect.Signature:
        return inspect.Signature(
            [p.replace(kind=_KEEP) for p in parameters(cls).values()]
        )

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        kwargs = spellings.translate(cls, kwargs)
        known = parameters(cls)
        open_end = _signatures[cls][1] or getattr(cls, "takes_any_argument", False)
        argument_errors.check_names(cls, args, kwargs, known, open_end)
        try:
            made = super().__call__(*args, **kwargs)
        except (TypeError, ValueError) as error:
            argument_errors.explain(error, cls, args, kwargs)
            raise
        made.__dict__["_made_at"] = notices.caller()
        made.__dict__.setdefault("_arguments", _arguments(cls, args, kwargs))
        return made


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
        known = parameters(cls)
        return {
            name: value
            for name, value in saved.items()
            if name in known or value or spellings.is_old(cls, name)
        }


def parameters(cls: type) -> dict[str, inspect.Parameter]:
    """All keyword arguments of `cls(...)`, those of parents through `**` included."""
    if cls not in _signatures:
        found: dict[str, inspect.Parameter] = {}
        open_end = False
        for each in cls.__mro__:
            if "__init__" not in each.__dict__ or each in (object, Configurable):
                continue
            open_end = False
            for p in list(inspect.signature(each.__init__).parameters.values())[1:]:
                if p.kind is p.VAR_KEYWORD:
                    open_end = True
                elif p.kind is not p.VAR_POSITIONAL:
                    found.setdefault(p.name, p)
            if not open_end:
                break
        _signatures[cls] = found, open_end
    return _signatures[cls][0]


def accepts(cls: type, name: str) -> bool:
    """Whether `cls(...)` takes the keyword `name`."""
    known = parameters(cls)
    return name in known or _signatures[cls][1]


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
        return module, cls.__name__, None
    return cls.__module__, cls.__name__, registered_name(cls)


def _plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(_plain(each) for each in cast("list[Any]", value))
    simple = (str, bytes, bool, int, float, dict, type(None), Configurable)
    return isinstance(value, simple) or inspect.isroutine(value)


def _arguments(
    cls: type, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> dict[str, Any]:
    known = parameters(cls)
    given = argument_errors.named(cls, args, kwargs)
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
