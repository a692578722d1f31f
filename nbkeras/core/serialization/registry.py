"""Registries of classes and functions by name, with suggestions for unknown names."""

import contextlib
import contextvars
import difflib
import inspect
import weakref
from collections.abc import Callable, Generator, Iterable, Mapping
from typing import Any, TypeVar, cast

from nbkeras.core import entry_points
from nbkeras.core.errors import structured_errors
from nbkeras.core.serialization import shared_objects

Member = TypeVar("Member")
_custom: contextvars.ContextVar[dict[str, Any] | None] = contextvars.ContextVar(
    "custom_objects", default=None
)
_registered: dict[str, Any] = {}
# {Keras's module in files: family}.
_by_module: dict[str, "Registry"] = {}
# Weak references, so that a class redefined in a notebook can be freed.
_names: weakref.WeakKeyDictionary[Any, str] = weakref.WeakKeyDictionary()


@contextlib.contextmanager
def custom_object_scope(objects: Mapping[str, Any] | None) -> Generator[None]:
    """A context in which `objects` ({name: class or function}) are registered too."""
    token = _custom.set({**(_custom.get() or {}), **(objects or {})})
    try:
        yield
    finally:
        _custom.reset(token)


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Member], Member]:
    """Register a custom class or function under "package>name"; a decorator."""

    def add(member: Any) -> Any:
        own_name = name or member.__name__
        _registered[f"{package}>{own_name}"] = _registered[own_name] = member
        _names[member] = f"{package}>{own_name}"
        return member

    return add


def get_custom_objects() -> dict[str, Any]:
    """The dict {name: class or function} of custom objects, which may be edited."""
    return _registered


def registered_name(member: Any) -> str:
    """The name of a custom class or function in files: registered, or its own."""
    return _names[member] if member in _names else member.__name__


def custom(name: Any) -> Any:
    """The custom class or function called `name`, or None.

    The layers of other installed packages are found, too, by the names that they have
    in files: "blurry>Blur", or "Blur" if the class is not registered.
    """
    return _in_scope(name) or _registered.get(name) or _of_another_package(name)


def is_custom(module: Any) -> bool:
    """Whether a class or function defined in `module` is custom, not the library's."""
    return str(module).split(".")[0] not in ("nbkeras", "keras", "tensorflow")


def custom_in_file(name: Any, registered: Any, module: Any) -> Any:
    """The custom class or function that a file names, never the library's.

    Raises:
        ValueError: it is not registered or in `custom_objects`.
    """
    member = custom(registered) or custom(name)
    if member is None:
        raise ValueError(
            f"Unknown {name!r}: it comes from {module!r}, not from nbkeras."
        )
    return member


def _in_scope(name: Any) -> Any:
    try:
        return (_custom.get() or {}).get(name)
    except TypeError:  # unhashable, so not a name
        return None


def _of_another_package(name: Any) -> Any:
    if not isinstance(name, str):
        return None
    member = entry_points.find(entry_points.LAYERS, name.rpartition(">")[2])
    if member is None or name not in (registered_name(member), member.__name__):
        return None
    return member


_families: dict[str, "Registry"] = {}


def family(name: str) -> "Registry":
    """The registry of the family called `name`, such as "initializer"."""
    return _families[name]


