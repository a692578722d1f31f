"""An editor completes the public names and the arguments of what they stand for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import jedi
import pytest

import nbkeras

ROOT = Path(nbkeras.__file__).resolve().parents[1]
PROJECT = jedi.Project(ROOT, load_unsafe_extensions=False)


def completions(source):
    """Names that jedi offers at the end of `source`."""
    script = jedi.Script(source, project=PROJECT)
    return {completion.name for completion in script.complete()}


def arguments(source):
    """Names of the arguments that jedi shows at the end of `source`."""
    (signature,) = jedi.Script(source, project=PROJECT).get_signatures()
    return [param.name for param in signature.params]


def readme_example():
    """The README's ten lines."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return text.split("## Ten lines")[1].split("```python\n")[1].split("```")[0]


def type_errors(source, folder):
    """What pyright at `standard` says of `source` as a user's own script."""
    pyright = shutil.which("pyright", path=Path(sys.executable).parent)
    pyright = pyright or shutil.which("pyright")
    if pyright is None:
        if os.environ.get("NBKERAS_NEED_PYRIGHT"):
            pytest.fail("pyright is needed here: install '.[dev]'")
        pytest.skip("pyright is not installed: pip install '.[dev]'")
    script = folder / "script.py"
    script.write_text(source, encoding="utf-8")
    (folder / "pyrightconfig.json").write_text(
        '{"typeCheckingMode": "standard", "include": ["script.py"], '
        f'"extraPaths": ["{ROOT.as_posix()}"]}}'
    )
    run = subprocess.run(
        [pyright, "-p", str(folder), "--pythonpath", sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )
    return [line for line in run.stdout.splitlines() if " - error: " in line]


def test_an_editor_completes_the_names_of_layers():
    assert {"Dense"} <= completions("from nbkeras.layers import Den")


def test_an_editor_completes_the_lazy_names_of_the_package():
    assert {"Sequential"} <= completions("import nbkeras\nnbkeras.Seq")


def test_an_editor_shows_the_arguments_of_a_layer():
    source = "from nbkeras.layers import Dense\nDense("
    assert arguments(source)[:3] == ["units", "activation", "use_bias"]


def test_an_editor_shows_the_arguments_of_a_loss():
    source = "from nbkeras.losses import Huber\nHuber("
    assert arguments(source)[:2] == ["delta", "reduction"]


def test_an_editor_shows_the_arguments_of_fit():
    source = "import nbkeras\nmodel = nbkeras.Sequential([])\nmodel.fit("
    assert {"x", "y", "batch_size", "epochs"} <= set(arguments(source))


def test_a_type_checker_accepts_the_example_of_the_readme(tmp_path):
    assert type_errors(readme_example(), tmp_path) == []


def test_a_type_checker_finds_an_argument_of_a_wrong_type(tmp_path):
    source = readme_example() + 'layers.Dense(units="3")\n'
    (error,) = type_errors(source, tmp_path)
    assert '"units"' in error


def test_a_type_checker_finds_a_misspelt_argument_of_fit(tmp_path):
    source = readme_example() + "model.fit(x, y, epoch=3)\n"
    (error,) = type_errors(source, tmp_path)
    assert '"epoch"' in error
