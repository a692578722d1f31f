"""The house as drawn: imports point down, scripts stay light."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

spec = importlib.util.spec_from_file_location(
    "import_graph", Path(__file__).with_name("import_graph.py")
)
import_graph = importlib.util.module_from_spec(spec)
sys.modules[spec.name] = import_graph
spec.loader.exec_module(import_graph)

ROOT = Path(__file__).parents[2] / "nbkeras"
BELOW = {
    "core": set(),
    "ops": {"core"},
    "train": {"core"},
    "data": {"core"},
    "saving": {"core"},
    "distribution": {"core"},
    "optimizers": {"core"},
    "layers": {"core", "ops"},
    "losses": {"core", "ops"},
    # Metrics such as categorical_crossentropy are means of the losses' formulas.
    "metrics": {"core", "ops", "losses"},
    "callbacks": {"core", "ops", "train"},
    "image": {"core", "ops", "data"},
    "utils": {"core", "ops", "data", "image", "saving"},
    "datasets": {"core", "utils", "image"},
}
# Models stand on everything but the notebook; the old methods are a leaf of theirs.
EVERYTHING = {*BELOW, "models", "applications", "compat", "analysis", "preprocessing"}
BELOW["models"] = {*BELOW, "compat.methods"}
BELOW["analysis"] = {*BELOW}
BELOW["applications"] = {
    "core",
    "ops",
    "layers",
    "models",
    "saving",
    "utils",
    "initializers",
}
# `import keras` is the whole of nbkeras.
BELOW["compat"] = {*EVERYTHING, "random", "tree", ""}
BELOW["preprocessing"] = EVERYTHING
BELOW["wrappers"] = {"core", "models"}
BELOW["course"] = {*EVERYTHING, "__version__"}
ONLY_NOTEBOOK = {"IPython", "ipywidgets", "anywidget", "traitlets", "matplotlib"}
NEVER = {"keras", "tensorflow", "torch", "pickle", "marshal", "shelve", "dill"}
NEVER |= {"cloudpickle", "joblib"}
# CIFAR and weights of PyTorch are published as pickles; they are read by unpicklers
# that know a few names and call no other.
ALLOWED = {("datasets/cifar.py", "pickle"), ("applications/torch_files.py", "pickle")}
# Where a module is found by a name that is computed: tables of names that are loaded
# when they are first used, and the old paths of Keras.
BY_COMPUTED_NAME = {
    "__init__.py",
    "compat/install.py",
    "core/names/legacy_names.py",
    "notebook/extension.py",
    "notebook/widget/translations.py",
    "utils/__init__.py",
}


def problems(root):
    """Every import that points up or sideways, in words."""
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).parts
        here = parts[0]
        inside = file.relative_to(root).as_posix()
        for found in import_graph.imports(file):
            module, line = found.name, found.line
            if module is None:
                if inside not in BY_COMPUTED_NAME:
                    yield f"{file}:{line}: an import by a computed name"
                continue
            top, _, rest = module.partition(".")
            if top in ONLY_NOTEBOOK and here != "notebook":
                yield f"{file}:{line}: only notebook/ may import {top}"
            if top in NEVER and (inside, top) not in ALLOWED:
                yield f"{file}:{line}: nbkeras may not import {top}"
            if top != "nbkeras" or len(parts) == 1 or here == "notebook":
                continue
            package = rest.split(".")[0]
            allowed = BELOW[here] | {here}
            if package not in allowed and not any(
                rest.startswith(name) for name in allowed if "." in name
            ):
                yield f"{file}:{line}: {here} must not import {rest}"


def test_imports_point_down():
    assert list(problems(ROOT)) == []


def test_an_import_that_points_up_is_found(tmp_path):
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "bad.py").write_text("from nbkeras.models import Model\n")
    (tmp_path / "core" / "worse.py").write_text("import matplotlib.pyplot\n")
    found = list(problems(tmp_path))
    assert len(found) == 2
    assert "core must not import models" in found[0]
    assert "only notebook/ may import matplotlib" in found[1]


def test_an_import_by_string_that_points_up_is_found(tmp_path):
    (tmp_path / "saving").mkdir()
    (tmp_path / "saving" / "bad.py").write_text(
        "import importlib\n\n\ndef load():\n"
        '    return importlib.import_module("nbkeras.models")\n'
    )
    (tmp_path / "saving" / "worse.py").write_text(
        "from importlib import import_module\n\n\ndef load(name):\n"
        '    return import_module(f"nbkeras.{name}")\n'
    )
    first, second = problems(tmp_path)
    assert "bad.py:5: saving must not import models" in first
    assert "worse.py:5: an import by a computed name" in second


@pytest.mark.parametrize("module", ["pickle", "marshal", "dill"])
def test_a_reader_that_runs_what_it_reads_is_found(tmp_path, module):
    (tmp_path / "saving").mkdir()
    (tmp_path / "saving" / "bad.py").write_text(f"import {module}\n")
    (problem,) = problems(tmp_path)
    assert f"nbkeras may not import {module}" in problem


def test_the_unpickler_of_cifar_calls_nothing_that_a_file_names(tmp_path):
    import pickle

    from nbkeras.datasets import cifar

    class Hostile:
        def __reduce__(self):
            return exec, ("raise SystemExit",)

    file = tmp_path / "batch"
    file.write_bytes(pickle.dumps({b"data": Hostile(), b"labels": []}))
    with pytest.raises(ValueError, match=r"builtins\.exec is not allowed here"):
        cifar.read_batch(file, "labels")


def test_no_imports_go_round_not_even_inside_functions():
    assert import_graph.cycles(import_graph.graph(ROOT)) == []


def test_imports_that_go_round_are_found_inside_functions_too(tmp_path):
    package = tmp_path / "house"
    package.mkdir()
    (package / "a.py").write_text("from house.b import thing\n")
    (package / "b.py").write_text("def use():\n    from house import c\n")
    (package / "c.py").write_text(
        'import importlib\n\n\ndef use():\n    importlib.import_module("house.a")\n'
    )
    (package / "d.py").write_text("import house.a\n")
    found = import_graph.cycles(import_graph.graph(package))
    assert found == [["house.a", "house.b", "house.c"]]


def test_imports_for_type_checkers_do_not_count(tmp_path):
    package = tmp_path / "house"
    package.mkdir()
    (package / "a.py").write_text(
        "from typing import TYPE_CHECKING\n\n"
        "if TYPE_CHECKING:\n    from house.b import thing\n"
    )
    (package / "b.py").write_text("import house.a\n")
    assert import_graph.cycles(import_graph.graph(package)) == []


HEAVY = [
    "IPython",
    "ipywidgets",
    "matplotlib",
    "h5py",
    "keras",
    "PIL",
    "pandas",
    "optax",
]


@pytest.mark.parametrize(
    "code", ["import nbkeras", "from nbkeras.models import Sequential"]
)
def test_importing_loads_nothing_heavy(code):
    found = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys\nprint(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert [name for name in HEAVY if name in found] == []


def test_import_nbkeras_alone_loads_no_other_package_not_even_jax():
    found = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys\nbefore = {*sys.modules}\nimport nbkeras\n"
            "print(*{name.split('.')[0] for name in {*sys.modules} - before})",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert set(found) - sys.stdlib_module_names == {"nbkeras"}
