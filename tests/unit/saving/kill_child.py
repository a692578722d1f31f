"""Kill writers at random moments and look at what they left; prints JSON.

Only the writing side is imported: no JAX, so that forks are safe and cheap.
"""

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from nbkeras.saving import files, keras_archive

KILLS = 60
SIZE = 3_000_000


def content(number):
    """Weights of which each byte tells the number of the save."""
    return bytes([number % 251]) * SIZE


def save_until_killed(path, start):
    """Save again and again, a new content each time."""
    number = start
    while True:
        number += 1
        keras_archive.write(path, {"number": number}, content(number))


def whole(path):
    """The number of the save that the file is, or what is wrong with it."""
    config, weights = keras_archive.read(path)
    number = config["number"]
    return number if weights == content(number) else "mixed"


def main(folder):
    """Fork, kill, look; then write at the same time from two processes."""
    path, rng = folder / "m.keras", random.Random(0)
    keras_archive.write(path, {"number": 0}, content(0))
    found, left = [], 0
    for _ in range(KILLS):
        child = os.fork()
        if not child:
            save_until_killed(path, found[-1] if found else 0)
        time.sleep(rng.uniform(0.0, 0.02))  # any moment will do: it is what is tested
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        found.append(whole(path))
        left = max(left, len(list(folder.iterdir())) - 1)
    files._MIN_AGE_S = 0.0
    keras_archive.write(path, {"number": 1}, content(1))
    cleared = len(list(folder.iterdir())) == 1
    files._MIN_AGE_S = 10.0
    children = []
    for start in (0, 100):
        child = os.fork()
        if not child:
            for number in range(start, start + 25):
                keras_archive.write(path, {"number": number}, content(number))
            os._exit(0)
        children.append(child)
    ended = [os.waitpid(child, 0)[1] for child in children]
    report = {"found": found, "left": left, "cleared": cleared, "ended": ended}
    report |= {"last": whole(path), "files": len(list(folder.iterdir()))}
    print("REPORT" + json.dumps(report))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
