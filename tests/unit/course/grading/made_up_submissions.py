"""Made-up submissions: honest ones, and others that loop, exit, fill memory or cheat."""

import json
import zipfile

from nbkeras.analysis.exercises import find, submission_file

FUNCTION = "def gradients(x, y, w1, b1, w2, b2):\n"
RIGHT_FUNCTION = (
    FUNCTION
    + """
    before = x @ w1 + b1
    hidden = np.maximum(before, 0)
    error = 2 * (hidden @ w2 + b2 - y) / len(x)
    back = (error @ w2.T) * (before > 0)
    return x.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)
"""
)
LOOP = FUNCTION + "    while True: pass\n"
HOG = FUNCTION + "    return [np.ones(2**28) for _ in range(2**10)]\n"
EXIT = FUNCTION + "    import os\n    os._exit(0)\n"
# It changes the checks of its own process, which judges nothing.
PATCH = (
    "import sys\n"
    "sys.modules['nbkeras.analysis.exercises.judging'] = None\n"
    + FUNCTION
    + "    class Right(float):\n"
    "        __eq__ = __lt__ = lambda *others: True\n"
    "    return [Right(), Right(), Right(), Right()]\n"
)


def made_up(path, student, exercise="backprop_by_hand", extra=(), **answers):
    """Write a file by hand, as nobody's `submit` would."""
    fields = {
        "nbkeras_submission": 1,
        "exercise": exercise,
        "student": student,
        "answers": answers,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("submission.json", json.dumps(fields))
        for name, content in dict(extra).items():
            archive.writestr(name, content)
    return path


def with_function(path, student, source):
    """A submission of `backprop_by_hand`."""
    return made_up(path, student, gradients={"function": source})


def with_rate(path, student, share=0.97):
    """A submission of `fastest_rate`, by its formula."""
    source = (
        "def rate(x, y):\n"
        "    slope = np.linalg.eigvalsh(2 * x.T @ x / len(x)).max()\n"
        f"    return {share} * 2 / slope\n"
    )
    return made_up(path, student, "fastest_rate", rate={"function": source})


def handed_in(path, exercise, student, **answers):
    """A submission as `submit` writes it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return submission_file.write(path, find(exercise), answers, student)
