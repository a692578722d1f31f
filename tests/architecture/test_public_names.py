"""Every name that a module offers is there, and says what it is."""

import importlib
import inspect
import pkgutil

import pytest

import nbkeras


def modules():
    found = ["nbkeras"]
    for each in pkgutil.walk_packages(nbkeras.__path__, "nbkeras."):
        if each.ispkg and not each.name.startswith("nbkeras.notebook."):
            found.append(each.name)
    return found


@pytest.mark.parametrize("name", modules())
def test_every_public_name_is_there_with_a_docstring(name):
    module = importlib.import_module(name)
    offered = getattr(module, "__all__", [])
    things = {each: getattr(module, each) for each in offered}
    silent = [
        each
        for each, thing in things.items()
        if (inspect.isclass(thing) or inspect.isfunction(thing))
        and not inspect.getdoc(thing)
    ]
    assert silent == []
    assert inspect.getdoc(module)
