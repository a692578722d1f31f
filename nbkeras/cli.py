"""The command `nbkeras`: tutorial, lab, doctor."""

import argparse
import sys


def main(argv=None):
    """Run the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="nbkeras", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    tutorial = commands.add_parser(
        "tutorial", help="train a CNN on real pictures, here in the terminal"
    )
    tutorial.add_argument(
        "--full",
        action="store_true",
        help="the tutorial's own 10 epochs of 100 steps, as it is written",
    )
    tutorial.add_argument(
        "--data", default="data", help="folder of the pictures (default: data)"
    )
    lab = commands.add_parser("lab", help="open JupyterLab on a copy of the course")
    lab.add_argument(
        "folder",
        nargs="?",
        default="nbkeras-course",
        help="where the copy goes (default: nbkeras-course)",
    )
    lab.add_argument("--no-browser", action="store_true", help="do not open a browser")
    commands.add_parser("doctor", help="print what a bug report needs")
    args = parser.parse_args(argv)
    try:
        return _COMMANDS[args.command](args)
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _tutorial(args):
    from nbkeras.course.tutorial import run

    run(full=args.full, root=args.data)
    return 0


def _lab(args):
    from nbkeras.course.lab import open_lab

    return open_lab(args.folder, browser=not args.no_browser)


def _doctor(args):
    from nbkeras.course.doctor import report

    print("\n".join(report()))
    return 0


_COMMANDS = {"tutorial": _tutorial, "lab": _lab, "doctor": _doctor}


if __name__ == "__main__":
    sys.exit(main())
