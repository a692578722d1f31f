"""Every public signature says what it takes and what it gives."""

import importlib
import inspect
import pkgutil

import pytest

import nbkeras


def public_modules():
    """What a user imports from: all packages, and the modules beside them."""
    found = ["nbkeras"]
    for module in pkgutil.walk_packages(nbkeras.__path__, "nbkeras."):
        beside = module.name.count(".") == 1 and not module.name.endswith("__")
        loaded_as = module.name.startswith("nbkeras.notebook.loaded_as")
        if (module.ispkg or beside) and not loaded_as:
            found.append(module.name)
    return found


def unannotated(public):
    """{function: [parameters and "return" without an annotation]} of a public name."""
    missing = {}
    for name, function in _functions(public):
        try:
            signature = inspect.signature(function)
        except ValueError:  # written in C
            continue
        parts = [
            parameter.name
            for parameter in signature.parameters.values()
            if parameter.annotation is parameter.empty
            and parameter.name not in ("self", "cls")
        ]
        if signature.return_annotation is signature.empty and name != "__init__":
            parts.append("return")
        if parts:
            missing[f"{public.__module__}.{public.__qualname__}: {name}"] = parts
    return missing


def _functions(public):
    """(name, function) of a function, or of the public methods of a class of ours."""
    if inspect.isfunction(public):
        yield public.__name__, public
    elif inspect.isclass(public):
        for cls in public.__mro__:
            if not cls.__module__.startswith("nbkeras"):
                continue
            for name, value in vars(cls).items():
                if name.startswith("_") and name != "__init__":
                    continue
                value = value.fget if isinstance(value, property) else value
                value = getattr(value, "__func__", value)
                if inspect.isfunction(value):
                    yield name, value


@pytest.mark.parametrize("name", public_modules())
def test_every_public_signature_is_annotated(name):
    module = importlib.import_module(name)
    missing = {}
    for public in getattr(module, "__all__", []):
        thing = getattr(module, public)
        if getattr(thing, "__module__", "").startswith("nbkeras"):
            missing |= unannotated(thing)
    assert missing == {}


def test_what_lacks_an_annotation_is_found():
    def shift(x, by: int = 1):
        return x + by

    ((_, parts),) = unannotated(shift).items()
    assert parts == ["x", "return"]


def test_methods_and_properties_are_looked_at_also_inherited_ones():
    base = type("Base", (), {"__module__": "nbkeras.x", "fit": lambda self, x: x})
    size = property(lambda self: 0)
    cls = type("Model", (base,), {"__module__": "nbkeras.x", "size": size})
    assert unannotated(cls) == {
        "nbkeras.x.Model: fit": ["x", "return"],
        "nbkeras.x.Model: size": ["return"],
    }
