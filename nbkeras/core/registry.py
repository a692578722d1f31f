"""One table a family: names to classes and functions, with help for a wrong name."""

import contextlib
import contextvars
import difflib
import inspect
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar, cast

from nbkeras.core import error_parts, shared_objects

Member = TypeVar("Member")
_custom: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar(
    "custom_objects", default=None
)
_registered: dict[str, Any] = {}
# Weak, so that a class that a notebook has defined again can go.
_names: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def custom_object_scope(objects: Mapping[str, Any] | None) -> Generator[None]:
    """Within this, names in `objects` ({name: class or function}) can be found too."""
    token = _custom.set({**(_custom.get() or {}), **(objects or {})})
    try:
        yield
    finally:
        _custom.reset(token)


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Member], Member]:
    """Decorate a class or function of your own so that files may name it."""

    def add(member: Any) -> Any:
        known = name or member.__name__
        _registered[f"{package}>{known}"] = _registered[known] = member
        _names[member] = f"{package}>{known}"
        return member

    return add


def get_custom_objects() -> dict[str, Any]:
    """{name: class or function} of all that was registered; what is put in is found."""
    return _registered


def registered_name(member: Any) -> str:
    """The name under which files know a class of the user's own."""
    return _names[member] if member in _names else member.__name__


def custom(name: Any) -> Any:
    """The user's own class or function called `name`, or None."""
    return (_custom.get() or {}).get(name) or _registered.get(name)


_families: dict[str, "Registry"] = {}


def family(name: str) -> "Registry":
    """The table of the family called `name`, such as "initializer"."""
    return _families[name]


class Registry:
    """Names of one family (layers, losses, optimizers...), each registered once.

    Args:
        family: what the members are called in messages, singular ("loss").
        module: the Keras module that saved files name ("keras.losses").

    >>> losses = Registry("loss", "keras.losses")
    >>> @losses.register("mean_squared_error", "mse")
    ... def mean_squared_error(y_true, y_pred): ...
    >>> losses.get("mse") is mean_squared_error
    True
    """

    def __init__(self, family: str, module: str = "") -> None:
        self.family = family
        self.module = module
        self._members: dict[str, Any] = {}
        self._aliases: dict[str, str] = {}
        _families[family] = self

    def register(
        self, name: str | None = None, *aliases: str
    ) -> Callable[[Member], Member]:
        """Decorate a class or function; `name` defaults to its own."""

        def add(member: Any) -> Any:
            key = name or member.__name__
            for each in (key, *aliases):
                if each in self._members or each in self._aliases:
                    raise ValueError(f"The {self.family} name {each!r} is taken.")
            self._members[key] = member
            self._aliases.update(dict.fromkeys(aliases, key))
            return member

        return add

    def add_alias(self, alias: str, name: str) -> None:
        """Let `alias` also find the member called `name`, if it finds nothing yet."""
        if alias not in self._members:
            self._aliases.setdefault(alias, name)

    def names(self) -> list[str]:
        """All registered names without aliases, sorted."""
        return sorted(self._members, key=str.lower)

    @property
    def aliases(self) -> dict[str, str]:
        """{other spelling: registered name}."""
        return dict(self._aliases)

    def name_of(self, member: Any) -> str | None:
        """The name under which a class or function stands here, or None."""
        for name, known in self._members.items():
            if known is member:
                return name
        return None

    def find(self, name: Any) -> Any:
        """The class or function called `name`; None if there is none."""
        known = self._aliases[name] if name in self._aliases else name
        return self._members.get(known) or custom(name)

    def __contains__(self, name: Any) -> bool:
        return self.find(name) is not None

    def lookup(self, name: Any) -> Any:
        """The class or function called `name`.

        Raises:
            ValueError: no such name; the message lists the nearest and all.
        """
        member = self.find(name)
        if member is None:
            raise self.unknown(name)
        return member

    def get(
        self, identifier: Any, custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """A ready member from None, a name, a config, a class, an instance.

        Names never import or evaluate anything: only what is registered here, or
        handed over in `custom_objects`, can be found.
        """
        if custom_objects:
            with custom_object_scope(custom_objects):
                return self.get(identifier)
        if identifier is None:
            return None
        if isinstance(identifier, dict):
            return self.from_config(cast("dict[str, Any]", identifier))
        if isinstance(identifier, str):
            identifier = self.lookup(identifier)
        if inspect.isclass(identifier):
            return identifier()
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        example = error_parts.NAMES.get(self.family, self.names()[0])
        raise ValueError(
            f"{identifier!r} is no {self.family}. Give a name such as {example!r}, a "
            "function or an instance."
        )

    def from_config(self, config: dict[str, Any]) -> Any:
        """Rebuild from `{"class_name": ..., "config": {...}}`, Keras's saved form."""
        name = config.get("class_name")
        inner = config.get("config")
        if name == "function":
            return self.get(inner)
        if not isinstance(name, str):
            raise ValueError(
                f"A saved {self.family} needs a 'class_name'; got the keys "
                f"{sorted(map(str, config))}."
            )
        shared = shared_objects.known(config)
        if shared is not None:
            return shared
        registered = config.get("registered_name")
        member = custom(registered) or self.lookup(name)
        if not inspect.isclass(member):
            return member
        cls: Any = member
        if hasattr(cls, "known_part"):
            inner = cls.known_part(inner or {})
        make = cls.from_config if hasattr(cls, "from_config") else None
        instance = make(inner or {}) if make else cls(**(inner or {}))
        return shared_objects.remember(config, instance)

    def unknown(self, name: Any, more: Iterable[str] = ()) -> error_parts.NameMistake:
        """The mistake of asking for `name`; `more` are names known besides."""
        everything = [*self._members, *self._aliases, *more]
        lowered = {known.lower(): known for known in everything}
        near = difflib.get_close_matches(str(name).lower(), lowered, n=3, cutoff=0.6)
        nearest = [lowered[match] for match in near]
        names = [*self.names(), *more]
        return error_parts.NameMistake(self.family, name, nearest, names)
