"""`nbkeras lab`: JupyterLab on a copy of the course notebooks."""

import importlib.metadata
import shutil
import subprocess
import sys
from pathlib import Path

LANGUAGES = ("en", "zh")


def notebooks():
    """{"en/01_....ipynb": path} of the notebooks that came with the package."""
    beside = Path(__file__).parents[2] / "notebooks"
    if (beside / "en").is_dir():
        found = [p for lang in LANGUAGES for p in (beside / lang).glob("*.ipynb")]
        return {f"{p.parent.name}/{p.name}": p for p in sorted(found)}
    found = {}
    for file in importlib.metadata.files("nbkeras") or []:
        if file.suffix == ".ipynb" and "nbkeras" in file.parts:
            found["/".join(file.parts[-2:])] = Path(file.locate()).resolve()
    return dict(sorted(found.items()))


def copy_course(folder):
    """Copy the notebooks to `folder`; files that are there already stay as they are.

    Returns:
        (path of the folder, number of new files).
    """
    folder, new = Path(folder), 0
    for name, source in notebooks().items():
        target = folder / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            new += 1
    return folder, new


def open_lab(folder, browser=True):
    """Copy the course and run JupyterLab there until it is closed."""
    if not notebooks():
        print("The course notebooks are not installed. Install nbkeras again.")
        return 1
    folder, new = copy_course(folder)
    print(f"The course is in {folder.resolve()} ({new} new notebooks).")
    print("Begin with en/01_first_light.ipynb (or zh/). Ctrl-C ends it.")
    command = [sys.executable, "-m", "jupyterlab"]
    start = "lab/tree/en/01_first_light.ipynb"
    options = [
        f"--ServerApp.root_dir={folder.resolve()}",
        f"--LabApp.default_url=/{start}",
    ]
    options += [] if browser else ["--no-browser"]
    try:
        return subprocess.call([*command, *options])
    except KeyboardInterrupt:
        return 0
