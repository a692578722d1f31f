"""`nbkeras lab`: JupyterLab on a copy of the course notebooks."""

import contextlib
import importlib.metadata
import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from pathlib import Path

from nbkeras.core.annotations import PathLike

LANGUAGES = ("en", "zh")
TEACHER = "teacher"
COURSES = (*LANGUAGES, TEACHER)
# JupyterLab's settings for the course, a folder for Jupyter's config path.
SETTINGS = Path(__file__).parent / "jupyter"
POLL_S = 0.5  # interval at which the start of JupyterLab is polled


def notebooks() -> dict[str, Path]:
    """{"en/01_....ipynb": path} of the notebooks in the package."""
    source_folder = Path(__file__).parents[2] / "notebooks"
    if (source_folder / "en").is_dir():
        paths = [
            p for lang in LANGUAGES for p in (source_folder / lang).glob("*.ipynb")
        ]
        return {f"{p.parent.name}/{p.name}": p for p in sorted(paths)}
    paths = {}
    for file in importlib.metadata.files("nbkeras") or []:
        if file.suffix == ".ipynb" and "nbkeras" in file.parts:
            paths["/".join(file.parts[-2:])] = Path(file.locate()).resolve()
    return dict(sorted(paths.items()))


def versions(course: str | None = None) -> dict[str, str]:
    """{"en/01_....ipynb": text} of the notebooks of one version of the course.

    Args:
        course: "en" or "zh" for the student's version in this language, "teacher" for
            that with solutions and notes in both languages; None for the student's in
            both.
    """
    from nbkeras.course import lessons

    is_teacher = course == TEACHER
    languages = [course] if course in LANGUAGES else LANGUAGES
    texts = {}
    for name, path in notebooks().items():
        language = name.split("/")[0]
        if language not in languages:
            continue
        text = path.read_text("utf-8")
        if is_teacher:
            lesson = lessons.teacher_version(json.loads(text), language)
            text = lessons.text_of(lesson)
        texts[f"{TEACHER}/{name}" if is_teacher else name] = text
    for language in languages if texts else ():
        folder = f"{TEACHER}/{language}" if is_teacher else language
        book = lessons.exercise_book(language, is_teacher)
        texts[f"{folder}/{lessons.BOOK}"] = lessons.text_of(book)
    return texts


def copy_course(folder: PathLike, course: str | None = None) -> tuple[Path, int]:
    """Write the notebooks of `versions` to `folder`; existing files are kept.

    Returns:
        (path of the folder, number of new files).
    """
    folder, new = Path(folder), 0
    for name, text in versions(course).items():
        target = folder / name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8", newline="\n")
            new += 1
    return folder, new


def language() -> str:
    """The language of the system, "zh" or "en"."""
    locale = os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if locale.startswith("zh") else "en"


def open_lab(folder: PathLike, browser: bool = True, course: str | None = None) -> int:
    """Copy the course and run JupyterLab there until it is closed.

    Args:
        folder: of the copy.
        browser: whether to open one.
        course: which version, as for `versions`.

    Returns:
        The exit code: 0 after Ctrl-C, otherwise that of JupyterLab.
    """
    if not notebooks():
        print("The course notebooks are missing. Reinstall nbkeras.")
        return 1
    try:
        folder, new = copy_course(folder, course)
    except OSError as error:
        print(
            f"nbkeras lab: cannot copy the course to {folder} ({error.strerror}). "
            "Write for example: nbkeras lab ~/nbkeras-course",
            file=sys.stderr,
        )
        return 1
    first = f"{course if course in LANGUAGES else language()}/01_first_light.ipynb"
    if course == TEACHER:
        first = f"{TEACHER}/{first}"
    print(f"The course is in {folder.resolve()} ({new} new notebooks).")
    print(f"It starts with {first}. Ctrl-C here stops JupyterLab.", flush=True)
    return _serve(_command(folder.resolve(), first, browser))


def environment() -> dict[str, str]:
    """Environment variables for JupyterLab, so that notebooks save widget state.

    The user's own settings of JupyterLab take precedence.
    """
    config_path = os.environ.get("JUPYTER_CONFIG_PATH")
    paths = [str(SETTINGS), *([config_path] if config_path else [])]
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join(paths)}


def _print_address(server):
    """Print the URL of JupyterLab when it has started, below its log."""
    from jupyter_core import paths

    info = Path(paths.jupyter_runtime_dir()) / f"jpserver-{server.pid}.json"
    while server.poll() is None:
        time.sleep(POLL_S)
        with contextlib.suppress(OSError, ValueError, KeyError):
            server_info = json.loads(info.read_text("utf-8"))
            urllib.request.urlopen(f"{server_info['url']}api", timeout=5).close()
            address = f"{server_info['url']}lab?token={server_info['token']}"
            print(f"\nJupyterLab is at {address}", flush=True)
            return


@contextlib.contextmanager
def _interrupted_by_sigterm():
    """SIGTERM, with which `kill` and containers end a process, acts like Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set a handler
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _command(root, first, browser):
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{first}",
        "--ServerApp.answer_yes=True",  # Ctrl-C means Ctrl-C
    ]
    if not browser:
        command.append("--no-browser")
    if getattr(os, "geteuid", lambda: 1)() == 0:
        # In a container one is root, and Jupyter would refuse; it still listens on
        # this machine only and asks for its token.
        command.append("--allow-root")
    return command


def _serve(command):
    server = subprocess.Popen(command, env=environment())
    threading.Thread(target=_print_address, args=(server,), daemon=True).start()
    try:
        with _interrupted_by_sigterm():
            return server.wait()
    except KeyboardInterrupt:
        # A terminal sends Ctrl-C to the server too; `kill -INT` only to this process.
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        return 0
