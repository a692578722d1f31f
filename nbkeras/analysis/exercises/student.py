"""Who is learning: the name that a student's own data is made from."""

from __future__ import annotations

import getpass
import os

from nbkeras.core.names.display_name import display_name

# Set by the student or the teacher, and by JupyterHub.
VARIABLES = ("NBKERAS_STUDENT", "JUPYTERHUB_USER")
LONGEST = 60


def student_name(name: str | None = None) -> str:
    """A student's name; by default that of the environment, or of the user.

    Args:
        name: the name; None for the environment variable NBKERAS_STUDENT, the user of
            JupyterHub, or the user of the computer.

    >>> student_name(" Ada ")
    'Ada'
    """
    candidates = [name, *(os.environ.get(variable) for variable in VARIABLES)]
    for candidate in candidates:
        if candidate and candidate.strip():
            return display_name(candidate.strip(), LONGEST)
    try:
        return display_name(getpass.getuser(), LONGEST)
    except (KeyError, OSError):  # a container without a user database
        return "student"
