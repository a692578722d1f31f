"""The house as drawn: imports point down, scripts stay light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

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
    "callbacks": {"core", "train"},
    "image": {"core", "ops", "data"},
    "utils": {"core", "data", "image", "saving"},
    "datasets": {"core", "utils"},
}
# Models stand on everything but the notebook; the old methods are a leaf of theirs.
EVERYTHING = {*BELOW, "models", "compat", "analysis", "preprocessing"}
BELOW["models"] = {*BELOW, "compat.methods"}
BELOW["analysis"] = {*BELOW}
BELOW["compat"] = EVERYTHING
BELOW["preprocessing"] = EVERYTHING
BELOW["course"] = {*EVERYTHING, "__version__"}
ONLY_NOTEBOOK = {"IPython", "ipywidgets", "anywidget", "traitlets", "matplotlib"}
NEVER = {"keras", "tensorflow", "torch", "pickle_module"}


def imported(file):
    """(module, line) of every import in a file, relative ones made absolute."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: write absolute imports"
            for alias in node.names:
                yield f"{node.module}.{alias.name}", node.lineno


def problems(root):
    """Every import that points up or sideways, in words."""
    for file in sorted(root.rglob("*.py")):
        parts = file.relative_to(root).parts
        here = parts[0]
        for module, line in imported(file):
            top, _, rest = module.partition(".")
            if top in ONLY_NOTEBOOK and here != "notebook":
                yield f"{file}:{line}: only notebook/ may import {top}"
            if top in NEVER:
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