class Registry:
    """Names of one family (layers, losses, optimizers...), each registered once.

    Args:
        family: name of a member in messages, singular ("loss").
        module: name of the Keras module in saved files ("keras.losses").

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
        if module:
            _by_module.setdefault(module, self)

    def register(
        self, name: str | None = None, *aliases: str
    ) -> Callable[[Member], Member]:
        """Register a class or function; a decorator.

        Args:
            name: None takes the name of the class or function.
            *aliases: other names, which `names` does not list.

        Raises:
            ValueError: a name is registered already.
        """

        def add(member: Any) -> Any:
            key = name or member.__name__
            for new_name in (key, *aliases):
                if new_name in self._members or new_name in self._aliases:
                    raise ValueError(
                        f"The {self.family} name {new_name!r} is already registered."
                    )
            self._members[key] = member
            self._aliases.update(dict.fromkeys(aliases, key))
            return member

        return add

    def add_alias(self, alias: str, name: str) -> None:
        """Make `alias` another name of the member `name`, unless it is taken."""
        if alias not in self._members:
            self._aliases.setdefault(alias, name)

    def names(self) -> list[str]:
        """All registered names without aliases, sorted."""
        return sorted(self._members, key=str.lower)

    @property
    def aliases(self) -> dict[str, str]:
        """{alias: registered name}."""
        return dict(self._aliases)

    def name_of(self, member: Any) -> str | None:
        """The name under which a class or function is registered, or None."""
        for name, registered in self._members.items():
            if registered is member:
                return name
        return None

    def find(self, name: Any) -> Any:
        """The class or function called `name`; None if there is none.

        Objects in `custom_objects` take precedence over the library's.
        """
        return _in_scope(name) or self.member(name) or custom(name)

    def custom_member(self, name: Any) -> Any:
        """The custom class or function called `name`; None if it is the library's."""
        return _in_scope(name) or (None if self.member(name) else custom(name))

    def member(self, name: Any) -> Any:
        """The library's class or function called `name`; None if there is none."""
        key = self._aliases[name] if name in self._aliases else name
        return self._members.get(key)

    def __contains__(self, name: Any) -> bool:
        return self.find(name) is not None

    def lookup(self, name: Any) -> Any:
        """The class or function called `name`.

        Raises:
            ValueError: unknown name; the message lists the closest names, or all.
        """
        member = self.find(name)
        if member is None:
            raise self.unknown(name)
        return member

    def get(
        self, identifier: Any, custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """A function or an instance from a name, a config, a class or an instance.

        Names never import or evaluate anything: only registered members and
        `custom_objects` are found.

        Args:
            identifier: a name, a config dict, a class, a function or an instance; None
                gives None.
            custom_objects: {name: class or function}, looked up first.

        Raises:
            ValueError: `identifier` is unknown or none of these.
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
        example = structured_errors.NAMES.get(self.family, self.names()[0])
        raise ValueError(
            f"{identifier!r} is not a valid {self.family}. Give a name such as "
            f"{example!r}, a function or an instance."
        )

    def from_config(self, config: dict[str, Any]) -> Any:
        """Create an object from Keras's `{"class_name": ..., "config": {...}}`.

        Raises:
            ValueError: the class is unknown, or the config has no class name.
        """
        name = config.get("class_name")
        inner = config.get("config")
        module, registered = config.get("module"), config.get("registered_name")
        if name == "function":
            return self.function_in_file(config)
        if not isinstance(name, str):
            raise ValueError(
                f"A saved {self.family} needs a 'class_name'; got the keys "
                f"{sorted(map(str, config))}."
            )
        home = _by_module.get(str(module), self)
        if home is not self and self.member(name) is None and custom(name) is None:
            return home.from_config(config)  # such as a layer used as an activation
        shared = shared_objects.restored(config)
        if shared is not None:
            return shared
        member = self._class_in_file(name, registered, module)
        if not inspect.isclass(member):
            return member
        cls: Any = member
        if hasattr(cls, "known_part"):
            inner = cls.known_part(inner or {})
        if hasattr(cls, "from_config"):
            instance = cls.from_config(inner or {})
        else:
            instance = cls(**(inner or {}))
        return shared_objects.remember(config, instance)

    def function_in_file(self, config: dict[str, Any]) -> Any:
        """The function that the config in a file names: the library's, or a custom one.

        Raises:
            ValueError: unknown name, or a custom function that is not registered.
        """
        name, module = config.get("config"), config.get("module")
        if not isinstance(name, str):
            requirement = "the name of the function"
            raise structured_errors.argument(
                "deserialize_keras_object", "config", name, requirement, "'relu'"
            )
        if module in (None, "builtins"):  # older files: the library's or custom
            return custom(config.get("registered_name")) or self.get(name)
        if is_custom(module):
            return custom_in_file(name, config.get("registered_name"), module)
        return self.member(name) or self.lookup(name)

    def _class_in_file(self, name: str, registered: Any, module: Any) -> Any:
        if not registered and module is not None:
            return self.member(name) or self.lookup(name)
        if registered and module and module != "builtins" and is_custom(module):
            return custom_in_file(name, registered, module)
        own_member = str(module).split(".")[0] == "keras" and self.member(name)
        if own_member and registered != name and custom(registered) is None:
            raise ValueError(
                f"The {self.family} {name!r} of {module} is the library's, but its "
                f"registered_name is {registered!r}. Write registered_name=None, or "
                "pass your own class in custom_objects."
            )
        return custom(registered) or self.lookup(name)

    def unknown(
        self, name: Any, more: Iterable[str] = ()
    ) -> structured_errors.NameMistake:
        """The error for an unknown `name`; `more` are further valid names."""
        all_names = [*self._members, *self._aliases, *more]
        by_lower_case = {candidate.lower(): candidate for candidate in all_names}
        matches = difflib.get_close_matches(
            str(name).lower(), by_lower_case, n=3, cutoff=0.6
        )
        nearest = [by_lower_case[match] for match in matches]
        names = [*self.names(), *more]
        return structured_errors.NameMistake(self.family, name, nearest, names)
