"""Run the lessons with the oldest or the newest allowed versions, in an empty environment.

    python tests/benchmarks/lesson_versions.py oldest
    python tests/benchmarks/lesson_versions.py newest --lessons 01 20
    python tests/benchmarks/lesson_versions.py oldest --keep FOLDER

A new environment gets this checkout and the lowest (or latest) versions that
`pyproject.toml` allows of jax, ipykernel and jupyterlab, without any extra. Each English
lesson is then run from top to bottom in its quick mode. Prints a row for each lesson, with
the processor time of all its processes. An environment that is kept is used again.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
BOUND = ("jax", "jaxlib", "ipykernel", "jupyterlab")
RUN = """
import sys, nbformat
from nbclient import NotebookClient
book = nbformat.read(sys.argv[1], 4)
NotebookClient(book, timeout=300, kernel_name="python3").execute()
"""


def lowest():
    """["jax==0.6.0", ...] of the lower bounds in `pyproject.toml`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    found = dict(re.split(">=", line) for line in project["dependencies"])
    return [f"{name}=={found[name]}" for name in BOUND]


def environment(folder, versions):
    """An environment with this checkout; returns its interpreter."""
    python = folder / "bin" / "python"
    if python.exists():
        return python
    venv.create(folder, with_pip=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--no-compile"]
    subprocess.run([*pip, str(ROOT), *versions], check=True)
    return python


def installed(python):
    """What was installed of the packages with bounds."""
    code = "import importlib.metadata as m, json; print(json.dumps([m.version(n) for n in %r]))"
    told = subprocess.check_output([python, "-c", code % (BOUND,)], text=True)
    return dict(zip(BOUND, json.loads(told), strict=True))


def processor_s():
    """Processor seconds of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=["oldest", "newest"])
    parser.add_argument("--lessons", nargs="*", default=[""], metavar="NUMBER")
    parser.add_argument("--keep", type=Path, help="folder of the environment")
    args = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        versions = lowest() if args.which == "oldest" else []
        python = environment((args.keep or place / "venv").absolute(), versions)
        print(sys.version.split()[0], installed(python), flush=True)
        settings = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        settings |= {
            "NBKERAS_QUICK": "1",
            "PATH": f"{python.parent}:{os.environ['PATH']}",
        }
        lessons = sorted((ROOT / "notebooks" / "en").glob("*.ipynb"))
        for lesson in lessons:
            if not lesson.name.startswith(tuple(args.lessons)):
                continue
            begin, begin_s = time.monotonic(), processor_s()
            run = subprocess.run(
                [python, "-c", RUN, str(lesson)],
                cwd=place,
                env=settings,
                capture_output=True,
                text=True,
            )
            failed += run.returncode != 0
            state = "ok" if run.returncode == 0 else "failed"
            print(
                f"{lesson.stem:36} {time.monotonic() - begin:6.1f} s, processor "
                f"{processor_s() - begin_s:6.1f} s  {state}",
                flush=True,
            )
            if run.returncode:
                print(run.stderr[-1500:])
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
