"""What begins with an underscore is known in its own package alone."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2] / "nbkeras"
# Underscore names of other libraries: of named tuples, of jax and of Python.
NOT_OURS = {"_fields", "_make", "_replace", "_asdict", "_cache_size", "_field_defaults"}
# What makes a model, as a string: "is it a model?" is asked by isinstance.
OF_MODELS = {"fit", "predict", "evaluate", "compile", "layers", "train_step"}


def reaches(root):
    """Uses of underscore names that only other packages of the house define.

    A function `_count` of a module does not excuse a reach for the `_count` of another
    package's object: names of modules and names of classes are told apart.
    """
    trees = {
        file: ast.parse(file.read_text("utf-8")) for file in sorted(root.rglob("*.py"))
    }
    owners = defaultdict(set)
    for file, tree in trees.items():
        for name in _members(tree):
            owners["member", name].add(_package(file, root))
        for name in _module_names(tree):
            owners["module", name].add(_package(file, root))
    for file, tree in trees.items():
        for name, of_module, line in _used(tree):
            packages = owners.get(("module" if of_module else "member", name))
            if name in NOT_OURS or not packages:
                continue
            if _package(file, root) not in packages:
                where = ", ".join(sorted(packages))
                yield f"{file}:{line}: {name} is an inside of {where}"


def guesses(root):
    """`hasattr(x, "fit")` and its like, where isinstance would say what is meant."""
    for file in sorted(root.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if _is_call_of(node, "hasattr") and _text(node.args[1]) in OF_MODELS:
                yield f"{file}:{node.lineno}: {ast.unparse(node)}"


def _package(file, root):
    parts = file.relative_to(root).parts
    return parts[0] if len(parts) > 1 else ""


def _is_private(name):
    return isinstance(name, str) and name.startswith("_") and name[1:2] != "_"


def _is_own(node):
    """Whether `node` is self, cls or super()."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "super"
    return isinstance(node, ast.Name) and node.id in ("self", "cls")


def _members(tree):
    """Underscore names of methods and attributes."""
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.ClassDef):
            names = list(_module_names(node))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            names = [node.attr] if _is_own(node.value) else []
        elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            # vars(layer)["_given_shape"] = ...
            names = [_text(node.slice)]
        yield from (name for name in names if _is_private(name))


def _module_names(block):
    """Underscore names that a module, or the body of a class, defines."""
    for node in block.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names = [node.name]
        else:
            stored = (each for each in ast.walk(node) if isinstance(each, ast.Name))
            names = [each.id for each in stored if isinstance(each.ctx, ast.Store)]
        yield from (name for name in names if _is_private(name))


def _used(tree):
    """(underscore name, whether of a module, line) of uses in other objects than self."""
    imports = (n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom))
    modules = {alias.asname or alias.name for node in imports for alias in node.names}
    for node in ast.walk(tree):
        name, owner = None, None
        if isinstance(node, ast.Attribute) and not _is_own(node.value):
            name, owner = node.attr, node.value
        elif _is_call_of(node, "getattr", "hasattr", "setattr"):
            name, owner = _text(node.args[1]), node.args[0]
        if _is_private(name):
            of_module = isinstance(owner, ast.Name) and owner.id in modules
            # An imported class has members, and its name is in capitals.
            yield name, of_module and not owner.id[:1].isupper(), node.lineno


def _is_call_of(node, *functions):
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in functions
        and len(node.args) > 1
    )


def _text(node):
    return node.value if isinstance(node, ast.Constant) else None


def test_no_package_uses_the_underscore_names_of_another():
    assert list(reaches(ROOT)) == []


def test_a_reach_into_another_package_is_found(tmp_path):
    for package, text in (
        ("layers", "class Layer:\n    def __init__(self):\n        self._calls = []\n"),
        ("models", "def calls(layer):\n    return layer._calls\n"),
        ("notebook", "def calls(layer):\n    return getattr(layer, '_calls', [])\n"),
    ):
        (tmp_path / package).mkdir()
        (tmp_path / package / "file.py").write_text(text)
    first, second = reaches(tmp_path)
    assert first.endswith("models/file.py:2: _calls is an inside of layers")
    assert second.endswith("notebook/file.py:2: _calls is an inside of layers")


def test_a_function_of_the_same_name_excuses_no_reach(tmp_path):
    for package, text in (
        ("layers", "class Layer:\n    def __init__(self):\n        self._calls = []\n"),
        (
            "models",
            "def _calls():\n    pass\n\ndef of(layer):\n    return layer._calls\n",
        ),
    ):
        (tmp_path / package).mkdir()
        (tmp_path / package / "file.py").write_text(text)
    (reach,) = reaches(tmp_path)
    assert reach.endswith("models/file.py:5: _calls is an inside of layers")


def test_what_is_a_model_is_not_guessed_from_its_methods():
    assert list(guesses(ROOT)) == []


def test_a_guess_is_found(tmp_path):
    (tmp_path / "file.py").write_text(
        "def is_model(x):\n    return hasattr(x, 'fit')\n"
    )
    (guess,) = guesses(tmp_path)
    assert guess.endswith("file.py:2: hasattr(x, 'fit')")
