"""The command `nbkeras`: run, tutorial, lab, grade, export, doctor."""

import argparse
import sys
from pathlib import Path

from nbkeras import __version__


def main(argv=None):
    """Run the command line; returns the exit code."""
    args = _parser().parse_args(argv)
    try:
        _, run = _COMMANDS[args.command]
        return run(args)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="nbkeras",
        description="Deep learning that you can see and touch.",
        epilog="New here? Start with: nbkeras tutorial",
    )
    parser.add_argument("--version", action="version", version=f"nbkeras {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for add_arguments, _ in _COMMANDS.values():
        add_arguments(commands)
    return parser


def _add_run(commands):
    text = "Run a script written for Keras or TensorFlow, without changing it."
    parser = commands.add_parser(
        "run",
        help=text,
        description=f"{text} In it, `import keras` means nbkeras, and so does `import "
        "tensorflow` where TensorFlow is not installed.",
    )
    parser.add_argument("script", metavar="SCRIPT", help="the Python file")
    parser.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="what the script finds in sys.argv",
    )


def _add_tutorial(commands):
    text = "Train a small CNN on real images in the terminal, in a minute or two."
    parser = commands.add_parser("tutorial", help=text, description=text)
    parser.add_argument(
        "--full",
        action="store_true",
        help="the full tutorial: 10 epochs of 100 steps, with flipped images",
    )
    parser.add_argument(
        "--data",
        metavar="FOLDER",
        default="data",
        help="the image folder, created if missing (default: data)",
    )


def _add_lab(commands):
    text = "Open JupyterLab on your own copy of the course."
    parser = commands.add_parser("lab", help=text, description=text)
    parser.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        default="nbkeras-course",
        help="the folder of the copy (default: nbkeras-course); existing notebooks "
        "are kept",
    )
    parser.add_argument(
        "--course",
        choices=("en", "zh", "teacher"),
        help="the student's course in one language, or the teacher's version with "
        "solutions and notes, in a folder `teacher` (default: the student's in both)",
    )
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help="print the address instead of opening a browser",
    )


def _add_grade(commands):
    text = "Grade the submissions of a class, each in a process of its own."
    parser = commands.add_parser(
        "grade",
        help=text,
        description=f"{text} The models are judged as they were handed in, without "
        "training them again. Every file gets a row in the results, whatever it does.",
    )
    parser.add_argument("folder", metavar="FOLDER", help="the files handed in, *.zip")
    parser.add_argument(
        "--secret",
        metavar="WORD",
        help="a word that only you know: held-out data are drawn from it (default: the "
        "environment variable NBKERAS_SECRET)",
    )
    parser.add_argument(
        "--students",
        metavar="FILE",
        help="the names of all students, a CSV file or one a line",
    )
    parser.add_argument(
        "--output",
        metavar="FOLDER",
        default=".",
        help="where grades.csv, final_grades.csv and report.html go (default: here)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=_positive(int),
        help="how many are judged at a time (default: the number of cores)",
    )
    parser.add_argument(
        "--seconds",
        metavar="S",
        type=_positive(float),
        default=60.0,
        help="limit of time for each (default: 60)",
    )
    parser.add_argument(
        "--memory",
        metavar="MB",
        type=_positive(int),
        default=2048,
        help="limit of memory for each, in MB; on Linux only (default: 2048)",
    )


def _add_export(commands):
    text = "Make one HTML file of a notebook that works without a kernel or a network."
    parser = commands.add_parser(
        "export",
        help=text,
        description=f"{text} Curves, pictures and controls that need no computation "
        "work in it. Nothing that the notebook contains is run.",
    )
    parser.add_argument("notebook", metavar="NOTEBOOK", help="the notebook, saved")
    parser.add_argument(
        "--output",
        metavar="FILE",
        help="the page (default: the notebook's name with .html); with .ipynb, a "
        "notebook for a MyST site, its widgets in a module (.mjs) beside it",
    )


def _add_doctor(commands):
    text = "Print what a bug report needs: versions, devices, memory, cache folder."
    parser = commands.add_parser("doctor", help=text, description=text)
    parser.add_argument(
        "--report",
        metavar="FILE",
        nargs="?",
        const="bug_report.md",
        help="write the page of a bug report with these facts filled in "
        "(default: bug_report.md)",
    )


def _positive(kind):
    """A type of an argument: a number above 0."""

    def number(text):
        value = kind(text)
        if not value > 0:
            raise argparse.ArgumentTypeError(f"{text} is not above 0")
        return value

    number.__name__ = kind.__name__  # named in argparse's message
    return number


def _run(args):
    from nbkeras.compat.run_script import run_script

    return run_script(args.script, args.arguments)


def _tutorial(args):
    from nbkeras.course.tutorial import FolderError, run

    try:
        run(full=args.full, root=args.data)
    except FolderError as error:
        print(f"nbkeras tutorial: {error}", file=sys.stderr)
        return 1
    return 0


def _lab(args):
    from nbkeras.course.lab import open_lab

    return open_lab(args.folder, browser=not args.no_browser, course=args.course)


def _grade(args):
    from nbkeras.course.grading.command import run
    from nbkeras.course.grading.limits import Limits

    return run(
        args.folder,
        output=args.output,
        secret=args.secret,
        limits=Limits(seconds=args.seconds, memory_mb=args.memory),
        num_jobs=args.jobs,
        students=args.students,
    )


def _export(args):
    from nbkeras.notebook.export import page

    try:
        written = page.write_notebook(args.notebook, args.output)
    except (OSError, ValueError) as error:
        print(f"nbkeras export: {error}", file=sys.stderr)
        return 1
    for path in (written, written.with_suffix(page.MODULE)):
        if path == written or (written.suffix == ".ipynb" and path.exists()):
            print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    if page.has_widgets_without_state(args.notebook):
        print(
            "The notebook was saved without the state of its widgets, so the page has "
            "their pictures only. Open it with nbkeras lab, run it, and save it.",
            file=sys.stderr,
        )
    return 0


def _doctor(args):
    from nbkeras.course import doctor

    if args.report is None:
        print("\n".join(doctor.report()))
        return 0
    path = Path(args.report)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(doctor.bug_report())
    except OSError as error:
        print(f"nbkeras doctor: {error}. Name another file.", file=sys.stderr)
        return 1
    print(f"{path}: fill in the rest, and paste it into a new issue.")
    return 0


# {name: (its arguments, what it does)}, in the order of `nbkeras --help`
_COMMANDS = {
    "run": (_add_run, _run),
    "tutorial": (_add_tutorial, _tutorial),
    "lab": (_add_lab, _lab),
    "grade": (_add_grade, _grade),
    "export": (_add_export, _export),
    "doctor": (_add_doctor, _doctor),
}


if __name__ == "__main__":
    sys.exit(main())
