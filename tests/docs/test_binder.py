"""The machine that Binder builds is one that pyproject.toml allows."""

import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PINS = {
    canonicalize_name(name): version
    for name, _, version in (
        line.partition("==")
        for line in (ROOT / "binder" / "requirements.txt").read_text().splitlines()
        if not line.startswith("#")
    )
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_every_dependency_is_pinned_within_its_bounds():
    wanted = [Requirement(text) for text in PROJECT["dependencies"]]
    outside = [
        f"{each} has {PINS.get(canonicalize_name(each.name))}"
        for each in wanted
        if not each.specifier.contains(PINS.get(canonicalize_name(each.name), "0"))
    ]
    assert outside == []
    assert all(PINS.values())


def test_binder_opens_a_notebook_that_is_there():
    text = (ROOT / "binder" / "start").read_text("utf-8")
    path = text.split("/lab/tree/")[1].split()[0]
    assert (ROOT / path).is_file()
    assert 'exec "$@"' in text
    for name in ("start", "postBuild"):
        assert (ROOT / "binder" / name).stat().st_mode & 0o111


def test_binder_has_a_python_that_the_package_takes():
    version = (ROOT / "binder" / "runtime.txt").read_text().strip()
    major_minor = version.removeprefix("python-")
    assert f"Programming Language :: Python :: {major_minor}" in PROJECT["classifiers"]
