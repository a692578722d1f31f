"""The command `nbkeras`: run, tutorial, lab, doctor."""

import argparse
import sys

from nbkeras import __version__


def main(argv=None):
    """Run the command line; returns the exit code."""
    args = _parser().parse_args(argv)
    try:
        return _COMMANDS[args.command](args)
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

    text = "Run a script written for Keras or TensorFlow, without changing it."
    run = commands.add_parser(
        "run",
        help=text,
        description=f"{text} In it, `import keras` means nbkeras, and so does `import "
        "tensorflow` where TensorFlow is not installed.",
    )
    run.add_argument("script", metavar="SCRIPT", help="the Python file")
    run.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="what the script finds in sys.argv",
    )

    text = "Train a small CNN on real images in the terminal, in a minute or two."
    tutorial = commands.add_parser("tutorial", help=text, description=text)
    tutorial.add_argument(
        "--full",
        action="store_true",
        help="the full tutorial: 10 epochs of 100 steps, with flipped images",
    )
    tutorial.add_argument(
        "--data",
        metavar="FOLDER",
        default="data",
        help="the image folder, created if missing (default: data)",
    )

    text = "Open JupyterLab on your own copy of the course."
    lab = commands.add_parser("lab", help=text, description=text)
    lab.add_argument(
        "folder",
        nargs="?",
        metavar="FOLDER",
        default="nbkeras-course",
        help="the folder of the copy (default: nbkeras-course); existing notebooks "
        "are kept",
    )
    lab.add_argument(
        "--no-browser",
        action="store_true",
        help="print the address instead of opening a browser",
    )

    text = "Print what a bug report needs: versions, devices, memory, cache folder."
    commands.add_parser("doctor", help=text, description=text)
    return parser


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

    return open_lab(args.folder, browser=not args.no_browser)


def _doctor(args):
    from nbkeras.course.doctor import report

    print("\n".join(report()))
    return 0


_COMMANDS = {"run": _run, "tutorial": _tutorial, "lab": _lab, "doctor": _doctor}


if __name__ == "__main__":
    sys.exit(main())
