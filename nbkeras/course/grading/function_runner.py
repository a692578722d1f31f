"""Call a student's function: a script for a process of its own, without nbkeras.

It reads requests from standard input and writes replies to standard output, each a
length of 8 bytes and JSON. The function is the only code of a student that is ever run;
what it returns goes back as plain numbers, and is judged elsewhere.
"""

import importlib.util
import json
import os
import struct
import sys
from pathlib import Path

LENGTH = struct.Struct(">Q")
MOST_BYTES = 16 * 2**20
# Events of `sys.addaudithook` that a function which computes has no use for. It is no
# sandbox: it stops what is written without effort.
REFUSED = (
    "ctypes.",
    "ftplib.",
    "http.",
    "os.chmod",
    "os.chown",
    "os.exec",
    "os.fork",
    "os.kill",
    "os.link",
    "os.mkdir",
    "os.posix_spawn",
    "os.remove",
    "os.rename",
    "os.rmdir",
    "os.spawn",
    "os.symlink",
    "os.system",
    "os.truncate",
    "os.utime",
    "pty.",
    "shutil.",
    "signal.pthread_kill",
    "socket.",
    "subprocess.",
    "urllib.",
)
# Folders of nbkeras with solutions and checks: neither imported nor read.
SOLUTIONS = ("course", "analysis/exercises")


def read(stream):
    """One message, None at the end of the stream."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    (size,) = LENGTH.unpack(head)
    if size > MOST_BYTES:
        raise ValueError(f"a message of {size:,} bytes is too long")
    return json.loads(stream.read(size))


def write(stream, message):
    """Send one message."""
    data = json.dumps(message).encode()
    if len(data) > MOST_BYTES:
        data = json.dumps({"error": "it returns too many numbers"}).encode()
    stream.write(LENGTH.pack(len(data)) + data)
    stream.flush()


def solution_folders():
    """Where the solutions and the checks of an installed nbkeras are."""
    spec = importlib.util.find_spec("nbkeras")
    packages = (spec and spec.submodule_search_locations) or ()
    folders = [Path(p, name).resolve() for p in packages for name in SOLUTIONS]
    return tuple(folders)


def refuse(event, arguments, hidden=()):
    """Raise for an operation that reaches outside of the process, or to a solution."""
    writes = event == "open" and _opens_to_write(arguments)
    if writes or event.startswith(REFUSED):
        raise PermissionError(f"a function that is graded may not use {event}")
    if event == "open" and _is_within(arguments[0], hidden):
        raise PermissionError("a function that is graded may not read solutions")


def _opens_to_write(arguments):
    _, mode, flags = (*arguments, None, None, None)[:3]
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC))


def _is_within(path, folders):
    if not isinstance(path, str | bytes | os.PathLike):  # a descriptor
        return False
    path = Path(os.fsdecode(path)).resolve()
    return any(path.is_relative_to(folder) for folder in folders)


def plain(value):
    """A returned value as JSON: an array, or a list of arrays and None."""
    if isinstance(value, tuple | list):
        return {"items": [None if item is None else _array(item) for item in value]}
    return None if value is None else _array(value)


def _array(value):
    import numpy as np

    return {"array": np.asarray(value, float).tolist()}


def usual_names(source):
    """{name: module} of NumPy, and of JAX and nbkeras if `source` mentions them."""
    import math

    import numpy as np

    names = {"__name__": "__submission__", "math": math, "np": np, "numpy": np}
    if "jax" in source or "jnp" in source:
        import jax

        names.update(jax=jax, jnp=jax.numpy)
    if "nbkeras" in source:
        # Imported before anything is refused; what a function needs may write nothing.
        import nbkeras.models
        import nbkeras.optimizers

        names.update(nbkeras=nbkeras)
    return names


def main():
    """Serve calls until the input ends."""
    import numpy as np

    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    first, function = read(requests), None
    names = usual_names(first["source"])
    hidden = solution_folders()
    sys.addaudithook(lambda event, arguments: refuse(event, arguments, hidden))
    write(replies, {"ready": True})
    while (request := read(requests)) is not None:
        try:
            if function is None:
                exec(compile(first["source"], "<submission>", "exec"), names)
                function = names[first["name"]]
            arguments = {
                name: np.array(value["array"], value["dtype"])
                for name, value in request.items()
            }
            reply = {"value": plain(function(**arguments))}
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"[:500]}
        write(replies, reply)


if __name__ == "__main__":
    main()
